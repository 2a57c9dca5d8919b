/*
 * What is in the work tree, in path order, beside what shall be there.
 *
 * A folder that shall not be there stays open (`gone`) until all below it is
 * known: what mvc put there goes, and if nothing of the user's is left, so
 * does the folder, and what shall be in its place comes. Below a path where
 * something of the user's is in the way of a folder (`barred`) nothing is put.
 *
 * Data whose pointer went may hold data sets of other pointers: those are left
 * alone, and what is beside them is forgotten by and by, not as a whole.
 */
#include "work/checkout_priv.h"

#include "hash/digest.h"
#include "tree/find.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "util/trace.h"
#include "work/torn.h"

#include "util/banned.h"

struct plan {
	struct checkout *c;
	struct co_root *r; /* the scan is in it */
	struct co_rec *t; /* the next target */
	struct mvc_buf gone, barred, unlinked; /* paths, "" if none */
	/* A folder that nobody names, in which data sets were. */
	struct mvc_buf unknown;
	bool gone_kept;
	bool holds; /* others are in `gone` */
	size_t other; /* the next of c->others, in path order */
	/* What comes in place of `gone`; owned strings. */
	struct co_rec instead;
	uint64_t n;
};

/* What shall be at a path. */
struct want {
	bool listed; /* by the targets */
	unsigned left_out; /* the kind of what sparse leaves out, else 0 */
	struct co_rec rec; /* kind 0: nothing; strings borrowed */
};

static bool
at_or_below(const char *path, const struct mvc_buf *above)
{
	size_t len = strlen(path);

	if (!above->len)
		return false;
	return (len == above->len && !memcmp(path, above->data, len)) ||
	    mvc_statpath_below(path, len, above->data, above->len);
}

static int
set_path(struct mvc_buf *b, const char *path)
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

static int
emit(struct plan *p, enum co_op op, const char *path, struct co_rec *rec)
{
	rec->op = (uint8_t)op;
	rec->root = (uint32_t)(p->r - p->c->roots);
	rec->path = (char *)path;
	rec->path_len = (uint32_t)strlen(path);
	count(p, rec);
	p->n++;
	return co_spool_add(p->c->plan, rec);
}

static int
emit_plain(struct plan *p, enum co_op op, const char *path)
{
	struct co_rec rec = {0};

	return emit(p, op, path, &rec);
}

static int
forget(struct plan *p, const char *path)
{
	struct co_rec rec = {.flags = CO_FORGETS};

	return emit(p, CO_FORGET, path, &rec);
}

/* Where a path stands to the other data sets; paths ascend. */
enum stand { STAND_BESIDE, STAND_ABOVE, STAND_INSIDE };

static enum stand
stand(struct plan *p, const char *path)
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

static bool
wanted(const struct plan *p, const char *path, bool is_dir)
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
	if (at_or_below(t->path, &p->barred)) {
		p->r->partial = true;
		return MVC_OK;
	}
	if (!wanted(p, t->path, is_dir)) {
		p->r->partial = true; /* a folder too: it may be empty */
		return MVC_OK;
	}
	return emit(p, is_dir ? CO_DIR : CO_PUT, t->path, &rec);
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

/* Deal with all targets of the root before path (NULL: all). */
static int
advance(struct plan *p, const char *path)
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

/* What shall be at a path; takes the target from the list. w's strings are
 * good until the targets move on. */
static int
resolve(struct plan *p, struct want *w, const char *path,
    const struct mvc_stat_entry *cached)
{
	int err = advance(p, path);

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
	    !wanted(p, path, false)) {
		p->r->partial = true;
		w->left_out = w->rec.kind;
		w->rec.kind = 0;
	}
	return MVC_OK;
}

static int
passed(struct plan *p, const struct want *w)
{
	return w->listed ? co_spool_next(&p->t, p->c->targets) : MVC_OK;
}

static int
put(struct plan *p, const char *path, struct want *w)
{
	MVC_OWN_MEM char *target = NULL;
	int err = MVC_OK;

	if (w->rec.kind == MVC_ENTRY_LINK && !w->rec.target)
		err = find_link(p, w, path, &target);
	return err ? err : emit(p, CO_PUT, path, &w->rec);
}

/* Something of the user's stays. The stat cache gets what should be there, so
 * that it goes on showing as a change, or forgets it. */
static int
keep(struct plan *p, const char *path, struct want *w, const char *why)
{
	w->rec.text = why;
	if (!w->rec.kind || w->rec.kind == MVC_ENTRY_DIR)
		w->rec.flags |= CO_FORGETS;
	else if (!(w->rec.flags & CO_KNOWN) ||
	    !mvc_oid_eq(&w->rec.known, &w->rec.oid) ||
	    w->rec.known_kind != w->rec.kind)
		w->rec.flags |= CO_MARKS;
	return emit(p, CO_KEPT, path, &w->rec);
}

/* Files. */

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
	err = set_path(&p->unlinked, f->path);
	return err ? err : emit(p, CO_UNLINK, f->path, &rec);
}

static int
file_in_gone(struct plan *p, const struct mvc_scanned *f)
{
	struct co_rec rec = {.flags = p->holds ? CO_FORGETS : 0,
	    .text = "changed here, and not in the version"};
	bool may;
	int err;

	if (p->holds && stand(p, f->path) == STAND_INSIDE) {
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
	return p->r->disowned ? forget(p, f->path)
			      : emit(p, CO_KEPT, f->path, &rec);
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
	    ? keep(p, f->path, w, "changed here, and not in the version")
	    : MVC_OK;
}

static int
file_for_dir(struct plan *p, const struct mvc_scanned *f, struct want *w)
{
	bool may;
	int err = may_go(p, f, &may);

	if (!err && (may || p->c->o->force)) {
		err = unlink_it(p, f, 0);
		return err ? err : emit(p, CO_DIR, f->path, &w->rec);
	}
	if (!err)
		err = set_path(&p->barred, f->path);
	p->r->partial = true;
	return err ? err : keep(p, f->path, w, "in the way of a folder");
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
		return put(p, f->path, w);
	w->rec.flags |= CO_TORN;
	return emit(p, CO_CHECK, f->path, &w->rec);
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
		return emit(p, CO_SAME, f->path, &w->rec);
	if (f->verdict == MVC_SCAN_SAME &&
	    !(both && mvc_oid_eq(&f->cached->oid, &w->rec.oid)))
		return put(p, f->path, w);
	if (both && mvc_settle_doubts(&p->c->settle, &f->now))
		return check_doubted(p, f, w);
	if (both &&
	    (f->now.size == w->rec.size ||
		(f->cached && is_regular(f->cached->kind) &&
		    f->cached->size == f->now.size)))
		return emit(p, CO_CHECK, f->path, &w->rec);
	if (p->c->o->force)
		return put(p, f->path, w);
	return keep(p, f->path, w,
	    f->cached ? "changed here" : "not mvc's, and in the way");
}

static int
on_file(void *arg, const struct mvc_scanned *f)
{
	struct plan *p = arg;
	struct want w;
	int err;

	if (at_or_below(f->path, &p->gone))
		return file_in_gone(p, f);
	err = resolve(p, &w, f->path, f->cached);
	if (err)
		return err;
	if (!w.rec.kind)
		err = file_unwanted(p, f, &w);
	else if (w.rec.kind == MVC_ENTRY_DIR)
		err = file_for_dir(p, f, &w);
	else
		err = file_for_file(p, f, &w);
	return err ? err : passed(p, &w);
}

/* Folders. */

static int
begin_gone(struct plan *p, const char *path, const struct want *w)
{
	struct co_rec plain = {.flags = CO_WAS, .kind = MVC_ENTRY_DIR};
	int err;

	p->gone_kept = false;
	p->holds = stand(p, path) == STAND_ABOVE;
	err = p->holds ? emit(p, CO_DIR, path, &plain) : MVC_OK;
	if (err)
		return err;
	free(p->instead.target);
	p->instead = w->rec;
	p->instead.target = NULL;
	if (w->rec.target) {
		p->instead.target = strdup(w->rec.target);
		if (!p->instead.target)
			return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return set_path(&p->gone, path);
}

static int
enter_in_gone(struct plan *p, const char *path)
{
	enum stand is = p->holds ? stand(p, path) : STAND_ABOVE;

	p->gone_kept = p->gone_kept || is == STAND_INSIDE;
	return is == STAND_BESIDE ? forget(p, path) : MVC_OK;
}

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct plan *p = arg;
	struct want w;
	int err;

	(void)empty;
	if (at_or_below(path, &p->gone))
		return enter_in_gone(p, path);
	err = resolve(p, &w, path, cached);
	if (err)
		return err;
	if (w.rec.kind == MVC_ENTRY_DIR) {
		w.rec.flags |= CO_WAS;
		if (!cached || cached->kind != MVC_ENTRY_DIR)
			err = emit(p, CO_DIR, path, &w.rec);
	} else if (w.rec.kind || cached) {
		err = begin_gone(p, path, &w);
	} else if (!at_or_below(path, &p->unknown)) {
		err = set_path(&p->unknown, path);
	}
	return err ? err : passed(p, &w);
}

static int
leave_gone(struct plan *p, const char *path)
{
	struct want w = {.rec = p->instead};
	int err = MVC_OK;

	mvc_buf_clear(&p->gone);
	if (p->gone_kept && w.rec.kind)
		return keep(p, path, &w, "a folder with files of yours");
	if (!p->gone_kept)
		err = emit_plain(p, CO_RMDIR, path);
	w.rec.flags &= (uint8_t)~CO_WAS;
	if (!err && w.rec.kind)
		return put(p, path, &w);
	return err || p->holds ? err : forget(p, path);
}

/* At or below the path. */
static bool
has_unlinked(const struct plan *p, const char *path)
{
	const struct mvc_buf *u = &p->unlinked;

	return u->len &&
	    (!strcmp(u->data, path) ||
		mvc_statpath_below(u->data, u->len, path, strlen(path)));
}

static int
on_leave(void *arg, const char *path)
{
	struct plan *p = arg;

	if (p->gone.len && !strcmp(path, p->gone.data))
		return leave_gone(p, path);
	if (p->gone.len && at_or_below(path, &p->gone))
		return p->holds && stand(p, path) == STAND_INSIDE
		    ? MVC_OK
		    : emit_plain(p, CO_RMDIR, path);
	if (has_unlinked(p, path) &&
	    (at_or_below(path, &p->unknown) || !wanted(p, path, true)))
		return emit_plain(p, CO_RMDIR, path);
	return MVC_OK;
}

/* Data whose pointer went was all that its folders had, unless more is there:
 * they are removed if they are empty, as Git does. */
static int
leave_parents(struct plan *p)
{
	MVC_OWN_MEM char *path = strdup(p->r->path);
	int err = path ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
	char *slash;

	while (!err && (slash = strrchr(path, '/'))) {
		*slash = 0;
		err = emit_plain(p, CO_RMDIR, path);
	}
	return err;
}

static int
on_missing(void *arg, const struct mvc_stat_entry *cached)
{
	struct plan *p = arg;
	const char *path = cached->path;
	struct want w;
	int err;

	if (at_or_below(path, &p->gone))
		return p->holds ? enter_in_gone(p, path) : MVC_OK;
	if (at_or_below(path, &p->barred))
		return MVC_OK;
	err = resolve(p, &w, path, cached);
	if (err)
		return err;
	w.rec.flags |= CO_RESTORES;
	if (!w.rec.kind)
		err = forget(p, path);
	else if (w.rec.kind != MVC_ENTRY_DIR)
		err = put(p, path, &w);
	else if (wanted(p, path, true))
		err = emit(p, CO_DIR, path, &w.rec);
	else
		p->r->partial = true;
	return err ? err : passed(p, &w);
}

/* Something that is neither file, folder nor link, or cannot be read. */
static int
on_bad(void *arg, const char *path, int code, const char *text)
{
	struct plan *p = arg;
	struct want w;
	int err;

	if (at_or_below(path, &p->gone)) {
		p->gone_kept = true;
		return MVC_OK;
	}
	p->r->unread = p->r->unread || code != MVC_EINVALID;
	err = resolve(p, &w, path, NULL);
	if (err)
		return err;
	if (w.listed && w.rec.kind) {
		err = set_path(&p->barred, path);
		p->r->partial = true;
		if (!err)
			err = keep(p, path, &w, "in the way");
	} else {
		mvc_warn(p->c->w->ctx, "%s: %s", path, text);
		/* What had to go, or to come back, may be in it: nothing is
		 * put beside what was not seen. */
		if (code != MVC_EINVALID) {
			p->r->sums.kept++;
			err = set_path(&p->barred, path);
		}
	}
	return err ? err : passed(p, &w);
}

static int
on_begin(void *arg, void *user)
{
	struct plan *p = arg;

	p->r = user;
	return MVC_OK;
}

static int
on_end(void *arg, void *user)
{
	struct plan *p = arg;
	int err = MVC_OK;

	(void)user;
	mvc_buf_clear(&p->unknown);
	if (p->r->gone && has_unlinked(p, p->r->path))
		err = leave_parents(p);
	if (err || ++p->r->parts_done < p->r->parts.n)
		return err;
	return advance(p, NULL);
}

static const struct mvc_scan_ops scan_ops = {.begin = on_begin,
    .end = on_end,
    .enter = on_enter,
    .leave = on_leave,
    .file = on_file,
    .missing = on_missing,
    .bad = on_bad};

static int
scan_all(struct plan *p)
{
	struct mvc_scan_opts o = {.ctx = p->c->w->ctx,
	    .worktree = p->c->w->top,
	    .cache = p->c->w->cache,
	    .settle = &p->c->settle,
	    .trust_mode = p->c->w->repo->filemode};
	MVC_OWN(mvc_scan) *scan = NULL;
	int err;

	err = mvc_scan_new(&scan, &o, &scan_ops, p);
	for (size_t i = 0; !err && i < p->c->n; i++) {
		struct co_root *r = &p->c->roots[i];

		for (size_t j = 0; !err && !r->broken && j < r->parts.n; j++)
			err = mvc_scan_root(
			    scan, r->parts.v[j], strlen(r->path), r);
	}
	if (!err)
		err = mvc_scan_wait(scan);
	return err;
}

static void
release(struct plan *p)
{
	free(p->instead.target);
	mvc_buf_release(&p->gone);
	mvc_buf_release(&p->barred);
	mvc_buf_release(&p->unlinked);
	mvc_buf_release(&p->unknown);
}

int
co_plan(struct checkout *c)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	struct plan p = {.c = c,
	    .gone = MVC_BUF_INIT(1 << 20),
	    .barred = MVC_BUF_INIT(1 << 20),
	    .unlinked = MVC_BUF_INIT(1 << 20),
	    .unknown = MVC_BUF_INIT(1 << 20)};
	int err;

	err = co_spool_rewind(c->targets);
	if (!err)
		err = co_spool_next(&p.t, c->targets);
	if (!err)
		err = scan_all(&p);
	release(&p);
	c->steps = p.n;
	mvc_trace_end(c->w->ctx->trace, start, "checkout.plan", p.n, c->bytes);
	return err;
}
