/*
 * Blocks of a big file are read and scanned in parallel; in order, they are
 * hashed and cut. A chunk that crosses blocks is put together in a buffer of
 * its own, the others stay where they were read:
 *
 *     block k-1            block k
 *     … ├─chunk─┤ tail ═══► │ head ├─chunk─┼─chunk─┤ tail ═══► block k+1
 *                 └─ carried ─┘
 *
 * Holes are not read. Zeros have no candidate for a cut, and their chunks are
 * all the same; what is left is to hash the file.
 */
#include "store/ingest_priv.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

void
ingest_big_drop(struct big *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) > 1)
		return;
	mvc_dirref_drop(b->dir);
	free(b->name);
	free(b->text);
	free(b->carry);
	if (b->fd >= 0)
		close(b->fd);
	mvc_layout_free(b->layout);
	mvc_digest_release(&b->digest);
	mvc_offsets_release(&b->found);
	mvc_offsets_release(&b->cuts);
	free(b);
}

static int
open_big(struct big *b)
{
	int err = ingest_open(&b->fd, b->dir, b->name);

	if (err)
		return err;
	if (fstat(b->fd, &b->st) < 0)
		return mvc_fail_errno("stat %s", b->name);
	if (!S_ISREG(b->st.st_mode))
		return mvc_fail(MVC_ECHANGED, "it is no longer a file");
#ifdef POSIX_FADV_SEQUENTIAL
	posix_fadvise(b->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
	return MVC_OK;
}

/* Look at the head, as much of it as the layout's parser asks for. */
static int
find_layout(struct big *b)
{
	MVC_OWN_MEM uint8_t *head = NULL;
	size_t need = MVC_LAYOUT_PROBE, got;
	uint64_t size = (uint64_t)b->st.st_size;
	int err = MVC_OK;

	while (!err && need > 0) {
		uint8_t *more;

		if (need > size)
			need = (size_t)size;
		more = realloc(head, need ? need : 1);
		if (!more)
			return mvc_fail(MVC_ENOMEM, "no memory for a head");
		head = more;
		err = mvc_sys_pread(&got, b->fd, head, need, 0, b->name);
		if (!err && got < need)
			return MVC_OK; /* it shrinks: noticed later */
		if (!err)
			err = mvc_layout_parse(
			    &b->layout, &need, head, got, size);
		if (!err && need && need <= got)
			return MVC_OK;
	}
	return err;
}

static int
new_big(struct big **out, const char *name, void *user)
{
	struct big *b = calloc(1, sizeof(*b));

	*out = b;
	if (!b)
		return mvc_fail(MVC_ENOMEM, "no memory for %s", name);
	atomic_init(&b->refs, 1);
	b->fd = -1;
	b->user = user;
	b->name = strdup(name);
	b->carry = malloc(MVC_CHUNK_MAX);
	if (!b->name || !b->carry)
		return mvc_fail(MVC_ENOMEM, "no memory for %s", name);
	return mvc_digest_init(&b->digest);
}

static int
begin_big(
    struct big **out, struct mvc_dirref *dir, const char *name, void *user)
{
	struct big *b;
	int err = new_big(out, name, user);

	if (err)
		return err;
	b = *out;
	b->dir = mvc_dirref_hold(dir);
	/* What is wrong with the file alone is reported in its turn. */
	err = open_big(b);
	if (!err)
		err = find_layout(b);
	if (err)
		b->res.err = ingest_keep_error(err, &b->text);
	mvc_cutter_init(&b->cutter, b->layout);
	return MVC_OK;
}

/* Whether all from off - MVC_GEAR_WINDOW to end is one hole. */
static bool
is_hole(struct big *b, uint64_t off, uint64_t end)
{
#ifdef SEEK_DATA
	off_t data;

	if (b->fd < 0 || off < MVC_GEAR_WINDOW ||
	    (uint64_t)b->st.st_blocks * 512 >= (uint64_t)b->st.st_size)
		return false;
	off -= MVC_GEAR_WINDOW;
	if (off >= b->hole_from && end <= b->hole_to)
		return true;
	data = lseek(b->fd, (off_t)off, SEEK_DATA);
	if (data < 0 && errno != ENXIO)
		return false;
	b->hole_from = off;
	b->hole_to = data < 0 ? (uint64_t)b->st.st_size : (uint64_t)data;
	return end <= b->hole_to;
#else
	return false;
#endif
}

static int
make_block(struct mvc_ingest *in, struct job *j)
{
	size_t n = MVC_GEAR_WINDOW + INGEST_BLOCK;
	int err;

	if (!j->hole) {
		err = mvc_buf_reserve(&j->bytes, n);
		j->block = (uint8_t *)j->bytes.data;
		return err;
	}
	if (!in->zeros) {
		in->zeros = calloc(1, n);
		if (!in->zeros)
			return mvc_fail(MVC_ENOMEM, "no memory for a block");
		mvc_blake3(&in->zero_id, in->zeros, MVC_CHUNK_MAX);
	}
	j->block = in->zeros;
	return MVC_OK;
}

static int
push_block(
    struct mvc_ingest *in, struct big *b, uint64_t off, uint32_t len, bool last)
{
	struct job *j = ingest_job_new(in);
	int err;

	if (!j)
		return mvc_fail(MVC_ENOMEM, "no memory for a block");
	j->hole = is_hole(b, off, off + len);
	err = make_block(in, j);
	if (err) {
		ingest_job_drop(in, j);
		return err;
	}
	atomic_fetch_add(&b->refs, 1);
	j->big = b;
	j->off = off;
	j->len = len;
	j->last = last;
	return ingest_push(in, j);
}

int
ingest_big_push(
    struct mvc_ingest *in, struct mvc_dirref *dir, const char *name, void *user)
{
	struct big *b;
	uint64_t size, off = 0;
	int err;

	err = begin_big(&b, dir, name, user);
	size = err || b->res.err ? 0 : (uint64_t)b->st.st_size;
	while (!err && size - off > INGEST_BLOCK) {
		err = push_block(in, b, off, INGEST_BLOCK, false);
		off += INGEST_BLOCK;
	}
	if (!err)
		err = push_block(in, b, off, (uint32_t)(size - off), true);
	ingest_big_drop(b);
	return err;
}

/* What was read ahead to find the layout comes first. */
struct stream {
	mvc_ingest_read *read;
	void *arg;
	uint8_t *head;
	size_t n_head, at;
};

static int
stream_read(struct stream *s, void *p, size_t n)
{
	size_t k = s->n_head - s->at < n ? s->n_head - s->at : n;

	if (k)
		memcpy(p, s->head + s->at, k);
	s->at += k;
	if (s->at == s->n_head) {
		free(s->head);
		s->head = NULL;
	}
	return k < n ? s->read(s->arg, (uint8_t *)p + k, n - k) : MVC_OK;
}

static int
stream_layout(struct big *b, struct stream *s)
{
	size_t need = MVC_LAYOUT_PROBE;
	uint64_t size = (uint64_t)b->st.st_size;
	int err = MVC_OK;

	while (!err && need > s->n_head) {
		uint8_t *more;

		if (need > size)
			need = (size_t)size;
		more = realloc(s->head, need);
		if (!more)
			return mvc_fail(MVC_ENOMEM, "no memory for a head");
		s->head = more;
		err = s->read(s->arg, more + s->n_head, need - s->n_head);
		if (err)
			return err;
		s->n_head = need;
		err = mvc_layout_parse(
		    &b->layout, &need, s->head, s->n_head, size);
	}
	return err;
}

/* Each block has the end of the one before it in front. */
static int
stream_blocks(struct mvc_ingest *in, struct big *b, struct stream *s)
{
	uint8_t window[MVC_GEAR_WINDOW] = {0};
	uint64_t size = (uint64_t)b->st.st_size;
	int err = MVC_OK;

	for (uint64_t off = 0; !err && off < size; off += INGEST_BLOCK) {
		struct job *j = ingest_job_new(in);
		uint8_t *p;

		if (!j)
			return mvc_fail(MVC_ENOMEM, "no memory for a block");
		j->off = off;
		j->last = size - off <= INGEST_BLOCK;
		j->len = j->last ? (uint32_t)(size - off) : INGEST_BLOCK;
		err = make_block(in, j);
		p = (uint8_t *)j->bytes.data;
		if (!err) {
			memcpy(p, window, sizeof(window));
			err = stream_read(s, p + sizeof(window), j->len);
		}
		if (err) {
			ingest_job_drop(in, j);
			return err;
		}
		memcpy(window, p + j->len, sizeof(window));
		atomic_fetch_add(&b->refs, 1);
		j->big = b;
		err = ingest_push(in, j);
	}
	return err;
}

int
ingest_big_stream(struct mvc_ingest *in, uint64_t size, mvc_ingest_read *read,
    void *arg, void *user)
{
	struct stream s = {.read = read, .arg = arg};
	struct big *b;
	int err = new_big(&b, "a stream", user);

	if (!err) {
		b->streamed = true;
		b->st.st_size = (off_t)size;
		err = stream_layout(b, &s);
	}
	if (!err) {
		mvc_cutter_init(&b->cutter, b->layout);
		err = stream_blocks(in, b, &s);
	}
	free(s.head);
	ingest_big_drop(b);
	return err;
}

int
ingest_block_read(struct mvc_ingest *in, struct job *j)
{
	struct big *b = j->big;
	uint32_t before = j->off < MVC_GEAR_WINDOW ? 0 : MVC_GEAR_WINDOW;
	uint8_t *p = (uint8_t *)j->bytes.data + MVC_GEAR_WINDOW;
	size_t got;

	if ((b->fd < 0 && !b->streamed) || j->len == 0 || j->hole)
		return MVC_OK;
	if (!b->streamed) {
		j->err = mvc_sys_pread(&got, b->fd, p - before, j->len + before,
		    j->off - before, b->name);
		if (!j->err && got != j->len + before)
			j->err = mvc_fail(MVC_ECHANGED,
			    "it became shorter while it was being read");
	}
	if (j->err) {
		ingest_keep_error(j->err, &j->text);
		return MVC_OK;
	}
	if (!mvc_cutter_needs_gear(b->layout, j->off, j->len))
		return MVC_OK;
	return mvc_gear_scan(&in->gear, &j->found, p, before, j->len, j->off);
}

/* Candidates that the cutter has passed go, new ones come. */
static int
take_candidates(struct big *b, const struct mvc_offsets *found)
{
	size_t keep = 0;

	for (size_t i = 0; i < b->found.n; i++)
		if (b->found.at[i] > b->cutter.start)
			b->found.at[keep++] = b->found.at[i];
	b->found.n = keep;
	if (keep + found->n > b->found.cap) {
		size_t cap = 2 * (keep + found->n);
		uint64_t *at = realloc(b->found.at, cap * sizeof(*at));

		if (!at)
			return mvc_fail(
			    MVC_ENOMEM, "no memory to cut %s", b->name);
		b->found.at = at;
		b->found.cap = cap;
	}
	if (found->n)
		memcpy(b->found.at + keep, found->at,
		    found->n * sizeof(*found->at));
	b->found.n += found->n;
	return MVC_OK;
}

/* The first chunk of a block, when it began in an earlier one. */
static int
join_carried(struct job *j, uint64_t start, uint32_t head)
{
	struct big *b = j->big;

	j->carried = malloc((size_t)b->n_carry + head);
	if (!j->carried)
		return mvc_fail(MVC_ENOMEM, "no memory to cut %s", b->name);
	memcpy(j->carried, b->carry, b->n_carry);
	memcpy(j->carried + b->n_carry, j->block + MVC_GEAR_WINDOW, head);
	head += b->n_carry;
	b->n_carry = 0;
	return ingest_add_chunk(
	    j, j->carried, head, mvc_layout_width(b->layout, start));
}

static int
take_chunks(struct job *j, uint64_t start)
{
	struct big *b = j->big;
	const uint8_t *p = j->block + MVC_GEAR_WINDOW;
	uint64_t end = j->off + j->len;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < b->cuts.n; i++) {
		uint64_t cut = b->cuts.at[i];

		if (b->n_carry > 0)
			err = join_carried(j, start, (uint32_t)(cut - j->off));
		else
			err = ingest_add_chunk(j, p + (start - j->off),
			    (uint32_t)(cut - start),
			    mvc_layout_width(b->layout, start));
		start = cut;
	}
	/* No chunk is longer than carry. */
	if (!err && start < end) {
		uint64_t from = start > j->off ? start : j->off;

		memcpy(b->carry + b->n_carry, p + (from - j->off),
		    (size_t)(end - from));
		b->n_carry += (uint32_t)(end - from);
	}
	return err;
}

static void
end_of_file(struct big *b)
{
	struct stat after;

	mvc_digest_final(&b->digest, &b->res.oid);
	b->res.size = (uint64_t)b->st.st_size;
	b->res.st = b->st;
	if (b->res.err || b->streamed)
		return;
	if (fstat(b->fd, &after) == 0 && after.st_size == b->st.st_size &&
	    after.st_mtim.tv_sec == b->st.st_mtim.tv_sec &&
	    after.st_mtim.tv_nsec == b->st.st_mtim.tv_nsec &&
	    after.st_ctim.tv_sec == b->st.st_ctim.tv_sec &&
	    after.st_ctim.tv_nsec == b->st.st_ctim.tv_nsec)
		return;
	b->res.err = ingest_keep_error(
	    mvc_fail(MVC_ECHANGED,
		"it changed while it was being read: try again when nothing "
		"writes to it"),
	    &b->text);
}

int
ingest_block_cut(struct mvc_ingest *in, struct job *j)
{
	struct big *b = j->big;
	uint64_t start = b->cutter.start;
	int err = MVC_OK;

	if (j->err && !b->res.err) {
		b->res.err = j->err;
		b->text = MVC_TAKE(j->text);
	}
	if (!b->res.err && j->len) {
		mvc_digest_update(
		    &b->digest, j->block + MVC_GEAR_WINDOW, j->len);
		b->cuts.n = 0;
		err = take_candidates(b, &j->found);
		if (!err)
			err = mvc_cutter_feed(&b->cutter, &b->cuts, &b->found,
			    j->off + j->len, j->last);
		if (!err)
			err = take_chunks(j, start);
	}
	if (j->last)
		end_of_file(b);
	return err;
}

/* After this, only the last job's drop frees b. */
static int
report(struct mvc_ingest *in, struct big *b)
{
	b->res.packed = ingest_packed(in) - b->before;
	b->res.text = b->text ? b->text : "";
	in->files++;
	return in->done(in->arg, b->user, &b->res);
}

/*
 * The whole-file id is known only with the last block, the error of a later
 * block too: chunks of a file that turns out bad are stored for nothing, and
 * collected some day.
 */
int
ingest_block_finish(struct mvc_ingest *in, struct job *j)
{
	struct big *b = j->big;
	int err;

	if (!b->begun)
		b->before = ingest_packed(in);
	b->begun = true;
	err = ingest_put_chunks(in, j, 0, j->n_out, true);
	atomic_fetch_add(&in->ctx->progress.bytes, j->len);
	if (err || !j->last)
		return err;
	if (!b->res.err)
		err = ingest_put_recipe(in, &b->res.oid);
	else if (in->w)
		mvc_recipe_builder_reset(in->recipe);
	return err ? err : report(in, b);
}
