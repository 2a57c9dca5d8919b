/* What becomes of a file or link that lies in the work tree. */
#include "work/checkout_plan.h"

#include "hash/digest.h"
#include "work/torn.h"

#include "util/banned.h"

static bool
is_regular(unsigned kind)
{
	return kind == MVC_ENTRY_FILE || kind == MVC_ENTRY_EXEC;
}

/* What is left of what mvc put there, since the machine stopped. */
static int
is_torn(bool *torn, struct plan *p, const struct mvc_scanned *f,
    const struct mvc_oid *oid, uint64_t size)
{
	*torn = false;
	if (!is_regular(f->now.kind) ||
	    !mvc_settle_doubts(&p->c->settle, &f->now))
		return MVC_OK;
	return mvc_torn_at(torn, p->c->w->store, oid, size, f);
}

/* Whether what is there is what mvc left there, or may go all the same. */
static int
may_go(struct plan *p, const struct mvc_scanned *f, bool *may)
{
	struct mvc_oid oid;
	int err = MVC_OK;

	*may = f->verdict == MVC_SCAN_SAME ||
	    (p->c->o->force && f->cached != NULL);
	/* The executable bit, too, is the user's. */
	if (*may || !f->cached || !is_regular(f->now.kind) ||
	    f->now.kind != f->cached->kind)
		return MVC_OK;
	if (f->now.size == f->cached->size)
		err = mvc_digest_file(&oid, f->dir->fd, f->name, f->path);
	else
		memset(&oid, 0, sizeof(oid));
	*may = !err && mvc_oid_eq(&oid, &f->cached->oid);
	return err || *may
	    ? err
	    : is_torn(may, p, f, &f->cached->oid, f->cached->size);
}

static int
unlink_it(struct plan *p, const struct mvc_scanned *f, unsigned flags)
{
	struct co_rec rec = {.flags = (uint8_t)(CO_WAS | flags)};
	int err;

	rec.was = f->now;
	if (f->cached) {
		rec.flags |= CO_KNOWN;
		rec.known_kind = (uint8_t)f->cached->kind;
	}
	err = plan_set(&p->unlinked, f->path);
	return err ? err : plan_emit(p, CO_UNLINK, f->path, &rec);
}

static int
file_in_gone(struct plan *p, const struct mvc_scanned *f)
{
	struct co_rec rec = {.flags = p->holds ? CO_FORGETS : 0,
	    .text = "changed here, and not in the version"};
	bool may;
	int err;

	if (p->holds && plan_stand(p, f->path) == STAND_INSIDE) {
		p->gone_kept = true;
		return MVC_OK;
	}
	err = may_go(p, f, &may);
	if (err)
		return err;
	if (may && !p->r->disowned)
		return unlink_it(p, f, rec.flags);
	p->gone_kept = true;
	if (!f->cached || (p->r->disowned && !p->holds))
		return MVC_OK;
	return p->r->disowned ? plan_forget(p, f->path)
			      : plan_emit(p, CO_KEPT, f->path, &rec);
}

static int
file_unwanted(struct plan *p, const struct mvc_scanned *f, struct want *w)
{
	bool may = false;
	int err = MVC_OK;

	if (f->cached)
		err = may_go(p, f, &may);
	if (!err && !may && is_regular(w->left_out))
		err = is_torn(&may, p, f, &w->rec.oid, w->rec.size);
	if (err)
		return err;
	if (may)
		return unlink_it(p, f, CO_FORGETS);
	return f->cached
	    ? plan_keep(p, f->path, w, "changed here, and not in the version")
	    : MVC_OK;
}

static int
file_for_dir(struct plan *p, const struct mvc_scanned *f, struct want *w)
{
	bool may;
	int err = may_go(p, f, &may);

	if (!err && (may || p->c->o->force)) {
		err = unlink_it(p, f, 0);
		return err ? err : plan_emit(p, CO_DIR, f->path, &w->rec);
	}
	if (!err)
		err = plan_set(&p->barred, f->path);
	p->r->partial = true;
	return err ? err : plan_keep(p, f->path, w, "in the way of a folder");
}

/* It may be what is left of this version or, known, of the one before. */
static int
check_doubted(struct plan *p, const struct mvc_scanned *f, struct want *w)
{
	bool torn = false;
	int err = MVC_OK;

	if (f->cached && is_regular(f->cached->kind) &&
	    !mvc_oid_eq(&f->cached->oid, &w->rec.oid))
		err = is_torn(&torn, p, f, &f->cached->oid, f->cached->size);
	if (err)
		return err;
	if (torn)
		return plan_put(p, f->path, w);
	w->rec.flags |= CO_TORN;
	return plan_emit(p, CO_CHECK, f->path, &w->rec);
}

/* A root that is a file is recorded as one besides. */
static bool
is_recorded(const struct plan *p, const struct mvc_scanned *f)
{
	return f->cached->flags & MVC_STAT_ROOT || strcmp(p->r->path, f->path);
}

/* A file or link where there shall be one. */
static int
file_for_file(struct plan *p, const struct mvc_scanned *f, struct want *w)
{
	bool both = is_regular(f->now.kind) && is_regular(w->rec.kind);
	bool same = f->now.kind == MVC_ENTRY_LINK &&
	    w->rec.kind == MVC_ENTRY_LINK &&
	    mvc_oid_eq(&f->now.oid, &w->rec.oid);

	if (f->verdict == MVC_SCAN_SAME && f->cached->kind == w->rec.kind &&
	    mvc_oid_eq(&f->cached->oid, &w->rec.oid) && is_recorded(p, f))
		return MVC_OK;
	w->rec.was = f->now;
	w->rec.flags |= CO_WAS;
	if (same)
		return plan_emit(p, CO_SAME, f->path, &w->rec);
	if (f->verdict == MVC_SCAN_SAME &&
	    !(both && mvc_oid_eq(&f->cached->oid, &w->rec.oid)))
		return plan_put(p, f->path, w);
	if (both && mvc_settle_doubts(&p->c->settle, &f->now))
		return check_doubted(p, f, w);
	if (both &&
	    (f->now.size == w->rec.size ||
		(f->cached && is_regular(f->cached->kind) &&
		    f->cached->size == f->now.size)))
		return plan_emit(p, CO_CHECK, f->path, &w->rec);
	if (p->c->o->force)
		return plan_put(p, f->path, w);
	return plan_keep(p, f->path, w,
	    f->cached ? "changed here" : "not mvc's, and in the way");
}

int
plan_file(void *arg, const struct mvc_scanned *f)
{
	struct plan *p = arg;
	struct want w;
	int err;

	if (plan_within(f->path, &p->gone))
		return file_in_gone(p, f);
	err = plan_want(p, &w, f->path, f->cached);
	if (err)
		return err;
	if (!w.rec.kind)
		err = file_unwanted(p, f, &w);
	else if (w.rec.kind == MVC_ENTRY_DIR)
		err = file_for_dir(p, f, &w);
	else
		err = file_for_file(p, f, &w);
	return err ? err : plan_passed(p, &w);
}
