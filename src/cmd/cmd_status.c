#include "cmd/env.h"
#include "cmd/sharing.h"
#include "cmd/unpushed.h"
#include "hash/oidset.h"
#include "work/pending.h"
#include "work/status.h"
#include "work/track.h"
#include "work/typed.h"
#include "work/work.h"
#include "util/banned.h"

/* Untracked files from here on are worth a line, unless mvc.track.size says
 * another size. */
#define LARGE (INT64_C(5) << 20)

struct status_args {
	bool porcelain, exit_code, zero;
};

static const struct mvc_opt status_opts[] = {
    MVC_OPT_FLAG(0, "porcelain", struct status_args, porcelain,
	"a line for each thing that differs, for scripts"),
    MVC_OPT_FLAG('z', "null", struct status_args, zero,
	"with --porcelain: end lines with NUL, escape nothing"),
    MVC_OPT_FLAG(0, "exit-code", struct status_args, exit_code,
	"exit with 1 when anything differs"),
    MVC_OPT_END,
};

struct stating {
	struct mvc_env *env;
	const struct status_args *a;
	struct mvc_work *w;
	struct mvc_names large;
	/* Roots as they were reported; path and text are copies. */
	struct mvc_status_root *roots;
	uint64_t *files; /* of their pointers */
	bool *far; /* not in the store, but the remote was seen to have it */
	struct mvc_oidset pushed;
	char *remote; /* the default one; NULL */
	size_t n;
	bool differs, blocked;
};

static const char letters[MVC_STATUS_WHATS] = {'A', 'M', 'D', '!'};
static const char *const words[MVC_STATUS_WHATS] = {
    "added", "modified", "deleted", "bad"};

static const struct mvc_pointer no_pointer;

static bool
not_here(const struct mvc_status_root *r)
{
	return r->absent || (r->no_folder && !r->folders);
}

static bool
root_differs(const struct mvc_status_root *r)
{
	return !r->pointer || r->code || r->other_version || r->missing ||
	    (not_here(r) && !r->sparse) || r->files[MVC_STATUS_ADDED] ||
	    r->files[MVC_STATUS_MODIFIED] || r->files[MVC_STATUS_DELETED] ||
	    r->files[MVC_STATUS_BAD] || r->folders;
}

static void
porcelain(struct stating *x, char letter, const char *path)
{
	mvc_print(x->env, "%c ", letter);
	if (x->a->zero)
		mvc_print_bytes(x->env, path, strlen(path) + 1);
	else
		mvc_print(x->env, "%s\n", mvc_name(x->env, path));
}

static bool
is_folder(const struct mvc_status_file *f)
{
	const struct mvc_stat_entry *e = f->now ? f->now : f->was;

	return e && e->kind == MVC_ENTRY_DIR;
}

/* Folders end in '/'. */
static int
note_path(struct stating *x, const struct mvc_status_file *f, const char *path)
{
	struct mvc_json *j = &x->env->out.json;

	if (x->env->common.json) {
		mvc_json_object(j);
		mvc_json_key_str(j, "path", path);
		mvc_json_key_str(j, "what", words[f->what]);
		if (f->text)
			mvc_json_key_str(j, "text", f->text);
		mvc_json_end(j);
	} else if (x->a->porcelain) {
		porcelain(x, letters[f->what], path);
	} else if (x->env->common.verbose || f->what == MVC_STATUS_BAD) {
		mvc_print(x->env, "  %c %s%s%s\n", letters[f->what],
		    mvc_name(x->env, path), f->text ? ": " : "",
		    f->text ? mvc_name(x->env, f->text) : "");
	}
	return MVC_OK;
}

static int
note_file(void *arg, const struct mvc_status_file *f)
{
	MVC_OWN_MEM char *path = NULL;

	if (!is_folder(f))
		return note_path(arg, f, f->path);
	if (asprintf(&path, "%s/", f->path) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return note_path(arg, f, path);
}

static int
note_root(void *arg, const struct mvc_status_root *r)
{
	struct stating *x = arg;
	struct mvc_status_root *t;
	uint64_t *files;
	bool *far;

	t = realloc(x->roots, (x->n + 1) * sizeof(*t));
	if (t)
		x->roots = t;
	files = realloc(x->files, (x->n + 1) * sizeof(*files));
	if (files)
		x->files = files;
	far = realloc(x->far, (x->n + 1) * sizeof(*far));
	if (far)
		x->far = far;
	if (!t || !files || !far)
		return mvc_fail(MVC_ENOMEM, "no memory");
	files[x->n] = r->pointer ? r->pointer->files : 0;
	t += x->n;
	*t = *r;
	far[x->n] = r->pointer && r->missing &&
	    mvc_oidset_has(&x->pushed, 1, &r->pointer->oid);
	/* What was dropped is no fault. */
	t->missing = r->missing && !far[x->n];
	t->path = strdup(r->path);
	t->text = r->text ? strdup(r->text) : NULL;
	if (!t->path || (r->text && !t->text))
		return mvc_fail(MVC_ENOMEM, "no memory");
	/* Of the pointer only whether there was one is asked later. */
	t->pointer = r->pointer ? &no_pointer : NULL;
	t->root = strcmp(r->path, r->root) ? NULL : t->path;
	x->n++;
	x->differs |= root_differs(t);
	x->blocked |= r->code == MVC_EDENIED;
	return MVC_OK;
}

struct changes_text {
	char s[160];
};

/* "+120 ~3 -1 files   1 empty folder", only what is not 0. */
static struct changes_text
changes_of(const struct mvc_status_root *r)
{
	static const char signs[] = {'+', '~', '-'};
	struct changes_text t = {""};
	uint64_t sum = 0;
	size_t at = 0;

	for (int i = MVC_STATUS_ADDED; i <= MVC_STATUS_DELETED; i++) {
		if (!r->files[i] || at >= sizeof(t.s) - 16)
			continue;
		sum += r->files[i];
		at += (size_t)snprintf(t.s + at, sizeof(t.s) - at, "%c%s ",
		    signs[i], mvc_human_count(r->files[i]).s);
	}
	if (sum)
		at += (size_t)snprintf(
		    t.s + at, sizeof(t.s) - at, "file%s", sum == 1 ? "" : "s");
	if (r->folders && at < sizeof(t.s) - 16)
		snprintf(t.s + at, sizeof(t.s) - at, "%s%s empty folder%s",
		    sum ? "   " : "", mvc_human_count(r->folders).s,
		    r->folders == 1 ? "" : "s");
	return t;
}

/* A root that is not here at all; add -u would not forget it. */
static bool
all_gone(const struct mvc_status_root *r)
{
	return r->root && !r->here &&
	    (r->files[MVC_STATUS_DELETED] || r->no_folder);
}

static const char *
next_of(const struct mvc_status_root *r)
{
	if (r->code) /* a conflict: the text says what */
		return NULL;
	if (all_gone(r))
		return "mvc checkout";
	return r->vanished ? "mvc checkout, or mvc add -u --vanished"
			   : "mvc add -u";
}

static void
say_root(struct stating *x, size_t i)
{
	const struct mvc_status_root *r = &x->roots[i];
	struct mvc_env *env = x->env;
	struct changes_text changes = changes_of(r);
	bool some = r->here || (r->sparse && *changes.s);

	if (r->text)
		mvc_line(env, r->path, NULL, "%s", mvc_name(env, r->text));
	if (!r->pointer || (r->left_out && !env->common.verbose))
		return;
	if (r->other_version)
		mvc_line(env, r->path, "mvc checkout",
		    *changes.s ? "another version; here changed: %s"
			       : "another version than the pointer's%s",
		    changes.s);
	else if (!some && not_here(r) && r->missing && !r->sparse)
		mvc_line(env, r->path, NULL, "neither here nor in the store");
	else if (!some && not_here(r) && x->far[i])
		mvc_line(env, r->path, r->sparse ? NULL : "mvc checkout",
		    "on %s, not here", mvc_name(env, x->remote));
	else if (!some && not_here(r))
		mvc_line(env, r->path, r->sparse ? NULL : "mvc checkout",
		    "not here%s", r->sparse ? " (sparse)" : "");
	else if (*changes.s)
		mvc_line(env, r->path, next_of(r), "%s", changes.s);
	else if (not_here(r) && !r->sparse)
		mvc_line(env, r->path, "mvc checkout", "%s not here",
		    mvc_human_files(r->absent).s);
	if (some && r->absent && r->sparse)
		mvc_line(env, r->path, NULL, "%s of %s not here (sparse)",
		    mvc_human_count(r->absent).s,
		    mvc_human_files(x->files[i]).s);
	if (x->far[i] && r->here)
		mvc_line(env, r->path, NULL, "on %s, not in the store",
		    mvc_name(env, x->remote));
	/* What a file here has heals the store. */
	if (r->missing && (r->here || !not_here(r)))
		mvc_line(env, r->path, "mvc fsck",
		    "content is missing from the store");
}

static void
say_all(struct stating *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (root_differs(&x->roots[i]) || x->far[i] ||
		    x->env->common.verbose || not_here(&x->roots[i]))
			mvc_line_fit(x->env, x->roots[i].path);
	for (size_t i = 0; i < x->large.n; i++)
		mvc_line_fit(x->env, x->large.v[i]);
	for (size_t i = 0; i < x->n; i++)
		say_root(x, i);
	for (size_t i = 0; i < x->large.n; i++)
		mvc_line(x->env, x->large.v[i], "mvc add",
		    "large, and tracked by nobody");
	if (x->n == 0 && x->large.n == 0)
		mvc_say(x->env, "Nothing is tracked yet: mvc add PATH\n");
	else if (!x->differs && x->large.n == 0)
		mvc_say(x->env, "All data is as recorded (%s data set%s).\n",
		    mvc_human_count(x->n).s, x->n == 1 ? "" : "s");
}

static void
porcelain_all(struct stating *x)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct mvc_status_root *r = &x->roots[i];

		if (r->code)
			porcelain(
			    x, r->code == MVC_ECONFLICT ? 'U' : 'E', r->path);
		if (r->other_version)
			porcelain(x, 'V', r->path);
		if (not_here(r) && !r->sparse)
			porcelain(x, 'N', r->path);
		if (r->missing)
			porcelain(x, 'X', r->path);
	}
	for (size_t i = 0; i < x->large.n; i++)
		porcelain(x, '?', x->large.v[i]);
}

static void
json_roots(struct stating *x)
{
	struct mvc_json *j = &x->env->out.json;

	mvc_json_end(j);
	mvc_json_key(j, "roots");
	mvc_json_array(j);
	for (size_t i = 0; i < x->n; i++) {
		const struct mvc_status_root *r = &x->roots[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "path", r->path);
		if (r->text)
			mvc_json_key_str(j, "error", r->text);
		for (int k = 0; k < MVC_STATUS_WHATS; k++)
			mvc_json_key_u64(j, words[k], r->files[k]);
		mvc_json_key_u64(j, "empty_folders", r->folders);
		mvc_json_key_u64(j, "here", r->here);
		mvc_json_key_u64(j, "not_here", r->absent);
		mvc_json_key_bool(j, "folder_not_here", r->no_folder);
		mvc_json_key_bool(j, "sparse", r->sparse);
		mvc_json_key_bool(j, "other_version", r->other_version);
		mvc_json_key_bool(j, "missing", r->missing);
		if (x->far[i])
			mvc_json_key_str(j, "on", x->remote);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_key(j, "untracked");
	mvc_json_array(j);
	for (size_t i = 0; i < x->large.n; i++)
		mvc_json_str(j, x->large.v[i]);
	mvc_json_end(j);
	mvc_json_end(j);
}

static int
find_large(struct stating *x)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err;

	if (x->env->argc > 0)
		return MVC_OK;
	err = mvc_index_open(&idx, x->env->repo);
	if (!err)
		err = mvc_track_find(&x->large, x->w, idx, "", LARGE);
	mvc_names_sort(&x->large);
	x->differs |= x->large.n > 0;
	return err;
}

static int
state_all(struct stating *x)
{
	struct mvc_status_ops ops = {note_file, note_root, x, false};
	struct mvc_names paths = {NULL, 0, 0};
	struct mvc_env *env = x->env;
	int err;

	err = mvc_pushed(&x->pushed, &x->remote, env);
	if (!err)
		err = mvc_work_open(&x->w, &env->ctx, env->repo, env->store);
	if (!err)
		err = mvc_pending_adopt(x->w);
	for (int i = 0; !err && i < env->argc; i++) {
		MVC_OWN_MEM char *path = NULL;

		err = mvc_typed_path(&path, env->repo, env->argv[i]);
		if (!err)
			err = mvc_names_add(&paths, path);
	}
	if (!err && env->common.json) {
		mvc_json_object(mvc_out_json(env));
		mvc_json_key(&env->out.json, "changes");
		mvc_json_array(&env->out.json);
	}
	if (!err)
		err = mvc_status(
		    x->w, (const char *const *)paths.v, paths.n, &ops);
	if (!err)
		err = find_large(x);
	mvc_names_release(&paths);
	return err;
}

/* What is whole here and was not seen on a remote. */
static int
say_unpushed(struct stating *x)
{
	struct mvc_names to = {0};
	int err;

	if (x->env->argc > 0)
		return MVC_OK;
	err = mvc_sharing_targets(&to, x->env, NULL);
	for (size_t i = 0; !err && i < to.n; i++) {
		struct mvc_unpushed u;

		err = mvc_unpushed_count(&u, x->env, to.v[i]);
		if (!err && u.n > 0)
			mvc_say(x->env,
			    "%zu version%s (%s) not on %s: mvc push\n", u.n,
			    u.n == 1 ? "" : "s", mvc_human_size(u.bytes).s,
			    mvc_name(x->env, u.remote));
		free(u.remote);
	}
	mvc_names_release(&to);
	return err;
}

static int
status_run(struct mvc_env *env, const void *args)
{
	struct stating x = {.env = env, .a = args};
	int err = state_all(&x);

	if (!err && env->common.json)
		json_roots(&x);
	else if (!err && x.a->porcelain)
		porcelain_all(&x);
	else if (!err)
		say_all(&x);
	if (!err && !env->common.json && !x.a->porcelain)
		err = say_unpushed(&x);
	for (size_t i = 0; i < x.n; i++) {
		free((char *)x.roots[i].path);
		free((char *)x.roots[i].text);
	}
	free(x.roots);
	free(x.files);
	free(x.far);
	free(x.remote);
	mvc_oidset_release(&x.pushed);
	mvc_names_release(&x.large);
	mvc_work_free(x.w);
	if (!err && (x.blocked || (x.a->exit_code && x.differs)))
		err = MVC_EFINDING;
	return err;
}

const struct mvc_cmd mvc_cmd_status = {
    .name = "status",
    .summary = "show what differs from what is recorded",
    .usage = "[PATH...]",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS |
	MVC_CMD_JSON,
    .min = 0,
    .max = -1,
    .opts = status_opts,
    .args_size = sizeof(struct status_args),
    .run = status_run,
};
