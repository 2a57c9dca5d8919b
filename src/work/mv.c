/*
 *     new trees claimed ──► new lines in .gitignore ──► data renamed
 *         ──► pointers that gain ──► index, once ──► old lines in .gitignore
 *         ──► stat cache ──► pointers that lose, old pointers
 *
 * Content is named by a pointer in the work tree all the time, for a while by
 * two, and data is never where Git would see it. The old pointers go last: a
 * run that was stopped anywhere is completed by the same command, which finds
 * the source's pointer, and the data or the pointer in their new place.
 */
#include "work/mv.h"
#include "work/mv_priv.h"

#include "tree/edit.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/recorded.h"
#include "work/typed.h"

#include "util/banned.h"

static int
remove_over(struct mv *mv, const struct move *m)
{
	const struct mvc_recorded r = {.path = m->to,
	    .inside = mvc_place_inside(&m->dst),
	    .pointer = &m->dst.pointer};
	bool left;

	if (!m->drop_over)
		return MVC_OK;
	return mvc_recorded_remove(&left, mv->w, &r, false);
}

static int
rename_data(struct mv *mv, const struct move *m)
{
	MVC_OWN_FD int a = -1;
	MVC_OWN_FD int b = -1;
	const char *from, *to;
	int err;

	if (!m->src_here)
		return MVC_OK;
	err = mvc_beneath_parent(&a, &from, mv->w->top, m->from, false);
	if (!err)
		err = mvc_beneath_parent(
		    &b, &to, mv->w->top, m->to, !m->dst_root);
	if (!err)
		err = mvc_typed_rename(a, from, b, to);
	if (err)
		return mvc_fail_prefix(err, "move %s to %s", m->from, m->to);
	err = mvc_sys_fsync_dir(b, ".");
	return err ? err : mvc_sys_fsync_dir(a, ".");
}

static int
edit_ignores(struct mv *mv, bool add)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < mv->n; i++) {
		const struct move *m = &mv->v[i];

		if (add && m->dst_root)
			err = mvc_ignores_edit(&mv->c.ignores, m->to, true);
		if (!add && m->src_root)
			err = mvc_ignores_edit(&mv->c.ignores, m->from, false);
	}
	return err;
}

/* The stat cache. */

/* A step: drop `path` (no move), or put what a move brings there. */
struct step {
	const char *path;
	const struct move *move;
};

static int
by_path(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

/* The entry of the data itself; it may be a root before and after. */
static void
convert(struct mv *mv, const struct move *m, struct mvc_stat_entry *e,
    bool *written)
{
	enum mvc_entry_kind kind = e->kind;
	struct stat st;
	bool has;

	if (!m->src_root || !m->dst_root) {
		e->flags &= ~(unsigned)(MVC_STAT_ROOT | MVC_STAT_PART);
		if (e->kind == MVC_ENTRY_DIR)
			memset(&e->oid, 0, sizeof(e->oid));
		if (m->dst_root) {
			e->flags |= MVC_STAT_ROOT;
			if (e->kind == MVC_ENTRY_DIR) {
				e->oid = m->entry.e.id;
				e->flags |= m->a->partial;
			}
		}
	}
	if (e->kind == MVC_ENTRY_DIR) {
		e->flags |= MVC_STAT_HIDE;
		return;
	}
	/* Renaming a file stamps it, which is no change. */
	if (!m->src_here || (e->flags & MVC_STAT_RACY) ||
	    !mvc_stat_same(e, &m->before, mv->w->repo->filemode) ||
	    mvc_work_has(&has, mv->w, m->to, &st) || !has ||
	    st.st_ino != m->before.st_ino || st.st_size != m->before.st_size ||
	    st.st_mtime != m->before.st_mtime)
		return;
	mvc_stat_fill(e, &st);
	e->kind = kind;
	*written = true;
}

static int
copy_entries(struct mv *mv, const struct move *m, struct mvc_statupdate *u,
    struct mvc_statcursor *k)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(MVC_STAT_PATH_MAX);
	size_t n = strlen(m->from);
	const struct mvc_stat_entry *at;
	int err;

	err = mvc_statcursor_seek(k, m->from);
	at = mvc_statcursor_at(k);
	if (!err && (!at || strcmp(at->path, m->from)))
		/* Unless a run was stopped: then it is there already. */
		return !m->src_here && m->dst_here
		    ? MVC_OK
		    : mvc_statupdate_remove(u, m->to);
	while (!err && (at = mvc_statcursor_at(k))) {
		struct mvc_stat_entry e = *at;
		bool written = !(e.flags & MVC_STAT_RACY);

		bool top = !strcmp(e.path, m->from);

		if (!top && !mvc_statpath_below(e.path, e.path_len, m->from, n))
			break;
		mvc_buf_clear(&path);
		err = mvc_buf_add_str(&path, m->to);
		if (!err)
			err = mvc_buf_add(&path, e.path + n, e.path_len - n);
		if (err)
			break;
		if (top)
			convert(mv, m, &e, &written);
		e.path = path.data;
		e.path_len = path.len;
		err = mvc_statupdate_set(u, &e, written);
		if (!err)
			err = mvc_statcursor_next(k);
	}
	return err;
}

static int
move_entries(struct mv *mv, struct mvc_statupdate *u)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	MVC_OWN_MEM struct step *v = calloc(2 * mv->n, sizeof(*v));
	int err;

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < mv->n; i++) {
		v[2 * i] = (struct step){mv->v[i].from, NULL};
		v[2 * i + 1] = (struct step){mv->v[i].to, &mv->v[i]};
	}
	qsort(v, 2 * mv->n, sizeof(*v), by_path);
	err = mvc_statcursor_new(&k, mv->w->cache);
	for (size_t i = 0; !err && i < 2 * mv->n; i++)
		err = v[i].move ? copy_entries(mv, v[i].move, u, k)
				: mvc_statupdate_remove(u, v[i].path);
	return err;
}

/* Not to be lost, or a checkout would take away what is recorded under the old
 * name, which has no pointer. */
static int
update_cache(struct mv *mv)
{
	MVC_OWN(mvc_statupdate) *u = NULL;
	int err;

	err = mvc_statupdate_new(&u, mv->w->cache);
	if (!err)
		err = move_entries(mv, u);
	if (!err)
		err = mvc_change_record(&mv->c, u);
	if (!err)
		err = mvc_statupdate_commit(u);
	return err;
}

static int
check(struct mv *mv)
{
	int err = mvc_change_check(&mv->c);

	for (size_t i = 0; !err && i < mv->n; i++) {
		err = mvc_work_can_write(mv->w, mv->v[i].from);
		if (!err)
			err = mvc_work_can_write(mv->w, mv->v[i].to);
	}
	return err;
}

static int
publish(struct mv *mv)
{
	struct mvc_change *c = &mv->c;
	int err;

	err = check(mv);
	if (!err)
		err = mvc_change_store(c);
	if (!err)
		err = edit_ignores(mv, true);
	if (!err)
		err = mvc_ignores_write(&c->ignores);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = remove_over(mv, &mv->v[i]);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = rename_data(mv, &mv->v[i]);
	if (!err)
		err = mvc_change_write(c, false);
	if (!err)
		err = edit_ignores(mv, false);
	if (!err)
		err = mvc_change_stage(c);
	if (!err)
		err = mvc_ignores_write(&c->ignores);
	if (!err)
		err = update_cache(mv);
	return err ? err : mvc_change_write(c, true);
}

static void
release(struct mv *mv)
{
	for (size_t i = 0; i < mv->n; i++)
		mv_release_move(&mv->v[i]);
	free(mv->v);
	mvc_change_release(&mv->c);
}

int
mvc_mv(struct mvc_work *w, const char *const *paths, size_t n, const char *to,
    const struct mvc_mv_opts *opts, const struct mvc_mv_ops *ops)
{
	struct mv mv = {.w = w, .o = opts};
	int err;

	err = mvc_change_init(&mv.c, w);
	if (!err)
		err = mv_plan(&mv, paths, n, to);
	if (!err && !opts->dry_run)
		err = publish(&mv);
	for (size_t i = 0; !err && i < mv.n; i++)
		err = ops->moved(ops->arg, mv.v[i].from, mv.v[i].to);
	release(&mv);
	return err;
}
