#include "work/remoteconf.h"
#include "git/repo.h"
#include "remote/remote.h"
#include "store/formatfile.h"
#include "work/ignorefile.h"
#include "util/banned.h"

#define NAME_MAX_ 64

void
mvc_remoteconf_release(struct mvc_remoteconf *c)
{
	free(c->name);
	free(c->url);
	free(c->storeid);
	free(c->endpoint);
	free(c->region);
	free(c->profile);
	free(c->paths);
	memset(c, 0, sizeof(*c));
}

bool
mvc_remoteconf_name_ok(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_MAX_ && name[0] != '-' && name[0] != '.' &&
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_.") == n;
}

/* The last is the strongest. */
static int
keep_url(void *arg, const struct mvc_setting *s)
{
	struct mvc_remoteconf *c = arg;

	free(c->url);
	c->url = strdup(s->value);
	c->scope = s->scope;
	return c->url ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a URL");
}

static int
keep_paths(void *arg, const struct mvc_setting *s)
{
	struct mvc_remoteconf *c = arg;
	char *text;

	if (!*s->value || strchr(s->value, '\n'))
		return mvc_fail(MVC_EINVALID, "%s: no pattern", s->key);
	if (asprintf(&text, "%s%s\n", c->paths ? c->paths : "", s->value) < 0)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	free(c->paths);
	c->paths = text;
	return MVC_OK;
}

/* What one pattern says of a path, and of each folder that it lies in. */
static int
ask(enum mvc_rule_says *out, const char *line, size_t n, const char *path)
{
	MVC_OWN(mvc_rules) *rule = NULL;
	MVC_OWN_MEM char *part = strdup(path);
	int err = mvc_rules_parse(&rule, "", line, n);

	*out = MVC_RULE_NOTHING;
	if (!err && !part)
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	while (!err && *part && *out == MVC_RULE_NOTHING) {
		char *slash = strrchr(part, '/');

		/* A data set counts as a folder, and what it is in does. */
		*out = mvc_rules_ask(rule, part, true);
		*(slash ? slash : part) = 0;
	}
	return err;
}

int
mvc_remoteconf_takes(
    bool *takes, bool *denied, const struct mvc_remoteconf *c, const char *path)
{
	bool no = false;
	int err = MVC_OK;

	*takes = !c->paths || *c->paths == '!';
	for (const char *p = c->paths; !err && p && *p;) {
		size_t n = strcspn(p, "\n") + 1;
		enum mvc_rule_says says;

		err = ask(&says, p, n, path);
		if (says != MVC_RULE_NOTHING) {
			*takes = says == MVC_RULE_EXCLUDE;
			no = !*takes;
		}
		p += n;
	}
	if (denied)
		*denied = no;
	return err;
}

static int
load(struct mvc_remoteconf *c, struct mvc_repo *r, const char *name)
{
	struct {
		const char *key;
		char **value;
	} more[] = {
	    {"storeid", &c->storeid},
	    {"endpoint", &c->endpoint},
	    {"region", &c->region},
	    {"profile", &c->profile},
	};
	char key[NAME_MAX_ + 32];
	int err;

	c->name = strdup(name);
	if (!c->name)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	snprintf(key, sizeof(key), "mvc.remote.%s.url", name);
	err = mvc_config_multi(r, key, keep_url, c);
	snprintf(key, sizeof(key), "mvc.remote.%s.paths", name);
	if (!err)
		err = mvc_config_multi(r, key, keep_paths, c);
	for (size_t i = 0; !err && i < sizeof(more) / sizeof(*more); i++) {
		snprintf(
		    key, sizeof(key), "mvc.remote.%s.%s", name, more[i].key);
		err = mvc_config_string(more[i].value, r, key);
	}
	return err;
}

/* The remotes' names, sorted. */
struct names {
	char *at[1000];
	size_t n;
};

static void
names_release(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i]);
	l->n = 0;
}

static int
keep_name(void *arg, const struct mvc_setting *s)
{
	struct names *l = arg;
	const char *name = s->key + strlen("mvc.remote.");
	const char *dot = strrchr(name, '.');
	char *copy;

	if (!dot || strcmp(dot, ".url") || dot == name)
		return MVC_OK;
	for (size_t i = 0; i < l->n; i++)
		if (strlen(l->at[i]) == (size_t)(dot - name) &&
		    !strncmp(l->at[i], name, (size_t)(dot - name)))
			return MVC_OK;
	if (l->n == sizeof(l->at) / sizeof(*l->at))
		return mvc_fail(MVC_ETOOBIG, "more than %zu remotes", l->n);
	copy = strndup(name, (size_t)(dot - name));
	if (!copy)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote's name");
	if (mvc_remoteconf_name_ok(copy))
		l->at[l->n++] = copy;
	else
		free(copy);
	return MVC_OK;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
list_names(struct names *l, struct mvc_repo *r)
{
	int err;

	l->n = 0;
	err = mvc_config_list(r, "mvc.remote.", keep_name, l);
	if (!err)
		qsort(l->at, l->n, sizeof(*l->at), by_bytes);
	return err;
}

/* What it is called when nobody says so. */
static int
default_name(char **out, struct mvc_repo *r)
{
	const char *given = getenv("MVC_REMOTE");
	struct names l;
	int err;

	if (given && *given) {
		*out = strdup(given);
		return *out ? MVC_OK
			    : mvc_fail(MVC_ENOMEM, "no memory for a name");
	}
	err = mvc_config_string(out, r, "mvc.remote");
	if (err || *out)
		return err;
	err = list_names(&l, r);
	if (!err && l.n == 0)
		err = mvc_fail(MVC_ENOTFOUND,
		    "there is no remote yet: mvc remote add NAME URL");
	else if (!err && l.n > 1)
		err = mvc_fail(MVC_ENOTFOUND,
		    "there are %zu remotes, none is the default: choose one "
		    "with -r, or mvc config mvc.remote %s",
		    l.n, l.at[0]);
	else if (!err)
		*out = MVC_TAKE(l.at[0]);
	names_release(&l);
	return err;
}

int
mvc_remoteconf_get(
    struct mvc_remoteconf *out, struct mvc_repo *r, const char *name)
{
	MVC_OWN_MEM char *chosen = NULL;
	int err = MVC_OK;

	memset(out, 0, sizeof(*out));
	if (!name) {
		err = default_name(&chosen, r);
		name = chosen;
	}
	if (err)
		return err;
	if (strpbrk(name, "/:")) {
		out->name = strdup("");
		out->url = strdup(name);
		out->scope = MVC_SCOPE_LOCAL;
		err = out->name && out->url
		    ? MVC_OK
		    : mvc_fail(MVC_ENOMEM, "no memory for a remote");
	} else if (!mvc_remoteconf_name_ok(name)) {
		err = mvc_fail(MVC_EINVALID, "\"%s\" names no remote", name);
	} else {
		err = load(out, r, name);
		if (!err && !out->url)
			err = mvc_fail(MVC_ENOTFOUND,
			    "there is no remote %s: mvc remote add %s URL",
			    name, name);
	}
	if (err)
		mvc_remoteconf_release(out);
	return err;
}

int
mvc_remoteconf_each(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_remoteconf *c), void *arg)
{
	struct names l;
	int err;

	err = list_names(&l, r);
	for (size_t i = 0; !err && i < l.n; i++) {
		struct mvc_remoteconf c = {.name = NULL};

		err = load(&c, r, l.at[i]);
		if (!err)
			err = each(arg, &c);
		mvc_remoteconf_release(&c);
	}
	names_release(&l);
	return err;
}

static int
not_accepted(const struct mvc_remoteconf *c)
{
	return mvc_fail(MVC_EINVALID,
	    ".mvc/config says that the remote %s is the folder %s, but the "
	    "store there is not the one it names: if that is right, run "
	    "mvc remote set-url --local %s %s",
	    c->name, c->url, c->name, c->url);
}

/* A committed path must not make mvc read or write wherever it says. */
static bool
is_foreign(const struct mvc_remoteconf *c)
{
	enum mvc_url_kind kind;

	return c->scope == MVC_SCOPE_PROJECT &&
	    (mvc_url_kind(&kind, c->url) || kind == MVC_URL_DIR);
}

static int
check_id(const struct mvc_remoteconf *c, const struct mvc_formatfile *f)
{
	if (c->storeid ? !strcmp(c->storeid, f->id) : !is_foreign(c))
		return MVC_OK;
	if (is_foreign(c))
		return not_accepted(c);
	return mvc_fail(MVC_EINVALID,
	    "the store at %s is not the one that the remote %s was (its id is "
	    "%.8s, not %.8s): mvc remote set-url %s %s accepts it",
	    c->url, c->name, f->id, c->storeid, c->name, c->url);
}

static int
no_store(const struct mvc_remoteconf *c)
{
	enum mvc_url_kind kind = MVC_URL_DIR;
	const char *more = " yet: mvc push makes one";

	if (is_foreign(c))
		return not_accepted(c);
	if (c->storeid)
		more = ", though there was one: is it mounted?";
	else if (!mvc_url_kind(&kind, c->url) && kind == MVC_URL_HTTP)
		more = "";
	return mvc_fail(
	    MVC_ENOTFOUND, "there is no mvc store at %s%s", c->url, more);
}

static bool
is_to_make(const struct mvc_remoteconf *c, bool make)
{
	return make && !c->storeid && !is_foreign(c);
}

int
mvc_remoteconf_backend(struct mvc_backend **out, struct mvc_repo *r,
    struct mvc_ctx *ctx, const struct mvc_remoteconf *c, bool make)
{
	struct mvc_remote_place place = {.url = c->url,
	    .base = *c->name ? r->worktree : NULL,
	    .make = is_to_make(c, make),
	    .endpoint = c->endpoint,
	    .region = c->region,
	    .profile = c->profile};
	MVC_OWN_MEM char *ssh = NULL;
	int err;

	/* Git's own key: .mvc/config cannot say it. */
	*out = NULL;
	err = mvc_config_string(&ssh, r, "core.sshcommand");
	place.ssh = ssh;
	if (!err)
		err = mvc_remote_open(out, ctx, &place);
	return err == MVC_ENOTFOUND ? no_store(c) : err;
}

int
mvc_remoteconf_format(struct mvc_formatfile *format, struct mvc_backend *b,
    const struct mvc_remoteconf *c, bool make)
{
	int err = mvc_remote_format(format, b, is_to_make(c, make));

	if (err == MVC_ENOTFOUND)
		return no_store(c);
	return err ? err : check_id(c, format);
}

int
mvc_remoteconf_open(struct mvc_backend **out, struct mvc_formatfile *format,
    struct mvc_repo *r, struct mvc_ctx *ctx, const struct mvc_remoteconf *c,
    bool make)
{
	int err = mvc_remoteconf_backend(out, r, ctx, c, make);

	if (!err)
		err = mvc_remoteconf_format(format, *out, c, make);
	if (err)
		mvc_backend_free(MVC_TAKE(*out));
	return err;
}
