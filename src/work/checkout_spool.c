#include "work/checkout_priv.h"
#include "work/gitfolder.h"

#include "util/sys.h"

#include <stdio.h>

#include "util/banned.h"

#define WINDOW (256u << 10)

struct co_spool {
	int fd;
	uint64_t size; /* in the file */
	uint64_t at; /* read so far from the file */
	char *buf;
	size_t n, pos; /* bytes in buf, and taken of them */
	struct co_rec rec;
};

int
co_spool_new(struct co_spool **out, const char *git_dir)
{
	struct co_spool *s = calloc(1, sizeof(*s));
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	char folder[4096];
	int n, err;

	*out = s;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory");
	s->fd = -1;
	s->buf = malloc(WINDOW);
	if (!s->buf)
		return mvc_fail(MVC_ENOMEM, "no memory");
	n = snprintf(folder, sizeof(folder), "%s/mvc", git_dir);
	if (n < 0 || (size_t)n >= sizeof(folder))
		return mvc_fail(MVC_ETOOBIG, "path too long: %s", git_dir);
	err = mvc_gitfolder_make(folder);
	if (!err)
		err = mvc_tmpfile_open(&t, AT_FDCWD, folder, 0600);
	if (err)
		return err;
	s->fd = t.fd;
	return mvc_sys_unlink(AT_FDCWD, t.name);
}

void
co_spool_free(struct co_spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->buf);
	free(s);
}

static int
flush(struct co_spool *s)
{
	int err = mvc_sys_write(s->fd, s->buf, s->n, "a temporary file");

	s->size += s->n;
	s->n = 0;
	return err;
}

static int
add_bytes(struct co_spool *s, const void *p, size_t n)
{
	const char *from = p;
	int err = MVC_OK;

	while (!err && n > 0) {
		size_t k = WINDOW - s->n < n ? WINDOW - s->n : n;

		memcpy(s->buf + s->n, from, k);
		s->n += k;
		from += k;
		n -= k;
		if (s->n == WINDOW)
			err = flush(s);
	}
	return err;
}

int
co_spool_add(struct co_spool *s, const struct co_rec *rec)
{
	int err = add_bytes(s, rec, sizeof(*rec));

	if (!err)
		err = add_bytes(s, rec->path, rec->path_len + 1);
	if (!err && rec->target_len)
		err = add_bytes(s, rec->target, rec->target_len + 1);
	return err;
}

int
co_spool_rewind(struct co_spool *s)
{
	int err = flush(s);

	s->at = 0;
	s->n = s->pos = 0;
	return err;
}

/* Make n bytes be there in one piece; false at the end. */
static int
want_bytes(struct co_spool *s, size_t n, bool *end)
{
	size_t got;
	int err;

	*end = false;
	if (s->n - s->pos >= n)
		return MVC_OK;
	memmove(s->buf, s->buf + s->pos, s->n - s->pos);
	s->n -= s->pos;
	s->pos = 0;
	err = mvc_sys_pread(&got, s->fd, s->buf + s->n, WINDOW - s->n, s->at,
	    "a temporary file");
	if (err)
		return err;
	s->at += got;
	s->n += got;
	*end = s->n < n;
	return MVC_OK;
}

int
co_spool_next(struct co_rec **rec, struct co_spool *s)
{
	size_t strings;
	bool end;
	int err;

	*rec = NULL;
	err = want_bytes(s, sizeof(s->rec), &end);
	if (err || end)
		return err;
	memcpy(&s->rec, s->buf + s->pos, sizeof(s->rec));
	strings = s->rec.path_len + 1;
	if (s->rec.target_len)
		strings += s->rec.target_len + 1;
	err = want_bytes(s, sizeof(s->rec) + strings, &end);
	if (err)
		return err;
	if (end)
		return mvc_fail(MVC_EIO, "a temporary file was cut off");
	s->rec.path = s->buf + s->pos + sizeof(s->rec);
	s->rec.target =
	    s->rec.target_len ? s->rec.path + s->rec.path_len + 1 : NULL;
	s->pos += sizeof(s->rec) + strings;
	*rec = &s->rec;
	return MVC_OK;
}
