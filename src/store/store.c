#include "store/store_priv.h"
#include "hash/digest.h"
#include "store/packcache.h"
#include "util/sys.h"
#include "util/banned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

static const char *const folders[] = {
    "packs", "segments", "roots", "holders", "trash", "tmp", NULL};

int
mvc_store_create(const char *path, unsigned shared)
{
	struct mvc_folder f = {.fd = -1, .path = (char *)path};
	struct mvc_folder_backend b;
	int err;

	mvc_folder_share(&f, shared);
	err = mvc_file_mkdirs(AT_FDCWD, path, f.dir & 0777);
	if (err)
		return err;
	err = mvc_sys_open(&f.fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	if (mvc_file_absent(f.fd, "format")) {
		if (f.exact)
			err = mvc_sys_chmod(f.fd, ".", f.dir);
		for (int i = 0; !err && folders[i]; i++) {
			err = mvc_file_mkdirs(f.fd, folders[i], f.dir & 0777);
			if (!err && f.exact)
				err = mvc_sys_chmod(f.fd, folders[i], f.dir);
		}
		/* Last: without it there is no store. */
		mvc_folder_backend_init(&b, &f);
		if (!err)
			err = mvc_formatfile_save(&b.b, shared, 0);
	}
	close(f.fd);
	return err;
}

int
mvc_store_check_writable(const struct mvc_store *s)
{
	return mvc_formatfile_check_writable(&s->format);
}

static int
source_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	return mvc_store_get(arg, kind, id, out);
}

/* What is wrong there is told; where it is not either, that it is not here. */
static int
wide_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct mvc_store *s = arg;
	char text[MVC_ERROR_MAX];
	int err = mvc_store_get(s, kind, id, out);

	if (err != MVC_ENOTFOUND || kind != MVC_TREE || !s->beyond)
		return err;
	snprintf(text, sizeof(text), "%s", mvc_error_text());
	err = s->beyond->get(s->beyond->arg, kind, id, out);
	return err == MVC_ENOTFOUND ? mvc_error_adopt(err, text) : err;
}

int
mvc_store_open(struct mvc_store **out, struct mvc_ctx *ctx, const char *path)
{
	MVC_OWN(mvc_store) *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for a store");
	s->ctx = ctx;
	s->folder.fd = -1;
	pthread_rwlock_init(&s->segs_lock, NULL);
	pthread_mutex_init(&s->scratch_lock, NULL);
	s->source.get = source_get;
	s->source.arg = s;
	s->wide.get = wide_get;
	s->wide.arg = s;
	s->folder.path = strdup(path);
	if (!s->folder.path)
		return mvc_fail(MVC_ENOMEM, "no memory for a store");
	mvc_folder_share(&s->folder, 0);
	err = mvc_sys_open(
	    &s->folder.fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	mvc_folder_backend_init(&s->backend, &s->folder);
	if (!err)
		err = mvc_formatfile_load(&s->format, &s->backend.b);
	if (!err)
		mvc_folder_share(&s->folder, s->format.shared);
	if (!err)
		err = mvc_packcache_new(&s->packs, &s->folder);
	if (!err)
		err = mvc_store_refresh(s);
	if (!err)
		*out = MVC_TAKE(s);
	return err;
}

void
mvc_store_free(struct mvc_store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_segs; i++)
		mvc_segment_free(s->segs[i]);
	for (size_t i = 0; i < s->n_old; i++)
		mvc_segment_free(s->old[i]);
	for (size_t i = 0; i < s->n_hidden; i++)
		mvc_segment_free(s->hidden[i]);
	free(s->segs);
	free(s->old);
	free(s->hidden);
	while (s->scratch) {
		struct mvc_scratch *x = s->scratch;

		s->scratch = x->next;
		mvc_decoder_free(x->dec);
		mvc_buf_release(&x->packed);
		free(x->window);
		free(x);
	}
	mvc_packcache_free(s->packs);
	pthread_rwlock_destroy(&s->segs_lock);
	pthread_mutex_destroy(&s->scratch_lock);
	if (s->folder.fd >= 0)
		close(s->folder.fd);
	free(s->folder.path);
	free(s);
}

const char *
mvc_store_path(const struct mvc_store *s)
{
	return s->folder.path;
}

const char *
mvc_store_id(const struct mvc_store *s)
{
	return s->format.id;
}

const struct mvc_folder *
mvc_store_folder(const struct mvc_store *s)
{
	return &s->folder;
}

struct mvc_backend *
mvc_store_backend(struct mvc_store *s)
{
	return &s->backend.b;
}

const struct mvc_source *
mvc_store_source(struct mvc_store *s)
{
	return &s->wide;
}

void
mvc_store_trees_beyond(struct mvc_store *s, const struct mvc_source *beyond)
{
	s->beyond = beyond;
}

int
mvc_scratch_take(struct mvc_scratch **out, struct mvc_store *s)
{
	struct mvc_scratch *x;
	int err;

	pthread_mutex_lock(&s->scratch_lock);
	x = s->scratch;
	if (x)
		s->scratch = x->next;
	pthread_mutex_unlock(&s->scratch_lock);
	*out = x;
	if (x)
		return MVC_OK;
	x = calloc(1, sizeof(*x));
	if (!x)
		return mvc_fail(MVC_ENOMEM, "no memory for a decoder");
	x->packed.max = MVC_OBJECT_MAX;
	err = mvc_decoder_new(&x->dec);
	if (err) {
		free(x);
		return err;
	}
	*out = x;
	return MVC_OK;
}

void
mvc_scratch_give(struct mvc_store *s, struct mvc_scratch *x)
{
	pthread_mutex_lock(&s->scratch_lock);
	x->next = s->scratch;
	s->scratch = x;
	pthread_mutex_unlock(&s->scratch_lock);
}
