#include "cmd/origin.h"
#include "git/config.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/run.h"
#include "util/sys.h"
#include "work/pointer.h"
#include "util/banned.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define CONFIG ".mvc/config"
#define CONFIG_MAX (1 << 20)
#define ARGS_MAX 24
/* Folders above a path of 4095 bytes are fewer. */
#define DEEP 64

/* git in o's repository, whatever the environment says. */
static int
git(struct mvc_origin *o, struct mvc_buf *out, int *status,
    const char *const *words)
{
	const char *argv[ARGS_MAX] = {"git", "-c", "core.fsmonitor=false", "-c",
	    "core.hooksPath=/dev/null", "--git-dir", o->repo->gitdir};
	struct mvc_run run = {.argv = argv, .out = out};
	int err;

	for (int i = 0; words[i]; i++)
		argv[7 + i] = words[i];
	err = mvc_run(&run);
	if (!err && !status && run.status)
		err = mvc_fail(MVC_EIO, "%s: git %s: %.*s", o->url, words[0],
		    (int)strcspn(run.err, "\n"), run.err);
	if (status)
		*status = run.status;
	return err;
}

static int
set_up(struct mvc_origin *o)
{
	MVC_OWN_MEM char *dir = NULL;
	const struct {
		const char *key, *value;
	} settings[] = {{"remote.origin.url", o->url},
	    {"remote.origin.promisor", "true"},
	    {"remote.origin.partialclonefilter", "blob:none"}};
	int err = mvc_aside_path(&dir, &o->aside, "git");

	if (!err)
		err = mvc_repo_init(&o->repo, dir);
	for (size_t i = 0; !err && i < 3; i++) {
		const char *words[] = {
		    "config", settings[i].key, settings[i].value, NULL};

		err = git(o, NULL, NULL, words);
	}
	return err;
}

/* A path is one to a repository here. */
static int
settle_url(struct mvc_origin *o, const char *url)
{
	char real[PATH_MAX];
	struct stat st;
	bool here = stat(url, &st) == 0;
	int err = MVC_OK;

	if (!*url || url[0] == '-')
		return mvc_fail(MVC_EUSAGE, "\"%s\" is no repository", url);
	if (here && !realpath(url, real))
		return mvc_fail_errno("find %s", url);
	o->url = strdup(here ? real : url);
	if (!o->url)
		return mvc_fail(MVC_ENOMEM, "no memory for a URL");
	if (here && S_ISDIR(st.st_mode))
		err = mvc_repo_open(&o->there, real);
	return err;
}

static bool
is_hex(const char *s)
{
	size_t n = strlen(s);

	return n >= 4 && n <= 64 && strspn(s, "0123456789abcdef") == n;
}

/* What a refspec or a program could take for more than a name. */
static int
check_rev(const char *rev)
{
	if (!*rev || rev[0] == '-' || rev[0] == '+' || strpbrk(rev, ": *?["))
		return mvc_fail(MVC_EUSAGE,
		    "\"%s\" is no revision: name a branch, a tag or a commit",
		    rev);
	for (const char *p = rev; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return mvc_fail(MVC_EUSAGE, "that is no revision");
	return MVC_OK;
}

static int
resolve(struct mvc_origin *o, const char *name)
{
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(200);
	MVC_SCOPED(mvc_buf) spec = MVC_BUF_INIT(4096);
	const char *words[] = {"rev-parse", "-q", "--verify", NULL, NULL};
	int status, err = mvc_buf_addf(&spec, "%s^{commit}", name);

	words[3] = spec.data;
	if (!err)
		err = git(o, &out, &status, words);
	if (err)
		return err;
	while (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = 0;
	if (status || !is_hex(out.data ? out.data : "") || out.len < 40)
		return MVC_ENOTFOUND;
	snprintf(o->commit, sizeof(o->commit), "%s", out.data);
	return MVC_OK;
}

/* The one commit, without what it was made from. Short names of commits, and
 * servers that give away only what has a name, need all of history; of that,
 * no file. */
static int
fetch_rev(struct mvc_origin *o, const char *rev)
{
	MVC_SCOPED(mvc_buf) spec = MVC_BUF_INIT(4096);
	const char *one[] = {"fetch", "-q", "--no-tags", "--depth=1",
	    "--filter=blob:none", "origin", NULL, NULL};
	const char *all[] = {"fetch", "-q", "--tags", "--filter=blob:none",
	    "origin", "+refs/heads/*:refs/remotes/origin/*", NULL};
	int status, err = mvc_buf_addf(&spec, "+%s:refs/mvc/asked", rev);

	one[6] = spec.data;
	if (!err)
		err = git(o, NULL, &status, one);
	if (err)
		return err;
	if (!status)
		return resolve(o, "refs/mvc/asked");
	err = git(o, NULL, NULL, all);
	if (!err)
		err = resolve(o, rev);
	return err == MVC_ENOTFOUND
	    ? mvc_fail(err, "%s has no revision %s", o->url, rev)
	    : err;
}

/* ---- what the commit has ---- */

/* A path of a Git tree: as it is kept, without "." and ".." and '/' around. */
static int
check_path(const char *path)
{
	size_t n = strlen(path);

	if (!n || n > 4000 || path[0] == '/' || path[n - 1] == '/' ||
	    strstr(path, "//"))
		return mvc_fail(MVC_EUSAGE,
		    "\"%s\" is no path in a repository: it begins at its top",
		    path);
	return mvc_data_check_path(path);
}

/* The names of blobs, of the candidates, that the commit has. */
struct found {
	char config[65], pointer[65];
	size_t length; /* of the candidate */
};

static void
take_entry(struct found *f, const char *line)
{
	const char *tab = strchr(line, '\t'), *id = strstr(line, " blob ");
	size_t n;

	if (!tab || !id || id > tab || strncmp(line, "100", 3) != 0)
		return;
	id += strlen(" blob ");
	n = strlen(tab + 1);
	if (tab - id > 64)
		return;
	if (!strcmp(tab + 1, CONFIG)) {
		snprintf(f->config, 65, "%.*s", (int)(tab - id), id);
	} else if (n > f->length) {
		snprintf(f->pointer, 65, "%.*s", (int)(tab - id), id);
		f->length = n;
	}
}

/* "a/b/c": a/b/c.mvc, a/b.mvc, a.mvc. */
static int
find(struct found *f, struct mvc_origin *o, const char *path)
{
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1 << 20);
	char *names[DEEP];
	const char *words[ARGS_MAX] = {
	    "ls-tree", "-z", "--full-tree", o->commit, "--", CONFIG};
	size_t n = 0, end = strlen(path);
	int err = MVC_OK;

	memset(f, 0, sizeof(*f));
	while (!err && end && n < DEEP) {
		if (asprintf(&names[n], "%.*s" MVC_POINTER_SUFFIX, (int)end,
			path) < 0)
			err = mvc_fail(MVC_ENOMEM, "no memory for a path");
		else
			n++;
		while (end && path[end - 1] != '/')
			end--;
		end -= end > 0;
	}
	/* Some at a time: a vector of words is bounded. */
	for (size_t i = 0; !err && i < n; i += 8) {
		for (size_t k = 0; k < 8; k++)
			words[6 + k] = i + k < n ? names[i + k] : NULL;
		err = git(o, &out, NULL, words);
	}
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	for (size_t at = 0; !err && at < out.len;
	     at += strlen(out.data + at) + 1)
		take_entry(f, out.data + at);
	if (!err && !f->length)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s has no data of mvc at %s in %.7s (what Git itself "
		    "keeps, Git gives: git archive, git clone)",
		    o->url, path, o->commit);
	return err;
}

static int
read_blob(struct mvc_buf *out, struct mvc_origin *o, const char *id)
{
	const char *words[] = {"cat-file", "blob", id, NULL};

	return git(o, out, NULL, words);
}

/* Into the empty work tree, from where it is read as every one is. */
static int
put_config(struct mvc_origin *o, const char *id)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(CONFIG_MAX);
	MVC_OWN_MEM char *folder = NULL;
	MVC_OWN_MEM char *path = NULL;
	int err = read_blob(&text, o, id);

	if (!err &&
	    (asprintf(&folder, "%s/.mvc", o->repo->worktree) < 0 ||
		asprintf(&path, "%s/%s", o->repo->worktree, CONFIG) < 0))
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (!err)
		err = mvc_file_mkdirs(AT_FDCWD, folder, 0700);
	if (!err)
		err =
		    mvc_file_replace(AT_FDCWD, path, text.data, text.len, 0600);
	return err ? err : mvc_config_reload(o->repo);
}

static int
take_holder(struct mvc_origin *o)
{
	MVC_OWN_MEM char *id = NULL;
	uint8_t raw[16];
	int err = mvc_config_string(&id, o->repo, "mvc.id");

	if (!err && id && !mvc_hex_parse(raw, 16, id, strlen(id)))
		snprintf(o->holder, sizeof(o->holder), "%.32s", id);
	return err;
}

static int
read_pointer(struct mvc_origin *o, const struct found *f, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTER_MAX + 1);
	MVC_SCOPED(mvc_buf) name = MVC_BUF_INIT(8192);
	size_t root = f->length - strlen(MVC_POINTER_SUFFIX);
	int err = read_blob(&text, o, f->pointer);

	if (!err)
		err = mvc_buf_addf(
		    &name, "%s:%.*s", o->url, (int)f->length, path);
	if (!err)
		err = mvc_pointer_parse(
		    &o->pointer, name.data, text.data, text.len);
	if (err)
		return err;
	o->inner = strdup(path[root] ? path + root + 1 : "");
	if (!o->inner)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (*o->inner && o->pointer.type != MVC_POINTER_TREE)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s: %.*s is a file: there is no %s in it", o->url,
		    (int)root, path, o->inner);
	return MVC_OK;
}

int
mvc_origin_git(
    struct mvc_origin *o, const char *url, const char *path, const char *rev)
{
	struct found f;
	int err = check_path(path);

	if (!rev)
		rev = "HEAD";
	if (!err)
		err = check_rev(rev);
	if (!err)
		err = settle_url(o, url);
	if (!err)
		err = set_up(o);
	if (!err)
		err = fetch_rev(o, rev);
	if (!err)
		err = find(&f, o, path);
	if (!err && f.config[0])
		err = put_config(o, f.config);
	if (!err)
		err = take_holder(o);
	return err ? err : read_pointer(o, &f, path);
}
