#include "cmd/beyond.h"
#include "cmd/checkout.h"
#include "cmd/fetching.h"
#include "cmd/lookup.h"
#include "git/history.h"
#include "git/repo.h"
#include "work/checkout.h"
#include "work/choose.h"
#include "work/typed.h"
#include "util/clock.h"
#include "util/banned.h"

struct checkout_args {
	bool fetched; /* what could be had: no option */
	struct mvc_ready *ready; /* nor this */
	bool force;
	int side; /* enum mvc_side */
};

static const struct mvc_opt checkout_opts[] = {
    MVC_OPT_FLAG(
	'f', "force", struct checkout_args, force, "overwrite local changes"),
    MVC_OPT_SET(0, "ours", struct checkout_args, side, MVC_SIDE_OURS,
	"in a conflict: this branch's version"),
    MVC_OPT_SET(0, "theirs", struct checkout_args, side, MVC_SIDE_THEIRS,
	"in a conflict: the version being merged"),
    MVC_OPT_SET(0, "merge", struct checkout_args, side, MVC_SIDE_MERGE,
	"in a conflict: both, path by path"),
    MVC_OPT_END,
};

static const char *const words[] = {
    "added", "updated", "restored", "deleted", "kept", "missing"};

static int
path_json(struct mvc_env *env, const struct mvc_checkout_path *p)
{
	struct mvc_json *j = mvc_out_json(env);

	mvc_json_object(j);
	mvc_json_key_str(j, "path", p->path);
	mvc_json_key_str(j, "what", words[p->what]);
	mvc_json_key_str(j, "root", p->root);
	if (p->kind) {
		mvc_json_key_u64(j, "size", p->size);
		mvc_json_key_str(j, "oid", mvc_oid_hex(&p->oid).s);
	}
	if (p->text)
		mvc_json_key_str(j, "why", p->text);
	mvc_json_end(j);
	return MVC_OK;
}

/* Roots that changed; a line waits until it is known whether more follow. */
struct report {
	struct mvc_env *env;
	uint64_t begun; /* ns */
	size_t n;
	char *root, *text; /* of the line that waits */
	bool may_heal; /* what is missing is not told yet */
	size_t missing;
	struct mvc_checkout_sums all;
};

static int
on_path(void *arg, const struct mvc_checkout_path *p)
{
	struct report *r = arg;
	struct mvc_env *env = r->env;

	r->missing += p->what == MVC_CHECKOUT_MISSING;
	if (r->may_heal && p->what == MVC_CHECKOUT_MISSING)
		return MVC_OK;
	if (env->common.json)
		return path_json(env, p);
	if (!p->text && !env->common.verbose && !env->common.dry_run)
		return MVC_OK;
	mvc_bar_hide(env);
	mvc_print(env, "%-8s %s", words[p->what], mvc_name(env, p->path));
	if (p->what == MVC_CHECKOUT_MISSING)
		mvc_print(env, " (%s)", mvc_namef(env, "%s.mvc", p->root));
	if (p->text)
		mvc_print(env, ": %s", mvc_sentence(env, p->text));
	mvc_print(env, "\n");
	mvc_bar_show(env);
	return MVC_OK;
}

static int
on_renamed(void *arg, const char *from, const char *to)
{
	struct mvc_env *env = ((struct report *)arg)->env;
	struct mvc_json *j;

	if (!env->common.json) {
		mvc_line(env, to, NULL, "renamed from %s", mvc_name(env, from));
		return MVC_OK;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "path", to);
	mvc_json_key_str(j, "what", "renamed");
	mvc_json_key_str(j, "from", from);
	mvc_json_end(j);
	return MVC_OK;
}

static int
add_count(struct mvc_buf *b, const char *sign, uint64_t n)
{
	return n ? mvc_buf_addf(b, "%s%s ", sign, mvc_human_count(n).s)
		 : MVC_OK;
}

static uint64_t
changes_of(const struct mvc_checkout_sums *s)
{
	return s->added + s->restored + s->updated + s->deleted;
}

/* "-120 ~3 +1 files": what has to go, then what has to come. */
static int
say_counts(struct mvc_buf *out, const struct mvc_checkout_sums *s)
{
	int err = add_count(out, "-", s->deleted);

	if (!err)
		err = add_count(out, "~", s->updated);
	if (!err)
		err = add_count(out, "+", s->added + s->restored);
	return err
	    ? err
	    : mvc_buf_add_str(out, changes_of(s) == 1 ? "file" : "files");
}

/* The line that waits, with how long it took if it is the only one. */
static void
say_root(struct report *r, const char *took)
{
	if (r->root)
		mvc_line(r->env, r->root, NULL, "%s%s", r->text, took);
	free(r->root);
	free(r->text);
	r->root = r->text = NULL;
}

static int
on_root(
    void *arg, const char *root, const struct mvc_checkout_sums *s, bool gone)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(400);
	struct report *r = arg;
	int err;

	if (!changes_of(s) || r->env->common.json)
		return MVC_OK;
	err = say_counts(&text, s);
	if (!err && gone)
		err = mvc_buf_add_str(&text, "   no pointer here names it");
	if (err)
		return err;
	say_root(r, "");
	r->all.added += s->added;
	r->all.restored += s->restored;
	r->all.updated += s->updated;
	r->all.deleted += s->deleted;
	r->n++;
	r->root = strdup(root);
	r->text = mvc_buf_take(&text);
	return r->root ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

/* Nothing that is only planned takes time. */
static int
say_end(struct report *r)
{
	MVC_SCOPED(mvc_buf) all = MVC_BUF_INIT(400);
	char took[60] = "";
	int err;

	if (!r->env->common.dry_run)
		snprintf(took, sizeof(took), "   %s",
		    mvc_human_time(mvc_now_ns() - r->begun).s);
	say_root(r, r->n == 1 ? took : "");
	if (r->n < 2)
		return MVC_OK;
	err = say_counts(&all, &r->all);
	if (!err)
		mvc_line(r->env, "in all", NULL, "%s%s", all.data, took);
	return err;
}

static int
on_conflict(void *arg, const char *root, const char *path, const char *what,
    const char *beside)
{
	struct mvc_env *env = arg;

	if (env->common.json)
		return MVC_OK;
	mvc_print(env, "conflict %s: %s",
	    mvc_namef(env, "%s%s%s", root, path[0] ? "/" : "", path), what);
	if (beside)
		mvc_print(env, "; theirs is %s",
		    mvc_namef(env, "%s/%s", root, beside));
	mvc_print(env, "\n");
	return MVC_OK;
}

/* What the words mean: a revision before "--", then paths. */
struct words {
	const char *rev;
	char **paths; /* relative to the work tree; owned */
	size_t n;
};

static void
words_release(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->paths[i]);
	free(w->paths);
}

static int
take_words(struct words *w, struct mvc_env *env, const struct checkout_args *a)
{
	int first = env->dashdash > 0 ? 1 : 0, err = MVC_OK;

	if (env->dashdash > 1)
		return mvc_fail(MVC_EUSAGE, "one revision before --");
	if (first && (a->side || env->argc == 1))
		return mvc_fail(MVC_EUSAGE, "%s",
		    a->side ? "a side of a conflict is not of a revision"
			    : "which paths, after --?");
	if (first && env->common.dry_run)
		return mvc_fail(MVC_EUSAGE, "-n does not go with a revision");
	if (a->side && (env->argc == 0 || env->common.dry_run))
		return mvc_fail(MVC_EUSAGE, "%s",
		    env->argc ? "-n does not go with a side"
			      : "a side of which conflict? name it, or .");
	w->rev = first ? env->argv[0] : NULL;
	w->paths = calloc((size_t)env->argc + 1, sizeof(*w->paths));
	if (!w->paths)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (int i = first; !err && i < env->argc; i++)
		err =
		    mvc_typed_path(&w->paths[w->n++], env->repo, env->argv[i]);
	return err;
}

/* A path that is none, but a revision. */
static int
refuse_rev(struct mvc_env *env, int err)
{
	MVC_OWN_MEM char *text = strdup(mvc_error_text());
	struct mvc_gitid id;

	if (err != MVC_ENOTFOUND || env->argc != 1 || env->dashdash >= 0 ||
	    mvc_rev_resolve(&id, env->repo, env->argv[0]))
		return mvc_error_adopt(err, text ? text : "no memory");
	return mvc_fail(MVC_EUSAGE,
	    "%s is a revision: git switch %s, then mvc checkout; or mvc "
	    "checkout %s -- PATH",
	    env->argv[0], env->argv[0], env->argv[0]);
}

static int
choose(struct mvc_names *set, struct mvc_env *env, struct mvc_work *work,
    const struct words *w, const struct checkout_args *a)
{
	struct mvc_choose_ops ops = {on_conflict, env};
	const char *const *paths = (const char *const *)w->paths;
	MVC_OWN(mvc_beyond) *beyond = NULL;
	int err = mvc_beyond_open(&beyond, env);

	if (err)
		return err;
	if (w->rev)
		return mvc_choose_rev(set, work, w->rev, paths, w->n);
	return mvc_choose_side(
	    set, work, (enum mvc_side)a->side, paths, w->n, &ops);
}

/*
 * What the store has lost or has damaged comes from a remote, if there is one,
 * and is put after all.
 */
static int
put(struct report *r, struct mvc_work **work, const char *const *paths,
    size_t n, const struct mvc_checkout_opts *o)
{
	struct mvc_checkout_ops ops = {
	    .renamed = on_renamed, .path = on_path, .root = on_root, .arg = r};
	struct mvc_env *env = r->env;
	bool healed;
	int err, heal;

	r->may_heal = !o->dry_run;
	err = mvc_checkout(*work, paths, n, o, &ops);
	if (r->missing == 0 || !r->may_heal)
		return err;
	heal = mvc_autoheal(env, (char *const *)paths, n, &healed);
	if (heal)
		return heal;
	r->may_heal = false;
	mvc_work_free(MVC_TAKE(*work));
	err = mvc_work_open(work, &env->ctx, env->repo, env->store);
	return err ? err : mvc_checkout(*work, paths, n, o, &ops);
}

static int
run(struct mvc_env *env, const struct words *w, const struct checkout_args *a)
{
	struct mvc_checkout_opts o = {.force = a->force,
	    .dry_run = env->common.dry_run,
	    .ready = a->ready};
	struct report r = {.env = env, .begun = mvc_now_ns()};
	const char *const *paths = (const char *const *)w->paths;
	MVC_OWN(mvc_work) *work = NULL;
	struct mvc_names set = {0};
	size_t n = w->n;
	int err, bad;

	err = mvc_work_open(&work, &env->ctx, env->repo, env->store);
	if (!err && (w->rev || a->side)) {
		err = choose(&set, env, work, w, a);
		n = set.n;
		paths = (const char *const *)set.v;
	}
	if (!err)
		err = mvc_lookup_fit(env, paths, n);
	if (!err && !a->fetched && !o.dry_run)
		err = mvc_autofetch(env, (char *const *)paths, n);
	if (!err)
		err = put(&r, &work, paths, n, &o);
	bad = say_end(&r);
	mvc_names_release(&set);
	return err ? err : bad;
}

int
mvc_cmd_put(struct mvc_env *env, bool force, struct mvc_ready *ready)
{
	struct checkout_args a = {
	    .force = force, .fetched = true, .ready = ready};
	struct words w = {0};
	int err = take_words(&w, env, &a);

	mvc_bar_start(env);
	if (!err)
		err = run(env, &w, &a);
	mvc_bar_stop(env);
	words_release(&w);
	return err;
}

static int
no_root(void *arg, const char *root, const struct mvc_checkout_sums *sums,
    bool gone)
{
	return MVC_OK;
}

int
mvc_cmd_lacking(struct mvc_env *env, bool force,
    int (*path)(void *arg, const struct mvc_checkout_path *p), void *arg)
{
	const struct mvc_checkout_opts o = {.force = force, .dry_run = true};
	struct mvc_checkout_ops ops = {
	    .path = path, .root = no_root, .arg = arg};
	const struct checkout_args a = {.fetched = true};
	MVC_OWN(mvc_work) *work = NULL;
	struct words w = {0};
	int err = take_words(&w, env, &a);

	if (!err)
		err = mvc_work_open(&work, &env->ctx, env->repo, env->store);
	if (!err)
		err = mvc_checkout(
		    work, (const char *const *)w.paths, w.n, &o, &ops);
	words_release(&w);
	return err == MVC_EFINDING ? MVC_OK : err;
}

static int
checkout_run(struct mvc_env *env, const void *args)
{
	const struct checkout_args *a = args;
	struct words w = {0};
	int err = take_words(&w, env, a);

	if (!err) {
		if (env->common.json)
			mvc_json_array(mvc_out_json(env));
		mvc_bar_start(env);
		err = run(env, &w, a);
		mvc_bar_stop(env);
		if (env->common.json)
			mvc_json_end(mvc_out_json(env));
		if (err)
			err = refuse_rev(env, err);
	}
	words_release(&w);
	return err;
}

const struct mvc_cmd mvc_cmd_checkout = {
    .name = "checkout",
    .summary = "data as the pointers say",
    .usage = "[--force] [PATH...]\n"
	     "REV -- PATH...\n"
	     "--ours|--theirs|--merge PATH...",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_NEED_STORE | MVC_CMD_JSON |
	MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .max = -1,
    .opts = checkout_opts,
    .args_size = sizeof(struct checkout_args),
    .run = checkout_run,
};
