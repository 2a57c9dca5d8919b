/*
 * Git's merge driver for pointers. Where somebody must choose, ours stays in
 * place (a pointer that works), and exit 1 lets Git keep all three versions in
 * its index.
 */
#include "cmd/beyond.h"
#include "git/repo.h"
#include "util/file.h"
#include "work/merge.h"
#include "util/banned.h"

#include <fcntl.h>

/* Conflicts that are listed one by one. */
#define LISTED 10

struct driving {
	struct mvc_env *env;
	const char *name; /* of the data */
	bool trees; /* both sides are directories */
	uint64_t n; /* conflicts */
};

/* An empty file is how Git says that there is no common version. */
static int
read_version(struct mvc_pointer *out, const char *file, const char *path)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_POINTER_MAX + 1);
	int err = mvc_file_read(&b, AT_FDCWD, file);

	memset(out, 0, sizeof(*out));
	if (err && err != MVC_ETOOBIG)
		return err;
	if (!err && b.len == 0)
		return mvc_fail(
		    MVC_ENOTFOUND, "%s: a version of it is empty", path);
	return mvc_pointer_parse(out, path, b.data ? b.data : "", b.len);
}

static int
note_conflict(void *arg, const char *path, const char *what, const char *beside)
{
	struct driving *d = arg;

	if (d->n++ >= LISTED)
		return MVC_OK;
	if (*path)
		mvc_note(d->env, "%s: %s: %s", mvc_name(d->env, d->name),
		    mvc_name(d->env, path), what);
	else
		mvc_note(d->env, "%s: %s", mvc_name(d->env, d->name), what);
	return MVC_OK;
}

static int
write_merged(const struct mvc_pointer *p, const char *file)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	int err = mvc_pointer_format(&b, p);

	if (err)
		return err;
	return mvc_file_replace(AT_FDCWD, file, b.data, b.len, 0666);
}

static int
merge_versions(struct driving *d, const struct mvc_pointer *base,
    const struct mvc_pointer *ours, const struct mvc_pointer *theirs)
{
	MVC_OWN(mvc_beyond) *beyond = NULL;
	struct mvc_env *env = d->env;
	struct mvc_merge m = {
	    .name = d->name, .conflict = note_conflict, .arg = d};
	MVC_SCOPED(mvc_pointer) merged = MVC_POINTER_INIT;
	char holder[33];
	int err = MVC_OK;

	if (mvc_merge_needs_store(base, ours, theirs)) {
		err = mvc_env_store(env);
		if (!err)
			err = mvc_repo_clone_id(holder, env->repo, true);
		if (!err)
			err = mvc_beyond_open(&beyond, env);
		m.store = env->store;
		m.holder = holder;
	}
	if (!err)
		err = mvc_merge_pointers(&merged, &m, base, ours, theirs);
	return err ? err : write_merged(&merged, env->argv[1]);
}

static int
merge_files(struct driving *d)
{
	MVC_SCOPED(mvc_pointer) base = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) ours = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) theirs = MVC_POINTER_INIT;
	char **file = d->env->argv;
	bool has_base = true;
	int err;

	err = read_version(&base, file[0], file[3]);
	if (err == MVC_ENOTFOUND) {
		has_base = false;
		err = MVC_OK;
	}
	if (!err)
		err = read_version(&ours, file[1], file[3]);
	if (!err)
		err = read_version(&theirs, file[2], file[3]);
	if (err)
		return err;
	d->trees =
	    ours.type == MVC_POINTER_TREE && theirs.type == MVC_POINTER_TREE;
	return merge_versions(d, has_base ? &base : NULL, &ours, &theirs);
}

/* What to type, once Git has marked the path. */
static void
advise(struct driving *d, int err)
{
	const char *name = mvc_name(d->env, d->name);

	if (d->n > LISTED)
		mvc_note(
		    d->env, "%s: … %s in all", name, mvc_human_count(d->n).s);
	if (err != MVC_ECONFLICT || d->n == 0)
		mvc_note(d->env, "%s", mvc_error_text());
	mvc_note(d->env, "%s is left as ours; choose: mvc checkout %s %s", name,
	    d->trees ? "--ours|--theirs|--merge" : "--ours|--theirs", name);
}

static int
merge_driver_run(struct mvc_env *env, const void *args)
{
	const char *path = env->argv[3];
	MVC_OWN_MEM char *name = strdup(path);
	struct driving d = {.env = env, .name = name};
	int err;

	if (!name)
		return mvc_fail(MVC_ENOMEM, "no memory");
	if (mvc_pointer_is_path(path))
		name[strlen(name) - strlen(MVC_POINTER_SUFFIX)] = 0;
	err = merge_files(&d);
	if (!err)
		return MVC_OK;
	advise(&d, err);
	return MVC_EFINDING;
}

const struct mvc_cmd mvc_cmd_merge_driver = {
    .name = "merge-driver",
    .summary = "merge versions of a pointer, for Git",
    .usage = "BASE OURS THEIRS PATH",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_FIRST_WORD | MVC_CMD_HIDDEN,
    .min = 4,
    .max = 4,
    .run = merge_driver_run,
};
