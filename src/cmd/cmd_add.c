#include "cmd/beyond.h"
#include "cmd/env.h"
#include "cmd/fetching.h"
#include "util/clock.h"
#include "util/trace.h"
#include "work/add.h"
#include "work/track.h"
#include "work/typed.h"
#include "util/banned.h"

struct add_args {
	bool update, all, no_stage, vanished, force;
};

static const struct mvc_opt add_opts[] = {
    MVC_OPT_FLAG('u', "update", struct add_args, update,
	"every tracked path that changed (at and below PATH)"),
    MVC_OPT_FLAG('A', "all", struct add_args, all,
	"the same, and what the track rules name"),
    MVC_OPT_FLAG(0, "no-stage", struct add_args, no_stage,
	"write pointers and ignore entries, stage none"),
    MVC_OPT_FLAG(0, "vanished", struct add_args, vanished,
	"record the deletion of more than half of a directory"),
    MVC_OPT_FLAG('f', "force", struct add_args, force,
	"also where the pointer names another version"),
    MVC_OPT_END,
};

/* One root as it was recorded. */
struct done {
	char *path;
	bool is_new, changed;
	uint64_t added, modified, deleted, size, files;
	struct mvc_oid oid;
	enum mvc_pointer_type type;
};

struct adding {
	struct mvc_env *env;
	const struct add_args *a;
	struct mvc_work *w;
	struct mvc_names paths;
	struct done *done;
	size_t n_done;
	uint64_t begun; /* ns */
	struct mvc_writer_sums sums;
	bool told; /* what was passed over */
};

static int
note_root(void *arg, const struct mvc_added *a)
{
	struct adding *x = arg;
	struct done *d;

	if ((x->n_done & (x->n_done + 1)) == 0) {
		d = realloc(x->done, (2 * x->n_done + 2) * sizeof(*d));
		if (!d)
			return mvc_fail(MVC_ENOMEM, "no memory");
		x->done = d;
	}
	d = &x->done[x->n_done];
	d->path = strdup(a->path);
	if (!d->path)
		return mvc_fail(MVC_ENOMEM, "no memory");
	d->is_new = a->is_new;
	d->changed = a->changed;
	d->added = a->added;
	d->modified = a->modified;
	d->deleted = a->deleted;
	d->size = a->pointer->size;
	d->files = a->pointer->files;
	d->oid = a->pointer->oid;
	d->type = a->pointer->type;
	x->n_done++;
	return MVC_OK;
}

/* Why something was not recorded is no chat. */
static void
say_why(struct mvc_env *env, const char *text)
{
	bool quiet = env->out.quiet;

	env->out.quiet = false;
	mvc_bar_hide(env);
	mvc_note(env, "%s", text);
	mvc_bar_show(env);
	env->out.quiet = quiet;
}

static int
note_vanished(void *arg, const char *path, const char *text)
{
	struct adding *x = arg;

	(void)path;
	x->told = true;
	say_why(x->env, text);
	return MVC_OK;
}

/* "+120 ~3 -1 files", only what is not 0. */
static struct mvc_text
changes_of(const struct done *d)
{
	const struct {
		char sign;
		uint64_t n;
	} parts[] = {{'+', d->added}, {'~', d->modified}, {'-', d->deleted}};
	struct mvc_text t;
	size_t at = 0;

	/* Empty folders, or a pointer put right. */
	if (!d->added && !d->modified && !d->deleted)
		return (struct mvc_text){"no file changed"};
	for (size_t i = 0; i < 3; i++)
		if (parts[i].n && at < sizeof(t.s))
			at += (size_t)snprintf(t.s + at, sizeof(t.s) - at,
			    "%c%s ", parts[i].sign,
			    mvc_human_count(parts[i].n).s);
	snprintf(t.s + (at < sizeof(t.s) ? at : 0),
	    sizeof(t.s) - (at < sizeof(t.s) ? at : 0), "file%s",
	    d->added + d->modified + d->deleted == 1 ? "" : "s");
	return t;
}

/* With one root its line says what was stored and how long it took. */
static void
say_root(struct adding *x, const struct done *d, const char *tail)
{
	if (!d->is_new && !d->changed)
		mvc_line(x->env, d->path, NULL, "unchanged");
	else if (d->is_new && d->type == MVC_POINTER_TREE)
		mvc_line(x->env, d->path, NULL, "%s  %s%s",
		    mvc_human_files(d->files).s, mvc_human_size(d->size).s,
		    tail);
	else if (d->type != MVC_POINTER_TREE && !d->deleted)
		mvc_line(x->env, d->path, NULL, "%s%s",
		    mvc_human_size(d->size).s, tail);
	else
		mvc_line(x->env, d->path, NULL, "%s%s", changes_of(d).s, tail);
}

/* Of known roots nothing is called a duplicate: a file that is as young as its
 * record is read again, and what it has is there. */
static struct mvc_text
stored_of(const struct adding *x, size_t fresh)
{
	struct mvc_text t, dups = {""};
	bool known = fresh < x->n_done;

	if (x->sums.duplicates && !known)
		snprintf(dups.s, sizeof(dups.s), " (%.20s duplicate%s)",
		    mvc_human_count(x->sums.duplicates).s,
		    x->sums.duplicates == 1 ? "" : "s");
	snprintf(t.s, sizeof(t.s),
	    known && x->n_done == 1 ? "%.12s new" : "stored %.12s%.25s",
	    mvc_human_size(x->sums.packed).s, dups.s);
	return t;
}

static void
say_staged(struct adding *x, size_t changed)
{
	const struct done *one = NULL;

	for (size_t i = 0; i < x->n_done; i++)
		if (x->done[i].is_new || x->done[i].changed)
			one = &x->done[i];
	if (x->a->no_stage || changed == 0)
		return;
	if (changed > 1)
		mvc_line(x->env, "staged", "git commit", "%s pointers",
		    mvc_human_count(changed).s);
	else
		mvc_line(x->env, "staged", "git commit", "%s%s",
		    mvc_namef(x->env, "%s" MVC_POINTER_SUFFIX, one->path),
		    one->is_new ? " .gitignore" : "");
}

static void
report(struct adding *x)
{
	struct mvc_text took = mvc_human_time(mvc_now_ns() - x->begun);
	size_t changed = 0, fresh = 0;
	char tail[160] = "";

	for (size_t i = 0; i < x->n_done; i++) {
		changed += x->done[i].is_new || x->done[i].changed;
		fresh += x->done[i].is_new;
		mvc_line_fit(x->env, x->done[i].path);
	}
	if (x->n_done == 1)
		snprintf(tail, sizeof(tail), "   %s   %s",
		    stored_of(x, fresh).s, took.s);
	for (size_t i = 0; i < x->n_done; i++)
		if (x->n_done == 1 || x->done[i].is_new || x->done[i].changed)
			say_root(x, &x->done[i], tail);
	if (x->n_done > 1 && changed)
		mvc_line(x->env, "in all", NULL, "%s   %s",
		    stored_of(x, fresh).s, took.s);
	if (x->n_done != 1 && changed == 0)
		mvc_say(x->env, "Nothing changed.\n");
	/* A change needs no reminder when -u was typed by one who knows. */
	if (!x->a->update || fresh)
		say_staged(x, changed);
}

static void
report_json(struct adding *x)
{
	static const char *const types[] = {"", "file", "executable", "tree"};
	struct mvc_json *j = mvc_out_json(x->env);

	mvc_json_object(j);
	mvc_json_key(j, "roots");
	mvc_json_array(j);
	for (size_t i = 0; i < x->n_done; i++) {
		const struct done *d = &x->done[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "path", d->path);
		mvc_json_key_str(j, "oid", mvc_oid_hex(&d->oid).s);
		mvc_json_key_str(j, "type", types[d->type]);
		mvc_json_key_u64(j, "size", d->size);
		mvc_json_key_u64(j, "files", d->files);
		mvc_json_key_bool(j, "new", d->is_new);
		mvc_json_key_bool(j, "changed", d->changed);
		mvc_json_key_u64(j, "added", d->added);
		mvc_json_key_u64(j, "modified", d->modified);
		mvc_json_key_u64(j, "deleted", d->deleted);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_key_u64(j, "stored", x->sums.packed);
	mvc_json_key_u64(j, "duplicates", x->sums.duplicates);
	mvc_json_end(j);
}

static int
is_tracked(bool *is, struct adding *x, struct mvc_index *idx, const char *path)
{
	struct mvc_place p;
	int err;

	*is = false;
	if (!*path)
		return MVC_OK;
	err = mvc_place_find(&p, x->w, idx, path);
	if (err)
		return err;
	*is = p.tracked;
	mvc_place_release(&p);
	return MVC_OK;
}

/* What is found below a folder of the repository. */
static int
take_below(struct adding *x, struct mvc_index *idx, const char *path)
{
	struct mvc_names roots;
	size_t before = x->paths.n;
	int err = mvc_work_roots_here(&roots, x->w, idx, path);

	for (size_t i = 0; !err && i < roots.n; i++)
		err = mvc_names_add(&x->paths, roots.v[i]);
	mvc_names_release(&roots);
	if (err)
		return err;
	if (!x->a->update)
		return mvc_track_find(&x->paths, x->w, idx, path, -1);
	if (x->paths.n == before && *path)
		return mvc_fail(
		    MVC_ENOTFOUND, "%s: nothing there is tracked by mvc", path);
	return MVC_OK;
}

/* One word of the command line: a path, or, with -u, -A and for a folder that
 * is the whole repository, what is found below it. */
static int
take_word(struct adding *x, struct mvc_index *idx, const char *word)
{
	MVC_OWN_MEM char *path = NULL;
	bool whole, tracked = false;
	int err;

	err = mvc_typed_path(&path, x->env->repo, word);
	if (err)
		return err;
	/* "." never makes a data set of all that is there. */
	whole = !*path || !strcmp(word, ".");
	if (x->a->update || x->a->all || whole) {
		err = is_tracked(&tracked, x, idx, path);
		if (err || !tracked)
			return err ? err : take_below(x, idx, path);
	}
	return mvc_names_add(&x->paths, path);
}

static int
gather(struct adding *x)
{
	MVC_OWN(mvc_index) *idx = NULL;
	struct mvc_env *env = x->env;
	bool any;
	int err;

	if (env->argc == 0 && !x->a->update && !x->a->all)
		return mvc_fail(MVC_EUSAGE,
		    "say what to add: a PATH, or -u for what changed, or -A "
		    "for what the track rules name too");
	err = mvc_index_open(&idx, env->repo);
	for (int i = 0; !err && i < env->argc; i++)
		err = take_word(x, idx, env->argv[i]);
	if (!err && env->argc == 0)
		err = take_below(x, idx, "");
	if (!err && x->paths.n == 0 && !x->a->update) {
		err = mvc_track_any(&any, env->repo);
		if (!err && !any)
			err = mvc_fail(MVC_EINVALID,
			    "there are no track rules: name the data (mvc add "
			    "PATH), or say what is data, for instance `mvc "
			    "config --project mvc.track.size 5M`");
	}
	if (!err)
		mvc_names_sort(&x->paths);
	return err;
}

static int
add_all(struct adding *x)
{
	struct mvc_add_opts opts = {.no_stage = x->a->no_stage,
	    .vanished = x->a->vanished,
	    .force = x->a->force,
	    .update = x->a->update || x->a->all};
	struct mvc_add_ops ops = {note_root, note_vanished, x};
	MVC_OWN(mvc_beyond) *beyond = NULL;
	int err;

	err = mvc_work_open(&x->w, &x->env->ctx, x->env->repo, x->env->store);
	if (!err)
		err = gather(x);
	if (err || x->paths.n == 0)
		return err;
	mvc_bar_start(x->env);
	err = mvc_add(x->w, (const char *const *)x->paths.v, x->paths.n, &opts,
	    &ops, &x->sums);
	/* The trees that it goes into may be elsewhere. */
	if (err == MVC_ENOTFOUND &&
	    mvc_autofetch_trees(x->env, x->paths.v, x->paths.n))
		err = mvc_beyond_open(&beyond, x->env);
	if (beyond)
		err = mvc_add(x->w, (const char *const *)x->paths.v, x->paths.n,
		    &opts, &ops, &x->sums);
	mvc_bar_stop(x->env);
	return err;
}

static int
add_run(struct mvc_env *env, const void *args)
{
	struct adding x = {.env = env, .a = args, .begun = mvc_now_ns()};
	int err = add_all(&x);
	bool done = !err || (err == MVC_EFINDING && x.told);

	if (done && env->common.json)
		report_json(&x);
	else if (done && (x.n_done || !err))
		report(&x);
	else if (err == MVC_EFINDING && !x.told)
		say_why(env, mvc_error_text());
	for (size_t i = 0; i < x.n_done; i++)
		free(x.done[i].path);
	free(x.done);
	mvc_names_release(&x.paths);
	mvc_work_free(x.w);
	return err;
}

const struct mvc_cmd mvc_cmd_add = {
    .name = "add",
    .summary = "record data: into the store, and a pointer into Git",
    .usage = "PATH...\n-u [PATH...]\n-A | .",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS |
	MVC_CMD_JSON,
    .min = 0,
    .max = -1,
    .opts = add_opts,
    .args_size = sizeof(struct add_args),
    .run = add_run,
};
