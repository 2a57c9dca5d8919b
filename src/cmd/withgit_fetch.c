#include "cmd/withgit_priv.h"
#include "git/gitbundle.h"
#include "git/repo.h"
#include "remote/known.h"
#include "util/file.h"
#include "util/banned.h"

#include <fcntl.h>

static bool
is_here(const struct mvc_githistory *h, const struct mvc_buf *known)
{
	for (size_t i = 0; i < h->n_refs; i++)
		if (!withgit_has_line(known, h->refs[i].oid))
			return false;
	return true;
}

/* Branches as the remote's, tags where there is none of that name. */
static int
set_remote_refs(struct mvc_withgit *g, struct withgit_sides *b)
{
	MVC_SCOPED(mvc_buf) lines = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = withgit_sides_refs(b);

	for (size_t i = 0; !err && i < b->there.n_refs; i++) {
		const struct mvc_gitref *r = &b->there.refs[i];
		MVC_OWN_MEM char *tag = NULL;

		if (!strncmp(r->name, "refs/heads/", 11)) {
			err = mvc_buf_addf(&lines,
			    "update refs/remotes/%s/%s %s\n", b->s->conf.name,
			    r->name + 11, r->oid);
			continue;
		}
		if (asprintf(&tag, " %s\n", r->name) < 0) {
			tag = NULL;
			return mvc_fail(MVC_ENOMEM, "no memory for refs");
		}
		if (!b->refs.data || !strstr(b->refs.data, tag))
			err = mvc_buf_addf(
			    &lines, "create %s %s\n", r->name, r->oid);
	}
	g->refs = b->there.n_refs;
	return err ? err : mvc_git_set_refs(b->gitdir, &lines);
}

static int
fetch(struct mvc_withgit *g, struct withgit_sides *b, struct withgit_taking *t)
{
	MVC_OWN_MEM char *cache = NULL;
	int err;

	if (!*b->s->conf.name)
		return mvc_fail(MVC_EUSAGE,
		    "the history of a URL has no name here: first mvc remote "
		    "add NAME %s",
		    b->s->conf.url);
	if (asprintf(&cache, "%s/git", b->s->cache) < 0) {
		cache = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = withgit_sides_read(b);
	if (!err && !is_here(&b->there, &b->known)) {
		err = mvc_file_mkdirs(AT_FDCWD, cache, 0777);
		if (!err)
			err = mvc_known_load(&t->done, cache);
		if (!err)
			err = withgit_take_parts(t, &b->there);
		if (!err)
			err = mvc_known_save(cache, &t->done);
	}
	g->bytes = t->bytes;
	return err || b->there.n_refs == 0 ? err : set_remote_refs(g, b);
}

int
mvc_withgit_fetch(
    struct mvc_withgit *g, struct mvc_env *env, struct mvc_sharing *s)
{
	struct withgit_sides b;
	struct withgit_taking t = {
	    .b = s->backend, .holder = s->holder, .gitdir = env->repo->gitdir};
	int err;

	withgit_sides_init(&b, env, s);
	err = fetch(g, &b, &t);
	withgit_sides_release(&b);
	mvc_oidset_release(&t.done);
	return err;
}
