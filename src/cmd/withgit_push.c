#include "cmd/withgit_priv.h"
#include "git/gitbundle.h"
#include "util/file.h"
#include "util/leftover.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* Then one bundle takes their place, if all of them is here. */
#define PARTS_MAX 64

struct pushing {
	struct mvc_withgit *g;
	struct mvc_env *env;
	struct withgit_sides sides;
	struct mvc_buf revs; /* for git bundle */
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

static void
reject(struct pushing *p, const char *name, const char *what, const char *why)
{
	p->g->rejected++;
	mvc_bar_hide(p->env);
	mvc_note(p->env, "%s %s: %s", name, what, why);
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
		reject(p, name, "is not sent",
		    "the tag is another there; --force moves it");
		return MVC_OK;
	}
	if (!withgit_has_line(&p->sides.known, old->oid)) {
		reject(p, name, "is not sent",
		    "there it has commits that are not here: mvc fetch "
		    "--with-git, then merge; --force drops them");
		return MVC_OK;
	}
	err = mvc_git_is_before(goes, p->sides.gitdir, old->oid, oid);
	if (!err && !*goes)
		err =
		    mvc_git_is_before(&behind, p->sides.gitdir, oid, old->oid);
	if (!err && !*goes && !behind)
		reject(p, name, "is not sent",
		    "there it has other commits: merge them, or --force");
	return err;
}

static int
on_ref(void *arg, const char *oid, const char *name)
{
	struct pushing *p = arg;
	const struct mvc_gitref *old =
	    mvc_githistory_ref(&p->sides.there, name);
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
	return err ? err : mvc_githistory_set(&p->sides.there, name, oid);
}

static bool
is_name_here(const struct pushing *p, const char *name)
{
	const char *at = p->sides.refs.data;
	size_t n = strlen(name);

	for (; at && (at = strstr(at, name)); at += n)
		if (at > p->sides.refs.data && at[-1] == ' ' && at[n] == '\n')
			return true;
	return false;
}

static int
prune(struct pushing *p)
{
	int err = MVC_OK;

	for (size_t i = p->sides.there.n_refs; !err && i-- > 0;) {
		const struct mvc_gitref *r = &p->sides.there.refs[i];

		if (is_name_here(p, r->name))
			continue;
		if (!p->g->force &&
		    !withgit_has_line(&p->sides.known, r->oid)) {
			reject(p, r->name, "stays there",
			    "its commits were never here; --force removes it");
			continue;
		}
		p->g->gone++;
		err = mvc_githistory_drop(&p->sides.there, r->name);
	}
	return err;
}

/* Whether what is there is all here, under the same names. */
static int
is_all_here(bool *is, struct pushing *p)
{
	MVC_OWN_MEM char *line = NULL;

	*is = true;
	for (size_t i = 0; *is && i < p->sides.there.n_refs; i++) {
		free(line);
		if (asprintf(&line, "%s %s", p->sides.there.refs[i].oid,
			p->sides.there.refs[i].name) < 0) {
			line = NULL;
			return mvc_fail(MVC_ENOMEM, "no memory for refs");
		}
		*is = withgit_has_line(&p->sides.refs, line);
	}
	return MVC_OK;
}

/* What is to be in the bundle; all there is, where that pays. */
static int
choose_revs(struct pushing *p)
{
	bool all = false;
	int err = MVC_OK;

	if (p->sides.there.n_parts >= PARTS_MAX)
		err = is_all_here(&all, p);
	if (!err && all) {
		mvc_buf_clear(&p->revs);
		p->sides.there.n_parts = 0;
		for (size_t i = 0; !err && i < p->sides.there.n_refs; i++)
			err = mvc_buf_addf(
			    &p->revs, "%s\n", p->sides.there.refs[i].name);
		return err;
	}
	for (const char *k = p->sides.known.data; !err && k && *k;) {
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
put_bundle(struct pushing *p, const char *path)
{
	MVC_OWN_FD int fd = -1;
	struct mvc_body body = {.read = read_part, .arg = &fd};
	struct mvc_oid id;
	struct stat st;
	int err;

	err = mvc_sys_open(&fd, AT_FDCWD, path, O_RDONLY, 0);
	if (!err)
		(void)!mvc_leftover_lock(fd);
	if (!err && fstat(fd, &st) < 0)
		err = mvc_fail_errno("stat %s", path);
	if (!err)
		err = mvc_digest_fd(&id, fd, path);
	if (err)
		return err;
	body.size = (uint64_t)st.st_size;
	body.fd = fd;
	body.blake3 = &id;
	err = mvc_backend_put(p->sides.s->backend,
	    mvc_gitpart_key(p->sides.s->holder, &id).s, &body, 0);
	if (!err)
		err = mvc_githistory_add_part(&p->sides.there, &id, body.size);
	p->g->bytes = body.size;
	return err;
}

static int
make_bundle(struct pushing *p)
{
	MVC_OWN_MEM char *path = NULL;
	bool empty;
	int err = mvc_gitbundle_name(&path, p->sides.s->cache);

	if (err)
		return err;
	err = mvc_gitbundle_create(p->sides.gitdir, path, &p->revs, &empty);
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
	int err =
	    mvc_githistory_read(&now, p->sides.s->backend, p->sides.s->holder);

	for (size_t i = 0; !err && i < p->sides.there.n_refs; i++) {
		const struct mvc_gitref *mine = &p->sides.there.refs[i];
		const struct mvc_gitref *r =
		    mvc_githistory_ref(&now, mine->name);

		if (mine->serial == p->sides.there.serial &&
		    (!r || strcmp(r->oid, mine->oid)))
			reject(p, mine->name, "is not sent",
			    "somebody pushed it at the same time; both are "
			    "kept: mvc fetch --with-git, then merge");
	}
	if (!err)
		err = mvc_githistory_sweep(
		    &now, p->sides.s->backend, p->sides.s->holder);
	if (!err)
		mvc_githistory_release(&now);
	return err;
}

static int
send(struct pushing *p)
{
	int err;

	if (!p->sides.there.head ||
	    !mvc_githistory_ref(&p->sides.there, p->sides.there.head)) {
		free(p->sides.there.head);
		err = mvc_git_head(p->sides.gitdir, &p->sides.there.head);
		if (err)
			return err;
	}
	err = p->g->refs ? choose_revs(p) : MVC_OK;
	if (!err && p->g->refs)
		err = make_bundle(p);
	if (!err)
		err = mvc_githistory_write(
		    &p->sides.there, p->sides.s->backend, p->sides.s->holder);
	return err ? err : check_kept(p);
}

static int
push(struct pushing *p)
{
	int err = withgit_sides_read(&p->sides);

	if (!err)
		err = withgit_sides_refs(&p->sides);
	p->sides.there.serial++;
	if (!err)
		err = each_ref(&p->sides.refs, on_ref, p);
	if (!err && p->g->prune)
		err = prune(p);
	if (err || (!p->g->refs && !p->g->gone) || p->g->dry_run)
		return err;
	return send(p);
}

int
mvc_withgit_push(
    struct mvc_withgit *g, struct mvc_env *env, struct mvc_sharing *s)
{
	struct pushing p = {
	    .g = g, .env = env, .revs = MVC_BUF_INIT(MVC_GIT_TEXT_MAX)};
	int err;

	withgit_sides_init(&p.sides, env, s);
	err = push(&p);
	withgit_sides_release(&p.sides);
	mvc_buf_release(&p.revs);
	return err;
}
