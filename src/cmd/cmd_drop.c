/*
 *     pointers ──► in a commit? unchanged here? ──► the remote holds it?
 *         all of them ──► files go ──► their roots here ──► packs
 *
 * Nothing goes unless everything that was named may. The store is collected
 * with its lock, as by gc --now, but for other versions, which all stay.
 */
#include "cmd/sharing.h"
#include "remote/known.h"
#include "remote/prove.h"
#include "store/collect.h"
#include "work/keep.h"
#include "work/recorded.h"
#include "util/banned.h"

struct drop_args {
	const char *remote;
	bool keep_files;
};

static const struct mvc_opt drop_opts[] = {
    MVC_OPT_STR('r', "remote", struct drop_args, remote, "NAME",
	"the remote that holds it"),
    MVC_OPT_FLAG(0, "keep-files", struct drop_args, keep_files,
	"only the store's copy goes"),
    MVC_OPT_END,
};

struct dropping {
	struct mvc_env *env;
	const struct drop_args *a;
	struct mvc_sharing share;
	struct mvc_work *w;
	struct mvc_index *idx;
	struct mvc_wanted wanted, head;
	struct mvc_oidset oids; /* kind 1: what goes */
	struct mvc_collect c;
	size_t refused;
};

static int
no_more(struct dropping *d, const char *path, const char *why)
{
	d->refused++;
	mvc_bar_hide(d->env);
	mvc_note(d->env, "%s stays: %s", path, why);
	mvc_bar_show(d->env);
	return MVC_OK;
}

/* Whether an error is about this path alone. */
static bool
is_about(int err)
{
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ||
	    err == MVC_EFINDING || err == MVC_EDENIED || err == MVC_EVERSION;
}

static int
check_files(struct dropping *d, const char *path)
{
	struct mvc_place place = {0};
	struct mvc_recorded r = {.path = path, .inside = ""};
	int err = mvc_place_find(&place, d->w, d->idx, path);

	r.pointer = &place.pointer;
	if (!err)
		err = mvc_recorded_check(d->w, &r, false);
	mvc_place_release(&place);
	return err;
}

static int
prove(struct dropping *d, const struct mvc_wanted_item *item)
{
	struct mvc_prove p = {.store = d->env->store,
	    .far = d->share.far,
	    .holder = d->share.holder,
	    .oid = item->oid,
	    .tree = item->tree,
	    .size = item->size};
	int err = mvc_prove(&p);

	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT
	    ? mvc_fail_prefix(
		  err, "%s does not hold it (mvc push)", d->share.name)
	    : err;
}

static int
check_item(struct dropping *d, const struct mvc_wanted_item *item)
{
	bool was;
	int err = MVC_OK;

	if (item->inner)
		return no_more(d, item->path,
		    "only the whole of it can be dropped (mvc sparse leaves "
		    "parts out)");
	if (!mvc_oidset_has(&d->head.oids, 1, &item->oid))
		return no_more(d, item->path,
		    "HEAD does not have this version: git commit first");
	if (!d->a->keep_files)
		err = check_files(d, item->path);
	if (!err)
		err = prove(d, item);
	if (err)
		return is_about(err) ? no_more(d, item->path, mvc_error_text())
				     : err;
	return mvc_oidset_add(&d->oids, 1, &item->oid, &was);
}

static int
remove_files(struct dropping *d, const char *path)
{
	struct mvc_place place = {0};
	struct mvc_recorded r = {.path = path, .inside = ""};
	bool left;
	int err = mvc_place_find(&place, d->w, d->idx, path);

	r.pointer = &place.pointer;
	if (!err)
		err = mvc_recorded_remove(&left, d->w, &r, false);
	mvc_place_release(&place);
	return err;
}

/* What is gone was not deleted by the user. */
static int
forget_files(struct dropping *d)
{
	MVC_OWN(mvc_statupdate) *u = NULL;
	int err = mvc_statupdate_new(&u, d->w->cache);

	for (size_t i = 0; !err && i < d->wanted.n; i++)
		err = mvc_statupdate_remove(u, d->wanted.at[i].path);
	return err ? err : mvc_statupdate_commit(u);
}

static int
keep_root(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct mvc_oid oid;
	bool was;

	if (strlen(key) < 39 + MVC_OID_HEX ||
	    mvc_oid_parse(&oid, key + 39, MVC_OID_HEX))
		return MVC_OK;
	return mvc_oidset_add(arg, 1, &oid, &was);
}

/* All that is needed or has a root, but for what goes. */
static int
needed(void *arg, struct mvc_oidset *out)
{
	struct mvc_oidset all = {.n = 0};
	struct dropping *d = arg;
	char prefix[48];
	bool was;
	int err;

	snprintf(prefix, sizeof(prefix), "roots/%.32s/", d->c.holder);
	err = mvc_keep_ids(&all, d->env->repo);
	if (!err)
		err = mvc_backend_list(mvc_store_backend(d->env->store), prefix,
		    NULL, keep_root, &all);
	for (size_t i = 0; !err && i < all.cap; i++)
		if (all.kinds[i] && !mvc_oidset_has(&d->oids, 1, &all.ids[i]))
			err = mvc_oidset_add(out, 1, &all.ids[i], &was);
	mvc_oidset_release(&all);
	return err;
}

static int
collect(struct dropping *d)
{
	char holder[33];
	int err = mvc_repo_clone_id(holder, d->env->repo, true);

	d->c.store = d->env->store;
	d->c.holder = holder;
	d->c.needed = needed;
	d->c.arg = d;
	d->c.act = d->c.now = d->c.forget = true;
	return err ? err : mvc_collect(&d->c);
}

/* That the remote has it is known now: status says so. */
static int
remember(struct dropping *d)
{
	struct mvc_oidset known = {.n = 0};
	bool was;
	int err = mvc_known_load(&known, d->share.cache);

	for (size_t i = 0; !err && i < d->oids.cap; i++)
		if (d->oids.kinds[i])
			err = mvc_oidset_add(&known, 1, &d->oids.ids[i], &was);
	if (!err)
		err = mvc_known_save(d->share.cache, &known);
	mvc_oidset_release(&known);
	return err;
}

static int
act(struct dropping *d)
{
	int err = remember(d);

	for (size_t i = 0; !err && !d->a->keep_files && i < d->wanted.n; i++)
		err = remove_files(d, d->wanted.at[i].path);
	if (!err && !d->a->keep_files)
		err = forget_files(d);
	return err ? err : collect(d);
}

static int
drop(struct dropping *d)
{
	static char head[] = "HEAD";
	struct mvc_env *env = d->env;
	int err;

	d->wanted.inside = true;
	err = mvc_sharing_here(&d->wanted, env);
	if (!err && d->wanted.n == 0)
		err = mvc_fail(MVC_ENOTFOUND,
		    "nothing that mvc tracks is at %s", env->argv[0]);
	if (!err)
		err = mvc_wanted_add(&d->head, env->repo, head, NULL, 0);
	if (!err)
		err = mvc_work_open(&d->w, &env->ctx, env->repo, env->store);
	if (!err)
		err = mvc_index_open(&d->idx, env->repo);
	if (!err)
		err = mvc_sharing_open(&d->share, env, d->a->remote, false);
	atomic_store(&env->ctx.progress.what, "proving");
	for (size_t i = 0; !err && i < d->wanted.n; i++)
		err = check_item(d, &d->wanted.at[i]);
	if (err || d->refused || env->common.dry_run)
		return err;
	return act(d);
}

static uint64_t
freed(const struct dropping *d)
{
	const struct mvc_collect_sum *s = d->c.sums;

	return s[MVC_COLLECT_PACK].bytes + s[MVC_COLLECT_REPACK].bytes +
	    s[MVC_COLLECT_SEGMENT].bytes;
}

static void
report(struct dropping *d)
{
	struct mvc_env *env = d->env;
	bool dry = env->common.dry_run;

	for (size_t i = 0; i < d->wanted.n; i++)
		mvc_line_fit(env, d->wanted.at[i].path);
	for (size_t i = 0; i < d->wanted.n; i++)
		mvc_line(env, d->wanted.at[i].path, NULL, "%s   %s   on %s",
		    dry ? "would be dropped" : "dropped",
		    mvc_human_size(d->wanted.at[i].size).s,
		    mvc_name(env, d->share.name));
	if (!dry)
		mvc_line(env, "freed", NULL, "%s in the store",
		    mvc_human_size(freed(d)).s);
}

static void
report_json(struct dropping *d)
{
	struct mvc_json *j = mvc_out_json(d->env);

	mvc_json_object(j);
	mvc_json_key_str(j, "remote", d->share.name);
	mvc_json_key_bool(j, "dry_run", d->env->common.dry_run);
	mvc_json_key_u64(j, "freed", freed(d));
	mvc_json_key(j, "dropped");
	mvc_json_array(j);
	for (size_t i = 0; i < d->wanted.n && !d->refused; i++) {
		mvc_json_object(j);
		mvc_json_key_str(j, "path", d->wanted.at[i].path);
		mvc_json_key_str(j, "oid", mvc_oid_hex(&d->wanted.at[i].oid).s);
		mvc_json_key_u64(j, "size", d->wanted.at[i].size);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
}

static int
drop_run(struct mvc_env *env, const void *args)
{
	struct dropping d = {.env = env, .a = args};
	int err;

	mvc_bar_start(env);
	err = drop(&d);
	mvc_bar_stop(env);
	if (!err && env->common.json)
		report_json(&d);
	else if (!err && !d.refused)
		report(&d);
	if (!err && d.refused)
		mvc_note(env, "nothing was dropped");
	mvc_wanted_release(&d.wanted);
	mvc_wanted_release(&d.head);
	mvc_oidset_release(&d.oids);
	mvc_index_free(d.idx);
	mvc_work_free(d.w);
	mvc_sharing_release(&d.share);
	return err || !d.refused ? err : MVC_EFINDING;
}

const struct mvc_cmd mvc_cmd_drop = {
    .name = "drop",
    .summary = "free space here of data that a remote holds",
    .usage = "PATH...",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_DRY_RUN |
	MVC_CMD_JOBS | MVC_CMD_JSON,
    .min = 1,
    .max = -1,
    .opts = drop_opts,
    .args_size = sizeof(struct drop_args),
    .run = drop_run,
};
