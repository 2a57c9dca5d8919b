#include "cmd/runcode.h"
#include "cmd/sharing.h"
#include "git/codetravel.h"
#include "git/config.h"
#include "git/gitbundle.h"
#include "git/repo.h"
#include "lineage/codes.h"
#include "util/banned.h"

struct tips {
	struct mvc_gitid *v;
	size_t n;
};

static int
add_tip(struct tips *t, struct mvc_env *env, const char *rev)
{
	int err = mvc_rev_resolve(&t->v[t->n], env->repo, rev);

	t->n += !err;
	return err;
}

/* Every branch and tag that is a commit. */
static int
all_tips(struct tips *t, struct mvc_env *env)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = mvc_git_refs(env->repo->commondir, &text);
	char *line, *rest = text.data;
	size_t n = 1;

	for (const char *p = text.data; p && (p = strchr(p, '\n')); p++)
		n++;
	t->v = calloc(n, sizeof(*t->v));
	if (!err && !t->v)
		err = mvc_fail(MVC_ENOMEM, "no memory for revisions");
	while (!err && (line = strsep(&rest, "\n"))) {
		line[strcspn(line, " ")] = 0;
		err = *line ? add_tip(t, env, line) : MVC_OK;
		if (err == MVC_EINVALID)
			err = MVC_OK;
	}
	return err;
}

static int
find_tips(struct tips *t, struct mvc_env *env, bool all)
{
	size_t revs;
	int err;

	*t = (struct tips){NULL, 0};
	if (all)
		return all_tips(t, env);
	err = mvc_sharing_revs(&revs, env);
	if (err)
		return err;
	t->v = calloc(revs + 1, sizeof(*t->v));
	if (!t->v)
		return mvc_fail(MVC_ENOMEM, "no memory for revisions");
	for (size_t i = 0; !err && i < revs; i++)
		err = add_tip(t, env, env->argv[i]);
	/* Before the first commit there is none. */
	if (!revs && add_tip(t, env, "HEAD"))
		t->n = 0;
	return err;
}

/* What git said, in one line: of a refusal why. */
static const char *
reason(char *out, size_t size, const char *text)
{
	const char *at = strstr(text, "rejected]");
	const char *why = at ? strchr(at, '(') : NULL;

	snprintf(out, size, "%s%.*s", why ? "refused " : "",
	    (int)strcspn(why ? why : text, "\n"), why ? why : text);
	return out;
}

static int
warn_unsent(struct mvc_env *env, const struct mvc_codes *c, int err)
{
	char why[300], runs[48] = "runs";

	if (err == MVC_ENOMEM)
		return err;
	if (c->trees)
		snprintf(runs, sizeof(runs), "%s run%s",
		    mvc_human_count(c->trees).s, c->trees == 1 ? "" : "s");
	mvc_note(env,
	    "the code of %s is not sent to %s: %s; the next mvc push tries "
	    "again; a server that keeps refs/mvc/code/ out must let it in, or "
	    "set mvc.push.code to false",
	    runs, c->remote, reason(why, sizeof(why), mvc_error_text()));
	return MVC_OK;
}

static int
push(struct mvc_env *env, struct mvc_codes *c, bool all)
{
	struct tips tips;
	int err = find_tips(&tips, env, all);

	c->repo = env->repo;
	c->tips = tips.v;
	c->n = tips.n;
	c->dry_run = env->common.dry_run;
	if (!err)
		err = mvc_codes_push(c);
	free(tips.v);
	return err;
}

int
mvc_runcode_push(
    size_t *sent, struct mvc_env *env, const char *remote, bool all)
{
	MVC_OWN_MEM char *found = NULL;
	struct mvc_codes c = {.remote = remote};
	bool wanted;
	int err = mvc_config_bool(&wanted, env->repo, "mvc.push.code", true);

	*sent = 0;
	if (!err && wanted && !remote) {
		err = mvc_codetravel_remote(&found, env->repo);
		c.remote = found;
	}
	if (err || !wanted || !c.remote)
		return err;
	err = push(env, &c, all);
	if (err)
		return warn_unsent(env, &c, err);
	*sent = c.trees;
	if (c.trees) {
		mvc_line_fit(env, c.remote);
		mvc_line(env, c.remote, NULL, "%scode of %s run%s",
		    c.dry_run ? "would send " : "", mvc_human_count(c.trees).s,
		    c.trees == 1 ? "" : "s");
	}
	return MVC_OK;
}

int
mvc_runcode_fetch(struct mvc_env *env, bool all)
{
	MVC_OWN_MEM char *remote = NULL;
	struct mvc_codes c = {.repo = env->repo};
	size_t missing = 0;
	struct tips tips;
	int err = mvc_codetravel_remote(&remote, env->repo);

	if (!err && !remote)
		err = mvc_fail(MVC_ENOTFOUND,
		    "code of runs comes from Git's remote, and there is none: "
		    "git remote add");
	if (err)
		return err;
	err = find_tips(&tips, env, all);
	c.remote = remote;
	c.tips = tips.v;
	c.n = tips.n;
	c.dry_run = env->common.dry_run;
	if (!err)
		err = mvc_codes_fetch(&c, &missing);
	free(tips.v);
	if (err)
		return err;
	mvc_line_fit(env, remote);
	if (c.trees)
		mvc_line(env, remote, NULL, "%scode of %s run%s",
		    c.dry_run ? "would fetch " : "", mvc_human_count(c.trees).s,
		    c.trees == 1 ? "" : "s");
	if (!missing)
		return MVC_OK;
	mvc_note(env,
	    "%s has not the code of %s run%s: mvc push, where they were made",
	    remote, mvc_human_count(missing).s, missing == 1 ? "" : "s");
	return MVC_EFINDING;
}
