/* One check a function; each says ok, warn or bad, and what to do. */
#include "chunk/codec.h"
#include "cmd/env.h"
#include "cmd/setup.h"
#include "git/config.h"
#include "git/drivers.h"
#include "git/index.h"
#include "git/repo.h"
#include "util/run.h"
#include "hash/digest.h"
#include "store/store.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/ignoreblock.h"
#include "work/pointer.h"
#include "util/banned.h"

#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum verdict { OK, WARN, BAD };

struct doctor {
	struct mvc_env *env;
	unsigned count[3]; /* by verdict */
};

/* remedy: what to type, or NULL. */
static void __attribute__((format(printf, 5, 6))) say(struct doctor *d,
    enum verdict v, const char *check, const char *remedy, const char *fmt, ...)
{
	static const char *const words[] = {"ok", "warn", "bad"};
	static const enum mvc_colour colours[] = {
	    MVC_GREEN, MVC_YELLOW, MVC_RED};
	struct mvc_json *j = &d->env->out.json;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->count[v]++;
	if (d->env->common.json) {
		mvc_json_object(j);
		mvc_json_key_str(j, "check", check);
		mvc_json_key_str(j, "status", words[v]);
		mvc_json_key_str(j, "text", text);
		mvc_json_key_str(j, "remedy", remedy);
		mvc_json_end(j);
		return;
	}
	if (v == OK && d->env->out.quiet)
		return;
	mvc_print(d->env, "%s%-6s%s%s\n", mvc_colour(d->env, colours[v]),
	    words[v], mvc_colour(d->env, MVC_PLAIN),
	    mvc_sentence(d->env, text));
	if (remedy)
		mvc_print(
		    d->env, "      next: %s\n", mvc_sentence(d->env, remedy));
}

static void
check_git(struct doctor *d)
{
	const char *const argv[] = {"git", "--version", NULL};
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1000);
	struct mvc_run run = {.argv = argv, .out = &out};

	if (mvc_run_check(&run)) {
		say(d, BAD, "git", "install git", "%s", mvc_error_text());
		return;
	}
	say(d, OK, "git", NULL, "%.*s", (int)strcspn(out.data, "\n"), out.data);
}

static void
check_machine(struct doctor *d)
{
	char git2[32];

	mvc_libgit2_version(git2);
	say(d, OK, "machine", NULL,
	    "mvc %s (libgit2 %s, zstd %s, BLAKE3 %s), %u thread%s, %s of "
	    "memory",
	    MVC_VERSION, git2, mvc_zstd_version(), mvc_blake3_version(),
	    d->env->ctx.threads, d->env->ctx.threads == 1 ? "" : "s",
	    mvc_human_size(d->env->ctx.memory).s);
}

/* Git runs `mvc merge-driver`, so it must be found. */
static void
check_path(struct doctor *d)
{
	const char *at = getenv("PATH");
	char path[4096];

	for (; at && *at; at += *at == ':') {
		size_t n = strcspn(at, ":");

		snprintf(path, sizeof(path), "%.*s/mvc", (int)n, at);
		if (n < 4000 && access(path, X_OK) == 0) {
			say(d, OK, "path", NULL, "mvc is in PATH: %s", path);
			return;
		}
		at += n;
	}
	say(d, BAD, "path", "add mvc's folder to PATH",
	    "mvc is not in PATH, so Git cannot call it to merge");
}

static void
check_repo(struct doctor *d)
{
	const struct mvc_repo *r = d->env->repo;

	say(d, OK, "repository", NULL, "repository %s%s%s%s%s", r->commondir,
	    r->bare ? ", bare" : "", r->linked ? ", linked work tree" : "",
	    r->shallow ? ", shallow" : "", r->partial ? ", partial" : "");
}

static void
check_drivers(struct doctor *d)
{
	bool installed = false;

	if (mvc_drivers_check(&installed, d->env->repo))
		say(d, BAD, "drivers", NULL, "%s", mvc_error_text());
	else if (installed)
		say(d, OK, "drivers", NULL, "the merge driver is registered");
	else
		say(d, WARN, "drivers", "mvc install",
		    "the merge driver is not registered: Git would merge "
		    ".mvc files as text");
}

static void
check_attributes(struct doctor *d)
{
	bool has = true;
	int err = MVC_OK;

	for (size_t i = 0; i < MVC_ATTRIBUTE_LINES && has && !err; i++)
		err = mvc_setup_has_line(&has, d->env->repo, ".gitattributes",
		    mvc_attribute_lines[i]);
	if (err)
		say(d, BAD, "attributes", NULL, "%s", mvc_error_text());
	else if (has)
		say(d, OK, "attributes", NULL,
		    ".gitattributes names the driver");
	else
		say(d, WARN, "attributes", "mvc init",
		    ".gitattributes lacks mvc's lines: pointers would not "
		    "be merged well");
}

static void
warn_of_setting(void *arg, const char *text)
{
	say(arg, WARN, "config", "edit .mvc/config", "%s", text);
}

static void
check_config(struct doctor *d)
{
	MVC_OWN_MEM char *id = NULL;
	unsigned before = d->count[WARN];
	int err;

	err = mvc_config_warnings(d->env->repo, warn_of_setting, d);
	if (!err)
		err = mvc_config_string(&id, d->env->repo, "mvc.id");
	if (err)
		say(d, BAD, "config", "edit .mvc/config", "%s",
		    mvc_error_text());
	else if (!id)
		say(d, WARN, "config", "mvc init",
		    "this repository has no id (mvc.id in .mvc/config)");
	else if (d->count[WARN] == before)
		say(d, OK, "config", NULL,
		    ".mvc/config is understood, all of it");
}

/* The pointers, of data that may lie here, and their lines in .gitignore: an
 * edit would have nothing to do. */
struct ignores {
	struct doctor *d;
	struct mvc_buf odd; /* the first file that is out of order */
	unsigned count;
};

static int
check_ignore(void *arg, const struct mvc_index_entry *e)
{
	struct ignores *g = arg;
	MVC_SCOPED(mvc_buf) file = MVC_BUF_INIT(1 << 16);
	MVC_SCOPED(mvc_buf) name = MVC_BUF_INIT(1 << 16);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_buf) edited = MVC_BUF_INIT(1 << 20);
	const char *slash = strrchr(e->path, '/');
	const char *last = slash ? slash + 1 : e->path;
	bool changed = false;
	int err;

	if (e->stage || !mvc_pointer_is_path(e->path))
		return MVC_OK;
	if (mvc_pointer_check_path(e->path)) {
		say(g->d, BAD, "pointers", NULL, "%s", mvc_error_text());
		return MVC_OK;
	}
	err = mvc_buf_add(&file, e->path, (size_t)(last - e->path));
	if (!err)
		err = mvc_buf_add_str(&file, ".gitignore");
	if (!err)
		err = mvc_buf_add(
		    &name, last, strlen(last) - strlen(MVC_POINTER_SUFFIX));
	if (!err)
		err = mvc_setup_read(&text, g->d->env->repo, file.data);
	if (!err)
		err = mvc_ignoreblock_edit(&edited, text.data ? text.data : "",
		    text.len, name.data, true, &changed);
	if (!err && changed && g->count++ == 0)
		err = mvc_buf_add_str(&g->odd, file.data);
	return err;
}

static void
check_ignores(struct doctor *d)
{
	MVC_OWN(mvc_index) *idx = NULL;
	struct ignores g = {d, MVC_BUF_INIT(1 << 16), 0};

	if (mvc_index_open(&idx, d->env->repo) ||
	    mvc_index_each_pointer(idx, check_ignore, &g))
		say(d, BAD, "ignores", NULL, "%s", mvc_error_text());
	else if (g.count)
		say(d, WARN, "ignores", "mvc add -u",
		    "%s lacks mvc's lines, or has them out of order (%u "
		    "pointer%s in all)",
		    g.odd.data, g.count, g.count == 1 ? "" : "s");
	else
		say(d, OK, "ignores", NULL,
		    ".gitignore files keep the data out of Git");
	mvc_buf_release(&g.odd);
}

/* How many names the folder has; 0 where it is not there. */
static unsigned
count_names(const char *folder, const char *below, const char *prefix)
{
	char path[4096];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.' ||
		    !strncmp(e->d_name, prefix, strlen(prefix));
	if (dir)
		closedir(dir);
	return n;
}

static void
check_leftovers(struct doctor *d, const char *store)
{
	unsigned tmp = count_names(store, "tmp", MVC_TMP_PREFIX);
	unsigned lost = count_names(store, "lost", MVC_TMP_PREFIX);

	if (tmp)
		say(d, WARN, "leftovers", "mvc gc",
		    "%u unfinished file%s in %s/tmp, of interrupted commands "
		    "or of one that runs now",
		    tmp, tmp == 1 ? "" : "s", store);
	else
		say(d, OK, "leftovers", NULL, "no unfinished files");
	if (lost)
		say(d, WARN, "lost", "mvc fsck",
		    "%u damaged file%s set aside in %s/lost", lost,
		    lost == 1 ? " was" : "s were", store);
}

static void
check_space(struct doctor *d, const char *store)
{
	struct statvfs v;
	uint64_t left;

	if (statvfs(store, &v))
		return;
	left = (uint64_t)v.f_bavail * v.f_frsize;
	say(d, left < UINT64_C(1000000000) ? WARN : OK, "space", NULL,
	    "%s free for the store", mvc_human_size(left).s);
}

static bool
check_store(struct doctor *d, const char *path)
{
	int err = mvc_env_store(d->env);

	if (err) {
		say(d, BAD, "store", err == MVC_ENOTFOUND ? "mvc init" : NULL,
		    "%s", mvc_error_text());
		return false;
	}
	if (access(path, W_OK))
		say(d, WARN, "store", NULL,
		    "the store %s may be read but not written", path);
	else
		say(d, OK, "store", NULL, "store %s", path);
	return true;
}

/* What the file system under the work tree can do, tried out in Git's folder
 * of it. */
static void
check_file_system(struct doctor *d)
{
	struct mvc_tmpfile a = MVC_TMPFILE_INIT, b = MVC_TMPFILE_INIT;
	char upper[sizeof(a.name)];
	struct stat st;
	MVC_OWN_FD int dir = -1;
	bool folds, fine, clones = false;

	if (mvc_sys_open(&dir, AT_FDCWD, d->env->repo->gitdir,
		O_RDONLY | O_DIRECTORY, 0) ||
	    mvc_tmpfile_open(&a, dir, ".", 0600) ||
	    mvc_sys_write(a.fd, "x", 1, a.name) || fstat(a.fd, &st)) {
		say(d, BAD, "files", NULL, "%s", mvc_error_text());
		mvc_tmpfile_release(&a);
		return;
	}
	fine = st.st_mtim.tv_nsec % 1000000 != 0;
	for (size_t i = 0; i < sizeof(upper); i++)
		upper[i] = (char)toupper((unsigned char)a.name[i]);
	folds = faccessat(dir, upper, F_OK, 0) == 0;
	if (!mvc_tmpfile_open(&b, dir, ".", 0600))
		clones = mvc_sys_clone(b.fd, a.fd);
	mvc_tmpfile_release(&a);
	mvc_tmpfile_release(&b);
	say(d, OK, "files", NULL,
	    "file system: %s, names %s case, times to the %s",
	    clones ? "copies share blocks (reflink)" : "copies take space",
	    folds ? "ignore" : "keep", fine ? "nanosecond" : "millisecond");
}

static void
check_working_tree(struct doctor *d)
{
	check_attributes(d);
	check_ignores(d);
}

static int
examine(struct doctor *d)
{
	MVC_OWN_MEM char *store = NULL;
	struct mvc_env *env = d->env;
	int err;

	check_machine(d);
	check_git(d);
	check_path(d);
	err = mvc_env_repo(env);
	if (err) {
		say(d, BAD, "repository",
		    err == MVC_ENOTFOUND ? "mvc init" : NULL, "%s",
		    mvc_error_text());
		return MVC_EFINDING;
	}
	check_repo(d);
	check_drivers(d);
	if (!env->repo->bare)
		check_working_tree(d);
	check_config(d);
	if (mvc_env_store_path(&store, env))
		say(d, BAD, "store", NULL, "%s", mvc_error_text());
	else if (check_store(d, store)) {
		check_leftovers(d, store);
		check_space(d, store);
	}
	check_file_system(d);
	return d->count[BAD] ? MVC_EFINDING : MVC_OK;
}

static int
doctor_run(struct mvc_env *env, const void *args)
{
	struct doctor d = {.env = env};
	int err;

	if (env->common.json)
		mvc_json_array(mvc_out_json(env));
	err = examine(&d);
	if (env->common.json)
		mvc_json_end(&env->out.json);
	return err;
}

const struct mvc_cmd mvc_cmd_doctor = {
    .name = "doctor",
    .summary = "look for what may be wrong with this repository",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_JSON,
    .run = doctor_run,
};
