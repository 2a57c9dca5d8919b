/* What lies at a move's target, and whether it may go there. */
#include "work/mv_priv.h"

#include "git/ignore.h"
#include "util/name.h"
#include "work/fold.h"
#include "work/recorded.h"
#include "work/typed.h"

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

bool
mv_below(const char *path, const char *dir)
{
	return mvc_statpath_below(path, strlen(path), dir, strlen(dir));
}

int
mv_entry_at(
    struct mvc_found *out, bool *is, struct mv *mv, const struct mvc_place *p)
{
	int err;

	*is = false;
	memset(out, 0, sizeof(*out));
	if (!p->tracked)
		return MVC_OK;
	err = mvc_change_find(out, mv->w, &p->pointer, mvc_place_inside(p));
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	*is = !err;
	return err ? mvc_fail_prefix(err, "%s", p->path) : MVC_OK;
}

bool
mv_same_entry(const struct mvc_found *x, const struct mvc_found *y)
{
	return x->e.kind == y->e.kind && mvc_oid_eq(&x->e.id, &y->e.id) &&
	    x->e.target_len == y->e.target_len &&
	    (!x->e.target_len ||
		!memcmp(x->e.target, y->e.target, x->e.target_len));
}

static int
cached_at(bool *is, struct mv *mv, const char *path, uint64_t *inode)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	int err;

	*is = false;
	err = mvc_statcursor_new(&k, mv->w->cache);
	if (!err)
		err = mvc_statcursor_find(&e, k, path);
	if (err || !e)
		return err;
	*is = true;
	*inode = e->inode;
	return MVC_OK;
}

/* A file there has the source's bytes. */
static int
has_bytes(bool *is, struct mv *mv, const struct move *m, const char *to)
{
	const struct mvc_recorded r = {.path = to,
	    .inside = mvc_place_inside(&m->src),
	    .pointer = &m->src.pointer};

	return mvc_recorded_is(is, mv->w, &r);
}

int
mv_is_source(bool *is, struct mv *mv, const struct move *m, const char *to)
{
	uint64_t inode;
	int err;

	err = cached_at(is, mv, m->from, &inode);
	if (!err && !*is)
		err = cached_at(is, mv, to, &inode);
	return err || *is ? err : has_bytes(is, mv, m, to);
}

bool
mv_only_case(const struct mv *mv, const char *from, const char *to)
{
	return mv->w->repo->ignorecase && !mvc_fold_cmp(from, to);
}

int
mv_is_folder(bool *is, struct mv *mv, const char *path)
{
	struct mvc_place p = {0};
	struct mvc_found f;
	struct stat st;
	bool recorded, here;
	int err;

	*is = !path[0];
	err = *is ? MVC_OK : mvc_work_has(&here, mv->w, path, &st);
	if (!err && !*is)
		*is = here && S_ISDIR(st.st_mode);
	if (err || *is)
		return err;
	err = mvc_place_find(&p, mv->w, mv->c.idx, path);
	if (!err)
		err = mv_entry_at(&f, &recorded, mv, &p);
	if (!err) {
		*is = recorded && f.e.kind == MVC_ENTRY_DIR;
		mvc_found_release(&f);
	}
	mvc_place_release(&p);
	return err;
}

static int
check_new_root(struct mv *mv, const struct move *m)
{
	MVC_OWN_MEM char *why = NULL;
	struct mvc_names roots;
	const char *file = NULL, *slash = strrchr(m->to, '/');
	bool hidden;
	int err;

	err = mvc_data_check_path(m->to);
	if (err)
		return err;
	if (m->entry.e.kind == MVC_ENTRY_LINK)
		return mvc_fail(MVC_EINVALID,
		    "%s is a symbolic link, which mvc keeps only inside a "
		    "tracked directory",
		    m->from);
	if (mvc_index_tracks(mv->c.idx, m->to, &file))
		return mvc_fail(MVC_EINVALID, "Git tracks %s", file);
	if (slash) {
		MVC_OWN_MEM char *dir = strndup(m->to, (size_t)(slash - m->to));
		struct stat st;
		bool here;

		if (!dir)
			return no_memory();
		err = mvc_work_has(&here, mv->w, dir, &st);
		if (err)
			return err;
		if (!here || !S_ISDIR(st.st_mode))
			return mvc_fail(
			    MVC_ENOTFOUND, "there is no folder %s", dir);
	}
	err = mvc_work_roots(&roots, mv->c.idx, m->to);
	if (err)
		return err;
	for (size_t i = 0; !err && i < roots.n; i++)
		if (strcmp(roots.v[i], m->to))
			err = mvc_fail(MVC_EEXISTS,
			    "%s: %s in it is tracked by itself", m->to,
			    roots.v[i]);
	mvc_names_release(&roots);
	if (!err)
		err = mvc_ignore_check(
		    &hidden, &why, mv->w->repo, m->dst.pointer_path);
	if (err || !hidden)
		return err;
	return mvc_fail(MVC_EINVALID,
	    "%s would be hidden from Git by %s: change that rule",
	    m->dst.pointer_path, why && why[0] ? why : "an ignore rule");
}

/* Over what is there: only files, and only what can be had back. */
static int
check_over(struct mv *mv, struct move *m)
{
	const struct mvc_recorded r = {.path = m->to,
	    .inside = mvc_place_inside(&m->dst),
	    .pointer = &m->dst.pointer};
	uint64_t inode = 0;
	struct stat st;
	bool cached = false, here, is = false;
	int err;

	if (!mv->o->force || !m->is_over)
		return mvc_fail(MVC_EEXISTS,
		    m->is_over ? "%s is there already: --force replaces it"
			       : "%s is there already, and not recorded",
		    m->to);
	if (m->over.e.kind == MVC_ENTRY_DIR || m->entry.e.kind == MVC_ENTRY_DIR)
		return mvc_fail(MVC_EEXISTS,
		    "%s is there already: first mvc rm %s", m->to, m->to);
	/* A run that was stopped may have moved it. */
	if (!m->src_here) {
		err = mvc_work_has(&here, mv->w, m->to, &st);
		if (!err && here)
			err = cached_at(&cached, mv, m->from, &inode);
		if (!err && cached && inode == st.st_ino)
			return MVC_OK;
		if (!err && here && !cached)
			err = has_bytes(&is, mv, m, m->to);
		if (err || is)
			return err;
	}
	err = mvc_recorded_check(mv->w, &r, false);
	if (err == MVC_EFINDING)
		err = mvc_fail(MVC_EINVALID, "%s: it is not overwritten",
		    mvc_error_text());
	m->drop_over = !m->src_here && m->dst_here;
	return err;
}

static int
check_target(struct mv *mv, struct move *m)
{
	struct stat st;
	bool here, is = false;
	int err;

	err = mvc_work_has(&here, mv->w, m->to, &st);
	if (err)
		return err;
	/* By inode would not do: some file systems give each spelling one. */
	if (m->case_only && m->src_here && here)
		here = mvc_typed_listed(mv->w->top, m->to);
	m->dst_here = here;
	if (m->is_over && !(mv_same_entry(&m->over, &m->entry) && !m->src_here))
		return check_over(mv, m);
	if (!here || m->is_over)
		return MVC_OK;
	/* A copy may be replaced: after a power cut a file has both names. */
	if (!m->src_here)
		err = mv_is_source(&is, mv, m, m->to);
	else if (m->entry.e.kind != MVC_ENTRY_DIR)
		err = has_bytes(&is, mv, m, m->to);
	return err || is ? err : check_over(mv, m);
}

static int
find_target(struct mv *mv, struct move *m)
{
	int err;

	m->case_only = mv_only_case(mv, m->from, m->to);
	err = mvc_place_find(&m->dst, mv->w, mv->c.idx, m->to);
	if (err)
		return err;
	/* It is the source's own pointer, by another name. */
	if (m->case_only && m->src_root && m->dst.tracked) {
		m->dst.tracked = false;
		m->dst.root[0] = 0;
		mvc_pointer_release(&m->dst.pointer);
	}
	m->dst_root = !m->dst.tracked || !mvc_place_inside(&m->dst)[0];
	if (m->dst.tracked && !m->dst_root &&
	    m->dst.pointer.type != MVC_POINTER_TREE)
		return mvc_fail(
		    MVC_EINVALID, "%s is tracked as a file", m->dst.root);
	return mv_entry_at(&m->over, &m->is_over, mv, &m->dst);
}

int
mv_plan_target(struct mv *mv, struct move *m)
{
	const char *slash = strrchr(m->to, '/');
	const char *name = slash ? slash + 1 : m->to;
	int err;

	if (!strcmp(m->from, m->to) || mv_below(m->to, m->from))
		return mvc_fail(MVC_EINVALID, "%s cannot be moved %s", m->from,
		    strcmp(m->from, m->to) ? "into itself" : "onto itself");
	if (mvc_pointer_is_path(m->to))
		return mvc_fail(MVC_EINVALID,
		    "%s: names that end in %s are pointers", m->to,
		    MVC_POINTER_SUFFIX);
	err = mvc_name_check(name, strlen(name));
	if (err)
		return mvc_fail_prefix(err, "%s", m->to);
	err = find_target(mv, m);
	if (!err && !m->dst.tracked)
		err = check_new_root(mv, m);
	return err ? err : check_target(mv, m);
}
