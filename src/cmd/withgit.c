#include "cmd/withgit.h"
#include "git/gitbundle.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "hash/oidset.h"
#include "remote/githistory.h"
#include "remote/known.h"
#include "remote/remote.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* Then one bundle takes their place, if all of them is here. */
#define PARTS_MAX 64

struct pushing {
	struct mvc_withgit *g;
	struct mvc_env *env;
	struct mvc_sharing *s;
	const char *gitdir;
	struct mvc_githistory there;
	struct mvc_buf refs; /* of here: "OID NAME" lines */
	struct mvc_buf known; /* ids of there that are here, lines */
	struct mvc_buf revs; /* for git bundle */
	bool all_same; /* no ref of there is another here, or absent */
};

/* Each "OID NAME" line, taken apart. */
static int
each_ref(struct mvc_buf *text,
    int (*each)(void *arg, const char *oid, const char *name), void *arg)
{
	int err = MVC_OK;

	for (char *p = text->data; !err && p && *p;) {
		char *end = strchr(p, '\n'), *space = strchr(p, ' ');

		if (!end || !space || space > end)
			return mvc_fail(MVC_EIO, "git said something odd");
		*end = *space = 0;
		err = each(arg, p, space + 1);
		*end = '\n';
		*space = ' ';
		p = end + 1;
	}
	return err;
}

static bool
has_line(const struct mvc_buf *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text->data; p && *p;) {
		size_t k = strcspn(p, "\n");

		if (k == n && !memcmp(p, line, n))
			return true;
		p += k + (p[k] == '\n');
	}
	return false;
}

static int
find_known(struct pushing *p)
{
	MVC_SCOPED(mvc_buf) oids = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < p->there.n_refs; i++)
		err = mvc_buf_addf(&oids, "%s\n", p->there.refs[i].oid);
	return err ? err : mvc_git_known(p->gitdir, &oids, &p->known);
}

static void
reject(struct pushing *p, const char *name, const char *why)
{
	p->g->rejected++;
	mvc_bar_hide(p->env);
	mvc_note(p->env, "%s is not sent: %s", name, why);
	mvc_bar_show(p->env);
}

/* Whether a ref goes over another that is there. */
static int
may_go(bool *goes, struct pushing *p, const struct mvc_gitref *old,
    const char *oid, const char *name)
{
	bool behind = false;
	int err;

	*goes = p->g->force;
	if (*goes)
		return MVC_OK;
	if (!strncmp(name, "refs/tags/", 10)) {
		reject(p, name, "the tag is another there; --force moves it");
		return MVC_OK;
	}
	if (!has_line(&p->known, old->oid)) {
		reject(p, name,
		    "there it has commits that are not here: mvc fetch "
		    "--with-git, then merge; --force drops them");
		return MVC_OK;
	}
	err = mvc_git_is_before(goes, p->gitdir, old->oid, oid);
	if (!err && !*goes)
		err = mvc_git_is_before(&behind, p->gitdir, oid, old->oid);
	if (!err && !*goes && !behind)
		reject(p, name,
		    "there it has other commits: merge them, or --force");
	return err;
}

static int
on_ref(void *arg, const char *oid, const char *name)
{
	struct pushing *p = arg;
	const struct mvc_gitref *old = mvc_githistory_ref(&p->there, name);
	bool goes = true;
	int err = MVC_OK;

	if (old && !strcmp(old->oid, oid))
		return MVC_OK;
	if (old)
		err = may_go(&goes, p, old, oid, name);
	if (err || !goes)
		return err;
	p->g->refs++;
	err = mvc_buf_addf(&p->revs, "%s\n", name);
	return err ? err : mvc_githistory_set(&p->there, name, oid);
}

/* Whether what is there is all here, under the same names. */
static int
is_all_here(bool *is, struct pushing *p)
{
	MVC_OWN_MEM char *line = NULL;

	*is = true;
	for (size_t i = 0; *is && i < p->there.n_refs; i++) {
		free(line);
		if (asprintf(&line, "%s %s", p->there.refs[i].oid,
			p->there.refs[i].name) < 0) {
			line = NULL;
			return mvc_fail(MVC_ENOMEM, "no memory for refs");
		}
		*is = has_line(&p->refs, line);
	}
	return MVC_OK;
}

/* What is to be in the bundle; all there is, where that pays. */
static int
choose_revs(struct pushing *p)
{
	bool all = false;
	int err = MVC_OK;

	if (p->there.n_parts >= PARTS_MAX)
		err = is_all_here(&all, p);
	if (!err && all) {
		mvc_buf_clear(&p->revs);
		p->there.n_parts = 0;
		for (size_t i = 0; !err && i < p->there.n_refs; i++)
			err = mvc_buf_addf(
			    &p->revs, "%s\n", p->there.refs[i].name);
		return err;
	}
	for (const char *k = p->known.data; !err && k && *k;) {
		size_t n = strcspn(k, "\n");

		err = mvc_buf_addf(&p->revs, "^%.*s\n", (int)n, k);
		k += n + (k[n] == '\n');
	}
	return err;
}

static int
read_part(void *arg, uint64_t off, void *p, size_t n)
{
	size_t got;
	int err = mvc_sys_pread(&got, *(int *)arg, p, n, off, "a bundle");

	if (!err && got != n)
		err = mvc_fail(MVC_EIO, "a bundle became shorter");
	return err;
}

static int
hash_file(struct mvc_oid *id, uint64_t *size, int fd)
{
	MVC_OWN_MEM char *buf = malloc(1 << 20);
	struct mvc_digest d;
	size_t got = 1;
	int err = mvc_digest_init(&d);

	if (!err && !buf)
		err = mvc_fail(MVC_ENOMEM, "no memory for a bundle");
	for (*size = 0; !err && got; *size += got) {
		err = mvc_sys_pread(&got, fd, buf, 1 << 20, *size, "a bundle");
		if (!err)
			mvc_digest_update(&d, buf, got);
	}
	if (!err)
		mvc_digest_final(&d, id);
	mvc_digest_release(&d);
	return err;
}

static int
put_bundle(struct pushing *p, const char *path)
{
	MVC_OWN_FD int fd = -1;
	struct mvc_body body = {.read = read_part, .arg = &fd};
	struct mvc_oid id;
	int err;

	err = mvc_sys_open(&fd, AT_FDCWD, path, O_RDONLY, 0);
	if (!err)
		err = hash_file(&id, &body.size, fd);
	if (err)
		return err;
	body.fd = fd;
	body.blake3 = &id;
	err = mvc_backend_put(
	    p->s->backend, mvc_gitpart_key(p->s->holder, &id).s, &body, 0);
	if (!err)
		err = mvc_githistory_add_part(&p->there, &id, body.size);
	p->g->bytes = body.size;
	return err;
}

static int
make_bundle(struct pushing *p)
{
	MVC_OWN_MEM char *path = NULL;
	bool empty;
	int err;

	if (asprintf(&path, "%s/git-%ld.bundle", p->s->cache, (long)getpid()) <
	    0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = mvc_gitbundle_create(p->gitdir, path, &p->revs, &empty);
	if (!err && !empty)
		err = put_bundle(p, path);
	mvc_file_discard(AT_FDCWD, path);
	return err;
}

/* Somebody else may have pushed meanwhile. */
static int
check_kept(struct pushing *p)
{
	struct mvc_githistory now;
	int err = mvc_githistory_read(&now, p->s->backend, p->s->holder);

	for (size_t i = 0; !err && i < p->there.n_refs; i++) {
		const struct mvc_gitref *mine = &p->there.refs[i];
		const struct mvc_gitref *r =
		    mvc_githistory_ref(&now, mine->name);

		if (mine->serial == p->there.serial &&
		    (!r || strcmp(r->oid, mine->oid)))
			reject(p, mine->name,
			    "somebody pushed it at the same time; both are "
			    "kept: mvc fetch --with-git, then merge");
	}
	if (!err)
		err = mvc_githistory_sweep(&now, p->s->backend, p->s->holder);
	if (!err)
		mvc_githistory_release(&now);
	return err;
}

static int
send(struct pushing *p)
{
	int err;

	if (!p->there.head || !mvc_githistory_ref(&p->there, p->there.head)) {
		free(p->there.head);
		err = mvc_git_head(p->gitdir, &p->there.head);
		if (err)
			return err;
	}
	err = choose_revs(p);
	if (!err)
		err = make_bundle(p);
	if (!err)
		err = mvc_githistory_write(
		    &p->there, p->s->backend, p->s->holder);
	return err ? err : check_kept(p);
}

int
mvc_withgit_check(const struct mvc_env *env)
{
	if (!env->repo->shallow && !env->repo->partial)
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "this clone has not all of the history: git fetch --unshallow, "
	    "then push --with-git");
}

static int
push(struct pushing *p)
{
	int err = mvc_githistory_read(&p->there, p->s->backend, p->s->holder);

	if (!err)
		err = mvc_git_refs(p->gitdir, &p->refs);
	if (!err)
		err = find_known(p);
	p->there.serial++;
	if (!err)
		err = each_ref(&p->refs, on_ref, p);
	if (err || !p->g->refs || p->g->dry_run)
		return err;
	return send(p);
}

int
mvc_withgit_push(
    struct mvc_withgit *g, struct mvc_env *env, struct mvc_sharing *s)
{
	struct pushing p = {.g = g,
	    .env = env,
	    .s = s,
	    .gitdir = env->repo->gitdir,
	    .refs = MVC_BUF_INIT(MVC_GIT_TEXT_MAX),
	    .known = MVC_BUF_INIT(MVC_GIT_TEXT_MAX),
	    .revs = MVC_BUF_INIT(MVC_GIT_TEXT_MAX)};
	int err = push(&p);

	mvc_githistory_release(&p.there);
	mvc_buf_release(&p.refs);
	mvc_buf_release(&p.known);
	mvc_buf_release(&p.revs);
	return err;
}

/* Bundles, brought one by one into a repository. */
struct taking {
	struct mvc_backend *b;
	const char *holder, *gitdir;
	struct mvc_oidset done; /* kind 1: bundles taken in before */
	uint64_t bytes;
	int fd;
	struct mvc_digest digest;
};

static int
on_bytes(void *arg, const void *p, size_t n)
{
	struct taking *t = arg;

	mvc_digest_update(&t->digest, p, n);
	return mvc_sys_write(t->fd, p, n, "a bundle");
}

static int
get_part(struct taking *t, const struct mvc_gitpart *part)
{
	struct mvc_gitpart_key key = mvc_gitpart_key(t->holder, &part->id);
	struct mvc_oid is;
	int err = mvc_digest_init(&t->digest);

	if (err)
		return err;
	err = mvc_backend_get(t->b, key.s, 0, part->size, on_bytes, t);
	if (!err)
		mvc_digest_final(&t->digest, &is);
	mvc_digest_release(&t->digest);
	if (!err && !mvc_oid_eq(&is, &part->id))
		err = mvc_fail(
		    MVC_ECORRUPT, "%s: %s is damaged", t->b->url, key.s);
	t->bytes += part->size;
	return err;
}

static int
take_part(struct taking *t, const struct mvc_gitpart *part)
{
	MVC_OWN_MEM char *path = NULL;
	bool was;
	int err;

	if (mvc_oidset_has(&t->done, 1, &part->id))
		return MVC_OK;
	if (asprintf(&path, "%s/mvc-%ld.bundle", t->gitdir, (long)getpid()) <
	    0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	mvc_file_discard(AT_FDCWD, path);
	err = mvc_sys_open(
	    &t->fd, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (err)
		return err;
	err = get_part(t, part);
	close(t->fd);
	if (!err)
		err = mvc_gitbundle_apply(t->gitdir, path);
	if (!err)
		err = mvc_oidset_add(&t->done, 1, &part->id, &was);
	mvc_file_discard(AT_FDCWD, path);
	return err;
}

static int
take_parts(struct taking *t, const struct mvc_githistory *h)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < h->n_parts; i++)
		err = take_part(t, &h->parts[i]);
	return err;
}

static bool
is_here(const struct mvc_githistory *h, const struct mvc_buf *known)
{
	for (size_t i = 0; i < h->n_refs; i++)
		if (!has_line(known, h->refs[i].oid))
			return false;
	return true;
}

/* Branches as the remote's, tags where there is none of that name. */
static int
set_remote_refs(struct mvc_withgit *g, struct pushing *p)
{
	MVC_SCOPED(mvc_buf) lines = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = mvc_git_refs(p->gitdir, &p->refs);

	for (size_t i = 0; !err && i < p->there.n_refs; i++) {
		const struct mvc_gitref *r = &p->there.refs[i];
		MVC_OWN_MEM char *tag = NULL;

		if (!strncmp(r->name, "refs/heads/", 11)) {
			err = mvc_buf_addf(&lines,
			    "update refs/remotes/%s/%s %s\n", p->s->conf.name,
			    r->name + 11, r->oid);
			continue;
		}
		if (asprintf(&tag, " %s\n", r->name) < 0) {
			tag = NULL;
			return mvc_fail(MVC_ENOMEM, "no memory for refs");
		}
		if (!p->refs.data || !strstr(p->refs.data, tag))
			err = mvc_buf_addf(
			    &lines, "create %s %s\n", r->name, r->oid);
	}
	g->refs = p->there.n_refs;
	return err ? err : mvc_git_set_refs(p->gitdir, &lines);
}

static int
fetch(struct mvc_withgit *g, struct pushing *p, struct taking *t)
{
	MVC_OWN_MEM char *cache = NULL;
	int err;

	if (!*p->s->conf.name)
		return mvc_fail(MVC_EUSAGE,
		    "the history of a URL has no name here: first mvc remote "
		    "add NAME %s",
		    p->s->conf.url);
	if (asprintf(&cache, "%s/git", p->s->cache) < 0) {
		cache = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = mvc_githistory_read(&p->there, t->b, t->holder);
	if (!err)
		err = find_known(p);
	if (!err && !is_here(&p->there, &p->known)) {
		err = mvc_file_mkdirs(AT_FDCWD, cache, 0777);
		if (!err)
			err = mvc_known_load(&t->done, cache);
		if (!err)
			err = take_parts(t, &p->there);
		if (!err)
			err = mvc_known_save(cache, &t->done);
	}
	g->bytes = t->bytes;
	return err || p->there.n_refs == 0 ? err : set_remote_refs(g, p);
}

int
mvc_withgit_fetch(
    struct mvc_withgit *g, struct mvc_env *env, struct mvc_sharing *s)
{
	struct pushing p = {.g = g,
	    .env = env,
	    .s = s,
	    .gitdir = env->repo->gitdir,
	    .refs = MVC_BUF_INIT(MVC_GIT_TEXT_MAX),
	    .known = MVC_BUF_INIT(MVC_GIT_TEXT_MAX)};
	struct taking t = {
	    .b = s->backend, .holder = s->holder, .gitdir = p.gitdir};
	int err = fetch(g, &p, &t);

	mvc_githistory_release(&p.there);
	mvc_buf_release(&p.refs);
	mvc_buf_release(&p.known);
	mvc_oidset_release(&t.done);
	return err;
}

int
mvc_withgit_open(struct mvc_backend **out, struct mvc_env *env, const char *url)
{
	struct mvc_remote_place place = {.url = url};
	struct mvc_formatfile format;
	int err = mvc_remote_open(out, &env->ctx, &place);

	if (err)
		return err;
	err = mvc_remote_format(&format, *out, false);
	if (err) {
		mvc_backend_free(*out);
		*out = NULL;
	}
	return err;
}

struct only {
	char holder[33];
	struct mvc_buf all;
	unsigned n;
};

static int
on_holder(void *arg, const char *holder)
{
	struct only *o = arg;

	snprintf(o->holder, sizeof(o->holder), "%s", holder);
	o->n++;
	return mvc_buf_addf(&o->all, "%s%s", o->all.len ? ", " : "", holder);
}

static int
find_holder(char holder[33], struct mvc_backend *b)
{
	struct only o = {.all = MVC_BUF_INIT(1 << 20)};
	int err = mvc_githistory_holders(b, on_holder, &o);

	if (!err && o.n == 0)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s has data, and no Git history: mvc push --with-git "
		    "puts it there",
		    b->url);
	if (!err && o.n > 1)
		err = mvc_fail(MVC_EUSAGE,
		    "%s has the history of %u repositories: say which by "
		    "--holder: %s",
		    b->url, o.n, o.all.data);
	memcpy(holder, o.holder, sizeof(o.holder));
	mvc_buf_release(&o.all);
	return err;
}

static int
set_refs(const struct mvc_githistory *h, const char *gitdir)
{
	MVC_SCOPED(mvc_buf) lines = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < h->n_refs; i++)
		err = mvc_buf_addf(
		    &lines, "create %s %s\n", h->refs[i].name, h->refs[i].oid);
	if (!err)
		err = mvc_git_set_refs(gitdir, &lines);
	return err ? err : mvc_git_check(gitdir);
}

/* The branch asked for, else as there, else any. */
static int
choose_branch(char **out, const struct mvc_githistory *h, const char *branch)
{
	const char *head = h->head;

	*out = NULL;
	if (branch) {
		if (asprintf(out, "refs/heads/%s", branch) < 0)
			*out = NULL;
		else if (!mvc_githistory_ref(h, *out))
			return mvc_fail(MVC_ENOTFOUND,
			    "there is no branch %s there", branch);
	} else {
		bool found = head && mvc_githistory_ref(h, head);

		for (size_t i = 0; !found && i < h->n_refs; i++)
			if (!strncmp(h->refs[i].name, "refs/heads/", 11)) {
				head = h->refs[i].name;
				found = true;
			}
		*out = strdup(found ? head : "");
	}
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a name");
}

static int
fill(struct taking *t, const char *branch, const char *dir)
{
	MVC_OWN(mvc_repo) *repo = NULL;
	MVC_OWN_MEM char *name = NULL;
	struct mvc_githistory h;
	int err = mvc_githistory_read(&h, t->b, t->holder);

	if (!err)
		err = choose_branch(&name, &h, branch);
	if (!err)
		err = mvc_repo_init(&repo, dir);
	if (!err) {
		t->gitdir = repo->gitdir;
		err = take_parts(t, &h);
	}
	if (!err)
		err = set_refs(&h, repo->gitdir);
	if (!err && *name)
		err = mvc_git_checkout(repo->gitdir, repo->worktree, name);
	mvc_githistory_release(&h);
	return err;
}

int
mvc_withgit_clone(struct mvc_backend *b, const char *holder, const char *branch,
    const char *dir)
{
	char only[33] = "";
	struct taking t = {.b = b, .holder = holder ? holder : only};
	int err = MVC_OK;

	if (mvc_file_exists(AT_FDCWD, dir) && mvc_sys_rmdir(AT_FDCWD, dir))
		return mvc_fail(
		    MVC_EEXISTS, "%s is there already, and not empty", dir);
	if (!holder)
		err = find_holder(only, b);
	if (!err)
		err = fill(&t, branch, dir);
	mvc_oidset_release(&t.done);
	if (err && mvc_file_exists(AT_FDCWD, dir))
		return mvc_fail_prefix(
		    err, "%s is left unfinished: remove it; why", dir);
	return err;
}
