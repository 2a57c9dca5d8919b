#include "work/base.h"

#include "hash/digest.h"
#include "work/target.h"

#include "util/banned.h"

static bool
is_record(const struct mvc_stat_entry *e)
{
	return e && e->flags & MVC_STAT_ROOT;
}

/* The record above that is nearest; *path is cut to its path, or emptied. */
static int
find_above(
    const struct mvc_stat_entry **e, struct mvc_statcursor *k, char *path)
{
	int err;

	*e = NULL;
	for (char *s; (s = strrchr(path, '/'));) {
		*s = 0;
		err = mvc_statcursor_find(e, k, path);
		if (err || is_record(*e))
			return err;
	}
	*e = NULL;
	*path = 0;
	return MVC_OK;
}

/* To the first record strictly below, from where the cursor is; NULL: none. */
static int
next_below(
    const struct mvc_stat_entry **e, struct mvc_statcursor *k, const char *root)
{
	size_t n = strlen(root);
	int err = MVC_OK;

	while (!err && (*e = mvc_statcursor_at(k)) &&
	    mvc_statpath_below((*e)->path, (*e)->path_len, root, n)) {
		if (is_record(*e))
			return MVC_OK;
		err = mvc_statcursor_next(k);
	}
	*e = NULL;
	return err;
}

static int
first_below(
    const struct mvc_stat_entry **e, struct mvc_statcursor *k, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(MVC_STAT_PATH_MAX + 2);
	int err = mvc_buf_addf(&path, "%s/", root);

	if (!err)
		err = mvc_statcursor_seek(k, path.data);
	return err ? err : next_below(e, k, root);
}

static void
set_unknown(struct mvc_stat_entry *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = MVC_ENTRY_DIR;
	out->flags = MVC_STAT_ROOT | MVC_STAT_PART;
}

/* What the version above has there, where all below it is of that one. */
static int
take_part(struct mvc_stat_entry *out, struct mvc_work *w,
    const struct mvc_stat_entry *above, const char *inside)
{
	struct mvc_found f;
	bool missing;
	int err;

	if (above->kind != MVC_ENTRY_DIR)
		return MVC_OK;
	if (above->flags & MVC_STAT_MIXED) {
		set_unknown(out);
		return MVC_OK;
	}
	err = mvc_target_inside(
	    &f, &missing, mvc_store_source(w->store), &above->oid, inside);
	if (err == MVC_ENOTFOUND && missing)
		set_unknown(out);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	out->kind = f.e.kind;
	out->size = f.e.size;
	out->oid = f.e.id;
	/* So that it is known for a part: no pointer need name it. */
	out->flags = MVC_STAT_ROOT | MVC_STAT_PARTIAL;
	if (f.e.kind == MVC_ENTRY_LINK)
		mvc_blake3(&out->oid, f.e.target, f.e.target_len);
	mvc_found_release(&f);
	return MVC_OK;
}

/* Whether the pointer's tree has just this version there. */
static int
is_in(bool *is, uint64_t *files, struct mvc_work *w,
    const struct mvc_pointer *p, const struct mvc_stat_entry *e, size_t skip)
{
	struct mvc_found f;
	int err = mvc_tree_find(
	    &f, mvc_store_source(w->store), &p->oid, e->path + skip);

	*is = false;
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	*is = f.e.kind == e->kind && mvc_oid_eq(&f.e.id, &e->oid) &&
	    !(e->flags & MVC_STAT_MIXED);
	*files += f.e.kind == MVC_ENTRY_DIR ? f.e.files : 1;
	mvc_found_release(&f);
	return MVC_OK;
}

/* Several, from where the cursor is; of empty folders beside them they do not
 * know. */
static int
take_several(struct mvc_stat_entry *out, struct mvc_work *w,
    struct mvc_statcursor *k, const char *root, const struct mvc_pointer *p)
{
	bool same = p && p->type == MVC_POINTER_TREE;
	const struct mvc_stat_entry *e = mvc_statcursor_at(k);
	uint64_t files = 0;
	int err = MVC_OK;

	while (!err && same && e) {
		err = is_in(&same, &files, w, p, e, strlen(root) + 1);
		if (!err)
			err = mvc_statcursor_next(k);
		if (!err)
			err = next_below(&e, k, root);
	}
	set_unknown(out);
	if (same && files == p->files) {
		out->oid = p->oid;
		out->flags = MVC_STAT_ROOT | MVC_STAT_PARTIAL;
	}
	return err;
}

/* No record at the root itself: of one above it is a part. `own` is what the
 * cache has there, if no folder. */
static int
find_around(struct mvc_stat_entry *out, struct mvc_work *w,
    struct mvc_statcursor *k, const char *root,
    const struct mvc_stat_entry *own)
{
	MVC_OWN_MEM char *path = strdup(root);
	const struct mvc_stat_entry *e;
	int err;

	if (!path)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = find_above(&e, k, path);
	if (err || !e)
		return err;
	if (!own->kind)
		return take_part(out, w, e, root + strlen(path) + 1);
	*out = *own;
	out->flags |= MVC_STAT_ROOT;
	return MVC_OK;
}

static int
find(struct mvc_stat_entry *out, struct mvc_work *w, const char *root,
    const struct mvc_pointer *p)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	struct mvc_stat_entry own = {.kind = 0};
	const struct mvc_stat_entry *e;
	int err;

	err = mvc_statcursor_new(&k, w->cache);
	if (!err)
		err = mvc_statcursor_find(&e, k, root);
	if (err)
		return err;
	if (is_record(e) || (e && e->kind != MVC_ENTRY_DIR))
		own = *e;
	if (!is_record(&own) || own.flags & MVC_STAT_MIXED) {
		err = first_below(&e, k, root);
		if (err || e)
			return err ? err : take_several(out, w, k, root, p);
	}
	if (!is_record(&own))
		return find_around(out, w, k, root, &own);
	*out = own;
	return MVC_OK;
}

int
mvc_base_find(struct mvc_stat_entry *out, struct mvc_work *w, const char *root,
    const struct mvc_pointer *p)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = find(out, w, root, p);
	out->path = root;
	out->path_len = strlen(root);
	return err;
}

/* Records of their own. */

struct settling {
	struct mvc_statcursor *k;
	struct mvc_statupdate *u;
	struct mvc_buf marked; /* the last one */
};

/* What is below is no longer of the version of the one above alone. */
static int
mark_above(struct settling *s, const char *root)
{
	MVC_OWN_MEM char *path = strdup(root);
	const struct mvc_stat_entry *e;
	int err;

	if (!path)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = find_above(&e, s->k, path);
	if (err || !e || e->kind != MVC_ENTRY_DIR ||
	    e->flags & MVC_STAT_MIXED ||
	    (s->marked.len && !strcmp(s->marked.data, path)))
		return err;
	err = mvc_statupdate_root(s->u, path, &e->oid, MVC_STAT_PART);
	mvc_buf_clear(&s->marked);
	return err ? err : mvc_buf_add_str(&s->marked, path);
}

static int
clear_below(struct settling *s, const char *root)
{
	const struct mvc_stat_entry *at;
	int err = first_below(&at, s->k, root);

	while (!err && at) {
		struct mvc_stat_entry e = *at;

		e.flags &= ~(unsigned)MVC_STAT_ROOT;
		if (e.kind == MVC_ENTRY_DIR)
			e = (struct mvc_stat_entry){.path = at->path,
			    .path_len = at->path_len,
			    .kind = MVC_ENTRY_DIR};
		err = mvc_statupdate_set(s->u, &e, true);
		if (!err)
			err = mvc_statcursor_next(s->k);
		if (!err)
			err = next_below(&at, s->k, root);
	}
	return err;
}

/* A file gets its own entry again: what lies there is not looked at. */
static int
set_record(struct settling *s, const struct mvc_stat_entry *base)
{
	const struct mvc_stat_entry *e;
	struct mvc_stat_entry own;
	int err;

	if (base->kind == MVC_ENTRY_DIR)
		return mvc_statupdate_root(
		    s->u, base->path, &base->oid, base->flags & MVC_STAT_PART);
	err = mvc_statcursor_find(&e, s->k, base->path);
	if (err || !e || e->kind != base->kind)
		return err;
	own = *e;
	own.flags |= MVC_STAT_ROOT;
	return mvc_statupdate_set(s->u, &own, true);
}

static int
settle(struct settling *s, const struct mvc_stat_entry *base)
{
	const struct mvc_stat_entry *e, *below;
	bool own;
	int err;

	err = mvc_statcursor_find(&e, s->k, base->path);
	own = !err && is_record(e);
	if (err || (own && !(e->flags & MVC_STAT_MIXED)))
		return err;
	err = first_below(&below, s->k, base->path);
	if (!err && !own)
		err = mark_above(s, base->path);
	if (!err && base->kind && (!own || below))
		err = set_record(s, base);
	return err ? err : clear_below(s, base->path);
}

int
mvc_base_settle(
    struct mvc_work *w, const struct mvc_stat_entry *bases, size_t n)
{
	struct settling s = {.marked = MVC_BUF_INIT(1 << 20)};
	int err;

	err = mvc_statcursor_new(&s.k, w->cache);
	if (!err)
		err = mvc_statupdate_new(&s.u, w->cache);
	for (size_t i = 0; !err && i < n; i++)
		err = settle(&s, &bases[i]);
	if (!err)
		err = mvc_statupdate_commit(s.u);
	mvc_statcursor_free(s.k);
	mvc_statupdate_free(s.u);
	mvc_buf_release(&s.marked);
	return err;
}
