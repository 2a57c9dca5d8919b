#include "git/lib.h"
#include "git/repo.h"
#include "hash/oid.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include "util/banned.h"

/*
 * What a repository may declare and be read safely: they say that objects may
 * be missing (handled as errors), that there is a second configuration file
 * (read in config.c), or something that only collectors of Git's care about.
 */
static const char *const extensions[] = {"noop-v1", "partialclone",
    "preciousobjects", "relativeworktrees", "worktreeconfig"};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started;

static bool
without_system(void)
{
	const char *value = getenv("GIT_CONFIG_NOSYSTEM");
	int yes;

	return value && git_config_parse_bool(&yes, value) == 0 && yes;
}

static void
start(void)
{
	started = git_libgit2_init();
	if (started < 0)
		return;
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	/* Another user of libgit2 in this process may have set it up under
	 * another HOME. */
	git_libgit2_opts(
	    GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, NULL);
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, NULL);
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM,
	    without_system() ? "" : NULL);
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions,
	    sizeof(extensions) / sizeof(extensions[0]));
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); /* git/owner.h */
	/* Its default of 256 MiB would be all the memory that mvc may use. */
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)(32 << 20));
}

int
mvc_git_start(void)
{
	pthread_once(&once, start);
	if (started < 0)
		return mvc_git_fail(started, "set up libgit2");
	return MVC_OK;
}

static int
code_of(int code, const git_error *e)
{
	if (e && e->klass == GIT_ERROR_NOMEMORY)
		return MVC_ENOMEM;
	if (e && e->klass == GIT_ERROR_OS && e->message &&
	    (strstr(e->message, "No space left") ||
		strstr(e->message, "quota exceeded")))
		return MVC_ENOSPACE;
	switch (code) {
	case GIT_ENOTFOUND:
	case GIT_EUNBORNBRANCH:
		return MVC_ENOTFOUND;
	case GIT_EEXISTS:
		return MVC_EEXISTS;
	case GIT_ELOCKED:
		return MVC_EAGAIN;
	case GIT_EMISMATCH:
		return MVC_ECORRUPT;
	case GIT_EOWNER:
		return MVC_EDENIED;
	case GIT_EAMBIGUOUS:
	case GIT_EINVALIDSPEC:
	case GIT_EINVALID:
	case GIT_EBAREREPO:
		return MVC_EINVALID;
	default:
		return MVC_EIO;
	}
}

int
mvc_git_fail(int code, const char *fmt, ...)
{
	const git_error *e = git_error_last();
	char text[MVC_ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	code = code_of(code, e);
	return mvc_fail(code, "%s: %s%s", text,
	    e && e->message ? e->message : "libgit2 does not say why",
	    code == MVC_ENOSPACE ? ": make room on that disk, and type it again"
				 : "");
}

int
mvc_git_textf(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(out, fmt, ap);
	va_end(ap);
	if (n >= 0)
		return MVC_OK;
	*out = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a text");
}

struct mvc_gitid_hex
mvc_gitid_hex(const struct mvc_gitid *id)
{
	struct mvc_gitid_hex hex;

	mvc_hex_of(hex.s, id->b, id->n);
	return hex;
}

int
mvc_gitid_parse(struct mvc_gitid *out, const char *hex, size_t len)
{
	char low[2 * MVC_GITID_MAX];

	memset(out, 0, sizeof(*out));
	if (len != 40 && len != 64)
		return mvc_fail(MVC_EINVALID, "a Git id has 40 or 64 digits");
	for (size_t i = 0; i < len; i++)
		low[i] = hex[i] >= 'A' && hex[i] <= 'F'
		    ? (char)(hex[i] - 'A' + 'a')
		    : hex[i];
	if (mvc_hex_parse(out->b, len / 2, low, len))
		return mvc_fail(MVC_EINVALID, "a Git id has hex digits only");
	out->n = (uint8_t)(len / 2);
	return MVC_OK;
}

int
mvc_gitid_to(git_oid *out, const struct mvc_gitid *id)
{
	if (id->n != GIT_OID_RAWSZ)
		return mvc_fail(MVC_EVERSION,
		    "%s is an id of SHA-256, which this libgit2 cannot read",
		    mvc_gitid_hex(id).s);
	memcpy(out->id, id->b, GIT_OID_RAWSZ);
	return MVC_OK;
}

int
mvc_git_missing(struct mvc_repo *r, const char *kind, const git_oid *id)
{
	char hex[GIT_OID_HEXSZ + 1];

	git_oid_tostr(hex, sizeof(hex), id);
	if (r->partial)
		return mvc_fail(MVC_EAGAIN,
		    "the %s %s is not in this partial clone: fetch the rest "
		    "with `git fetch --refetch --no-filter`, or this one with "
		    "`git cat-file -e %s`",
		    kind, hex, hex);
	return mvc_fail(MVC_ENOTFOUND,
	    "the %s %s is missing from %s: see `git fsck`", kind, hex,
	    r->commondir);
}

int
mvc_git_blob(struct mvc_buf *out, struct mvc_repo *r, const git_oid *id)
{
	MVC_GIT_OWN(git_odb) *odb = NULL;
	MVC_GIT_OWN(git_odb_object) *obj = NULL;
	git_object_t type;
	size_t size;
	int e;

	e = git_repository_odb(&odb, r->git);
	if (e < 0)
		return mvc_git_fail(e, "open the objects of %s", r->commondir);
	e = git_odb_read_header(&size, &type, odb, id);
	if (e == GIT_ENOTFOUND)
		return mvc_git_missing(r, "blob", id);
	if (e < 0)
		return mvc_git_fail(e, "read an object");
	if (type != GIT_OBJECT_BLOB)
		return mvc_fail(
		    MVC_EINVALID, "%s is no file", git_oid_tostr_s(id));
	if (size > out->max || out->len > out->max - size)
		return mvc_fail(MVC_ETOOBIG,
		    "the blob %s has %zu bytes, more than the %zu that are "
		    "read here",
		    git_oid_tostr_s(id), size, out->max);
	e = git_odb_read(&obj, odb, id);
	if (e == GIT_ENOTFOUND)
		return mvc_git_missing(r, "blob", id);
	if (e < 0)
		return mvc_git_fail(e, "read the blob %s", git_oid_tostr_s(id));
	return mvc_buf_add(
	    out, git_odb_object_data(obj), git_odb_object_size(obj));
}

void
mvc_libgit2_version(char out[32])
{
	int major = 0, minor = 0, revision = 0;

	(void)!git_libgit2_version(&major, &minor, &revision);
	snprintf(out, 32, "%d.%d.%d", major, minor, revision);
}
