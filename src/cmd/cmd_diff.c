#include "cmd/beyond.h"
#include "cmd/lookup.h"
#include "cmd/object.h"
#include "git/history.h"
#include "git/repo.h"
#include "store/store.h"
#include "work/here.h"
#include "work/typed.h"
#include "util/banned.h"

struct diff_args {
	bool stat, names, exit_code;
};

static const struct mvc_opt diff_opts[] = {
    MVC_OPT_FLAG(0, "stat", struct diff_args, stat,
	"only sums, a line for each tracked path"),
    MVC_OPT_FLAG(0, "name-only", struct diff_args, names, "only the names"),
    MVC_OPT_FLAG(0, "exit-code", struct diff_args, exit_code,
	"exit with 1 if anything differs"),
    MVC_OPT_END,
};

struct diff {
	struct mvc_env *env;
	const struct diff_args *a;
	struct mvc_view *before, *after;
	struct mvc_strings only;
	bool differs, broken;
};

static void
json_side(struct mvc_json *j, const char *key, const struct mvc_entry *e)
{
	if (!e)
		return;
	mvc_json_key(j, key);
	mvc_json_object(j);
	mvc_json_key_str(j, "type", mvc_entry_word(e->kind));
	mvc_json_key_u64(j, "size", e->size);
	if (e->kind == MVC_ENTRY_LINK) {
		mvc_json_key(j, "target");
		mvc_json_bytes(j, e->target, e->target_len);
	} else if (!mvc_oid_is_zero(&e->id)) {
		mvc_json_key_str(j, "oid", mvc_oid_hex(&e->id).s);
	}
	mvc_json_end(j);
}

static const char *const words[] = {
    [MVC_CHANGE_ADDED] = "added",
    [MVC_CHANGE_DELETED] = "deleted",
    [MVC_CHANGE_MODIFIED] = "modified",
    [MVC_CHANGE_RENAMED] = "renamed",
};

static void
json_change(struct diff *d, const struct mvc_change *c)
{
	struct mvc_json *j = mvc_out_json(d->env);

	mvc_json_object(j);
	mvc_json_key_str(j, "path", c->path);
	mvc_json_key_str(j, "change", words[c->kind]);
	if (c->from)
		mvc_json_key_str(j, "from", c->from);
	json_side(j, "before", c->a);
	json_side(j, "after", c->b);
	if (c->fresh_known)
		mvc_json_key_u64(j, "new_bytes", c->fresh);
	mvc_json_end(j);
}

static const char *
kind_change(const struct mvc_entry *a, const struct mvc_entry *b)
{
	if (a->kind == b->kind)
		return "";
	switch (b->kind) {
	case MVC_ENTRY_EXEC:
		return "   now executable";
	case MVC_ENTRY_LINK:
		return "";
	default:
		return a->kind == MVC_ENTRY_EXEC ? "   no longer executable"
						 : "   now a file";
	}
}

static void
print_sizes(struct diff *d, const struct mvc_change *c)
{
	const struct mvc_entry *a = c->a, *b = c->b, *e = b ? b : a;
	struct mvc_env *env = d->env;

	if (e->kind == MVC_ENTRY_LINK || e->kind == MVC_ENTRY_DIR)
		return;
	if (a && b && a->size != b->size)
		mvc_print(env, "   %s -> %s", mvc_human_size(a->size).s,
		    mvc_human_size(b->size).s);
	else if (!a || !b || !mvc_oid_eq(&a->id, &b->id) || c->from)
		mvc_print(env, "   %s", mvc_human_size(e->size).s);
	if (c->fresh_known && c->fresh)
		mvc_print(env, "   %s new", mvc_human_size(c->fresh).s);
	else if (c->fresh_known && b->size)
		mvc_print(env, "   nothing new");
}

/* Where a link leads, and what has become executable. */
static int
print_kind(struct diff *d, const struct mvc_change *c)
{
	MVC_SCOPED(mvc_buf) target = MVC_BUF_INIT(4 * MVC_TARGET_MAX + 8);
	const struct mvc_entry *e = c->b ? c->b : c->a;
	int err;

	if (c->a && c->b)
		mvc_print(d->env, "%s", kind_change(c->a, c->b));
	if (e->kind != MVC_ENTRY_LINK)
		return MVC_OK;
	err = mvc_human_name(&target, e->target, e->target_len);
	if (!err)
		mvc_print(d->env, "   link to %s", target.data);
	return err;
}

static int
print_change(struct diff *d, const struct mvc_change *c)
{
	static const enum mvc_colour colours[] = {
	    [MVC_CHANGE_ADDED] = MVC_GREEN,
	    [MVC_CHANGE_DELETED] = MVC_RED,
	    [MVC_CHANGE_MODIFIED] = MVC_YELLOW,
	    [MVC_CHANGE_RENAMED] = MVC_BOLD,
	};
	const struct mvc_entry *e = c->b ? c->b : c->a;
	const char *slash = e->kind == MVC_ENTRY_DIR ? "/   empty" : "";
	struct mvc_env *env = d->env;
	int err;

	if (d->a->names && *slash)
		slash = "/";
	if (d->a->names) {
		mvc_print(env, "%s%s\n", mvc_name(env, c->path), slash);
		return MVC_OK;
	}
	mvc_print(env, "%s%-8s%s  %s%s%s%s", mvc_colour(env, colours[c->kind]),
	    words[c->kind], mvc_colour(env, MVC_PLAIN),
	    c->from ? mvc_name(env, c->from) : "", c->from ? " -> " : "",
	    mvc_name(env, c->path), slash);
	err = print_kind(d, c);
	print_sizes(d, c);
	mvc_print(env, "\n");
	return err;
}

static int
on_change(void *arg, const struct mvc_change *c)
{
	struct diff *d = arg;

	d->differs = true;
	if (d->a->stat)
		return MVC_OK;
	if (!d->env->common.json)
		return print_change(d, c);
	json_change(d, c);
	return MVC_OK;
}

static void
json_sums(struct diff *d, const char *path, const struct mvc_change_counts *n)
{
	struct mvc_json *j = mvc_out_json(d->env);

	mvc_json_object(j);
	mvc_json_key_str(j, "path", path);
	mvc_json_key_u64(j, "added", n->added);
	mvc_json_key_u64(j, "deleted", n->deleted);
	mvc_json_key_u64(j, "modified", n->modified);
	mvc_json_key_u64(j, "renamed", n->renamed);
	mvc_json_key_u64(j, "empty_folders", n->folders);
	mvc_json_key_u64(j, "new_bytes", n->fresh);
	mvc_json_end(j);
}

/* "+120 -1 files   2 renamed   11 MB new" */
static int
sums_text(struct mvc_buf *out, const struct mvc_change_counts *n)
{
	const struct {
		char sign;
		uint64_t n;
	} parts[] = {{'+', n->added}, {'-', n->deleted}, {'~', n->modified}};
	uint64_t files = n->added + n->deleted + n->modified;
	int err = MVC_OK;

	for (size_t i = 0; i < 3 && !err; i++)
		if (parts[i].n)
			err = mvc_buf_addf(out, "%c%s ", parts[i].sign,
			    mvc_human_count(parts[i].n).s);
	if (!err && files)
		err = mvc_buf_addf(out, "file%s", files == 1 ? "" : "s");
	if (!err && n->renamed)
		err = mvc_buf_addf(out, "%s%s renamed", files ? "   " : "",
		    mvc_human_count(n->renamed).s);
	if (!err && n->folders)
		err = mvc_buf_addf(out, "%s%s empty folder%s",
		    files || n->renamed ? "   " : "",
		    mvc_human_count(n->folders).s, n->folders == 1 ? "" : "s");
	if (!err && n->fresh)
		err =
		    mvc_buf_addf(out, "   %s new", mvc_human_size(n->fresh).s);
	return err;
}

static int
on_tracked(void *arg, const char *path, const struct mvc_pointer *a,
    const struct mvc_pointer *b, const struct mvc_change_counts *n)
{
	struct diff *d = arg;
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(256);
	int err;

	if (!d->a->stat)
		return MVC_OK;
	if (d->env->common.json) {
		json_sums(d, path, n);
		return MVC_OK;
	}
	err = sums_text(&text, n);
	if (!err)
		mvc_line(d->env, path, NULL, "%s", text.data);
	return err;
}

static int
on_broken(void *arg, const struct mvc_tracked *t)
{
	struct diff *d = arg;

	d->broken = true;
	if (t->path && strncmp(t->why, t->path, strlen(t->path)))
		mvc_note(d->env, "%s: %s", mvc_name(d->env, t->path), t->why);
	else
		mvc_note(d->env, "%s", t->why);
	return MVC_OK;
}

static int
path_in_lists(const struct diff *d, const char *path,
    const struct mvc_tracked_list *a, const struct mvc_tracked_list *b)
{
	const struct mvc_changes_opts one = {.only = &path, .n_only = 1};

	for (size_t i = 0; i < a->n; i++)
		if (mvc_changes_wants(&one, a->v[i].path, true))
			return MVC_OK;
	for (size_t i = 0; i < b->n; i++)
		if (mvc_changes_wants(&one, b->v[i].path, true))
			return MVC_OK;
	return mvc_fail(MVC_ENOTFOUND,
	    "%s is not tracked, on neither side; mvc ls lists what is", path);
}

static int
show(struct diff *d, const struct mvc_tracked_list *a,
    const struct mvc_tracked_list *b)
{
	static const struct mvc_changes_ops ops = {
	    on_change, on_tracked, on_broken, NULL};
	const struct mvc_changes_opts opts = {
	    .bytes = !d->a->names, .only = d->only.v, .n_only = d->only.n};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < d->only.n; i++)
		err = path_in_lists(d, d->only.v[i], a, b);
	if (err)
		return err;
	for (size_t i = 0; d->a->stat && i < b->n; i++)
		mvc_line_fit(d->env, b->v[i].path);
	if (d->env->common.json)
		mvc_json_array(mvc_out_json(d->env));
	err = mvc_changes(d->env->store, a, b, &opts, &ops, d);
	if (!err && d->env->common.json)
		mvc_json_end(mvc_out_json(d->env));
	return err;
}

static int
compare(struct diff *d)
{
	struct mvc_tracked_list a, b = {.n = 0};
	int err;

	err = mvc_view_list(&a, d->before, "");
	if (err)
		return err;
	err = mvc_view_list(&b, d->after, "");
	if (!err)
		err = show(d, &a, &b);
	mvc_tracked_list_release(&a);
	mvc_tracked_list_release(&b);
	return err;
}

static int
on_other(void *arg, const char *path)
{
	struct diff *d = arg;

	mvc_note(d->env,
	    "%s: another version lies here than its pointer names: "
	    "mvc checkout",
	    mvc_name(d->env, path));
	return MVC_OK;
}

/* The data in the work tree with its pointers. */
static int
compare_data(struct diff *d)
{
	static const struct mvc_changes_ops ops = {
	    on_change, on_tracked, on_broken, on_other};
	const struct mvc_changes_opts opts = {
	    .bytes = !d->a->names, .only = d->only.v, .n_only = d->only.n};
	MVC_OWN(mvc_work) *w = NULL;
	int err;

	err = mvc_work_open(&w, &d->env->ctx, d->env->repo, d->env->store);
	if (!err && d->a->stat)
		err = mvc_lookup_fit(d->env, d->only.v, d->only.n);
	if (err)
		return err;
	if (d->env->common.json)
		mvc_json_array(mvc_out_json(d->env));
	err = mvc_changes_here(w, &opts, &ops, d);
	if (!err && d->env->common.json)
		mvc_json_end(mvc_out_json(d->env));
	return err;
}

static int
exit_of(const struct diff *d, int err)
{
	if (!err && (d->broken || (d->differs && d->a->exit_code)))
		return MVC_EFINDING;
	return err;
}

static int
add_path(struct diff *d, const char *word)
{
	char *path;
	int err;

	if (d->env->repo->worktree) {
		err = mvc_typed_path(&path, d->env->repo, word);
		if (err)
			return err;
	} else {
		path = strdup(word);
	}
	if (path && mvc_pointer_is_path(path))
		path[strlen(path) - strlen(MVC_POINTER_SUFFIX)] = 0;
	d->only.v[d->only.n++] = path;
	return path ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

/* Open the view that stands where the word does; "A..B" fills both. */
static int
add_revision(struct diff *d, const char *word)
{
	const char *dots = strstr(word, "..");
	MVC_OWN_MEM char *left = NULL;
	int err;

	if (!dots)
		return mvc_view_open(
		    d->before ? &d->after : &d->before, d->env->repo, word);
	if (d->before)
		return mvc_fail(
		    MVC_EUSAGE, "%s: one range, or two revisions", word);
	left = strndup(word, (size_t)(dots - word));
	if (!left)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_view_open(&d->before, d->env->repo, *left ? left : "HEAD");
	if (!err)
		err = mvc_view_open(
		    &d->after, d->env->repo, dots[2] ? dots + 2 : "HEAD");
	return err;
}

/* Whether the word is tracked in the work tree, or a folder with such in it. */
static bool
is_path(struct diff *d, const char *word)
{
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;

	if (strchr(word, ':') || !d->env->repo->worktree)
		return false;
	return !mvc_target_parse(&t, d->env->repo, word) &&
	    !mvc_target_root(&t) && (t.root || !mvc_target_folder(&t));
}

/* Without "--": revisions first, then paths. */
static int
add_word(struct diff *d, const char *word)
{
	bool path;
	int err;

	if (d->only.n || (d->before && d->after))
		return add_path(d, word);
	path = is_path(d, word);
	err = add_revision(d, word);
	if (!err && path)
		return mvc_fail(MVC_EUSAGE,
		    "'%s' is a revision and a path: put -- before paths", word);
	if (err != MVC_ENOTFOUND && err != MVC_EINVALID)
		return err;
	if (path)
		return add_path(d, word);
	return mvc_fail(MVC_ENOTFOUND,
	    "'%s' is neither a revision nor tracked here (put -- before paths "
	    "of other revisions)",
	    word);
}

static int
add_words(struct diff *d)
{
	struct mvc_env *env = d->env;
	int err = MVC_OK;

	d->only.v = calloc((size_t)env->argc + 1, sizeof(*d->only.v));
	if (!d->only.v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (int i = 0; !err && i < env->argc; i++) {
		if (env->dashdash < 0)
			err = add_word(d, env->argv[i]);
		else if (i >= env->dashdash)
			err = add_path(d, env->argv[i]);
		else if (d->after)
			err = mvc_fail(MVC_EUSAGE, "at most two revisions");
		else
			err = add_revision(d, env->argv[i]);
	}
	return err;
}

static int
diff_run(struct mvc_env *env, const void *args)
{
	MVC_OWN(mvc_beyond) *beyond = NULL;
	struct diff d = {.env = env, .a = args};
	int err = mvc_beyond_open(&beyond, env);

	if (!err)
		err = add_words(&d);

	if (!err && !d.before) {
		err = compare_data(&d);
	} else if (!err) {
		if (!d.after)
			err = mvc_view_open(&d.after, env->repo, NULL);
		if (!err)
			err = compare(&d);
	}
	for (size_t i = 0; i < d.only.n; i++)
		free((char *)d.only.v[i]);
	free(d.only.v);
	mvc_view_free(d.before);
	mvc_view_free(d.after);
	return exit_of(&d, err);
}

const struct mvc_cmd mvc_cmd_diff = {
    .name = "diff",
    .summary = "what differs between versions, by file",
    .usage = "[REV [REV]] [--] [PATH...]",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON | MVC_CMD_JOBS,
    .max = -1,
    .opts = diff_opts,
    .args_size = sizeof(struct diff_args),
    .run = diff_run,
};
