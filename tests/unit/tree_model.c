#include "tree_model.h"

#include "hash/digest.h"
#include "tree/edit.h"
#include "tree/walk.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct memory_store tree_store;
static uint64_t state;

void
tree_enter(void)
{
	memory_store_init(&tree_store);
}

void
tree_leave(void)
{
	memory_store_release(&tree_store);
}

void
random_start(void)
{
	const char *seed = getenv("MVC_TEST_SEED");

	state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	fprintf(stderr, "MVC_TEST_SEED=%llu\n", (unsigned long long)state);
	state = (state + 1) * 0x9e3779b97f4a7c15u;
}

uint32_t
random_below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % n;
}

void
model_release(struct model *m)
{
	free(m->files);
	memset(m, 0, sizeof(*m));
}

static void
reserve(struct model *m, size_t n)
{
	if (n <= m->cap)
		return;
	m->cap = 2 * n;
	m->files = realloc(m->files, m->cap * sizeof(*m->files));
	cr_assert_not_null(m->files);
}

void
model_copy(struct model *to, const struct model *from)
{
	reserve(to, from->n + 1);
	to->n = from->n;
	if (from->n)
		memcpy(to->files, from->files, from->n * sizeof(*to->files));
}

/* Where the path is, or would be. */
static size_t
place_of(const struct model *m, const char *path)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (mvc_path_cmp(m->files[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct model_file *
model_get(const struct model *m, const char *path)
{
	size_t at = place_of(m, path);

	if (at == m->n || strcmp(m->files[at].path, path) != 0)
		return NULL;
	return &m->files[at];
}

void
model_set(struct model *m, const char *path, uint32_t content)
{
	size_t at = place_of(m, path);
	struct model_file *f;

	reserve(m, m->n + 1);
	f = &m->files[at];
	if (!model_get(m, path)) {
		if (content == UINT32_MAX)
			return;
		memmove(f + 1, f, (m->n++ - at) * sizeof(*f));
		snprintf(f->path, sizeof(f->path), "%s", path);
	} else if (content == UINT32_MAX) {
		memmove(f, f + 1, (--m->n - at) * sizeof(*f));
		return;
	}
	f->content = content;
}

void
model_fill(struct model *m, uint32_t n)
{
	reserve(m, n + 1);
	for (m->n = 0; m->n < n; m->n++) {
		struct model_file *f = &m->files[m->n];

		snprintf(f->path, sizeof(f->path), "f%07zu", m->n);
		f->content = (uint32_t)m->n + 1;
	}
}

struct mvc_entry
model_entry(uint32_t content)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_FILE, .files = 1};
	uint8_t b[4];

	if (!content) {
		e.kind = MVC_ENTRY_DIR;
		e.files = 0;
	} else if (content % 10 == 7) {
		static const char *const targets[] = {"t", "../u", "/v"};

		e.kind = MVC_ENTRY_LINK;
		e.target = targets[content % 3];
		e.target_len = strlen(e.target);
	} else {
		e.kind = content & 1 ? MVC_ENTRY_EXEC : MVC_ENTRY_FILE;
		e.size = content;
		mvc_put32(b, content);
		mvc_blake3(&e.id, b, sizeof(b));
	}
	return e;
}

struct mvc_oid
model_build(const struct model *m)
{
	MVC_OWN(mvc_tree_edit) *t = NULL;
	struct mvc_oid root;
	uint64_t size, files;

	cr_assert_eq(
	    mvc_tree_edit_new(&t, &tree_store.source, &tree_store.sink, NULL),
	    0);
	for (size_t i = 0; i < m->n; i++) {
		struct mvc_entry e = model_entry(m->files[i].content);

		cr_assert_eq(mvc_tree_edit_set(t, m->files[i].path, &e), 0,
		    "%s", mvc_error_text());
	}
	cr_assert_eq(mvc_tree_edit_finish(t, &root, &size, &files), 0);
	return root;
}

struct check {
	const struct model *m;
	size_t next;
};

static int
check_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct check *c = arg;
	const struct model_file *f = &c->m->files[c->next];
	struct mvc_entry want;

	if (e->kind == MVC_ENTRY_DIR &&
	    (c->next == c->m->n || strcmp(path, f->path) != 0))
		return 0; /* one that is there for what is in it */
	cr_assert_lt(c->next, c->m->n, "%s is too much", path);
	cr_assert_str_eq(path, f->path);
	want = model_entry(f->content);
	cr_assert_eq(e->kind, want.kind);
	if (want.kind != MVC_ENTRY_DIR) {
		cr_assert_eq(e->size, want.size);
		cr_assert(mvc_oid_eq(&e->id, &want.id));
		cr_assert_eq(e->target_len, want.target_len);
		cr_assert_eq(memcmp(e->target ? e->target : "",
				 want.target ? want.target : "", e->target_len),
		    0);
	}
	c->next++;
	return 0;
}

void
assert_tree_is(const struct mvc_oid *root, const struct model *m)
{
	static const struct mvc_walk_ops ops = {.entry = check_entry};
	struct check c = {m, 0};

	cr_assert_eq(mvc_tree_walk(&tree_store.source, root, &ops, &c), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(c.next, m->n);
}
