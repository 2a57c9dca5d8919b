#include "cmd/env.h"
#include "cmd/remote_edit.h"
#include "cmd/remote_mirror.h"
#include "git/repo.h"
#include "remote/probe.h"
#include "remote/remote.h"
#include "store/formatfile.h"
#include "store/rootindex.h"
#include "work/remoteconf.h"
#include "util/banned.h"

#include <unistd.h>

struct remote_args {
	bool is_default, local, dry_run;
	const char *endpoint, *region, *profile;
};

static const struct mvc_opt remote_opts[] = {
    MVC_OPT_FLAG(0, "default", struct remote_args, is_default,
	"add: the remote that is meant where none is named"),
    MVC_OPT_STR(0, "endpoint", struct remote_args, endpoint, "URL",
	"add: the S3 server, where it is not Amazon's"),
    MVC_OPT_STR(0, "region", struct remote_args, region, "REGION",
	"add: where the bucket is"),
    MVC_OPT_STR(0, "profile", struct remote_args, profile, "PROFILE",
	"add: whose credentials in ~/.aws, for this clone only"),
    MVC_OPT_FLAG('n', "dry-run", struct remote_args, dry_run,
	"mirror: only say how much would be copied"),
    MVC_OPT_FLAG(0, "local", struct remote_args, local,
	"add, set-url: for this clone, in .git/config"),
    MVC_OPT_END,
};

/* A relative path means the same from every folder: it is written whole. */
static int
settle_url(char **out, enum mvc_url_kind *kind, const char *url)
{
	char here[4096];
	int err;

	*out = NULL;
	err = mvc_url_kind(kind, url);
	if (!err)
		err = mvc_url_no_secret(url);
	if (err)
		return err;
	if (*kind != MVC_URL_DIR || url[0] == '/' || strstr(url, "://")) {
		*out = strdup(url);
	} else {
		if (!getcwd(here, sizeof(here)))
			return mvc_fail_errno("find the current folder");
		while (!strncmp(url, "./", 2))
			url += 2;
		if (asprintf(out, "%s/%s", here, url) < 0)
			*out = NULL;
	}
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a URL");
}

static enum mvc_scope
scope_of(const struct remote_args *a)
{
	return a->local ? MVC_SCOPE_LOCAL : MVC_SCOPE_PROJECT;
}

/* Which store lies there; one is made where there is nothing. */
static int
learn_id(struct mvc_formatfile *f, struct mvc_env *env, const char *url,
    const struct remote_args *a)
{
	struct mvc_remote_place place = {.url = url,
	    .make = true,
	    .endpoint = a->endpoint,
	    .region = a->region,
	    .profile = a->profile};
	MVC_OWN(mvc_backend) *b = NULL;
	int err = mvc_remote_open(&b, &env->ctx, &place);

	return err ? err : mvc_remote_format(f, b, true);
}

/* With the id of the store that is there (`known`): a committed folder does not
 * count without. */
static int
add_url(struct mvc_remote_edit *e, struct mvc_env *env, const char *name,
    const char *url, bool known, const struct remote_args *a)
{
	struct mvc_formatfile f;
	int err = mvc_remote_edit_add(e, name, "url", url);

	if (err || !known)
		return err;
	err = learn_id(&f, env, url, a);
	return err ? err : mvc_remote_edit_add(e, name, "storeid", f.id);
}

static int
count(void *arg, const struct mvc_remoteconf *c)
{
	++*(size_t *)arg;
	return MVC_OK;
}

/* Whether the new one is to be the default. */
static int
becomes_default(bool *yes, struct mvc_env *env, const struct remote_args *a)
{
	MVC_OWN_MEM char *old = NULL;
	size_t n = 0;
	int err = mvc_config_string(&old, env->repo, "mvc.remote");

	if (!err)
		err = mvc_remoteconf_each(env->repo, count, &n);
	*yes = a->is_default || (!old && n == 0);
	return err;
}

static int
check_new(struct mvc_env *env, const char *name)
{
	struct mvc_remoteconf c;
	int err;

	if (!mvc_remoteconf_name_ok(name))
		return mvc_fail(MVC_EINVALID,
		    "\"%s\" can name no remote: use letters, digits, '-', '_' "
		    "and '.'",
		    name);
	err = mvc_remoteconf_get(&c, env->repo, name);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (!err)
		err = mvc_fail(MVC_EEXISTS,
		    "there is a remote %s already: mvc remote set-url %s URL "
		    "changes where it is",
		    name, name);
	mvc_remoteconf_release(&c);
	return err;
}

static int
fill_add(struct mvc_remote_edit *shared, struct mvc_remote_edit *own,
    struct mvc_env *env, const struct remote_args *a)
{
	const char *name = env->argv[0];
	MVC_OWN_MEM char *url = NULL;
	enum mvc_url_kind kind;
	bool is_default;
	int err;

	err = settle_url(&url, &kind, env->argv[1]);
	if (!err && kind != MVC_URL_S3 &&
	    (a->endpoint || a->region || a->profile))
		err = mvc_fail(MVC_EUSAGE,
		    "--endpoint, --region and --profile are for s3:// alone");
	if (!err)
		err = becomes_default(&is_default, env, a);
	if (!err)
		err = add_url(shared, env, name, url, kind == MVC_URL_DIR, a);
	if (!err && a->endpoint)
		err =
		    mvc_remote_edit_add(shared, name, "endpoint", a->endpoint);
	if (!err && a->region)
		err = mvc_remote_edit_add(shared, name, "region", a->region);
	if (!err && is_default)
		err = mvc_remote_edit_add(shared, NULL, NULL, name);
	if (!err && a->profile)
		err = mvc_remote_edit_add(own, name, "profile", a->profile);
	return err;
}

static int
remote_add(struct mvc_env *env, const void *args)
{
	const struct remote_args *a = args;
	struct mvc_remote_edit shared = {.n = 0}, own = {.n = 0};
	int err = check_new(env, env->argv[0]);

	if (!err)
		err = fill_add(&shared, &own, env, a);
	if (!err)
		err = mvc_remote_edit_apply(env, &shared, scope_of(a));
	if (!err)
		err = mvc_remote_edit_apply(env, &own, MVC_SCOPE_LOCAL);
	mvc_remote_edit_release(&shared);
	mvc_remote_edit_release(&own);
	return err;
}

static int
remote_set_url(struct mvc_env *env, const void *args)
{
	const struct remote_args *a = args;
	MVC_OWN_MEM char *url = NULL;
	struct mvc_remote_edit e = {.n = 0};
	struct mvc_remoteconf c;
	enum mvc_url_kind kind;
	struct remote_args at = {.local = a->local};
	int err;

	err = mvc_remoteconf_get(&c, env->repo, env->argv[0]);
	if (err)
		return err;
	at.endpoint = c.endpoint;
	at.region = c.region;
	at.profile = c.profile;
	err = settle_url(&url, &kind, env->argv[1]);
	if (!err && !*c.name)
		err = mvc_fail(MVC_EUSAGE, "a URL is no remote's name");
	if (!err)
		err = add_url(&e, env, c.name, url,
		    kind == MVC_URL_DIR || c.storeid, &at);
	if (!err)
		err = mvc_remote_edit_apply(
		    env, &e, a->local ? MVC_SCOPE_LOCAL : c.scope);
	mvc_remote_edit_release(&e);
	mvc_remoteconf_release(&c);
	return err;
}

static int
remote_remove(struct mvc_env *env, const void *args)
{
	struct mvc_remoteconf c;
	int err = mvc_remoteconf_get(&c, env->repo, env->argv[0]);

	mvc_remoteconf_release(&c);
	return err ? err : mvc_remote_edit_move(env, env->argv[0], NULL);
}

static int
remote_rename(struct mvc_env *env, const void *args)
{
	struct mvc_remoteconf c;
	int err = mvc_remoteconf_get(&c, env->repo, env->argv[0]);

	mvc_remoteconf_release(&c);
	if (!err)
		err = check_new(env, env->argv[1]);
	return err ? err
		   : mvc_remote_edit_move(env, env->argv[0], env->argv[1]);
}

/* ---- list ---- */

struct listing {
	struct mvc_env *env;
	const char *preferred; /* the default's name, NULL: none */
};

static int
fit_one(void *arg, const struct mvc_remoteconf *c)
{
	mvc_line_fit(arg, c->name);
	return MVC_OK;
}

static int
list_json(struct listing *l, const struct mvc_remoteconf *c, bool preferred)
{
	struct mvc_json *j = &l->env->out.json;

	mvc_json_object(j);
	mvc_json_key_str(j, "name", c->name);
	mvc_json_key_str(j, "url", c->url);
	mvc_json_key_bool(j, "default", preferred);
	mvc_json_key_str(j, "scope", mvc_scope_name(c->scope));
	if (c->endpoint)
		mvc_json_key_str(j, "endpoint", c->endpoint);
	if (c->region)
		mvc_json_key_str(j, "region", c->region);
	if (c->profile)
		mvc_json_key_str(j, "profile", c->profile);
	mvc_json_end(j);
	return MVC_OK;
}

static int
list_one(void *arg, const struct mvc_remoteconf *c)
{
	struct listing *l = arg;
	bool preferred = l->preferred && !strcmp(l->preferred, c->name);
	int width = l->env->out.column - 1;

	if (l->env->common.json)
		return list_json(l, c, preferred);
	mvc_print(l->env, "%-*s %s%s%s%s\n", width, mvc_name(l->env, c->name),
	    mvc_name(l->env, c->url), c->endpoint ? " at " : "",
	    c->endpoint ? mvc_name(l->env, c->endpoint) : "",
	    preferred ? " (default)" : "");
	return MVC_OK;
}

static int
remote_list(struct mvc_env *env, const void *args)
{
	MVC_OWN_MEM char *preferred = NULL;
	struct listing l = {env, NULL};
	int err = mvc_config_string(&preferred, env->repo, "mvc.remote");

	if (err)
		return err;
	l.preferred = preferred;
	if (env->common.json)
		mvc_json_array(mvc_out_json(env));
	else
		err = mvc_remoteconf_each(env->repo, fit_one, env);
	if (!err)
		err = mvc_remoteconf_each(env->repo, list_one, &l);
	if (!err && env->common.json)
		mvc_json_end(&env->out.json);
	return err;
}

/* ---- test ---- */

static int
test_json(struct mvc_env *env, const struct mvc_remoteconf *c,
    const struct mvc_probe *p)
{
	struct mvc_json *j = mvc_out_json(env);

	mvc_json_object(j);
	mvc_json_key_str(j, "name", c->name);
	mvc_json_key_str(j, "url", c->url);
	mvc_json_key_bool(j, "works", p->failed == 0);
	mvc_json_key(j, "steps");
	mvc_json_array(j);
	for (size_t i = 0; i < p->n; i++) {
		const struct mvc_probe_step *s = &p->steps[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "step", s->what);
		mvc_json_key_str(j, "error", s->err ? s->text : NULL);
		mvc_json_key_u64(j, "ns", s->ns);
		mvc_json_key_u64(j, "bytes", s->bytes);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
	return p->failed ? MVC_EFINDING : MVC_OK;
}

static int
tell(struct mvc_env *env, const struct mvc_remoteconf *c,
    const struct mvc_probe *p, bool writable)
{
	if (env->common.json)
		return test_json(env, c, p);
	mvc_print(env, "%-8s %s\n",
	    *c->name ? mvc_name(env, c->name) : "remote",
	    mvc_name(env, c->url));
	for (size_t i = 0; i < p->n; i++) {
		const struct mvc_probe_step *s = &p->steps[i];

		if (s->err)
			mvc_print(env, "%-8s no: %s\n", s->what,
			    mvc_sentence(env, s->text));
		else if (s->bytes > 1000)
			mvc_print(env, "%-8s %s, %s\n", s->what,
			    mvc_human_size(s->bytes).s,
			    mvc_human_rate(s->bytes, s->ns).s);
		else
			mvc_print(env, "%-8s %.1f ms\n", s->what,
			    (double)s->ns / 1e6);
	}
	if (!writable)
		mvc_print(env, "write    no: this place is only read\n");
	return p->failed ? MVC_EFINDING : MVC_OK;
}

/* The place, also where there is no store yet, but none that a committed file
 * alone names. */
static int
open_place(struct mvc_backend **out, struct mvc_env *env,
    const struct mvc_remoteconf *c)
{
	struct mvc_remote_place place = {.url = c->url,
	    .base = *c->name ? env->repo->worktree : NULL,
	    .endpoint = c->endpoint,
	    .region = c->region,
	    .profile = c->profile};
	struct mvc_formatfile f;
	int err;

	err = mvc_remoteconf_open(out, &f, env->repo, &env->ctx, c, false);
	if (err != MVC_ENOTFOUND)
		return err;
	return mvc_remote_open(out, &env->ctx, &place);
}

static int
remote_test(struct mvc_env *env, const void *args)
{
	MVC_OWN(mvc_backend) *b = NULL;
	struct mvc_remoteconf c;
	struct mvc_probe p;
	int err;

	err =
	    mvc_remoteconf_get(&c, env->repo, env->argc ? env->argv[0] : NULL);
	if (err)
		return err;
	err = open_place(&b, env, &c);
	if (!err)
		err = mvc_probe(&p, b);
	if (!err)
		err = tell(env, &c, &p, b->can & MVC_CAN_WRITE);
	mvc_remoteconf_release(&c);
	return err;
}

/* ---- publish ---- */

static int
remote_publish(struct mvc_env *env, const void *args)
{
	struct mvc_rootindex x = {.n = 0};
	struct mvc_formatfile f;
	MVC_OWN(mvc_backend) *b = NULL;
	struct mvc_remoteconf c;
	int err;

	err =
	    mvc_remoteconf_get(&c, env->repo, env->argc ? env->argv[0] : NULL);
	if (!err)
		err = mvc_remoteconf_open(
		    &b, &f, env->repo, &env->ctx, &c, false);
	if (!err)
		err = mvc_rootindex_refresh(b, true);
	if (!err)
		err = mvc_rootindex_read(&x, b);
	if (!err)
		mvc_line(env, *c.name ? c.name : c.url, NULL,
		    "%zu version%s can be found by http", x.n,
		    x.n == 1 ? "" : "s");
	mvc_rootindex_release(&x);
	mvc_backend_free(MVC_TAKE(b));
	mvc_remoteconf_release(&c);
	return err;
}

/* As git: without a word they are listed. */
static int
remote_run(struct mvc_env *env, const void *args)
{
	if (env->argc)
		return mvc_fail(MVC_EUSAGE,
		    "'%s' is none of add, list, mirror, publish, remove, rename, set-url, test",
		    env->argv[0]);
	return remote_list(env, args);
}

static int
remote_mirror(struct mvc_env *env, const void *args)
{
	const struct remote_args *a = args;

	return mvc_remote_mirror(env, a->dry_run);
}

static const struct mvc_verb remote_verbs[] = {
    {"add", "NAME URL", "write down a place for data", 2, 2, remote_add},
    {"list", "", "print them", 0, 0, remote_list},
    {"mirror", "FROM TO", "copy all of one onto another, checked", 2, 2,
	remote_mirror},
    {"publish", "[NAME]", "name what is there for who reads it by http", 0, 1,
	remote_publish},
    {"remove", "NAME", "forget one; what it holds stays", 1, 1, remote_remove},
    {"rename", "OLD NEW", "call one otherwise", 2, 2, remote_rename},
    {"set-url", "NAME URL", "change where one is, or accept it", 2, 2,
	remote_set_url},
    {"test", "[NAME]", "try what may be done there, and how fast", 0, 1,
	remote_test},
    {0},
};

const struct mvc_cmd mvc_cmd_remote = {
    .name = "remote",
    .summary = "places elsewhere for data",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_JSON,
    .opts = remote_opts,
    .args_size = sizeof(struct remote_args),
    .verbs = remote_verbs,
    .max = 1,
    .run = remote_run,
};
