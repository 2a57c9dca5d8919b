/* Which roots status is of, and what is known of them before it looks. */
#include "work/status_priv.h"

#include "store/blob.h"
#include "store/root.h"
#include "tree/edit.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/base.h"
#include "work/sizes.h"
#include "work/typed.h"

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
note_record(struct status *s, struct item *it)
{
	struct mvc_stat_entry e;
	int err;

	if (it->away)
		return MVC_OK;
	err = mvc_base_find(
	    &e, s->w, it->root, it->has_pointer ? &it->pointer : NULL);
	if (err)
		return err;
	if (!e.kind) {
		it->mixed = it->has_pointer;
		it->here = it->pointer.oid;
		return MVC_OK;
	}
	it->has_record = true;
	it->partial = e.flags & MVC_STAT_PARTIAL;
	it->here = e.oid;
	if (it->has_pointer && e.flags & MVC_STAT_MIXED)
		err = mvc_work_holds(&it->mixed, s->w, &it->here);
	it->sums.other_version =
	    it->has_pointer && !mvc_work_is_version(s->w, &e, &it->pointer);
	return err;
}

/* Whether the store has what the pointer names. */
static int
note_missing(struct status *s, struct item *it, const char *holder)
{
	const struct mvc_pointer *p = &it->pointer;
	struct mvc_root root;
	bool has;
	int err;

	if (!it->has_pointer || it->away)
		return MVC_OK;
	err = mvc_root_get(&root, s->w->store, holder, &p->oid);
	if (!err) {
		it->sums.missing = root.part;
		mvc_root_release(&root);
		return MVC_OK;
	}
	if (err != MVC_ENOTFOUND)
		return err;
	/* Another clone may hold it in a shared store. */
	if (p->type == MVC_POINTER_TREE)
		err = mvc_store_has(s->w->store, MVC_TREE, &p->oid, &has);
	else
		err = mvc_blob_has(s->w->store, &p->oid, p->size, &has);
	it->sums.missing = !err && !has;
	return err;
}

/* What to do about data whose pointer is not there. */
static int
say_gone(struct status *s, struct item *it, const char *pointer)
{
	struct mvc_index_entry e;

	it->forgotten = mvc_index_find(&e, s->idx, pointer, 0) == MVC_ENOTFOUND;
	if (it->forgotten)
		return mvc_fail(MVC_ENOTFOUND,
		    "untracked, its pointer is gone: mvc add %s tracks it "
		    "again, mvc checkout %s removes it if Git still names it",
		    it->root, it->root);
	return mvc_fail(MVC_ENOTFOUND,
	    "%s was deleted: git checkout %s brings it back, mvc rm --cached "
	    "%s stops tracking",
	    pointer, pointer, it->root);
}

/* A merge that left it in conflict may have left ours in the file. */
static int
check_merged(struct status *s, const struct item *it, const char *pointer)
{
	struct mvc_index_entry e;

	if (mvc_index_find(&e, s->idx, pointer, 2) == MVC_ENOTFOUND &&
	    mvc_index_find(&e, s->idx, pointer, 3) == MVC_ENOTFOUND)
		return MVC_OK;
	return mvc_fail(MVC_ECONFLICT,
	    "a merge left two versions: mvc checkout --ours, --theirs or "
	    "--merge %s",
	    it->root);
}

/* That is no change, and says nothing of another version. */
static bool
is_away(struct status *s, const char *root, const char *pointer)
{
	struct mvc_index_entry e;
	struct stat st;

	return mvc_index_find(&e, s->idx, pointer, 0) == MVC_OK && e.skip &&
	    fstatat(s->w->top, root, &st, AT_SYMLINK_NOFOLLOW) < 0;
}

/* What went wrong last is told of the item. */
static int
take_error(struct item *it, int code)
{
	free(it->text);
	it->code = code;
	it->text = strdup(mvc_error_text());
	return it->text ? MVC_OK : no_memory();
}

/* A link in place of a folder above it, or one that cannot be entered: the
 * others are looked at all the same. */
static int
note_blocked(struct status *s, struct item *it)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err =
	    mvc_beneath_parent(&folder, &name, s->w->top, it->path, false);

	it->blocked = err == MVC_EDENIED;
	return it->blocked ? take_error(it, err) : MVC_OK;
}

static int
add_item(struct status *s, const char *root, const char *path)
{
	MVC_SCOPED(mvc_buf) pointer = MVC_BUF_INIT(1 << 20);
	struct item *it;
	int err;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 16;
		struct item *v = realloc(s->items, cap * sizeof(*v));

		if (!v)
			return no_memory();
		s->items = v;
		s->cap = cap;
	}
	it = &s->items[s->n];
	memset(it, 0, sizeof(*it));
	s->n++;
	it->path = strdup(path);
	it->root = strdup(root);
	if (!it->path || !it->root)
		return no_memory();
	err = mvc_buf_addf(&pointer, "%s%s", root, MVC_POINTER_SUFFIX);
	if (err)
		return err;
	it->code = mvc_work_pointer(&it->pointer, s->w, s->idx, pointer.data);
	if (!it->code)
		it->code =
		    mvc_sizes_check(&it->pointer, s->w->store, pointer.data);
	it->has_pointer = it->code == MVC_OK;
	it->away = it->has_pointer && is_away(s, root, pointer.data);
	if (it->has_pointer)
		it->code = check_merged(s, it, pointer.data);
	if (it->code == MVC_ENOTFOUND)
		it->code = say_gone(s, it, pointer.data);
	if (it->code == MVC_ENOMEM)
		return it->code;
	err = it->code ? take_error(it, it->code) : MVC_OK;
	return err ? err : note_blocked(s, it);
}

/* On a file system that folds case: its pointer goes by another spelling, and
 * that one is looked at. */
static bool
is_respelled(struct status *s, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);

	if (!s->w->repo->ignorecase ||
	    mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX))
		return false;
	return mvc_file_exists(s->w->top, path.data) &&
	    !mvc_typed_listed(s->w->top, path.data);
}

static int
add_under(struct status *s, const char *under)
{
	struct mvc_names roots, cached = {0};
	int err;

	err = mvc_work_roots(&roots, s->idx, under);
	if (!err)
		err = mvc_work_cached_roots(&cached, s->w, under);
	for (size_t i = 0; !err && i < cached.n; i++)
		if (!is_respelled(s, cached.v[i]))
			err = mvc_names_add(&roots, cached.v[i]);
	mvc_names_sort(&roots);
	if (!err && roots.n == 0 && under[0])
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s: nothing there is tracked by mvc", under);
	for (size_t i = 0; !err && i < roots.n; i++)
		err = add_item(s, roots.v[i], roots.v[i]);
	mvc_names_release(&roots);
	mvc_names_release(&cached);
	return err;
}

static int
add_path(struct status *s, const char *path)
{
	struct mvc_place p;
	int err;

	err = mvc_place_find(&p, s->w, s->idx, path);
	if (err == MVC_ECONFLICT || err == MVC_EVERSION ||
	    err == MVC_EINVALID || err == MVC_EDENIED)
		return add_under(s, path);
	if (err)
		return err;
	if (p.tracked && strcmp(p.root, path))
		err = add_item(s, p.root, path);
	else
		err = add_under(s, path);
	mvc_place_release(&p);
	return err;
}

void
status_item_release(struct item *it)
{
	free(it->path);
	free(it->root);
	free(it->text);
	mvc_pointer_release(&it->pointer);
}

static int
by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

/* Of a data set that Git forgot, those that lie in it now are no part. */
static int
note_others(struct item *it)
{
	if (it->others)
		return MVC_OK;
	it->others = true;
	free(it->text);
	if (asprintf(&it->text,
		"its pointer is gone, and other data sets lie there now: mvc "
		"checkout %s removes the rest, if Git still names it",
		it->root) >= 0)
		return MVC_OK;
	it->text = NULL;
	return no_memory();
}

/* A pointer in what another one names. */
static int
note_overlap(struct item *it, const struct item *inner)
{
	if (!it->has_pointer || !inner->has_pointer ||
	    !strcmp(it->root, inner->root) || it->overlaps)
		return MVC_OK;
	it->overlaps = true;
	return take_error(it, mvc_work_fail_overlap(it->root, inner->root));
}

/* In path order, without those inside others; but with those inside one that
 * Git forgot. */
static int
tidy(struct status *s)
{
	size_t kept = 0, forgotten = SIZE_MAX;
	int err = MVC_OK;

	if (s->n > 1)
		qsort(s->items, s->n, sizeof(*s->items), by_path);
	for (size_t i = 0; i < s->n; i++) {
		struct item *it = &s->items[i];
		struct item *last = kept ? &s->items[kept - 1] : NULL;
		struct item *in = forgotten < kept &&
			status_below(it->path, s->items[forgotten].path)
		    ? &s->items[forgotten]
		    : NULL;

		bool lies =
		    last && last != in && status_below(it->path, last->path);

		if (lies && !err)
			err = note_overlap(last, it);
		if ((last && !strcmp(it->path, last->path)) ||
		    (in && it->forgotten) || lies) {
			status_item_release(it);
			continue;
		}
		if (in && !err)
			err = note_others(in);
		if (it->forgotten)
			forgotten = kept;
		s->items[kept++] = *it;
	}
	s->n = kept;
	return err;
}

int
status_plan(struct status *s, const char *const *paths, size_t n)
{
	char holder[33];
	int err;

	err = n ? MVC_OK : add_under(s, "");
	for (size_t i = 0; !err && i < n; i++)
		err = paths[i][0] ? add_path(s, paths[i]) : add_under(s, "");
	if (err)
		return err;
	err = tidy(s);
	if (err)
		return err;
	err = mvc_repo_clone_id(holder, s->w->repo, false);
	if (err == MVC_ENOTFOUND) {
		memset(holder, '0', 32);
		holder[32] = 0;
		err = MVC_OK;
	}
	for (size_t i = 0; !err && i < s->n; i++) {
		err = note_record(s, &s->items[i]);
		if (!err)
			err = note_missing(s, &s->items[i], holder);
	}
	return err;
}
