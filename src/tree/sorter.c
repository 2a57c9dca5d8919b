/*
 *     add ──► arena of records ──full──► sorted, written: a run
 *     each ◄── heap of the runs' heads ◄── a window of each
 *
 * A record is its length, the entry, the path and the target, each with a NUL.
 */
#include "tree/sorter.h"

#include "store/folder.h"
#include "tree/edit.h"
#include "util/sys.h"

#include "util/banned.h"

#define RUN_WINDOW (UINT32_C(32) << 10)
/* Path and target: longer ones are refused. */
#define RECORD_MAX (UINT32_C(1) << 15)

struct record {
	uint32_t len; /* of all, a multiple of 8 */
	uint32_t path_len;
	uint64_t order;
	struct mvc_entry e; /* name, target: not to be used */
	char text[]; /* path, target */
};

/* Sorted records in the file; at the end of each that are in memory, too. */
struct run {
	uint64_t at, end; /* what is left of it in the file */
	char *window;
	size_t n, pos; /* bytes in it, taken of them */
	const struct record *head;
};

struct mvc_tree_sorter {
	const struct mvc_folder *folder;
	size_t memory;
	struct mvc_buf arena;
	size_t *at; /* of each record in it */
	size_t n, cap;
	uint64_t order;
	int fd; /* -1: nothing was written */
	uint64_t written;
	struct run *runs;
	size_t n_runs;
};

int
mvc_tree_sorter_new(struct mvc_tree_sorter **out,
    const struct mvc_folder *folder, size_t memory)
{
	struct mvc_tree_sorter *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory to sort a tree");
	s->folder = folder;
	s->memory = memory;
	s->arena.max = memory + RECORD_MAX;
	s->fd = -1;
	return MVC_OK;
}

void
mvc_tree_sorter_free(struct mvc_tree_sorter *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_runs; i++)
		free(s->runs[i].window);
	free(s->runs);
	free(s->at);
	mvc_buf_release(&s->arena);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static int
record_cmp(const struct record *a, const struct record *b)
{
	int cmp = mvc_path_cmp(a->text, b->text);

	if (cmp)
		return cmp;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int
by_record(const void *a, const void *b, void *arena)
{
	const char *base = arena;

	return record_cmp((const struct record *)(base + *(const size_t *)a),
	    (const struct record *)(base + *(const size_t *)b));
}

static void
sort(struct mvc_tree_sorter *s)
{
	if (s->n > 1)
		qsort_r(s->at, s->n, sizeof(*s->at), by_record, s->arena.data);
}

static int
open_file(struct mvc_tree_sorter *s)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	int err = mvc_folder_tmp(&t, s->folder);

	if (err)
		return err;
	s->fd = t.fd;
	return mvc_sys_unlink(t.dirfd, t.name);
}

static int
add_run(struct mvc_tree_sorter *s, uint64_t from)
{
	struct run *v = realloc(s->runs, (s->n_runs + 1) * sizeof(*v));

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory to sort a tree");
	s->runs = v;
	v[s->n_runs++] = (struct run){.at = from, .end = s->written};
	return MVC_OK;
}

static int
spill(struct mvc_tree_sorter *s)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(2 * RECORD_MAX + 8 * RUN_WINDOW);
	uint64_t from = s->written;
	int err = s->fd < 0 ? open_file(s) : MVC_OK;

	sort(s);
	for (size_t i = 0; !err && i < s->n; i++) {
		const char *p = s->arena.data + s->at[i];

		err = mvc_buf_add(&b, p, ((const struct record *)p)->len);
		if (!err && (b.len >= 8 * RUN_WINDOW || i + 1 == s->n)) {
			err = mvc_sys_write(
			    s->fd, b.data, b.len, "a temporary file");
			s->written += b.len;
			mvc_buf_clear(&b);
		}
	}
	s->n = 0;
	mvc_buf_clear(&s->arena);
	return err ? err : add_run(s, from);
}

static int
grow(struct mvc_tree_sorter *s)
{
	size_t cap = s->cap ? 2 * s->cap : 1024, *at;

	if (s->n < s->cap)
		return MVC_OK;
	at = realloc(s->at, cap * sizeof(*at));
	if (!at)
		return mvc_fail(MVC_ENOMEM, "no memory to sort a tree");
	s->at = at;
	s->cap = cap;
	return MVC_OK;
}

int
mvc_tree_sorter_add(
    struct mvc_tree_sorter *s, const char *path, const struct mvc_entry *e)
{
	struct record r = {.e = *e, .order = s->order++};
	size_t n = strlen(path), len, target = e->target ? e->target_len : 0;
	static const char zeros[8] = "";
	int err;

	len = sizeof(r) + n + 1 + target + 1;
	r.len = (uint32_t)((len + 7) & ~(size_t)7);
	if (n >= RECORD_MAX / 2 || r.len > RECORD_MAX)
		return mvc_fail(MVC_ETOOBIG, "%.100s…: too long a path", path);
	r.path_len = (uint32_t)n;
	err = grow(s);
	if (!err)
		s->at[s->n++] = s->arena.len;
	if (!err)
		err = mvc_buf_add(&s->arena, &r, sizeof(r));
	if (!err)
		err = mvc_buf_add(&s->arena, path, n + 1);
	if (!err && target)
		err = mvc_buf_add(&s->arena, e->target, target);
	if (!err)
		err = mvc_buf_add(&s->arena, zeros, r.len - len + 1);
	if (!err && s->arena.len + s->n * sizeof(*s->at) >= s->memory)
		err = spill(s);
	return err;
}

/* Make the run's next record its head; NULL at its end. */
static int
run_next(struct mvc_tree_sorter *s, struct run *r)
{
	size_t size = RECORD_MAX + RUN_WINDOW, left, got = 0;
	const struct record *head = r->head;
	int err = MVC_OK;

	if (!r->window && !(r->window = malloc(size)))
		return mvc_fail(MVC_ENOMEM, "no memory to sort a tree");
	r->pos += head ? head->len : 0;
	left = r->n - r->pos;
	if (r->at < r->end &&
	    (left < sizeof(*head) ||
		left < ((struct record *)(r->window + r->pos))->len)) {
		size_t want = size - left;

		memmove(r->window, r->window + r->pos, left);
		if (want > r->end - r->at)
			want = (size_t)(r->end - r->at);
		err = mvc_sys_pread(&got, s->fd, r->window + left, want, r->at,
		    "a temporary file");
		if (!err && got != want)
			err = mvc_fail(MVC_EIO, "a temporary file is cut off");
		r->at += got;
		r->n = left + got;
		r->pos = 0;
	}
	r->head =
	    r->n > r->pos ? (const struct record *)(r->window + r->pos) : NULL;
	return err;
}

/* Runs whose heads are in heap order, the first n of them. */
static void
sift(struct run *v, size_t n, size_t i)
{
	for (;;) {
		size_t k = 2 * i + 1;
		struct run t;

		if (k + 1 < n && record_cmp(v[k + 1].head, v[k].head) < 0)
			k++;
		if (k >= n || record_cmp(v[i].head, v[k].head) <= 0)
			return;
		t = v[i];
		v[i] = v[k];
		v[k] = t;
		i = k;
	}
}

static int
give(const struct record *r,
    int (*each)(void *arg, const char *path, const struct mvc_entry *e),
    void *arg)
{
	struct mvc_entry e = r->e;

	e.name = NULL;
	e.name_len = 0;
	e.target = e.target ? r->text + r->path_len + 1 : NULL;
	return each(arg, r->text, &e);
}

static int
merge(struct mvc_tree_sorter *s,
    int (*each)(void *arg, const char *path, const struct mvc_entry *e),
    void *arg)
{
	struct run *v = s->runs, t;
	size_t n = s->n_runs;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = run_next(s, &v[i]);
	for (size_t i = n / 2; !err && i-- > 0;)
		sift(v, n, i);
	while (!err && n) {
		err = give(v[0].head, each, arg);
		if (!err)
			err = run_next(s, &v[0]);
		if (!err && !v[0].head) {
			t = v[0];
			v[0] = v[--n];
			v[n] = t;
		}
		if (!err)
			sift(v, n, 0);
	}
	return err;
}

int
mvc_tree_sorter_each(struct mvc_tree_sorter *s,
    int (*each)(void *arg, const char *path, const struct mvc_entry *e),
    void *arg)
{
	int err = MVC_OK;

	if (s->n_runs) {
		if (s->n)
			err = spill(s);
		return err ? err : merge(s, each, arg);
	}
	sort(s);
	for (size_t i = 0; !err && i < s->n; i++)
		err = give((const struct record *)(s->arena.data + s->at[i]),
		    each, arg);
	return err;
}
