#include "git/refs.h"
#include "git/config.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/run.h"
#include "util/banned.h"

#include <ctype.h>
#include <fcntl.h>

#define BELOW "refs/mvc-collect/"
/* What Git may say of refs: a million of them. */
#define TEXT_MAX (UINT64_C(256) << 20)

static int
git(struct mvc_repo *r, const char *const *words, const struct mvc_buf *in,
    struct mvc_buf *out)
{
	MVC_OWN_MEM char *dir = NULL;
	const char *argv[24] = {
	    "git", NULL, "-c", "gc.auto=0", "-c", "maintenance.auto=false"};
	struct mvc_run run = {.argv = argv, .out = out};
	size_t n = 6;

	if (asprintf(&dir, "--git-dir=%s", r->commondir) < 0) {
		dir = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory to run git");
	}
	argv[1] = dir;
	while (*words && n < sizeof(argv) / sizeof(*argv) - 1)
		argv[n++] = *words++;
	if (in) {
		run.in = in->data;
		run.n_in = in->len;
	}
	return mvc_run_check(&run);
}

static int
one_remote(struct mvc_repo *r, const char *name,
    int (*each)(void *arg, const char *name, const char *url), void *arg)
{
	MVC_OWN_MEM char *key = NULL;
	MVC_OWN_MEM char *url = NULL;
	int err;

	if (asprintf(&key, "remote.%s.url", name) < 0) {
		key = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	}
	err = mvc_config_string(&url, r, key);
	return err ? err : each(arg, name, url ? url : "");
}

int
mvc_refs_remotes(struct mvc_repo *r,
    int (*each)(void *arg, const char *name, const char *url), void *arg)
{
	static const char *const words[] = {"remote", NULL};
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	char *line, *rest;
	int err = git(r, words, NULL, &text);

	rest = text.data;
	while (!err && (line = strsep(&rest, "\n")))
		if (*line)
			err = one_remote(r, line, each, arg);
	return err;
}

static int
check_deep(struct mvc_repo *r)
{
	MVC_OWN_MEM char *path = NULL;

	if (asprintf(&path, "%s/shallow", r->commondir) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	if (!r->shallow && !mvc_file_exists(AT_FDCWD, path))
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "this clone is shallow: what older commits name is not known "
	    "here (git fetch --unshallow)");
}

static int
fetch_one(void *arg, const char *name, const char *url)
{
	static const char *const kinds[] = {"heads", "tags", "mvc"};
	char *specs[3] = {NULL, NULL, NULL};
	const char *words[] = {"fetch", "-q", "--prune", "--no-tags",
	    "--no-write-fetch-head", "--no-recurse-submodules", "--", name, "",
	    "", "", NULL};
	struct mvc_repo *r = arg;
	int err = MVC_OK;

	for (int i = 0; !err && i < 3; i++) {
		if (asprintf(&specs[i], "+refs/%s/*:" BELOW "%s/%s/*", kinds[i],
			name, kinds[i]) < 0) {
			specs[i] = NULL;
			err = mvc_fail(MVC_ENOMEM, "no memory for refs");
		}
		words[8 + i] = specs[i];
	}
	if (!err)
		err = git(r, words, NULL, NULL);
	for (int i = 0; i < 3; i++)
		free(specs[i]);
	if (err && err != MVC_ENOMEM)
		return mvc_fail_prefix(MVC_EAGAIN,
		    "the refs of the Git remote %s cannot be had, so what they "
		    "need is not known",
		    name);
	return err ? err : check_deep(r);
}

int
mvc_refs_fetch(struct mvc_repo *r)
{
	int err = check_deep(r);

	if (!err)
		err = mvc_refs_forget(r);
	return err ? err : mvc_refs_remotes(r, fetch_one, r);
}

int
mvc_refs_forget(struct mvc_repo *r)
{
	static const char *const list[] = {
	    "for-each-ref", "--format=delete %(refname)", BELOW, NULL};
	static const char *const update[] = {"update-ref", "--stdin", NULL};
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	int err = git(r, list, NULL, &text);

	return err || text.len == 0 ? err : git(r, update, &text, NULL);
}

/* A URL's host and path; a local path has no host. */
struct place {
	const char *host, *path;
	size_t host_len, path_len;
};

static struct place
place_of(const char *url)
{
	const char *scheme = strstr(url, "://"), *at, *end;
	struct place p = {.host = url};

	if (scheme)
		p.host = scheme + 3;
	end = p.host + strcspn(p.host, scheme ? "/" : ":/");
	at = memchr(p.host, '@', (size_t)(end - p.host));
	if (scheme || *end == ':') {
		p.path = end + (*end == ':');
		if (at)
			p.host = at + 1;
		p.host_len = (size_t)(end - p.host);
		at = memchr(p.host, ':', p.host_len);
		if (at)
			p.host_len = (size_t)(at - p.host);
	} else {
		p.path = url;
	}
	while (p.host_len && *p.path == '/')
		p.path++;
	p.path_len = strlen(p.path);
	return p;
}

static size_t
without(const struct place *p, size_t n, const char *suffix)
{
	size_t len = strlen(suffix);

	return n > len && !memcmp(p->path + n - len, suffix, len) ? n - len : n;
}

/* "a/b/", "a/b.git", "a/b/.git" are all a/b. */
static void
trim(struct place *p)
{
	size_t before;

	do {
		before = p->path_len;
		p->path_len = without(p, p->path_len, "/");
		p->path_len = without(p, p->path_len, "/.git");
		p->path_len = without(p, p->path_len, ".git");
	} while (p->path_len != before);
}

bool
mvc_refs_same(const char *a, const char *b)
{
	struct place x = place_of(a), y = place_of(b);

	trim(&x);
	trim(&y);
	return x.host_len == y.host_len &&
	    !strncasecmp(x.host, y.host, x.host_len) &&
	    x.path_len == y.path_len && !memcmp(x.path, y.path, x.path_len);
}
