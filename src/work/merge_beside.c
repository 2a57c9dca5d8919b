#include "work/merge_beside.h"
#include "hash/digest.h"
#include "tree/edit.h"
#include "tree/find.h"
#include "tree/path.h"

#include "util/banned.h"

#include <stdio.h>

/* Names tried for one conflict. */
#define TRIES 1000

struct mvc_beside_item {
	size_t path, beside, target; /* in text; beside 0: none */
	const char *what;
	struct mvc_entry e; /* theirs; kind 0 where they deleted it */
};

void
mvc_beside_release(struct mvc_beside *b)
{
	free(b->v);
	b->v = NULL;
	b->n = b->cap = 0;
	mvc_buf_release(&b->text);
	mvc_oidset_release(&b->taken);
}

/* Keep n bytes and a NUL; *at is never 0. */
static int
keep(struct mvc_beside *b, size_t *at, const char *s, size_t n)
{
	int err = b->text.len ? MVC_OK : mvc_buf_add_char(&b->text, 0);

	*at = b->text.len;
	if (!err && n)
		err = mvc_buf_add(&b->text, s, n);
	if (!err)
		err = mvc_buf_add_char(&b->text, 0);
	return err == MVC_ETOOBIG
	    ? mvc_fail(err, "too many conflicts: choose --ours or --theirs")
	    : err;
}

static int
grow(struct mvc_beside *b)
{
	size_t cap = b->cap ? 2 * b->cap : 16;
	struct mvc_beside_item *v;

	if (b->n < b->cap)
		return MVC_OK;
	v = realloc(b->v, cap * sizeof(*v));
	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory for conflicts");
	b->v = v;
	b->cap = cap;
	return MVC_OK;
}

int
mvc_beside_add(struct mvc_beside *b, const char *path, const char *what,
    const struct mvc_entry *theirs)
{
	struct mvc_beside_item *it;
	int err = grow(b);

	if (err)
		return err;
	it = &b->v[b->n];
	memset(it, 0, sizeof(*it));
	it->what = what;
	err = keep(b, &it->path, path, strlen(path));
	if (!err && theirs) {
		it->e = *theirs;
		err = keep(b, &it->target, theirs->target, theirs->target_len);
	}
	if (!err)
		b->n++;
	return err;
}

/* Room for a suffix, without cutting a character of UTF-8. */
static size_t
shorten(const char *name, size_t suffix)
{
	size_t n = strlen(name);

	if (n + suffix <= MVC_NAME_MAX)
		return n;
	n = MVC_NAME_MAX - suffix;
	while (n > 1 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static int
candidate(struct mvc_buf *out, const char *path, unsigned try)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char suffix[24];
	int err;

	snprintf(
	    suffix, sizeof(suffix), try > 1 ? ".theirs.%u" : ".theirs", try);
	mvc_buf_clear(out);
	err = mvc_buf_add(out, path, (size_t)(name - path));
	if (!err)
		err = mvc_buf_add(out, name, shorten(name, strlen(suffix)));
	return err ? err : mvc_buf_add_str(out, suffix);
}

static int
is_taken(struct mvc_beside *b, const struct mvc_source *source,
    const struct mvc_oid *root, const struct mvc_buf *path, bool *taken)
{
	struct mvc_found found;
	struct mvc_oid hash;
	int err;

	err = mvc_tree_find(&found, source, root, path->data);
	*taken = err == MVC_OK;
	if (!err)
		mvc_found_release(&found);
	if (err != MVC_ENOTFOUND)
		return err;
	mvc_blake3(&hash, path->data, path->len);
	return mvc_oidset_add(&b->taken, 1, &hash, taken);
}

static int
choose_name(struct mvc_beside *b, struct mvc_beside_item *it,
    const struct mvc_source *source, const struct mvc_oid *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_PATH_INIT;
	bool taken = true;
	int err = MVC_OK;

	for (unsigned try = 1; !err && taken && try <= TRIES; try++) {
		err = candidate(&path, b->text.data + it->path, try);
		if (!err)
			err = is_taken(b, source, root, &path, &taken);
	}
	if (err)
		return err;
	if (taken)
		return mvc_fail(MVC_EEXISTS, "%s: no name is free beside it",
		    b->text.data + it->path);
	return keep(b, &it->beside, path.data, path.len);
}

struct order {
	const char *path;
	const struct mvc_beside_item *it;
};

static int
by_path(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

static size_t
sort_besides(struct order *out, const struct mvc_beside *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].beside)
			out[n++] = (struct order){
			    b->text.data + b->v[i].beside, &b->v[i]};
	qsort(out, n, sizeof(*out), by_path);
	return n;
}

static int
put_all(const struct mvc_beside *b, struct mvc_tree_edit *edit)
{
	MVC_OWN_MEM struct order *order = calloc(b->n, sizeof(*order));
	size_t n;
	int err = MVC_OK;

	if (!order)
		return mvc_fail(MVC_ENOMEM, "no memory for conflicts");
	n = sort_besides(order, b);
	for (size_t i = 0; !err && i < n; i++) {
		struct mvc_entry e = order[i].it->e;

		e.target = b->text.data + order[i].it->target;
		err = mvc_tree_edit_set(edit, order[i].path, &e);
	}
	return err;
}

int
mvc_beside_place(struct mvc_beside *b, struct mvc_oid *root, uint64_t *size,
    uint64_t *files, const struct mvc_source *source,
    const struct mvc_sink *sink)
{
	MVC_OWN(mvc_tree_edit) *edit = NULL;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < b->n; i++)
		if (b->v[i].e.kind)
			err = choose_name(b, &b->v[i], source, root);
	if (!err)
		err = mvc_tree_edit_new(&edit, source, sink, root);
	if (!err)
		err = put_all(b, edit);
	return err ? err : mvc_tree_edit_finish(edit, root, size, files);
}

void
mvc_beside_at(const struct mvc_beside *b, size_t i, const char **path,
    const char **what, const char **beside)
{
	const struct mvc_beside_item *it = &b->v[i];

	*path = b->text.data + it->path;
	*what = it->what;
	*beside = it->beside ? b->text.data + it->beside : NULL;
}
