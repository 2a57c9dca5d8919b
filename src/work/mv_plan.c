/* The moves, their order, and what they do to pointers. */
#include "work/mv_priv.h"

#include "git/history.h"
#include "tree/edit.h"
#include "work/recorded.h"

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

/* A pointer's path stands for its data. */
static char *
data_of(const char *path)
{
	size_t n = strlen(path);

	if (mvc_pointer_is_path(path))
		n -= strlen(MVC_POINTER_SUFFIX);
	return strndup(path, n);
}

/* Sources. */

static int
untracked(struct mv *mv, const char *path)
{
	struct mvc_names roots;
	const char *file;
	int err;

	err = mvc_work_roots(&roots, mv->c.idx, path);
	if (err)
		return err;
	if (roots.n)
		err = mvc_fail(MVC_EINVALID,
		    "%s is no tracked data, but holds some (%s): move them "
		    "one by one, or git mv all of it and then mvc checkout",
		    path[0] ? path : "the repository", roots.v[0]);
	else if (mvc_index_tracks(mv->c.idx, path, &file))
		err = mvc_fail(MVC_EINVALID,
		    "%s is tracked by Git, not by mvc: git mv moves it", path);
	else
		err = mvc_fail(MVC_ENOTFOUND, "%s is not tracked", path);
	mvc_names_release(&roots);
	return err;
}

static int
plan_source(struct mv *mv, struct move *m, const char *path)
{
	bool is;
	int err;

	m->from = data_of(path);
	if (!m->from)
		return no_memory();
	err = mvc_place_find(&m->src, mv->w, mv->c.idx, m->from);
	if (!err && !m->src.tracked)
		err = untracked(mv, m->from);
	if (!err)
		err = mv_entry_at(&m->entry, &is, mv, &m->src);
	if (err)
		return err;
	m->src_root = !mvc_place_inside(&m->src)[0];
	err = mvc_work_has(&m->src_here, mv->w, m->from, &m->before);
	if (err || is)
		return err;
	if (m->src_here)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s is not recorded in %s: mv alone moves it", m->from,
		    m->src.root);
	return mvc_fail(
	    MVC_ENOTFOUND, "there is no %s in %s", m->from, m->src.root);
}

/* Those that were moved before. */

/* The only source lies at `to` already: by hand, or by a run that was stopped
 * after it. */
static int
moved_already(bool *is, struct mv *mv, const struct move *m, const char *to)
{
	struct mvc_place p = {0};
	struct mvc_found f = {0};
	struct stat st;
	bool here, recorded;
	int err;

	*is = false;
	if (m->src_here || !to[0])
		return MVC_OK;
	err = mvc_work_has(&here, mv->w, to, &st);
	if (err)
		return err;
	if (here && S_ISDIR(st.st_mode) != (m->entry.e.kind == MVC_ENTRY_DIR))
		return MVC_OK;
	err = mvc_place_find(&p, mv->w, mv->c.idx, to);
	if (!err)
		err = mv_entry_at(&f, &recorded, mv, &p);
	if (!err && recorded)
		*is = mv_same_entry(&f, &m->entry);
	else if (!err && here && !mvc_index_tracks(mv->c.idx, to, NULL))
		err = mv_is_source(is, mv, m, to);
	mvc_found_release(&f);
	mvc_place_release(&p);
	return err;
}

static int
set_target(struct move *m, const char *to, bool folder)
{
	const char *slash = strrchr(m->from, '/');
	const char *name = slash ? slash + 1 : m->from;

	if (!folder)
		m->to = strdup(to);
	else if (asprintf(&m->to, "%s%s%s", to, *to ? "/" : "", name) < 0)
		m->to = NULL;
	return m->to ? MVC_OK : no_memory();
}

/* HEAD's entry at the source's place. */
static int
entry_of_head(struct mvc_found *out, struct mv *mv, const struct move *m)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTER_MAX);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	const char *path = m->src.pointer_path;
	struct mvc_gitid head;
	int err;

	err = mvc_rev_resolve(&head, mv->w->repo, "HEAD");
	if (!err)
		err = mvc_rev_read(&text, mv->w->repo, &head, path);
	if (!err)
		err = mvc_pointer_parse(&p, path, text.data, text.len);
	return err ? err
		   : mvc_change_find(out, mv->w, &p,
			 m->src.tracked ? mvc_place_inside(&m->src) : "");
}

/* One of several sources is missing: a run that was stopped between two
 * pointers has moved what HEAD has there. */
static bool
was_moved(struct mv *mv, struct move *m, const char *folder, int missing)
{
	struct mvc_found was = {0}, is = {0};
	struct mvc_place p = {0};
	char said[MVC_ERROR_MAX];
	bool moved = false, here;

	memcpy(said, mvc_error_text(), strlen(mvc_error_text()) + 1);
	if (!mvc_work_has(&here, mv->w, m->from, NULL) && !here &&
	    !set_target(m, folder, true) && !entry_of_head(&was, mv, m) &&
	    !mvc_place_find(&p, mv->w, mv->c.idx, m->to) &&
	    !mv_entry_at(&is, &moved, mv, &p))
		moved = moved && mv_same_entry(&was, &is);
	mvc_found_release(&was);
	mvc_found_release(&is);
	mvc_place_release(&p);
	if (!moved)
		mvc_error_adopt(missing, said);
	return moved;
}

/* What it does to pointers. */

static int
new_pointer(struct move *m)
{
	struct mvc_pointer *p = &m->b->now;

	mvc_pointer_release(p);
	if (m->src_root)
		return mvc_pointer_copy(p, &m->src.pointer);
	p->type = m->entry.e.kind == MVC_ENTRY_DIR ? MVC_POINTER_TREE
	    : m->entry.e.kind == MVC_ENTRY_EXEC    ? MVC_POINTER_EXEC
						   : MVC_POINTER_FILE;
	p->oid = m->entry.e.id;
	p->size = m->entry.e.size;
	p->files = m->entry.e.files;
	return mvc_pointer_copy_labels(p, &m->src.pointer);
}

/* What is said of the data is not lost by moving it. */
static int
check_labels(struct mv *mv, struct move *m)
{
	const struct mvc_lines *has = &m->dst.pointer.labels;
	const struct mvc_lines *labels = &m->src.pointer.labels;
	size_t i, k;

	if (m->dst_root || mv->o->drop_labels ||
	    !strcmp(m->src.root, m->dst.root))
		return MVC_OK;
	for (i = 0; i < labels->n; i++) {
		for (k = 0; k < has->n; k++)
			if (!strcmp(labels->v[i], has->v[k]))
				break;
		if (k == has->n)
			return mvc_fail(MVC_EINVALID,
			    "%s has the label %s, which %s has not: mvc label "
			    "%s %s sets it for all of that, --drop-labels "
			    "moves without",
			    m->from, labels->v[i], m->dst.root, m->dst.root,
			    labels->v[i]);
	}
	return MVC_OK;
}

static int
plan_source_change(struct mv *mv, struct move *m)
{
	int err;

	err =
	    mvc_change_root(&m->a, &mv->c, &m->src, m->src_root && m->dst_root);
	if (err || !m->src_root)
		return err
		    ? err
		    : mvc_change_edit(m->a, mvc_place_inside(&m->src), NULL);
	m->a->is = false;
	m->a->loses = true;
	return MVC_OK;
}

static int
plan_target_change(struct mv *mv, struct move *m)
{
	bool here = m->src_here || m->dst_here;
	int err;

	err = mvc_change_root(&m->b, &mv->c, &m->dst, m->dst_root);
	if (!err)
		err = mvc_change_base(m->b, &m->a->old.oid);
	if (err)
		return err;
	m->b->gains = true;
	if (m->dst_root) {
		if (m->case_only && m->src_root)
			m->a->renamed = m->b->pointer_path;
		return new_pointer(m);
	}
	/* What is not here now is not here then. */
	m->b->partial |= m->a->partial;
	if (!here || !m->b->recorded)
		m->b->partial |= MVC_STAT_PARTIAL;
	/* Where the stat cache knows nothing no other version is here. */
	if (here && !m->b->recorded) {
		m->b->recorded = true;
		m->b->cached = m->b->old.oid;
	}
	return mvc_change_edit(m->b, mvc_place_inside(&m->dst), &m->entry);
}

static int
by_target(const void *a, const void *b)
{
	const struct move *x = a, *y = b;

	return mvc_path_cmp(x->to, y->to);
}

static int
check_apart(struct mv *mv)
{
	struct mvc_names from = {0};
	int err = MVC_OK;

	for (size_t i = 1; !err && i < mv->n; i++)
		if (!strcmp(mv->v[i - 1].to, mv->v[i].to))
			err = mvc_fail(MVC_EINVALID,
			    "both %s and %s would become %s", mv->v[i - 1].from,
			    mv->v[i].from, mv->v[i].to);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = mvc_names_add(&from, mv->v[i].from);
	mvc_names_sort(&from);
	for (size_t i = 1; !err && i < from.n; i++)
		if (mv_below(from.v[i], from.v[i - 1]))
			err = mvc_fail(MVC_EINVALID,
			    "%s lies in %s: move one of them", from.v[i],
			    from.v[i - 1]);
	mvc_names_release(&from);
	return err;
}

void
mv_release_move(struct move *m)
{
	free(m->from);
	free(m->to);
	mvc_place_release(&m->src);
	mvc_place_release(&m->dst);
	mvc_found_release(&m->entry);
	mvc_found_release(&m->over);
	memset(m, 0, sizeof(*m));
}

/* All sources but those that were moved before; one at least is left. */
static int
plan_sources(
    struct mv *mv, const char *const *paths, size_t n, const char *target)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++) {
		struct move *m = &mv->v[mv->n++];
		bool last = i + 1 == n && mv->n == 1;

		err = plan_source(mv, m, paths[i]);
		if (err != MVC_ENOTFOUND || last ||
		    !was_moved(mv, m, target, err))
			continue;
		mv_release_move(m);
		mv->n--;
		err = MVC_OK;
	}
	return err;
}

int
mv_plan(struct mv *mv, const char *const *paths, size_t n, const char *to)
{
	MVC_OWN_MEM char *target = data_of(to);
	bool already = false, folder = true;
	int err = MVC_OK;

	mv->v = calloc(n, sizeof(*mv->v));
	if (!target || !mv->v)
		return no_memory();
	err = plan_sources(mv, paths, n, target);
	if (!err && n == 1 && !mv->o->into)
		err = moved_already(&already, mv, &mv->v[0], target);
	if (!err && n == 1 && mv_only_case(mv, mv->v[0].from, target))
		folder = false; /* it is the source itself */
	else if (!err)
		err = mv_is_folder(&folder, mv, target);
	if (!err && !folder && (n > 1 || mv->o->into))
		err = mvc_fail(MVC_ENOTFOUND, "there is no folder %s", target);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = set_target(&mv->v[i], target, folder && !already);
	if (err)
		return err;
	qsort(mv->v, mv->n, sizeof(*mv->v), by_target);
	err = check_apart(mv);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = mv_plan_target(mv, &mv->v[i]);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = check_labels(mv, &mv->v[i]);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = plan_source_change(mv, &mv->v[i]);
	for (size_t i = 0; !err && i < mv->n; i++)
		err = plan_target_change(mv, &mv->v[i]);
	return err;
}
