#include "cmd/fetching.h"
#include "cmd/checkout.h"
#include "cmd/missing.h"
#include "cmd/sharing.h"
#include "git/repo.h"
#include "remote/fetch.h"
#include "remote/known.h"
#include "store/fsck.h"
#include "store/root.h"
#include "hash/oidset.h"
#include "util/sys.h"
#include "work/checkout.h"
#include "tree/walk.h"
#include "work/ready.h"
#include "work/sparse.h"
#include "work/target.h"
#include "work/work.h"
#include "util/banned.h"

/* Versions of a path that are asked for one that is here. */
#define EARLIER 100

struct fetching {
	struct mvc_env *env;
	const struct mvc_fetching_opts *opts;
	const char *remote; /* NULL: the default */
	struct mvc_remoteconf conf; /* for what it takes */
	struct mvc_sharing share;
	struct mvc_wanted *wanted;
	struct mvc_fetch fetch;
	char here[33]; /* this clone */
	const struct mvc_wanted_item **of; /* each item of the fetch */
	const struct mvc_fetch_item
	    *told; /* the last that something was said of */
	size_t missing;
	struct mvc_sparse *sparse; /* NULL: all is wanted */
	struct mvc_oidset only; /* kind 1: the files that it wants */
	const char *root; /* of the tree that is gone through */
};

static void
missing(void *arg, const struct mvc_fetch_item *item, const char *why)
{
	struct fetching *f = arg;

	f->missing++;
	if (f->opts->no_word)
		return;
	mvc_note(f->env, "%s (%.8s) is not on %s: %s", item->path,
	    mvc_oid_hex(&item->oid).s, f->share.name, why);
	if (f->told != item)
		mvc_missing_tell(
		    f->env, &f->share, f->of[item - f->fetch.items]);
	f->told = item;
}

static bool
is_whole_here(void *arg, const struct mvc_oid *oid)
{
	struct fetching *f = arg;
	struct mvc_root root;
	bool whole;

	if (mvc_root_get(&root, f->env->store, f->here, oid))
		return false;
	whole = !root.part;
	mvc_root_release(&root);
	return whole;
}

static int
look_for_pack(void *arg, const struct mvc_segment_pack *p)
{
	struct fetching *f = arg;
	bool has;
	int err = mvc_backend_has(
	    mvc_store_backend(f->env->store), mvc_pack_path(&p->name).s, &has);

	return err || has ? err : MVC_EFINDING;
}

/* Whether the packs that a root here leads to are there; nobody reads them. */
static bool
is_backed(struct fetching *f, const struct mvc_oid *oid)
{
	struct mvc_root root;
	int err = mvc_root_get(&root, f->env->store, f->here, oid);

	if (err)
		return false;
	for (size_t i = 0; !err && i < root.n_segments; i++)
		err = mvc_segment_each_pack(mvc_store_backend(f->env->store),
		    &root.segments[i], look_for_pack, f);
	mvc_root_release(&root);
	return !err;
}

/* Who asks for it by name wants it, whatever became of the store. */
static bool
is_to_come(struct fetching *f, const struct mvc_oid *oid)
{
	bool whole = is_whole_here(f, oid);

	if (f->opts->heal || f->opts->by_itself || !whole)
		return f->opts->heal ? whole : !whole;
	if (is_backed(f, oid))
		return false;
	f->fetch.heal = true;
	return true;
}

static void
ignore_finding(void *arg, const char *text)
{
}

/* Indexes that lead to packs which are gone are written anew, so that roots
 * can lean on them. Whoever writes meanwhile is not waited for. */
static int
repair(struct fetching *f)
{
	struct mvc_fsck q = {.store = f->env->store,
	    .holder = f->here,
	    .repair = true,
	    .finding = ignore_finding};
	int err = mvc_fsck(&q);

	return err == MVC_EFINDING || err == MVC_EAGAIN ? MVC_OK : err;
}

static int
fill_items(struct fetching *f)
{
	struct mvc_wanted *w = f->wanted;
	int err = MVC_OK;
	bool goes;

	f->fetch.items = calloc(w->n + 1, sizeof(*f->fetch.items));
	f->of = calloc(w->n + 1, sizeof(*f->of));
	if (!f->fetch.items || !f->of)
		return mvc_fail(MVC_ENOMEM, "no memory for a fetch");
	for (size_t i = 0; !err && i < w->n; i++) {
		struct mvc_fetch_item *to = &f->fetch.items[f->fetch.n];

		if (!w->at[i].tree &&
		    !mvc_sparse_wants(f->sparse, w->at[i].path, false))
			continue;
		if (!is_to_come(f, &w->at[i].oid))
			continue;
		err =
		    mvc_remoteconf_takes(&goes, NULL, &f->conf, w->at[i].path);
		if (err || !goes)
			continue;
		f->of[f->fetch.n++] = &w->at[i];
		to->oid = w->at[i].oid;
		to->tree = w->at[i].tree;
		to->size = w->at[i].size;
		to->files = w->at[i].files;
		to->path = w->at[i].path;
		to->inner = w->at[i].inner;
		to->only = f->opts->only;
		if (!f->fetch.heal)
			err = mvc_wanted_earlier(&to->base, &to->has_base,
			    f->env->repo, &w->at[i], EARLIER, is_whole_here, f);
	}
	/* What they are compared with may be what is gone. */
	for (size_t i = 0; f->fetch.heal && i < f->fetch.n; i++)
		f->fetch.items[i].has_base = false;
	return err;
}

static int
choose_file(void *arg, const char *path, const struct mvc_entry *e)
{
	struct fetching *f = arg;
	MVC_OWN_MEM char *whole = NULL;
	bool was;

	if (e->kind == MVC_ENTRY_DIR || e->kind == MVC_ENTRY_LINK)
		return MVC_OK;
	if (asprintf(&whole, "%s/%s", f->root, path) < 0) {
		whole = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	return mvc_sparse_wants(f->sparse, whole, false)
	    ? mvc_oidset_add(&f->only, 1, &e->id, &was)
	    : MVC_OK;
}

/* The trees come first: they say which files the patterns want. */
static int
choose_files(struct fetching *f)
{
	static const struct mvc_walk_ops ops = {.entry = choose_file};
	int err;

	f->fetch.missing = NULL;
	f->fetch.trees_only = true;
	err = mvc_fetch(&f->fetch);
	f->fetch.missing = missing;
	f->fetch.trees_only = false;
	for (size_t i = 0; !err && i < f->fetch.n; i++) {
		struct mvc_fetch_item *item = &f->fetch.items[i];

		if (!item->tree || item->inner)
			continue;
		item->only = &f->only;
		f->root = item->path;
		if (item->state != MVC_FETCH_MISSING)
			err = mvc_tree_walk(mvc_store_source(f->env->store),
			    &item->oid, &ops, f);
	}
	return err;
}

/* For what is said offline: what came is there. */
static int
remember(struct fetching *f)
{
	struct mvc_oidset known = {.n = 0};
	bool was, any = false;
	int err = mvc_known_load(&known, f->share.cache);

	for (size_t i = 0; !err && i < f->fetch.n; i++) {
		if (f->fetch.items[i].state != MVC_FETCH_DONE)
			continue;
		err = mvc_oidset_add(&known, 1, &f->fetch.items[i].oid, &was);
		any |= !was;
	}
	if (!err && any)
		err = mvc_known_save(f->share.cache, &known);
	mvc_oidset_release(&known);
	return err;
}

static int
fetch(struct fetching *f)
{
	struct mvc_env *env = f->env;
	int err;

	err = mvc_sharing_open(&f->share, env, f->remote, false);
	if (!err)
		err = mvc_sharing_limit(&f->share, f->opts->limit_rate);
	if (err)
		return err;
	f->fetch.ctx = &env->ctx;
	f->fetch.store = env->store;
	f->fetch.far = f->share.far;
	f->fetch.there = f->share.holder;
	f->fetch.here = f->here;
	f->fetch.dry_run = f->opts->dry_run;
	f->fetch.trees_only = f->opts->trees_only;
	f->fetch.no_store = f->opts->no_store && !f->opts->trees_only;
	f->fetch.taker = mvc_ready_taker(f->opts->ready);
	f->fetch.missing = missing;
	f->fetch.arg = f;
	env->out.events = env->common.json && !f->opts->by_itself;
	mvc_bar_start(env);
	if (f->fetch.heal && !f->opts->dry_run)
		err = repair(f);
	if (!err && f->sparse && !f->opts->dry_run)
		err = choose_files(f);
	if (!err)
		err = mvc_fetch(&f->fetch);
	if (!err && !f->opts->dry_run)
		err = remember(f);
	mvc_bar_stop(env);
	return err;
}

static size_t
count(const struct fetching *f, enum mvc_fetch_state s)
{
	size_t n = 0;

	for (size_t i = 0; i < f->fetch.n; i++)
		n += f->fetch.items[i].state == s;
	return n;
}

static void
json_report(struct fetching *f)
{
	static const char *const names[] = {
	    [MVC_FETCH_NEEDED] = "needed",
	    [MVC_FETCH_HERE] = "here",
	    [MVC_FETCH_DONE] = "fetched",
	    [MVC_FETCH_MISSING] = "missing",
	};
	struct mvc_json *j = &f->env->out.json;

	mvc_json_object(j);
	if (f->share.name)
		mvc_json_key_str(j, "remote", f->share.name);
	mvc_json_key_bool(j, "dry_run", f->opts->dry_run);
	mvc_json_key_u64(j, "objects", f->fetch.objects);
	mvc_json_key_u64(j, "bytes", f->fetch.bytes);
	mvc_json_key_u64(
	    j, "requests", f->share.backend ? f->share.backend->requests : 0);
	mvc_json_key_u64(
	    j, "received", f->share.backend ? f->share.backend->received : 0);
	mvc_json_key(j, "versions");
	mvc_json_array(j);
	for (size_t i = 0; i < f->fetch.n; i++) {
		const struct mvc_fetch_item *item = &f->fetch.items[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "path", item->path);
		mvc_json_key_str(j, "oid", mvc_oid_hex(&item->oid).s);
		mvc_json_key_str(j, "state", names[item->state]);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
}

static void
say_report(struct fetching *f)
{
	const char *name = f->share.name;
	size_t needed = count(f, MVC_FETCH_NEEDED);

	mvc_line_fit(f->env, name);
	if (f->opts->dry_run)
		mvc_line(f->env, name, NULL, "would fetch %zu version%s",
		    needed, needed == 1 ? "" : "s");
	else if (f->fetch.objects == 0)
		mvc_line(f->env, name, NULL, "%s",
		    f->missing ? "nothing fetched" : "nothing to fetch");
	else
		mvc_line(f->env, name, NULL, "%s fetched   %s   verified",
		    mvc_human_size(f->fetch.bytes).s,
		    mvc_human_time(mvc_sharing_took(&f->share)).s);
}

static void
report(struct fetching *f)
{
	if (f->opts->no_word)
		return;
	if (f->env->common.json && f->opts->heal && f->fetch.objects)
		fprintf(stderr,
		    "{\"event\":\"healed\",\"objects\":%llu,"
		    "\"bytes\":%llu}\n",
		    (unsigned long long)f->fetch.objects,
		    (unsigned long long)f->fetch.bytes);
	if (f->env->common.json && !f->opts->by_itself)
		json_report(f);
	else if (f->fetch.n == 0 && !f->opts->by_itself)
		mvc_say(f->env, "All of it is here.\n");
	else if (!f->opts->by_itself ||
	    (f->fetch.objects > 0 && !f->opts->silent))
		say_report(f);
}

/* Whoever did not ask for it goes on without. */
static int
excuse(struct fetching *f, int err)
{
	if (f->share.conf.url)
		mvc_note(f->env, "nothing was fetched: %s", mvc_error_text());
	return MVC_OK;
}

static int
fetch_from(struct mvc_env *env, struct mvc_wanted *wanted,
    const struct mvc_fetching_opts *opts, const char *remote, size_t *missing)
{
	struct fetching f = {.env = env,
	    .opts = opts,
	    .wanted = wanted,
	    .remote = remote && *remote ? remote : NULL};
	int err;

	f.fetch.heal = opts->heal;
	/* Without a remote that is said when something is wanted. */
	if (mvc_remoteconf_get(&f.conf, env->repo, f.remote) == MVC_ENOMEM)
		return MVC_ENOMEM;
	err = mvc_repo_clone_id(f.here, env->repo, true);
	if (!err && opts->sparse && !opts->trees_only)
		err = mvc_sparse_open(&f.sparse, env->repo->gitdir);
	if (!err)
		err = fill_items(&f);
	if (!err && f.fetch.n > 0)
		err = fetch(&f);
	if (!err)
		report(&f);
	if (!err && opts->healed)
		*opts->healed |= f.fetch.objects > 0;
	if (err && opts->by_itself && err != MVC_ENOMEM && err != MVC_ENOSPACE)
		err = excuse(&f, err);
	if (opts->came)
		*opts->came += f.fetch.objects;
	*missing += f.missing;
	free(f.fetch.items);
	free(f.of);
	mvc_oidset_release(&f.only);
	mvc_sparse_free(f.sparse);
	mvc_remoteconf_release(&f.conf);
	mvc_sharing_release(&f.share);
	return err;
}

int
mvc_fetching(struct mvc_env *env, struct mvc_wanted *wanted,
    const struct mvc_fetching_opts *opts)
{
	struct mvc_strings given = {(const char **)&opts->remote, 1};
	struct mvc_names from = {0};
	size_t missing = 0;
	bool json;
	int err;

	err = mvc_sharing_targets(&from, env, opts->remote ? &given : NULL);
	json = env->common.json && !opts->by_itself;
	if (!err && json)
		(void)mvc_out_json(env);
	if (!err && json && from.n > 1)
		mvc_json_array(&env->out.json);
	for (size_t i = 0; !err && i < from.n; i++)
		err = fetch_from(env, wanted, opts, from.v[i], &missing);
	if (!err && json && from.n > 1)
		mvc_json_end(&env->out.json);
	mvc_names_release(&from);
	return err || !missing ? err : MVC_EFINDING;
}

/* What the work tree lacks, each once. */
struct lacking {
	struct mvc_ready *ready;
	struct mvc_oidset files, left; /* kind 1: all; not ready yet */
};

static int
on_lacking(void *arg, const struct mvc_checkout_path *p)
{
	struct lacking *l = arg;
	bool was;
	int err;

	if (p->what != MVC_CHECKOUT_MISSING)
		return MVC_OK;
	err = mvc_oidset_add(&l->files, 1, &p->oid, &was);
	if (!err && was)
		return mvc_ready_repeat(l->ready, &p->oid);
	if (err || mvc_ready_has(l->ready, &p->oid, p->size))
		return err;
	return mvc_oidset_add(&l->left, 1, &p->oid, &was);
}

/*
 * Trees first: they and what is in the work tree say which files are to come;
 * what was done before a run was stopped is not done again.
 */
static int
straight(struct mvc_env *env, struct mvc_wanted *wanted,
    const struct mvc_fetching_opts *opts, struct mvc_ready *ready, bool force)
{
	struct mvc_fetching_opts trees = *opts, files = *opts;
	struct lacking l = {.ready = ready};
	bool missing;
	int err;

	trees.trees_only = trees.no_word = true;
	err = mvc_fetching(env, wanted, &trees);
	missing = err == MVC_EFINDING;
	if (!err || missing)
		err = mvc_cmd_lacking(env, force, on_lacking, &l);
	files.ready = ready;
	files.only = &l.left;
	files.sparse = false;
	if (!err && (l.left.n > 0 || missing))
		err = mvc_fetching(env, wanted, &files);
	else if (!err && l.files.n == 0)
		mvc_say(env, "All of it is here.\n");
	mvc_oidset_release(&l.files);
	mvc_oidset_release(&l.left);
	if (err && err != MVC_EFINDING && err != MVC_ENOSPACE)
		mvc_ready_leave(ready);
	return err;
}

int
mvc_fetch_and_put(struct mvc_env *env, struct mvc_wanted *wanted,
    struct mvc_fetching_opts *opts, bool force)
{
	MVC_OWN(mvc_ready) *ready = NULL;
	MVC_OWN_FD int top = -1;
	int err = MVC_OK, put = MVC_OK;

	if (!opts->dry_run)
		err = mvc_sys_open(&top, AT_FDCWD, env->repo->worktree,
		    O_RDONLY | O_DIRECTORY, 0);
	if (!err && !opts->dry_run)
		err = mvc_ready_open(
		    &ready, env->repo->gitdir, top, opts->no_store);
	opts->ready = ready;
	if (!err && opts->no_store && !opts->dry_run && !ready)
		err = mvc_fail(MVC_EINVALID,
		    "--no-store: the work tree and %s must be on one disk, and "
		    "writable",
		    env->repo->gitdir);
	if (!err && opts->no_store && !opts->dry_run)
		err = straight(env, wanted, opts, ready, force);
	else if (!err)
		err = mvc_fetching(env, wanted, opts);
	if ((!err || err == MVC_EFINDING) && !opts->dry_run)
		put = mvc_cmd_put(env, force, ready);
	return put ? put : err;
}

/* Whoever needs what could not be had says what is wrong. */
static int
autofetch(struct mvc_env *env, struct mvc_wanted *wanted,
    const struct mvc_fetching_opts *opts)
{
	int err = wanted->n ? mvc_fetching(env, wanted, opts) : MVC_OK;

	return err == MVC_ENOMEM || err == MVC_ENOSPACE ? err : MVC_OK;
}

int
mvc_autofetch(struct mvc_env *env, char *const *paths, size_t n)
{
	const struct mvc_fetching_opts opts = {
	    .by_itself = true, .sparse = true};
	struct mvc_wanted wanted = {.inside = true};
	bool on;
	int err;

	err = mvc_config_bool(&on, env->repo, "mvc.autofetch", true);
	if (!err && on)
		err = mvc_wanted_add_here(&wanted, env->repo, paths, n);
	if (!err)
		err = autofetch(env, &wanted, &opts);
	mvc_wanted_release(&wanted);
	return err;
}

bool
mvc_autofetch_trees(struct mvc_env *env, char *const *paths, size_t n)
{
	struct mvc_fetching_opts opts = {
	    .by_itself = true, .silent = true, .trees_only = true};
	struct mvc_wanted wanted = {.inside = true};
	char text[MVC_ERROR_MAX];
	uint64_t came = 0;
	bool on;
	int err;

	snprintf(text, sizeof(text), "%s", mvc_error_text());
	opts.came = &came;
	err = mvc_config_bool(&on, env->repo, "mvc.autofetch", true);
	if (!err && on)
		err = mvc_wanted_add_here(&wanted, env->repo, paths, n);
	if (!err)
		err = autofetch(env, &wanted, &opts);
	mvc_wanted_release(&wanted);
	if (!err && came)
		return true;
	(void)!mvc_error_adopt(MVC_ENOTFOUND, text);
	return false;
}

int
mvc_autofetch_target(
    struct mvc_env *env, const struct mvc_target *t, bool trees_only)
{
	const struct mvc_fetching_opts opts = {
	    .by_itself = true, .silent = true, .trees_only = trees_only};
	struct mvc_wanted wanted = {.inside = true};
	bool on;
	int err;

	err = mvc_config_bool(&on, env->repo, "mvc.autofetch", true);
	if (!err && on)
		err =
		    mvc_wanted_add_one(&wanted, &t->pointer, t->root, t->inner);
	if (!err)
		err = autofetch(env, &wanted, &opts);
	mvc_wanted_release(&wanted);
	return err;
}

static int
heal(struct mvc_env *env, struct mvc_wanted *wanted, int err, bool silent,
    bool *healed)
{
	const struct mvc_fetching_opts opts = {.by_itself = true,
	    .silent = silent,
	    .heal = true,
	    .healed = healed};
	bool on = false;

	*healed = false;
	if (!err)
		err = mvc_config_bool(&on, env->repo, "mvc.autofetch", true);
	if (!err && on)
		err = autofetch(env, wanted, &opts);
	mvc_wanted_release(wanted);
	return err;
}

int
mvc_autoheal(struct mvc_env *env, char *const *paths, size_t n, bool *healed)
{
	struct mvc_wanted wanted = {.inside = false};
	int err = mvc_wanted_add_here(&wanted, env->repo, paths, n);

	return heal(env, &wanted, err, false, healed);
}

int
mvc_autoheal_all(struct mvc_env *env, bool *healed)
{
	struct mvc_wanted wanted = {.inside = false};
	int err = mvc_wanted_add_all(&wanted, env->repo);

	return heal(env, &wanted, err, false, healed);
}

int
mvc_autoheal_target(
    struct mvc_env *env, const struct mvc_target *t, bool *healed)
{
	struct mvc_wanted wanted = {.inside = false};
	int err = mvc_wanted_add_one(&wanted, &t->pointer, t->root, NULL);

	return heal(env, &wanted, err, true, healed);
}
