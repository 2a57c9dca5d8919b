#include "cmd/packfile.h"
#include "cmd/env.h"
#include "cmd/object.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/store.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

void
mvc_packfile_release(struct mvc_packfile *f)
{
	mvc_pack_index_release(&f->ix);
	mvc_decoder_free(f->dec);
	mvc_buf_release(&f->packed);
	mvc_buf_release(&f->raw);
	free(f->path);
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct mvc_packfile)MVC_PACKFILE_INIT;
}

static int
find_path(struct mvc_packfile *f, struct mvc_env *env, const char *arg)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 16);
	struct mvc_oid name;
	int err;

	if (strlen(arg) != MVC_OID_HEX ||
	    mvc_oid_parse(&name, arg, MVC_OID_HEX))
		err = mvc_buf_add_str(&b, arg);
	else {
		err = mvc_env_store(env);
		if (!err)
			err = mvc_buf_addf(&b, "%s/%s",
			    mvc_store_path(env->store), mvc_pack_path(&name).s);
	}
	if (!err)
		f->path = mvc_buf_take(&b);
	return err;
}

int
mvc_packfile_open(struct mvc_packfile *f, struct mvc_env *env, const char *arg)
{
	int err;

	err = find_path(f, env, arg);
	if (!err)
		err = mvc_sys_open(&f->fd, AT_FDCWD, f->path, O_RDONLY, 0);
	if (!err)
		err = mvc_pack_index_read(&f->ix, f->fd, f->path, NULL);
	return err ? err : mvc_decoder_new(&f->dec);
}

static int
check_raw(const struct mvc_packfile *f, const struct mvc_pack_entry *e)
{
	struct mvc_recipe_node node;
	struct mvc_oid is = e->id;
	int err;

	if (e->kind == MVC_RECIPE) {
		err = mvc_recipe_decode(
		    &node, MVC_RECIPE, f->raw.data, f->raw.len);
		if (!err)
			mvc_recipe_node_release(&node);
		return err;
	}
	if (e->kind == MVC_CHUNK)
		mvc_blake3(&is, f->raw.data, f->raw.len);
	else
		mvc_blake3_derive(&is,
		    e->kind == MVC_TREE ? "mvc tree 1" : "mvc recipe 1",
		    f->raw.data, f->raw.len);
	if (mvc_oid_eq(&is, &e->id))
		return MVC_OK;
	return mvc_fail(MVC_ECORRUPT, "its bytes are not what its id says");
}

static int
read_object(struct mvc_packfile *f, const struct mvc_pack_entry *e)
{
	uint8_t check[16];
	size_t got;
	int err;

	mvc_buf_clear(&f->packed);
	mvc_buf_clear(&f->raw);
	err = mvc_buf_reserve(&f->packed, e->packed);
	if (!err)
		err = mvc_buf_reserve(&f->raw, e->raw);
	if (!err)
		err = mvc_sys_pread(
		    &got, f->fd, f->packed.data, e->packed, e->offset, f->path);
	if (err)
		return err;
	f->packed.len = got;
	mvc_blake3_128(check, f->packed.data, got);
	if (got != e->packed || memcmp(check, e->check, sizeof(check)))
		return mvc_fail(MVC_ECORRUPT, "its packed bytes are damaged");
	err = mvc_decode(f->dec, f->raw.data, e->raw, e->codec, f->packed.data,
	    f->packed.len);
	if (err)
		return err;
	f->raw.len = e->raw;
	return check_raw(f, e);
}

int
mvc_packfile_read(struct mvc_packfile *f, const struct mvc_pack_entry *e)
{
	int err = read_object(f, e);

	return err ? mvc_fail_prefix(err, "%s: %s %.12s", f->path,
			 mvc_kind_word(e->kind), mvc_oid_hex(&e->id).s)
		   : MVC_OK;
}

const char *
mvc_codec_word(enum mvc_codec codec)
{
	static const char *const words[] = {
	    "raw", "zstd", "planes2", "planes4", "delta"};

	return codec <= MVC_CODEC_DELTA ? words[codec] : "?";
}
