#include "work/scan.h"
#include "util/beneath.h"
#include "util/flow.h"
#include "util/name.h"
#include "util/sys.h"
#include "work/hiding.h"
#include "work/look.h"
#include "work/settle.h"

#include <errno.h>

#include "util/banned.h"

/* Names a job stats: enough that its turn in the queue costs nothing, and so
 * few that what is known of them stays in the cache until it is used. */
#define SLICE 512
/* Each job may hold an open folder, and 1,024 are allowed by default. */
#define DEPTH 64

enum job_type {
	JOB_BEGIN, /* of a root, at path */
	JOB_END,
	JOB_ENTER, /* the listing's folder */
	JOB_LEAVE,
	JOB_SLICE, /* names of the listing that are no folders */
	JOB_GONE, /* nothing is at path */
	JOB_BAD, /* path cannot be tracked */
};

struct job {
	enum job_type type;
	void *user;
	char *path, *text;
	int code;
	struct mvc_listing *l;
	size_t first, n;
	struct mvc_look *results; /* the worker makes them */
};

struct mvc_scan {
	struct mvc_scan_opts o;
	const struct mvc_scan_ops *ops;
	void *arg;
	struct mvc_flow *flow;
	struct mvc_hiding hiding; /* the walking thread's */
	unsigned depth;
	struct mvc_statcursor *cursor; /* the finishing thread's, as is this */
	struct mvc_buf path;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory to look at the work tree");
}

/* Workers: what the names of a slice are. */

static int
work(void *arg, void *job, unsigned thread)
{
	struct job *j = job;

	(void)arg;
	(void)thread;
	if (!j->n)
		return MVC_OK;
	j->results = calloc(j->n, sizeof(*j->results));
	if (!j->results)
		return no_memory();
	for (size_t i = 0; i < j->n; i++) {
		struct mvc_look *r = &j->results[i];

		r->code = mvc_look_at(
		    r, j->l->dir->fd, mvc_listing_name(j->l, j->first + i));
		if (!r->code || r->code == MVC_ENOTFOUND)
			continue;
		r->text = strdup(mvc_error_text());
		if (!r->text)
			return no_memory();
	}
	return MVC_OK;
}

/* The finishing thread: merging with the stat cache. */

/* Report cached entries before path as missing. */
static int
pass_to(struct mvc_scan *s, const char *path, size_t len)
{
	const struct mvc_stat_entry *e;
	int err;

	while ((e = mvc_statcursor_at(s->cursor))) {
		if (mvc_statpath_cmp(e->path, e->path_len, path, len) >= 0)
			break;
		err = s->ops->missing ? s->ops->missing(s->arg, e) : MVC_OK;
		if (!err)
			err = mvc_statcursor_next(s->cursor);
		if (err)
			return err;
	}
	return MVC_OK;
}

typedef int (*missing_fn)(void *arg, const struct mvc_stat_entry *cached);

/* Report what the cache has at and below path, unless fn is NULL. */
static int
pass_over(struct mvc_scan *s, const char *path, missing_fn fn)
{
	size_t len = strlen(path);
	const struct mvc_stat_entry *e;
	int err = MVC_OK;

	while (!err && (e = mvc_statcursor_at(s->cursor)) &&
	    mvc_stat_within(e, path, len)) {
		if (fn)
			err = fn(s->arg, e);
		if (!err)
			err = mvc_statcursor_next(s->cursor);
	}
	return err;
}

/* The cached entry at path, after all before it. */
static int
cached_at(struct mvc_scan *s, const struct mvc_stat_entry **e, const char *path,
    size_t len)
{
	int err = pass_to(s, path, len);

	*e = mvc_statcursor_at(s->cursor);
	if (*e && ((*e)->path_len != len || memcmp((*e)->path, path, len)))
		*e = NULL;
	return err;
}

static int
bad(struct mvc_scan *s, const char *path, int code, const char *text)
{
	int err = pass_to(s, path, strlen(path));

	if (!err)
		err = s->ops->bad ? s->ops->bad(s->arg, path, code, text)
				  : mvc_fail(code, "%s: %s", path, text);
	return err ? err : pass_over(s, path, NULL);
}

/* The stat is the same. */
static bool
is_doubted(const struct mvc_settle *settle, const struct mvc_stat_entry *was)
{
	return was->flags & MVC_STAT_RACY ||
	    (settle && !(was->flags & MVC_STAT_SURE) &&
		mvc_settle_doubts(settle, was));
}

static enum mvc_verdict
judge(struct mvc_stat_entry *now, const struct mvc_stat_entry *was,
    const struct mvc_scan_opts *o)
{
	bool trust_mode = o->trust_mode;

	if (now->kind == MVC_ENTRY_EXEC && !trust_mode)
		now->kind = MVC_ENTRY_FILE;
	if (!was)
		return MVC_SCAN_NEW;
	if (now->kind == MVC_ENTRY_FILE && was->kind == MVC_ENTRY_EXEC &&
	    !trust_mode)
		now->kind = MVC_ENTRY_EXEC;
	if (now->kind != was->kind)
		return MVC_SCAN_CHANGED;
	if (now->kind == MVC_ENTRY_LINK)
		return mvc_oid_eq(&now->oid, &was->oid) ? MVC_SCAN_SAME
							: MVC_SCAN_CHANGED;
	if (now->size != was->size || now->modified != was->modified ||
	    now->changed != was->changed || now->inode != was->inode)
		return MVC_SCAN_CHANGED;
	return is_doubted(o->settle, was) ? MVC_SCAN_RACY : MVC_SCAN_SAME;
}

/* s->path is the path of one name of the listing. */
static int
set_path(struct mvc_scan *s, const struct mvc_listing *l, const char *name)
{
	int err = MVC_OK;

	mvc_buf_clear(&s->path);
	if (l->path[0]) {
		err = mvc_buf_add_str(&s->path, l->path);
		if (!err)
			err = mvc_buf_add_char(&s->path, '/');
	}
	return err ? err : mvc_buf_add_str(&s->path, name);
}

static int
finish_name(struct mvc_scan *s, struct job *j, size_t i)
{
	struct mvc_look *r = &j->results[i];
	struct mvc_scanned f = {.dir = j->l->dir, .target = r->target};
	int err;

	f.name = mvc_listing_name(j->l, j->first + i);
	if (r->code == MVC_ENOTFOUND)
		return MVC_OK;
	err = set_path(s, j->l, f.name);
	if (err)
		return err;
	f.path = s->path.data;
	if (r->code == MVC_ENOMEM)
		return mvc_error_adopt(r->code, r->text);
	if (r->code)
		return bad(s, f.path, r->code, r->text);
	err = cached_at(s, &f.cached, f.path, s->path.len);
	if (err)
		return err;
	f.now = r->now;
	f.now.path = f.path;
	f.now.path_len = s->path.len;
	f.verdict = judge(&f.now, f.cached, &s->o);
	err = s->ops->file(s->arg, &f);
	if (err)
		return err;
	/* Of a folder only what is in it may be known. */
	if (!f.cached || f.cached->kind == MVC_ENTRY_DIR)
		return pass_over(s, f.path, s->ops->covered);
	return mvc_statcursor_next(s->cursor);
}

static int
finish_slice(struct mvc_scan *s, struct job *j)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < j->n; i++)
		err = finish_name(s, j, i);
	atomic_fetch_add(&s->o.ctx->progress.items, j->n);
	return err;
}

static int
finish_enter(struct mvc_scan *s, struct job *j)
{
	const struct mvc_stat_entry *e;
	const char *path = j->l->path;
	int err;

	err = cached_at(s, &e, path, strlen(path));
	if (!err && s->ops->enter)
		err = s->ops->enter(s->arg, path, j->l->n == 0, e);
	if (!err && e && e->kind != MVC_ENTRY_DIR && s->ops->covered)
		err = s->ops->covered(s->arg, e);
	if (!err && e)
		err = mvc_statcursor_next(s->cursor);
	return err;
}

static int
finish(void *arg, void *job)
{
	struct mvc_scan *s = arg;
	struct job *j = job;
	int err;

	switch (j->type) {
	case JOB_BEGIN:
		err = mvc_statcursor_seek(s->cursor, j->path);
		if (!err && s->ops->begin)
			err = s->ops->begin(s->arg, j->user);
		return err;
	case JOB_END:
		return s->ops->end ? s->ops->end(s->arg, j->user) : MVC_OK;
	case JOB_ENTER:
		return finish_enter(s, j);
	case JOB_LEAVE:
		err = pass_over(s, j->l->path, s->ops->missing);
		if (err || !s->ops->leave)
			return err;
		return s->ops->leave(s->arg, j->l->path);
	case JOB_SLICE:
		return finish_slice(s, j);
	case JOB_GONE:
		return pass_over(s, j->path, s->ops->missing);
	case JOB_BAD:
		return bad(s, j->path, j->code, j->text);
	}
	return MVC_OK;
}

static void
release(struct job *j)
{
	for (size_t i = 0; j->results && i < j->n; i++) {
		free(j->results[i].text);
		free(j->results[i].target);
	}
	free(j->results);
	free(j->path);
	free(j->text);
	mvc_listing_drop(j->l);
}

static void
drop(void *arg, void *job)
{
	(void)arg;
	release(job);
	free(job);
}

/* The walking thread. */

static int
push(struct mvc_scan *s, struct job *j)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		release(j);
		return no_memory();
	}
	*job = *j;
	return mvc_flow_push(s->flow, job);
}

static int
push_path(struct mvc_scan *s, enum job_type type, const char *path, void *user)
{
	struct job j = {.type = type, .user = user, .path = strdup(path)};

	return j.path ? push(s, &j) : no_memory();
}

/* This thread's error, about path. */
static int
push_bad(struct mvc_scan *s, const char *path, int code)
{
	struct job j = {.type = JOB_BAD, .code = code};

	/* That says nothing of the path. */
	if (code == MVC_ENOMEM)
		return code;
	j.path = strdup(path);
	j.text = strdup(mvc_error_text());
	if (!j.path || !j.text) {
		free(j.path);
		free(j.text);
		return no_memory();
	}
	return push(s, &j);
}

static int
push_listing(struct mvc_scan *s, enum job_type type, struct mvc_listing *l)
{
	struct job j = {.type = type, .l = mvc_listing_hold(l)};

	return push(s, &j);
}

static int
push_slice(struct mvc_scan *s, struct mvc_listing *l, size_t first, size_t n)
{
	struct job j = {.type = JOB_SLICE, .first = first, .n = n};

	j.l = mvc_listing_hold(l);
	return push(s, &j);
}

static int walk(struct mvc_scan *s, struct mvc_dirref *dir, const char *path);

static int
open_folder(
    struct mvc_dirref **out, int parent, const char *name, const char *path)
{
	int fd, err;

	*out = NULL;
	err = mvc_sys_open(
	    &fd, parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return err ? err : mvc_dirref_new(out, fd, path);
}

/* A folder below another. */
static int
walk_below(struct mvc_scan *s, struct mvc_listing *l, const char *name)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	struct mvc_dirref *dir;
	int err;

	err =
	    mvc_buf_addf(&path, "%s%s%s", l->path, l->path[0] ? "/" : "", name);
	if (err)
		return err;
	err = mvc_name_check(name, strlen(name));
	if (!err && !strcmp(name, ".mvc"))
		err = mvc_fail(MVC_EINVALID,
		    "%s: a project of its own lies here, which cannot be "
		    "tracked as data",
		    path.data);
	if (!err && s->depth >= MVC_DEPTH_MAX)
		err = mvc_fail(MVC_ETOOBIG, "%s: folders deeper than %d",
		    path.data, MVC_DEPTH_MAX);
	if (!err)
		err = open_folder(&dir, l->dir->fd, name, path.data);
	if (err == MVC_ENOTFOUND)
		return MVC_OK; /* gone since it was listed */
	if (err)
		return push_bad(s, path.data, err);
	err = walk(s, dir, path.data);
	mvc_dirref_drop(dir);
	return err;
}

static int
walk_names(struct mvc_scan *s, struct mvc_listing *l)
{
	size_t first = 0;
	int err = MVC_OK;

	for (size_t i = 0; !err && i <= l->n; i++) {
		bool end = i == l->n || l->v[i].dir;

		if ((end && i > first) || i - first == SLICE) {
			err = push_slice(s, l, first, i - first);
			first = i;
		}
		if (!err && end && i < l->n) {
			err = walk_below(s, l, mvc_listing_name(l, i));
			first = i + 1;
		}
	}
	return err;
}

static int
walk_listing(struct mvc_scan *s, struct mvc_listing *l)
{
	struct mvc_hiding_above above;
	int err = mvc_hiding_enter(&s->hiding, &above, l);

	if (!err)
		err = push_listing(s, JOB_ENTER, l);
	s->depth++;
	if (!err)
		err = walk_names(s, l);
	s->depth--;
	if (!err)
		err = push_listing(s, JOB_LEAVE, l);
	mvc_hiding_leave(&s->hiding, &above);
	return err;
}

static int
walk(struct mvc_scan *s, struct mvc_dirref *dir, const char *path)
{
	struct mvc_listing *l;
	int err;

	err = mvc_listing_read(&l, dir, path);
	if (err == MVC_ENOMEM)
		return err;
	if (err)
		return push_bad(s, path, err);
	err = walk_listing(s, l);
	mvc_listing_drop(l);
	return err;
}

static int
scan_file(struct mvc_scan *s, int *parent, const char *path, const char *name)
{
	MVC_OWN_MEM char *above = strndup(path, (size_t)(name - path));
	struct mvc_dirref *dir;
	struct mvc_listing *l;
	int err;

	if (!above)
		return no_memory();
	if (name > path)
		above[name - path - 1] = 0;
	err = mvc_dirref_new(&dir, MVC_TAKE_FD(*parent), above);
	if (err)
		return err;
	err = mvc_listing_one(&l, dir, above, name);
	mvc_dirref_drop(dir);
	if (err)
		return err;
	err = push_slice(s, l, 0, 1);
	mvc_listing_drop(l);
	return err;
}

static int
scan_root(struct mvc_scan *s, const char *path, size_t from)
{
	MVC_OWN_FD int parent = -1;
	struct mvc_dirref *dir;
	bool hides = false;
	const char *name;
	struct stat st;
	int err;

	err = mvc_hiding_begin(&s->hiding, s->o.worktree, path, from);
	if (!err)
		err = mvc_beneath_parent(
		    &parent, &name, s->o.worktree, path, false);
	if (!err && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		err = mvc_fail_errno("stat %s", path);
	if (!err)
		err = mvc_hiding_hides(
		    &hides, &s->hiding, path, S_ISDIR(st.st_mode));
	if (err == MVC_ENOTFOUND || (!err && hides))
		return push_path(s, JOB_GONE, path, NULL);
	if (err)
		return err;
	if (!S_ISDIR(st.st_mode))
		return scan_file(s, &parent, path, name);
	err = open_folder(&dir, parent, name, path);
	if (err)
		return push_bad(s, path, err);
	err = walk(s, dir, path);
	mvc_dirref_drop(dir);
	return err;
}

int
mvc_scan_root(struct mvc_scan *s, const char *path, size_t from, void *user)
{
	int err = push_path(s, JOB_BEGIN, path, user);

	if (!err)
		err = scan_root(s, path, from);
	return err ? err : push_path(s, JOB_END, path, user);
}

int
mvc_scan_nothing(struct mvc_scan *s, const char *path, void *user)
{
	int err = push_path(s, JOB_BEGIN, path, user);

	return err ? err : push_path(s, JOB_END, path, user);
}

int
mvc_scan_wait(struct mvc_scan *s)
{
	return mvc_flow_wait(s->flow);
}

int
mvc_scan_new(struct mvc_scan **out, const struct mvc_scan_opts *opts,
    const struct mvc_scan_ops *ops, void *arg)
{
	static const struct mvc_flow_ops flow = {work, finish, drop};
	MVC_OWN(mvc_scan) *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return no_memory();
	s->o = *opts;
	s->ops = ops;
	s->arg = arg;
	s->path = (struct mvc_buf)MVC_BUF_INIT(1 << 20);
	err = mvc_statcursor_new(&s->cursor, opts->cache);
	if (!err)
		err = mvc_hiding_init(&s->hiding, opts->cache);
	if (!err)
		err =
		    mvc_flow_new(&s->flow, opts->ctx->threads, DEPTH, &flow, s);
	if (!err)
		*out = MVC_TAKE(s);
	return err;
}

void
mvc_scan_free(struct mvc_scan *s)
{
	if (!s)
		return;
	mvc_flow_free(s->flow);
	mvc_statcursor_free(s->cursor);
	mvc_hiding_release(&s->hiding);
	mvc_buf_release(&s->path);
	free(s);
}
