#include "store/ingest_priv.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_ino == b->st_ino &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int
changed(void)
{
	return mvc_fail(MVC_ECHANGED,
	    "it changed while it was being read: try again when nothing "
	    "writes to it");
}

/* Read it whole, at the end of bytes. */
static int
read_whole(struct small *s, struct mvc_buf *bytes)
{
	MVC_OWN_FD int fd = -1;
	struct stat after;
	size_t got;
	int err;

	err = ingest_open(&fd, s->dir, s->name);
	if (err)
		return err;
	if (fstat(fd, &s->res.st) < 0)
		return mvc_fail_errno("stat %s", s->name);
	if (!S_ISREG(s->res.st.st_mode) ||
	    (uint64_t)s->res.st.st_size > INGEST_BIG)
		return changed();
	err = mvc_buf_reserve(bytes, (size_t)s->res.st.st_size + 1);
	if (err)
		return err;
	/* A longer file shows by its stat, unless it is one that has no size. */
	err = mvc_sys_read(&got, fd, bytes->data + bytes->len,
	    (size_t)s->res.st.st_size + !s->res.st.st_size, s->name);
	if (err)
		return err;
	if (fstat(fd, &after) < 0)
		return mvc_fail_errno("stat %s", s->name);
	if (got != (size_t)s->res.st.st_size || !same(&s->res.st, &after))
		return changed();
	bytes->len += got;
	return MVC_OK;
}

/* Files too small for a tensor layout: Gear alone, or no cut at all. */
static int
cut(struct mvc_ingest *in, struct job *j, struct small *s, const uint8_t *p,
    uint32_t n)
{
	struct mvc_offsets cuts = {NULL, 0, 0};
	MVC_OWN(mvc_layout) *layout = NULL;
	uint64_t at = 0;
	size_t need;
	int err = MVC_OK;

	if (n > 0 && n <= MVC_CHUNK_MIN) {
		s->n_chunks = 1;
		return ingest_add_chunk(j, p, n, 0);
	}
	if (n >= MVC_LAYOUT_MIN)
		err = mvc_layout_parse(&layout, &need, p, n, n);
	if (!err)
		err = mvc_cut_all(&in->gear, layout, &cuts, p, n);
	for (size_t i = 0; !err && i < cuts.n; i++) {
		err = ingest_add_chunk(j, p + at, (uint32_t)(cuts.at[i] - at),
		    mvc_layout_width(layout, at));
		at = cuts.at[i];
		s->n_chunks++;
	}
	mvc_offsets_release(&cuts);
	return err;
}

/*
 * Read all files first, then cut: bytes move while they grow. `from` is where
 * the bytes of each file begin.
 */
int
ingest_smalls_read(struct mvc_ingest *in, struct job *j)
{
	size_t from[INGEST_BATCH_FILES];
	int err = mvc_buf_reserve(&j->bytes, (size_t)j->hints + j->n_smalls);

	for (uint32_t i = 0; !err && i < j->n_smalls; i++) {
		struct small *s = &j->smalls[i];

		from[i] = j->bytes.len;
		if (s->given) {
			s->res.size = s->hint;
			s->res.st.st_size = (off_t)s->hint;
		}
		if (!s->dir)
			continue;
		s->res.err = read_whole(s, &j->bytes);
		if (s->res.err == MVC_ECHANGED)
			s->res.err = read_whole(s, &j->bytes);
		if (s->res.err)
			ingest_keep_error(s->res.err, &s->text);
		s->res.size = j->bytes.len - from[i];
	}
	for (uint32_t i = 0; !err && i < j->n_smalls; i++) {
		struct small *s = &j->smalls[i];
		const uint8_t *p =
		    s->given ? s->given : (uint8_t *)j->bytes.data + from[i];

		if ((!s->dir && !s->given) || s->res.err)
			continue;
		err = cut(in, j, s, p, (uint32_t)s->res.size);
		/* A file of one chunk has that chunk's id. */
		if (s->n_chunks != 1)
			mvc_blake3(&s->res.oid, p, s->res.size);
	}
	return err;
}

static int
finish_one(struct mvc_ingest *in, struct job *j, struct small *s, uint32_t at)
{
	uint64_t before = ingest_packed(in);
	int err = MVC_OK;

	if (!s->dir && !s->given)
		return in->done(in->arg, s->user, NULL);
	if (s->n_chunks == 1)
		s->res.oid = j->out[at].id;
	if (!s->res.err)
		err =
		    ingest_put_chunks(in, j, at, s->n_chunks, s->n_chunks > 1);
	if (!err && s->n_chunks > 1)
		err = ingest_put_recipe(in, &s->res.oid);
	if (err)
		return err;
	s->res.packed = ingest_packed(in) - before;
	s->res.text = s->text ? s->text : "";
	atomic_fetch_add(&in->ctx->progress.bytes, s->res.size);
	in->files++;
	return in->done(in->arg, s->user, &s->res);
}

int
ingest_smalls_finish(struct mvc_ingest *in, struct job *j)
{
	uint32_t at = 0;
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < j->n_smalls; i++) {
		err = finish_one(in, j, &j->smalls[i], at);
		at += j->smalls[i].n_chunks;
	}
	return err;
}
