#include "work/recorded.h"

#include "hash/digest.h"
#include "tree/find.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/change.h"
#include "work/scan.h"
#include "work/settle.h"
#include "work/torn.h"

#include "util/banned.h"

struct look {
	struct mvc_work *w;
	const struct mvc_recorded *r;
	struct mvc_settle settle;
	bool force, remove, left;
	bool ask, same; /* only whether a file is as the pointer says */
	bool trusts; /* what the cache has is of the version that it names */
};

int
mvc_work_has(bool *has, struct mvc_work *w, const char *path, struct stat *st)
{
	MVC_OWN_FD int folder = -1;
	struct stat own;
	const char *name;
	int err;

	err = mvc_beneath_parent(&folder, &name, w->top, path, false);
	if (!err &&
	    fstatat(folder, name, st ? st : &own, AT_SYMLINK_NOFOLLOW) < 0)
		err = mvc_fail_errno("stat %s", path);
	*has = !err;
	return err == MVC_ENOTFOUND || err == MVC_EDENIED ? MVC_OK : err;
}

static bool
is_entry(const struct mvc_scanned *s, const struct mvc_oid *now,
    enum mvc_entry_kind kind, const struct mvc_oid *id)
{
	return s->now.kind == kind && mvc_oid_eq(now, id);
}

/* MVC_ENOTFOUND where the pointer has nothing there. */
static int
find_entry(struct mvc_found *f, struct look *l, const struct mvc_scanned *s)
{
	const char *inside = l->r->inside;
	const char *rest = s->path + strlen(l->r->path);
	MVC_OWN_MEM char *path = NULL;

	if (!inside[0] && rest[0] == '/')
		rest++;
	if (asprintf(&path, "%s%s", inside, rest) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return mvc_change_find(f, l->w, l->r->pointer, path);
}

static bool
is_link(const struct mvc_scanned *s, const struct mvc_found *f)
{
	return s->target && strlen(s->target) == f->e.target_len &&
	    !memcmp(s->target, f->e.target, f->e.target_len);
}

static int
in_pointer(bool *is, struct look *l, const struct mvc_scanned *s,
    const struct mvc_oid *now)
{
	struct mvc_found f;
	int err = find_entry(&f, l, s);

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	*is = f.e.kind == MVC_ENTRY_LINK ? is_link(s, &f)
					 : is_entry(s, now, f.e.kind, &f.e.id);
	mvc_found_release(&f);
	return MVC_OK;
}

/* What is left of what mvc put there, since the machine stopped. */
static int
is_torn(bool *is, struct look *l, const struct mvc_scanned *s)
{
	if (s->target || !s->cached || s->cached->kind != s->now.kind ||
	    !mvc_settle_doubts(&l->settle, &s->now))
		return MVC_OK;
	return mvc_torn_at(
	    is, l->w->store, &s->cached->oid, s->cached->size, s);
}

/* By its bytes, where its stat does not say. */
static int
check_file(struct look *l, const struct mvc_scanned *s)
{
	struct mvc_oid now = s->now.oid;
	bool is = false;
	int err = MVC_OK;

	if (l->force || (s->verdict == MVC_SCAN_SAME && l->trusts))
		return MVC_OK;
	if (s->verdict == MVC_SCAN_SAME)
		now = s->cached->oid;
	else if (!s->target)
		err = mvc_digest_file(&now, s->dir->fd, s->name, s->path);
	if (err)
		return err;
	if (s->cached && l->trusts)
		is = is_entry(s, &now, s->cached->kind, &s->cached->oid);
	if (!is)
		err = in_pointer(&is, l, s, &now);
	if (!err && !is)
		err = is_torn(&is, l, s);
	if (err || is)
		return err;
	return mvc_fail(
	    MVC_EFINDING, "%s has changes that are not recorded", s->path);
}

/* Of what has the recorded name, kind and size only is a byte read. What
 * cannot be read is not the same. */
static bool
is_same(struct look *l, const struct mvc_scanned *s)
{
	struct mvc_found f;
	struct mvc_oid now;
	bool is = false;

	if (find_entry(&f, l, s))
		return false;
	if (f.e.kind == MVC_ENTRY_LINK)
		is = is_link(s, &f);
	else if (s->now.kind == f.e.kind && s->now.size == f.e.size)
		is = !mvc_digest_file(&now, s->dir->fd, s->name, s->path) &&
		    mvc_oid_eq(&now, &f.e.id);
	mvc_found_release(&f);
	return is;
}

static int
on_file(void *arg, const struct mvc_scanned *s)
{
	struct look *l = arg;
	int err;

	if (l->ask) {
		l->same = l->same || is_same(l, s);
		return MVC_OK;
	}
	err = check_file(l, s);
	if (err || !l->remove)
		return err;
	err = mvc_sys_unlink(s->dir->fd, s->name);
	return err ? mvc_fail_prefix(err, "%s", s->path) : MVC_OK;
}

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct look *l = arg;
	MVC_OWN_FD int folder = -1;
	int err;

	(void)empty;
	(void)cached;
	if (l->remove || l->ask)
		return MVC_OK;
	err = mvc_beneath_open(
	    &folder, l->w->top, path, O_RDONLY | O_DIRECTORY, 0);
	return err ? err : mvc_sys_can_write(folder, ".");
}

static int
on_leave(void *arg, const char *path)
{
	struct look *l = arg;
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	if (!l->remove)
		return MVC_OK;
	err = mvc_beneath_parent(&folder, &name, l->w->top, path, false);
	/* What is ignored keeps its folder. */
	if (!err && mvc_sys_rmdir(folder, name))
		l->left = true;
	return err;
}

static int
on_bad(void *arg, const char *path, int code, const char *text)
{
	struct look *l = arg;

	if (l->ask)
		return MVC_OK;
	if (!l->force || (!l->remove && code != MVC_EINVALID))
		return mvc_fail(code, "%s: %s", path, text);
	l->left = true;
	return MVC_OK;
}

/* Whether what the cache has at the path is known to be recorded: it may be
 * of a version that was never, or is no longer. */
static int
note_record(struct look *l)
{
	MVC_OWN_MEM char *path = strdup(l->r->path);
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	int err = path ? mvc_statcursor_new(&k, l->w->cache)
		       : mvc_fail(MVC_ENOMEM, "no memory");

	for (char *end; !err; *end = 0) {
		err = mvc_statcursor_find(&e, k, path);
		if (!err && e && e->flags & MVC_STAT_ROOT) {
			l->trusts = !(e->flags & MVC_STAT_MIXED);
			return MVC_OK;
		}
		end = strrchr(path, '/');
		if (!end)
			return err;
	}
	return err;
}

static int
look(struct look *l)
{
	static const struct mvc_scan_ops ops = {.enter = on_enter,
	    .leave = on_leave,
	    .file = on_file,
	    .bad = on_bad};
	struct mvc_scan_opts o = {.ctx = l->w->ctx,
	    .worktree = l->w->top,
	    .cache = l->w->cache,
	    .trust_mode = l->w->repo->filemode};
	size_t from = strlen(l->r->path), inside = strlen(l->r->inside);
	MVC_OWN(mvc_scan) *scan = NULL;
	bool has;
	int err;

	err = mvc_work_has(&has, l->w, l->r->path, NULL);
	if (err || !has)
		return err;
	mvc_settle_read(&l->settle, l->w->repo->gitdir);
	err = note_record(l);
	if (!err)
		err = mvc_scan_new(&scan, &o, &ops, l);
	if (!err)
		err = mvc_scan_root(
		    scan, l->r->path, inside ? from - inside - 1 : from, NULL);
	return err ? err : mvc_scan_wait(scan);
}

int
mvc_recorded_check(struct mvc_work *w, const struct mvc_recorded *r, bool force)
{
	struct look l = {.w = w, .r = r, .force = force};
	int err = mvc_work_can_write(w, r->path);

	return err ? err : look(&l);
}

int
mvc_recorded_remove(
    bool *left, struct mvc_work *w, const struct mvc_recorded *r, bool force)
{
	struct look l = {.w = w, .r = r, .force = force, .remove = true};
	int err = look(&l);

	*left = l.left;
	return err;
}

int
mvc_recorded_is(bool *is, struct mvc_work *w, const struct mvc_recorded *r)
{
	struct look l = {.w = w, .r = r, .ask = true};
	int err = look(&l);

	*is = l.same;
	return err;
}
