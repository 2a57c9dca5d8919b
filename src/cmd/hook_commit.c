/*
 * Before a commit: what is staged and should not be, one line each with what
 * to type. It looks at what differs from HEAD, and no further.
 */
#include "cmd/hook.h"
#include "cmd/unpushed.h"
#include "git/config.h"
#include "git/gitconfig.h"
#include "git/history.h"
#include "git/index.h"
#include "git/rawdiff.h"
#include "git/repo.h"
#include "hash/oidset.h"
#include "lineage/runs.h"
#include "store/root.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/track.h"
#include "work/wanted.h"
#include "util/banned.h"

#include <stdarg.h>

#define LISTED 20
#define MAX_BLOB 5000000

/* Blobs whose names go, ascending. */
struct gone {
	struct mvc_gitid *v;
	size_t n, cap;
	bool known;
};

struct committing {
	struct mvc_env *env;
	struct mvc_track *track;
	bool merging; /* or picking: some of it was committed before */
	size_t n; /* findings */
	struct gone gone; /* until needed not known */
	int top; /* the work tree's folder, -1 until needed */
	char here[33]; /* this clone, "" until needed */
};

/* next: what to type. */
static void MVC_PRINTF(3, 4)
    finding(struct committing *c, const char *next, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (c->n++ >= LISTED)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mvc_note(c->env, "%s", text);
	mvc_note(c->env, "    next: %s", next);
}

/* ---- a file that Git would keep ---- */

static int
by_id(const void *a, const void *b)
{
	return mvc_gitid_cmp(a, b);
}

static int
keep_gone(void *arg, const struct mvc_rawdiff *d)
{
	struct gone *g = arg;
	struct mvc_gitid *v;

	if (d->now_mode != 0)
		return MVC_OK;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 16;
		v = reallocarray(g->v, g->cap, sizeof(*v));
		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory");
		g->v = v;
	}
	g->v[g->n++] = d->was;
	return MVC_OK;
}

/* Git has it already, under a name that goes. */
static int
is_renamed(bool *renamed, struct committing *c, const struct mvc_rawdiff *d)
{
	struct gone *g = &c->gone;
	int err = MVC_OK;

	*renamed = false;
	if (d->was_mode != 0)
		return MVC_OK;
	if (!g->known) {
		err = mvc_rawdiff_staged(c->env->repo, keep_gone, g);
		if (g->n > 1)
			qsort(g->v, g->n, sizeof(*g->v), by_id);
		g->known = true;
	}
	*renamed = !err && g->n > 0 &&
	    bsearch(&d->now, g->v, g->n, sizeof(*g->v), by_id);
	return err;
}

static int
check_blob(struct committing *c, const struct mvc_rawdiff *d)
{
	struct mvc_env *env = c->env;
	enum mvc_track_why why;
	char next[700];
	uint64_t size;
	bool renamed;
	size_t len;
	int err;

	if (c->merging)
		return MVC_OK;
	err = mvc_git_blob_size(&size, env->repo, &d->now);
	if (err)
		return err;
	why = mvc_track_why(c->track, d->path, size, &len);
	if (why == MVC_TRACK_NOT)
		return MVC_OK;
	err = is_renamed(&renamed, c, d);
	if (err || renamed)
		return err;
	snprintf(next, sizeof(next),
	    "git rm -r -q --cached %.*s && mvc add %.*s",
	    (int)(len < 300 ? len : 300), d->path, (int)(len < 300 ? len : 300),
	    d->path);
	if (why == MVC_TRACK_PATTERN)
		finding(c, next,
		    "%s (%s) is data by a track rule, and would go into Git",
		    d->path, mvc_human_size(size).s);
	else
		finding(c, next,
		    "%s is %s: files of %s and more are data, and this one "
		    "would go into Git",
		    d->path, mvc_human_size(size).s,
		    mvc_human_size((uint64_t)mvc_track_size(c->track)).s);
	return MVC_OK;
}

/* ---- a pointer ---- */

static int
is_whole_here(bool *is, struct committing *c, const struct mvc_oid *oid)
{
	struct mvc_env *env = c->env;
	struct mvc_root root;
	int err = mvc_env_store(env);

	if (!err && !c->here[0])
		err = mvc_repo_clone_id(c->here, env->repo, true);
	if (err)
		return err;
	*is = false;
	err = mvc_root_get(&root, env->store, c->here, oid);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	*is = !root.part;
	mvc_root_release(&root);
	return MVC_OK;
}

/* Nothing is lost by a pointer that is committed already, or whose content a
 * remote has. */
static int
is_elsewhere(bool *is, struct committing *c, const struct mvc_oid *oid)
{
	MVC_OWN_MEM char *remote = NULL;
	struct mvc_wanted head = {.n = 0};
	struct mvc_oidset pushed;
	int err = mvc_pushed(&pushed, &remote, c->env);

	*is = !err && mvc_oidset_has(&pushed, 1, oid);
	mvc_oidset_release(&pushed);
	if (err || *is)
		return err;
	/* What HEAD has that is no pointer is not the question here. */
	if (!mvc_wanted_add(&head, c->env->repo, "HEAD", NULL, 0))
		for (size_t i = 0; i < head.n && !*is; i++)
			*is = mvc_oid_eq(&head.at[i].oid, oid);
	mvc_wanted_release(&head);
	return MVC_OK;
}

static int
check_content(
    struct committing *c, const char *data, const struct mvc_pointer *p)
{
	char next[700];
	bool is;
	int err = is_whole_here(&is, c, &p->oid);

	if (!err && !is && !c->merging)
		err = is_elsewhere(&is, c, &p->oid);
	if (err || is || c->merging)
		return err;
	snprintf(next, sizeof(next),
	    "mvc add %.300s (to record what is here), or mvc fetch", data);
	finding(c, next,
	    "%s.mvc names %.8s, which is neither in the store nor known to be "
	    "on a remote",
	    data, mvc_oid_hex(&p->oid).s);
	return MVC_OK;
}

/* The run that a pointer names made these very bytes. */
static int
check_run(struct committing *c, const char *data, const struct mvc_pointer *p)
{
	struct mvc_record rec = MVC_RECORD_INIT;
	bool made = false;
	char next[700];
	int err;

	if (!p->has_run)
		return MVC_OK;
	if (c->top < 0)
		err = mvc_sys_open(&c->top, AT_FDCWD, c->env->repo->worktree,
		    O_RDONLY | O_DIRECTORY, 0);
	else
		err = MVC_OK;
	if (!err)
		err = mvc_runs_get(&rec, c->top, &p->run);
	/* Another's run, whose record is not here, cannot be judged. */
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	for (size_t i = 0; i < rec.outputs.n && !made; i++)
		made = rec.outputs.v[i].has_oid &&
		    mvc_oid_eq(&rec.outputs.v[i].oid, &p->oid);
	mvc_record_release(&rec);
	if (made)
		return MVC_OK;
	snprintf(next, sizeof(next),
	    "mvc add %.300s (it is nobody's output then), or run it again",
	    data);
	finding(c, next,
	    "%s was changed after run %.8s, which %s.mvc says made it", data,
	    mvc_oid_hex(&p->run).s, data);
	return MVC_OK;
}

static int
read_pointer(
    struct mvc_pointer *out, struct committing *c, const struct mvc_rawdiff *d)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_POINTER_MAX);
	int err = mvc_git_blob_read(&b, c->env->repo, &d->now);

	if (err == MVC_ETOOBIG)
		return mvc_fail(
		    MVC_EINVALID, "%s is too big for a pointer", d->path);
	return err
	    ? err
	    : mvc_pointer_parse(out, d->path, b.data ? b.data : "", b.len);
}

static int
check_pointer(struct committing *c, const struct mvc_rawdiff *d)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_OWN_MEM char *data = strndup(d->path, strlen(d->path) - 4);
	char next[700];
	int err;

	if (!data)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = read_pointer(&p, c, d);
	if (err == MVC_ECONFLICT) {
		snprintf(next, sizeof(next),
		    "mvc checkout --ours|--theirs|--merge %.300s", data);
		finding(c, next, "%s has conflict markers", d->path);
		return MVC_OK;
	}
	if (err == MVC_EINVALID) {
		snprintf(next, sizeof(next), "mvc add %.300s", data);
		finding(c, next, "%s", mvc_error_text());
		return MVC_OK;
	}
	if (err == MVC_EVERSION) {
		mvc_note(c->env, "%s", mvc_error_text());
		return MVC_OK;
	}
	if (!err)
		err = check_content(c, data, &p);
	return err ? err : check_run(c, data, &p);
}

/* ---- .mvc/config ---- */

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* A password in a URL, a signed URL, or what by its name is a secret. */
static bool
is_secret(const struct mvc_gitconfig_var *v)
{
	static const char *const names[] = {"password", "secret", "secretkey",
	    "secretaccesskey", "accesskey", "token", "sessiontoken"};
	const char *value = v->value ? v->value : "";
	const char *host = strstr(value, "://"), *at;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (*value && ends_in(v->key, names[i]))
			return true;
	if (!host)
		return false;
	host += 3;
	at = strpbrk(host, "@/?#");
	if (at && *at == '@' && memchr(host, ':', (size_t)(at - host)))
		return true;
	return strstr(host, "Signature=") || strstr(host, "?sig=") ||
	    strstr(host, "&sig=") || strstr(host, "token=");
}

static int
check_var(void *arg, const struct mvc_gitconfig_var *v)
{
	/* What it is stays unsaid. */
	if (is_secret(v))
		finding(arg,
		    "edit .mvc/config, git add .mvc/config; keys belong to "
		    "you (see man mvc-remotes), and this one is to be changed "
		    "where others saw it",
		    ".mvc/config:%u: %s has a credential in it", v->line,
		    v->key);
	return MVC_OK;
}

static int
check_config(struct committing *c, const struct mvc_rawdiff *d)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_GITCONFIG_MAX);
	int err = mvc_git_blob_read(&b, c->env->repo, &d->now);

	if (!err)
		err = mvc_gitconfig_parse(
		    b.data ? b.data : "", b.len, check_var, c);
	if (err != MVC_EINVALID && err != MVC_ETOOBIG)
		return err;
	finding(c, "edit .mvc/config, git add .mvc/config", ".mvc/config: %s",
	    mvc_error_text());
	return MVC_OK;
}

/* ---- all of it ---- */

static int
check_change(void *arg, const struct mvc_rawdiff *d)
{
	struct committing *c = arg;

	if (d->now_mode != 0100644 && d->now_mode != 0100755)
		return MVC_OK;
	if (mvc_gitid_eq(&d->was, &d->now))
		return MVC_OK;
	if (!strcmp(d->path, ".mvc/config"))
		return check_config(c, d);
	if (!strncmp(d->path, ".mvc/", 5))
		return MVC_OK;
	return mvc_pointer_is_path(d->path) ? check_pointer(c, d)
					    : check_blob(c, d);
}

static bool
is_merging(const struct mvc_repo *r)
{
	static const char *const signs[] = {"MERGE_HEAD", "CHERRY_PICK_HEAD",
	    "REVERT_HEAD", "rebase-merge", "rebase-apply"};
	char path[4096];

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		int n =
		    snprintf(path, sizeof(path), "%s/%s", r->gitdir, signs[i]);

		if (n > 0 && (size_t)n < sizeof(path) &&
		    mvc_file_exists(AT_FDCWD, path))
			return true;
	}
	return false;
}

static int
open_rules(struct committing *c)
{
	int64_t size;
	int err = mvc_config_int(&size, c->env->repo, "mvc.maxblob", MAX_BLOB);

	return err ? err : mvc_track_open(&c->track, c->env->repo, size);
}

int
mvc_hook_pre_commit(struct mvc_env *env)
{
	struct committing c = {.env = env, .top = -1};
	int err = mvc_repo_need_worktree(env->repo);

	c.merging = !err && is_merging(env->repo);
	if (!err)
		err = open_rules(&c);
	if (!err)
		err = mvc_rawdiff_staged(env->repo, check_change, &c);
	mvc_track_free(c.track);
	free(c.gone.v);
	if (c.top >= 0)
		close(c.top);
	if (err || c.n == 0)
		return err;
	if (c.n > LISTED)
		mvc_note(env, "… %zu such in all", c.n);
	mvc_note(env,
	    "nothing is committed; git commit --no-verify would, as it is");
	return MVC_EFINDING;
}
