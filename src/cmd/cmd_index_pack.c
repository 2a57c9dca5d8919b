/*
 * Packs from anywhere into the store: every object is read and checked, then
 * written as if it were added, so that a condemned pack does not come back by
 * its name, nothing is stored twice, and a segment finds it all.
 */
#include "cmd/env.h"
#include "cmd/object.h"
#include "cmd/packfile.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/writer.h"
#include "util/banned.h"

#include <inttypes.h>

struct indexing {
	struct mvc_env *env;
	struct mvc_packfile *f;
	struct mvc_writer *w; /* NULL: only look */
	struct mvc_digest digest; /* of a file that a recipe makes */
	struct mvc_buf chunk;
	uint64_t damaged, left_out;
};

static int
found_damage(struct indexing *x, int err)
{
	if (err != MVC_ECORRUPT && err != MVC_EVERSION)
		return err;
	x->damaged++;
	mvc_note(x->env, "%s", mvc_error_text());
	return MVC_OK;
}

static int
put(struct indexing *x, const struct mvc_pack_entry *e)
{
	struct mvc_encoded enc = {.codec = e->codec,
	    .p = (const uint8_t *)x->f->packed.data,
	    .len = x->f->packed.len};

	return mvc_writer_put_encoded(
	    x->w, e->kind, &e->id, e->raw, &enc, e->check);
}

/* Whatever its id proves. */
static int
take_objects(struct indexing *x)
{
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < x->f->ix.n; i++) {
		const struct mvc_pack_entry *e = &x->f->ix.entries[i];

		if (e->kind == MVC_RECIPE && x->w)
			continue;
		err = mvc_packfile_read(x->f, e);
		if (err)
			err = found_damage(x, err);
		else if (x->w)
			err = put(x, e);
	}
	return err;
}

static int
get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct indexing *x = arg;

	if (kind != MVC_RECIPE)
		return mvc_store_get(x->env->store, kind, id, out);
	mvc_buf_clear(out);
	return mvc_buf_add(out, x->f->raw.data, x->f->raw.len);
}

static int
hash_chunk(void *arg, const struct mvc_oid *id, uint64_t off, uint32_t len)
{
	struct indexing *x = arg;
	int err = mvc_store_get(x->env->store, MVC_CHUNK, id, &x->chunk);

	if (!err && x->chunk.len != len)
		err = mvc_fail(MVC_ECORRUPT, "a chunk is not as long as said");
	if (!err)
		mvc_digest_update(&x->digest, x->chunk.data, len);
	return err;
}

/* A recipe is proved by the file that it makes. */
static int
prove_recipe(struct indexing *x, const struct mvc_pack_entry *e)
{
	const struct mvc_source source = {get, x};
	struct mvc_oid is;
	int err;

	mvc_digest_reset(&x->digest);
	err = mvc_recipe_chunks(&source, &e->id, 0, UINT64_MAX, hash_chunk, x);
	if (err)
		return err;
	mvc_digest_final(&x->digest, &is);
	if (mvc_oid_eq(&is, &e->id))
		return MVC_OK;
	return mvc_fail(MVC_ECORRUPT,
	    "%s: recipe %.12s makes another file than its id says", x->f->path,
	    mvc_oid_hex(&e->id).s);
}

static int
take_recipes(struct indexing *x)
{
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < x->f->ix.n; i++) {
		const struct mvc_pack_entry *e = &x->f->ix.entries[i];

		if (e->kind != MVC_RECIPE)
			continue;
		err = mvc_packfile_read(x->f, e);
		if (!err)
			err = prove_recipe(x, e);
		if (err == MVC_ENOTFOUND) {
			x->left_out++;
			mvc_note(x->env, "%s: recipe %.12s is left out: %s",
			    x->f->path, mvc_oid_hex(&e->id).s,
			    mvc_error_text());
			err = MVC_OK;
			continue;
		}
		err = err ? found_damage(x, err) : put(x, e);
	}
	return err;
}

/* All packs' chunks come before any recipe, which may be in another pack. */
static int
index_each(struct indexing *x, int (*take)(struct indexing *x))
{
	int err = MVC_OK;

	for (int i = 0; !err && i < x->env->argc; i++) {
		MVC_SCOPED(mvc_packfile) f = MVC_PACKFILE_INIT;

		x->f = &f;
		err = mvc_packfile_open(&f, x->env, x->env->argv[i]);
		if (!err)
			err = take(x);
	}
	return err;
}

static int
index_all(struct indexing *x)
{
	struct mvc_writer_sums sums;
	int err;

	err = index_each(x, take_objects);
	if (!err && x->w)
		err = mvc_writer_flush(x->w);
	if (!err && x->w)
		err = index_each(x, take_recipes);
	if (!err && x->w)
		err = mvc_writer_flush(x->w);
	if (err)
		return err;
	if (x->w) {
		mvc_writer_get_sums(x->w, &sums);
		mvc_print(x->env, "%" PRIu64 " new\n", sums.objects);
	}
	return x->damaged || x->left_out ? MVC_EFINDING : MVC_OK;
}

static int
index_pack_run(struct mvc_env *env, const void *args)
{
	struct indexing x = {.env = env, .chunk = MVC_BUF_INIT(MVC_OBJECT_MAX)};
	int err = mvc_digest_init(&x.digest);

	if (!err && !env->common.dry_run)
		err = mvc_env_store(env);
	if (!err && !env->common.dry_run)
		err = mvc_writer_new(&x.w, env->store);
	if (!err)
		err = index_all(&x);
	mvc_writer_free(x.w);
	mvc_digest_release(&x.digest);
	mvc_buf_release(&x.chunk);
	return err;
}

const struct mvc_cmd mvc_cmd_index_pack = {
    .name = "index-pack",
    .summary = "check packs from anywhere and take their objects in",
    .usage = "PACK...",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_DRY_RUN,
    .min = 1,
    .max = -1,
    .run = index_pack_run,
};
