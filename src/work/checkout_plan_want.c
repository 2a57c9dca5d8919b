/* What shall be at a path, and the steps that bring it there. */
#include "work/checkout_plan.h"

#include "tree/find.h"

#include "util/banned.h"

bool
plan_within(const char *path, const struct mvc_buf *above)
{
	size_t len = strlen(path);

	if (!above->len)
		return false;
	return (len == above->len && !memcmp(path, above->data, len)) ||
	    mvc_statpath_below(path, len, above->data, above->len);
}

int
plan_set(struct mvc_buf *b, const char *path)
{
	mvc_buf_clear(b);
	return mvc_buf_add_str(b, path);
}

/* Bytes on the disk. */
static int64_t
rounded(const struct plan *p, uint64_t size)
{
	uint64_t block = (uint64_t)p->c->block;

	if (size > INT64_MAX / 2)
		return INT64_MAX / 2;
	return (int64_t)((size + block - 1) / block * block);
}

static void
count(struct plan *p, const struct co_rec *rec)
{
	int64_t was = rec->flags & CO_WAS ? rounded(p, rec->was.size) : 0;

	switch (rec->op) {
	case CO_PUT:
		p->c->puts++;
		p->c->bytes += rec->size;
		if (rec->flags & CO_WAS && rec->size > p->c->largest)
			p->c->largest = rec->size;
		if (p->c->need < INT64_MAX / 4)
			p->c->need += rounded(p, rec->size);
		p->c->need -= was;
		break;
	case CO_CHECK: /* perhaps */
		p->c->puts += rec->flags & CO_TORN ? 1 : 0;
		if (rounded(p, rec->size) > was)
			p->c->need += rounded(p, rec->size) - was;
		break;
	case CO_UNLINK:
		p->c->need -= was;
		break;
	default:
		break;
	}
}

int
plan_emit(struct plan *p, enum co_op op, const char *path, struct co_rec *rec)
{
	rec->op = (uint8_t)op;
	rec->root = (uint32_t)(p->r - p->c->roots);
	rec->path = (char *)path;
	rec->path_len = (uint32_t)strlen(path);
	count(p, rec);
	p->n++;
	return co_spool_add(p->c->plan, rec);
}

int
plan_plain(struct plan *p, enum co_op op, const char *path)
{
	struct co_rec rec = {0};

	return plan_emit(p, op, path, &rec);
}

int
plan_forget(struct plan *p, const char *path)
{
	struct co_rec rec = {.flags = CO_FORGETS};

	return plan_emit(p, CO_FORGET, path, &rec);
}

enum stand
plan_stand(struct plan *p, const char *path)
{
	size_t n = strlen(path);

	for (; p->other < p->c->n_others; p->other++) {
		const char *other = p->c->others[p->other].path;
		size_t m = strlen(other);

		if (!strcmp(path, other) ||
		    mvc_statpath_below(path, n, other, m))
			return STAND_INSIDE;
		if (mvc_statpath_below(other, m, path, n))
			return STAND_ABOVE;
		if (mvc_statpath_cmp(other, m, path, n) > 0)
			break;
	}
	return STAND_BESIDE;
}

bool
plan_wants(const struct plan *p, const char *path, bool is_dir)
{
	return mvc_sparse_wants(p->c->w->sparse, path, is_dir);
}

/* Targets where there is nothing in the work tree, nor in the stat cache. */
static int
absent(struct plan *p, struct co_rec *t)
{
	struct co_rec rec = *t;
	bool is_dir = t->kind == MVC_ENTRY_DIR;

	if (!t->kind)
		return MVC_OK;
	if (plan_within(t->path, &p->barred)) {
		p->r->partial = true;
		return MVC_OK;
	}
	if (!plan_wants(p, t->path, is_dir)) {
		p->r->partial = true; /* a folder too: it may be empty */
		return MVC_OK;
	}
	return plan_emit(p, is_dir ? CO_DIR : CO_PUT, t->path, &rec);
}

static bool
target_is_before(const struct plan *p, const char *path, size_t len)
{
	size_t root = (size_t)(p->r - p->c->roots);

	if (!p->t || p->t->root != root)
		return p->t && p->t->root < root;
	return !path ||
	    mvc_statpath_cmp(p->t->path, p->t->path_len, path, len) < 0;
}

int
plan_advance(struct plan *p, const char *path)
{
	size_t len = path ? strlen(path) : 0;
	int err = MVC_OK;

	while (!err && target_is_before(p, path, len)) {
		if (&p->c->roots[p->t->root] == p->r)
			err = absent(p, p->t);
		if (!err)
			err = co_spool_next(&p->t, p->c->targets);
	}
	return err;
}

/* A link's target is not in the stat cache. */
static int
find_link(struct plan *p, struct want *w, const char *path, char **target)
{
	struct mvc_found found;
	int err;

	err = mvc_tree_find(&found, mvc_store_source(p->c->w->store),
	    &p->r->oid, path + strlen(p->r->path) + 1);
	if (err)
		return err;
	if (found.e.kind == MVC_ENTRY_LINK)
		*target = strndup(found.e.target, found.e.target_len);
	mvc_found_release(&found);
	if (!*target)
		return mvc_fail(MVC_ECORRUPT, "%s is no link any more", path);
	w->rec.target = *target;
	w->rec.target_len = (uint32_t)strlen(*target);
	return MVC_OK;
}

int
plan_want(struct plan *p, struct want *w, const char *path,
    const struct mvc_stat_entry *cached)
{
	int err = plan_advance(p, path);

	memset(w, 0, sizeof(*w));
	if (err)
		return err;
	w->listed = p->t && &p->c->roots[p->t->root] == p->r &&
	    !strcmp(p->t->path, path);
	if (w->listed) {
		w->rec = *p->t;
	} else if (p->r->trusted && cached) {
		w->rec.kind = (uint8_t)cached->kind;
		w->rec.size = cached->size;
		w->rec.oid = cached->oid;
	}
	if (cached) {
		w->rec.flags |= CO_KNOWN;
		w->rec.known = cached->oid;
		w->rec.known_kind = (uint8_t)cached->kind;
	}
	if (w->rec.kind && w->rec.kind != MVC_ENTRY_DIR &&
	    !plan_wants(p, path, false)) {
		p->r->partial = true;
		w->left_out = w->rec.kind;
		w->rec.kind = 0;
	}
	return MVC_OK;
}

int
plan_passed(struct plan *p, const struct want *w)
{
	return w->listed ? co_spool_next(&p->t, p->c->targets) : MVC_OK;
}

int
plan_put(struct plan *p, const char *path, struct want *w)
{
	MVC_OWN_MEM char *target = NULL;
	int err = MVC_OK;

	if (w->rec.kind == MVC_ENTRY_LINK && !w->rec.target)
		err = find_link(p, w, path, &target);
	return err ? err : plan_emit(p, CO_PUT, path, &w->rec);
}

int
plan_keep(struct plan *p, const char *path, struct want *w, const char *why)
{
	w->rec.text = why;
	if (!w->rec.kind || w->rec.kind == MVC_ENTRY_DIR)
		w->rec.flags |= CO_FORGETS;
	else if (!(w->rec.flags & CO_KNOWN) ||
	    !mvc_oid_eq(&w->rec.known, &w->rec.oid) ||
	    w->rec.known_kind != w->rec.kind)
		w->rec.flags |= CO_MARKS;
	return plan_emit(p, CO_KEPT, path, &w->rec);
}
