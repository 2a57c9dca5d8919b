#include "cmd/sharing.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "remote/remote.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/together.h"
#include "work/pointer.h"
#include "work/work.h"
#include "util/banned.h"

#include <fcntl.h>

/* A piece on its way takes some seconds then. */
#define LEAST_RATE (16 << 10)

void
mvc_sharing_release(struct mvc_sharing *s)
{
	mvc_far_free(s->far);
	mvc_backend_free(s->backend);
	mvc_remoteconf_release(&s->conf);
	free(s->name);
	free(s->holder);
	free(s->who);
	free(s->cache);
	memset(s, 0, sizeof(*s));
}

uint64_t
mvc_sharing_took(const struct mvc_sharing *s)
{
	return mvc_now_ns() - s->start;
}

/* A URL without what stands before an '@' in its host: that may be secret. */
static int
without_user(char **out, const char *url)
{
	const char *host = strstr(url, "://"), *at;
	int n;

	host = host ? host + 3 : url;
	at = host + strcspn(host, "@/");
	n = *at == '@' && host != url
	    ? asprintf(out, "%.*s%s", (int)(host - url), url, at + 1)
	    : asprintf(out, "%s", url);
	if (n >= 0)
		return MVC_OK;
	*out = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a URL");
}

/* Who the holder is: where its Git repository comes from, or lies. */
static int
describe(struct mvc_sharing *s, struct mvc_env *env)
{
	const struct mvc_repo *r = env->repo;
	MVC_OWN_MEM char *url = NULL;
	MVC_OWN_MEM char *bare = NULL;
	char host[256] = "";
	int err, n;

	err = mvc_config_string(&url, env->repo, "remote.origin.url");
	if (!err && url)
		err = without_user(&bare, url);
	if (err)
		return err;
	if (gethostname(host, sizeof(host) - 1))
		snprintf(host, sizeof(host), "localhost");
	n = bare ? asprintf(&s->who, "%s\n", bare)
		 : asprintf(&s->who, "%s:%s\n", host,
		       r->worktree ? r->worktree : r->commondir);
	if (n >= 0)
		return MVC_OK;
	s->who = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a remote");
}

static int
read_holder(struct mvc_sharing *s, struct mvc_env *env)
{
	uint8_t id[16];
	int err = mvc_config_string(&s->holder, env->repo, "mvc.id");

	if (!err && !s->holder)
		err = mvc_fail(MVC_ENOTFOUND,
		    "this repository has no id yet: run mvc init");
	/* It becomes a part of keys. */
	if (!err && mvc_hex_parse(id, 16, s->holder, strlen(s->holder)))
		err = mvc_fail(MVC_EINVALID,
		    "mvc.id is \"%s\", not 32 hex digits: see .mvc/config",
		    s->holder);
	return err;
}

int
mvc_sharing_cache(
    char **out, struct mvc_env *env, const struct mvc_remoteconf *c)
{
	struct mvc_oid hash;
	int n;

	mvc_blake3(&hash, c->url, strlen(c->url));
	n = *c->name
	    ? asprintf(out, "%s/mvc/remotes/%s", env->repo->commondir, c->name)
	    : asprintf(out, "%s/mvc/remotes/.%.16s", env->repo->commondir,
		  mvc_oid_hex(&hash).s);
	if (n >= 0)
		return MVC_OK;
	*out = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a path");
}

struct targets {
	struct mvc_names *out;
	const char *preferred;
};

static int
on_remote(void *arg, const struct mvc_remoteconf *c)
{
	struct targets *t = arg;

	if (!c->paths || (t->preferred && !strcmp(c->name, t->preferred)))
		return MVC_OK;
	return mvc_names_add(t->out, c->name);
}

int
mvc_sharing_targets(
    struct mvc_names *out, struct mvc_env *env, const struct mvc_strings *given)
{
	const char *one = getenv("MVC_REMOTE");
	struct mvc_remoteconf preferred;
	struct targets t = {.out = out};
	int err = MVC_OK;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; !err && given && i < given->n; i++)
		err = mvc_names_add(out, given->v[i]);
	if (err || out->n)
		return err;
	if (one && *one)
		return mvc_names_add(out, "");
	err = mvc_remoteconf_get(&preferred, env->repo, NULL);
	if (err == MVC_ENOMEM)
		return err;
	t.preferred = err ? NULL : preferred.name;
	err = t.preferred ? mvc_names_add(out, "") : MVC_OK;
	if (!err)
		err = mvc_remoteconf_each(env->repo, on_remote, &t);
	mvc_remoteconf_release(&preferred);
	if (!err && out->n == 0)
		err = mvc_names_add(out, "");
	return err;
}

static int
remember_id(struct mvc_sharing *s, struct mvc_env *env)
{
	char key[128];

	if (s->conf.storeid || !*s->conf.name)
		return MVC_OK;
	snprintf(key, sizeof(key), "mvc.remote.%s.storeid", s->conf.name);
	return mvc_config_set(env->repo, MVC_SCOPE_LOCAL, key, s->format.id);
}

struct opening {
	struct mvc_sharing *s;
	bool make;
};

static int
read_format(void *arg)
{
	struct opening *o = arg;

	return mvc_remoteconf_format(
	    &o->s->format, o->s->backend, &o->s->conf, o->make);
}

static int
read_trash(void *arg)
{
	struct opening *o = arg;

	return mvc_far_reread(o->s->far);
}

/* What is there, and the trash lists: asked at once where asking takes long. A
 * folder is near, and nothing in it is looked at before it is known whose. */
static int
read_place(struct mvc_sharing *s, bool make)
{
	struct opening o = {s, make};
	const struct mvc_task tasks[] = {{read_format, &o}, {read_trash, &o}};
	enum mvc_url_kind kind;
	int err = mvc_url_kind(&kind, s->conf.url);

	if (err || kind != MVC_URL_DIR)
		return err ? err : mvc_together(tasks, 2);
	err = read_format(&o);
	return err ? err : read_trash(&o);
}

int
mvc_sharing_open(
    struct mvc_sharing *s, struct mvc_env *env, const char *name, bool make)
{
	int err;

	if (name && !*name)
		name = NULL;
	memset(s, 0, sizeof(*s));
	s->start = mvc_now_ns();
	err = mvc_remoteconf_get(&s->conf, env->repo, name);
	if (err)
		return err;
	s->name = strdup(*s->conf.name ? s->conf.name : s->conf.url);
	if (!s->name)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	err = read_holder(s, env);
	if (!err)
		err = describe(s, env);
	if (!err)
		err = mvc_remoteconf_backend(
		    &s->backend, env->repo, &env->ctx, &s->conf, make);
	if (!err)
		err = mvc_sharing_cache(&s->cache, env, &s->conf);
	if (!err)
		err = mvc_far_new(&s->far, &env->ctx, s->backend, s->cache);
	if (!err)
		err = read_place(s, make);
	if (!err && make)
		err = mvc_formatfile_check_writable(&s->format);
	if (!err && make)
		err = remember_id(s, env);
	return err;
}

int
mvc_sharing_limit(struct mvc_sharing *s, uint64_t bytes)
{
	const struct mvc_rate rate = MVC_RATE_INIT(bytes);

	if (bytes && bytes < LEAST_RATE)
		return mvc_fail(MVC_EUSAGE,
		    "--limit-rate: at least 16k bytes a second, or the other "
		    "side takes this one for dead");
	s->rate = rate;
	s->backend->rate = &s->rate;
	return MVC_OK;
}

/* Whether a path, or a pointer of it, is in the work tree. */
static bool
is_path(const char *word)
{
	MVC_OWN_MEM char *pointer = NULL;

	if (mvc_file_exists(AT_FDCWD, word))
		return true;
	if (asprintf(&pointer, "%s%s", word, MVC_POINTER_SUFFIX) < 0) {
		pointer = NULL;
		return false;
	}
	return mvc_file_exists(AT_FDCWD, pointer);
}

int
mvc_sharing_revs(size_t *n, struct mvc_env *env)
{
	struct mvc_gitid commit;

	if (env->dashdash >= 0) {
		*n = (size_t)env->dashdash;
		return MVC_OK;
	}
	for (*n = 0; *n < (size_t)env->argc; (*n)++) {
		const char *word = env->argv[*n];
		bool path = is_path(word);
		bool rev = !mvc_rev_resolve(&commit, env->repo, word);

		if (rev && path)
			return mvc_fail(MVC_EUSAGE,
			    "%s is a revision and a path: put -- after it, "
			    "or before it",
			    word);
		if (!rev)
			break;
	}
	return MVC_OK;
}

static int
read_paths(char **paths, size_t *n, struct mvc_env *env, size_t first)
{
	int err = MVC_OK;

	for (size_t i = first; !err && i < (size_t)env->argc; i++) {
		char *suffix;

		err = mvc_repo_path(&paths[*n], env->repo, env->argv[i]);
		if (err)
			break;
		suffix = paths[*n] + strlen(paths[*n]);
		if (mvc_pointer_is_path(paths[*n]))
			suffix[-(int)strlen(MVC_POINTER_SUFFIX)] = 0;
		(*n)++;
	}
	return err;
}

static int
add_revs(struct mvc_wanted *out, struct mvc_env *env, size_t revs,
    char *const *paths, size_t n)
{
	static char head[] = "HEAD";
	int err = MVC_OK;

	if (revs == 0)
		err = mvc_wanted_add(out, env->repo, head, paths, n);
	for (size_t i = 0; !err && i < revs; i++)
		err = mvc_wanted_add(out, env->repo, env->argv[i], paths, n);
	if (!err && n > 0 && out->n == 0 && out->kept.n == 0)
		err = mvc_fail(MVC_ENOTFOUND,
		    "nothing that mvc tracks is at %s in %s", paths[0],
		    revs ? env->argv[0] : head);
	return err;
}

int
mvc_sharing_wanted(struct mvc_wanted *out, struct mvc_env *env, bool all)
{
	MVC_OWN_MEM char **paths = NULL;
	size_t revs, n = 0;
	int err;

	if (all)
		return env->argc
		    ? mvc_fail(MVC_EUSAGE, "--all takes no revisions and paths")
		    : mvc_wanted_add_all(out, env->repo);
	paths = calloc((size_t)env->argc + 1, sizeof(*paths));
	if (!paths)
		return mvc_fail(MVC_ENOMEM, "no memory for paths");
	err = mvc_sharing_revs(&revs, env);
	if (!err)
		err = read_paths(paths, &n, env, revs);
	if (!err)
		err = add_revs(out, env, revs, paths, n);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	return err;
}

int
mvc_sharing_here(struct mvc_wanted *out, struct mvc_env *env)
{
	MVC_OWN_MEM char **paths = NULL;
	size_t n = 0;
	int err;

	paths = calloc((size_t)env->argc + 1, sizeof(*paths));
	if (!paths)
		return mvc_fail(MVC_ENOMEM, "no memory for paths");
	err = read_paths(paths, &n, env, 0);
	if (!err)
		err = mvc_wanted_add_here(out, env->repo, paths, n);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	return err;
}
