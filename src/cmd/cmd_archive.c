#include "bundle/export.h"
#include "cmd/fetching.h"
#include "cmd/lookup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

struct archive_args {
	const char *output, *format;
};

static const struct mvc_opt archive_opts[] = {
    MVC_OPT_STR('o', "output", struct archive_args, output, "FILE",
	"write it there; - is standard output"),
    MVC_OPT_STR(0, "format", struct archive_args, format, "FORMAT",
	"tar, tar.gz, tar.zst or zip (default: as FILE ends)"),
    MVC_OPT_END,
};

struct archiving {
	struct mvc_env *env;
	struct mvc_target t;
	enum mvc_archive_format format;
	struct mvc_archive_writer *w;
	const char *file; /* NULL: standard output */
	char *base; /* the file's name in its folder */
	int folder;
	struct mvc_tmpfile tmp;
	uint64_t written, files, size, begun;
};

static int
on_file(void *arg, const void *p, size_t n)
{
	struct archiving *x = arg;

	x->written += n;
	return mvc_sys_write(x->tmp.fd, p, n, x->file);
}

static int
on_stdout(void *arg, const void *p, size_t n)
{
	struct archiving *x = arg;

	x->written += n;
	mvc_print_bytes(x->env, p, n);
	return ferror(stdout) ? mvc_fail_errno("write to standard output")
			      : MVC_OK;
}

static int
choose_format(struct archiving *x, const struct archive_args *a)
{
	const char *name = a->format ? a->format : a->output;

	if (!a->output)
		return mvc_fail(MVC_EUSAGE, "say where to: -o FILE, or -o -");
	x->file = strcmp(a->output, "-") ? a->output : NULL;
	if (!x->file && !a->format)
		name = "tar";
	x->format = mvc_archive_format_of(name, NULL);
	if (x->format)
		return MVC_OK;
	return mvc_fail(MVC_EUSAGE,
	    "%s: no format of archives that mvc writes: tar, tar.gz, tar.zst, "
	    "zip",
	    name);
}

/* The archive appears under its name when it is whole. */
static int
open_file(struct archiving *x)
{
	const char *slash = strrchr(x->file, '/');
	MVC_OWN_MEM char *folder = slash
	    ? strndup(x->file, (size_t)(slash - x->file) + 1)
	    : strdup(".");
	struct stat st;
	int err;

	x->base = strdup(slash ? slash + 1 : x->file);
	if (!folder || !x->base)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (stat(x->file, &st) == 0 && !S_ISREG(st.st_mode))
		return mvc_fail(
		    MVC_EEXISTS, "%s is there, and no file", x->file);
	err = mvc_sys_open(
	    &x->folder, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
	return err ? err : mvc_tmpfile_open(&x->tmp, x->folder, ".", 0666);
}

static int
close_file(struct archiving *x)
{
	int err = mvc_tmpfile_commit(&x->tmp, x->folder, x->base, true);

	return err ? err : mvc_sys_fsync_dir(x->folder, ".");
}

/* What of it is not here may be on a remote. */
static int
bring(struct archiving *x)
{
	struct mvc_tracked_list list;
	int err;

	if (x->t.root)
		return mvc_autofetch_target(x->env, &x->t, false);
	err = mvc_view_list(&list, x->t.view, x->t.path);
	for (size_t i = 0; !err && i < list.n; i++) {
		struct mvc_target one = {.root = list.v[i].path,
		    .inner = "",
		    .pointer = list.v[i].pointer};

		if (!list.v[i].err)
			err = mvc_autofetch_target(x->env, &one, false);
	}
	mvc_tracked_list_release(&list);
	return err;
}

static int
export_one(struct archiving *x, const char *path, const struct mvc_entry *e)
{
	x->files += e->files;
	x->size += e->size;
	atomic_fetch_add(&x->env->ctx.progress.items_total, e->files);
	atomic_fetch_add(&x->env->ctx.progress.bytes_total, e->size);
	return mvc_archive_export(x->w, &x->env->ctx, x->env->store, path, e);
}

/* Each data set in the folder, by its path from there. */
static int
export_folder(struct archiving *x)
{
	struct mvc_tracked_list list;
	size_t skip = strlen(x->t.path) + (*x->t.path ? 1 : 0);
	int err = mvc_view_list(&list, x->t.view, x->t.path);

	for (size_t i = 0; !err && i < list.n; i++) {
		struct mvc_tracked *k = &list.v[i];
		struct mvc_entry e;

		if (k->err) {
			err = mvc_error_adopt(k->err, k->why);
			break;
		}
		e = mvc_pointer_entry(&k->pointer);
		err = export_one(x, k->path + skip, &e);
	}
	mvc_tracked_list_release(&list);
	return err;
}

static int export(struct archiving *x)
{
	const struct mvc_entry *e = &x->t.found.e;
	const char *slash = strrchr(x->t.path, '/');

	if (!x->t.root)
		return export_folder(x);
	if (e->kind == MVC_ENTRY_DIR)
		return export_one(x, "", e);
	return export_one(x, slash ? slash + 1 : x->t.path, e);
}

static int
archive(struct archiving *x)
{
	int err = mvc_lookup(&x->t, x->env, x->env->argv[0]);

	if (!err)
		err = bring(x);
	if (!err && x->file)
		err = open_file(x);
	if (!err)
		err = mvc_archive_writer_new(
		    &x->w, x->format, x->file ? on_file : on_stdout, x);
	if (err)
		return err;
	x->env->ctx.progress.what = "writing";
	err = export(x);
	if (!err)
		err = mvc_archive_writer_finish(x->w);
	if (err == MVC_ENOTFOUND)
		return mvc_fail_prefix(
		    err, "not all of %s is in the store", x->env->argv[0]);
	return err || !x->file ? err : close_file(x);
}

static void
report(struct archiving *x)
{
	struct mvc_env *env = x->env;
	struct mvc_json *j;

	if (!x->file)
		return;
	if (!env->common.json) {
		mvc_line_fit(env, x->file);
		mvc_line(env, x->file, NULL, "%s  %s   %s   %s",
		    mvc_human_files(x->files).s, mvc_human_size(x->size).s,
		    mvc_human_size(x->written).s,
		    mvc_human_time(mvc_now_ns() - x->begun).s);
		return;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "file", x->file);
	mvc_json_key_u64(j, "files", x->files);
	mvc_json_key_u64(j, "size", x->size);
	mvc_json_key_u64(j, "written", x->written);
	mvc_json_end(j);
}

static int
archive_run(struct mvc_env *env, const void *args)
{
	struct archiving x = {.env = env,
	    .t = MVC_TARGET_INIT,
	    .folder = -1,
	    .tmp = MVC_TMPFILE_INIT,
	    .begun = mvc_now_ns()};
	int err = choose_format(&x, args);

	if (err)
		return err;
	mvc_bar_start(env);
	err = archive(&x);
	mvc_bar_stop(env);
	if (!err)
		report(&x);
	mvc_archive_writer_free(x.w);
	mvc_tmpfile_release(&x.tmp);
	if (x.folder >= 0)
		close(x.folder);
	free(x.base);
	mvc_target_release(&x.t);
	return err;
}

const struct mvc_cmd mvc_cmd_archive = {
    .name = "archive",
    .summary = "a version's content as a tar or zip archive",
    .usage = "[REV:]PATH -o FILE",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON | MVC_CMD_JOBS,
    .min = 1,
    .max = 1,
    .opts = archive_opts,
    .args_size = sizeof(struct archive_args),
    .run = archive_run,
};
