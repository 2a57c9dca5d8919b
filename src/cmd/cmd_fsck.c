#include "cmd/env.h"
#include "cmd/fetching.h"
#include "cmd/sharing.h"
#include "git/repo.h"
#include "remote/check.h"
#include "work/heal.h"
#include "work/keep.h"
#include "util/banned.h"

struct fsck_args {
	const char *remote;
	bool full;
};

static const struct mvc_opt fsck_opts[] = {
    MVC_OPT_FLAG(0, "full", struct fsck_args, full,
	"read and check every byte, not only the form"),
    MVC_OPT_STR('r', "remote", struct fsck_args, remote, "NAME",
	"check what is on this remote"),
    MVC_OPT_END,
};

static void
finding(void *arg, const char *text)
{
	struct mvc_env *env = arg;

	if (env->common.json)
		mvc_json_str(&env->out.json, text);
	else
		mvc_print(env, "%s\n", mvc_name(env, text));
}

static void
begin_findings(struct mvc_env *env)
{
	mvc_json_object(mvc_out_json(env));
	mvc_json_key(&env->out.json, "findings");
	mvc_json_array(&env->out.json);
}

struct checking {
	struct mvc_env *env;
	uint64_t wrong; /* pointers */
	bool healed; /* from a remote */
};

static int
wrong_pointer(void *arg, const char *text)
{
	struct checking *k = arg;

	k->wrong++;
	finding(k->env, text);
	return MVC_OK;
}

static int
heal(void *arg, struct mvc_writer *w, const struct mvc_fsck_pointer *pointer,
    const char *path, const struct mvc_entry *e, bool *healed)
{
	struct mvc_env *env = arg;

	return mvc_heal_from_worktree(
	    &env->ctx, env->repo, w, pointer, path, e, healed);
}

static void
report(struct mvc_env *env, const struct mvc_fsck *f, uint64_t wrong)
{
	mvc_say(env, "checked      %s pack%s, %s object%s%s%s\n",
	    mvc_human_count(f->packs).s, f->packs == 1 ? "" : "s",
	    mvc_human_count(f->objects).s, f->objects == 1 ? "" : "s",
	    f->full ? ", every byte of " : "",
	    f->full ? mvc_human_size(f->bytes).s : "");
	if (f->absent)
		mvc_say(env,
		    "not here     %s version%s, never stored or "
		    "fetched here\n",
		    mvc_human_count(f->absent).s, f->absent == 1 ? "" : "s");
	if (wrong)
		mvc_say(env, "wrong        %s pointer%s\n",
		    mvc_human_count(wrong).s, wrong == 1 ? "" : "s");
	if (f->damaged == 0 && f->missing == 0) {
		mvc_say(env, wrong ? "" : "clean\n");
		return;
	}
	mvc_say(env, "damaged      %s, repaired or healed %s\n",
	    mvc_human_count(f->damaged).s, mvc_human_count(f->repaired).s);
	if (f->missing)
		mvc_say(env, "missing      the content of %s path%s\n",
		    mvc_human_count(f->missing).s, f->missing == 1 ? "" : "s");
}

static void
json_report(const struct checking *k, const struct mvc_fsck *f)
{
	struct mvc_json *j = &k->env->out.json;

	mvc_json_end(j);
	mvc_json_key_u64(j, "packs", f->packs);
	mvc_json_key_u64(j, "objects", f->objects);
	mvc_json_key_u64(j, "bytes", f->bytes);
	mvc_json_key_u64(j, "wrong_pointers", k->wrong);
	mvc_json_key_u64(j, "damaged", f->damaged);
	mvc_json_key_u64(j, "repaired", f->repaired);
	mvc_json_key_u64(j, "missing", f->missing);
	mvc_json_key_u64(j, "absent", f->absent);
	mvc_json_key_bool(j, "healed", k->healed);
	mvc_json_end(j);
}

static int
check(struct checking *k, struct mvc_fsck *f)
{
	struct mvc_env *env = k->env;
	struct mvc_fsck_pointer *pointers;
	size_t n;
	int err;

	k->wrong = 0;
	err = mvc_keep_pointers(
	    &pointers, &n, env->repo, env->store, wrong_pointer, k);
	if (err)
		return err;
	f->pointers = pointers;
	f->n_pointers = n;
	mvc_bar_start(env);
	err = mvc_fsck(f);
	mvc_bar_stop(env);
	mvc_keep_pointers_free(pointers, n);
	if (err && err != MVC_EFINDING)
		return err;
	if (!env->common.json)
		report(env, f, k->wrong);
	return k->wrong ? MVC_EFINDING : err;
}

static void
report_remote(struct mvc_env *env, const struct mvc_check *c, const char *name)
{
	struct mvc_json *j = &env->out.json;

	if (env->common.json) {
		mvc_json_end(j);
		mvc_json_key_str(j, "remote", name);
		mvc_json_key_u64(j, "versions", c->roots);
		mvc_json_key_u64(j, "packs", c->packs);
		mvc_json_key_u64(j, "bytes", c->bytes);
		mvc_json_key_u64(j, "damaged", c->damaged);
		mvc_json_key_u64(j, "repaired", c->repaired);
		mvc_json_end(j);
		return;
	}
	mvc_say(env, "checked      %s version%s, %s pack%s of %s%s\n",
	    mvc_human_count(c->roots).s, c->roots == 1 ? "" : "s",
	    mvc_human_count(c->packs).s, c->packs == 1 ? "" : "s",
	    mvc_human_size(c->bytes).s, c->full ? ", every byte" : "");
	if (c->damaged == 0)
		mvc_say(env, "clean\n");
	else
		mvc_say(env, "damaged      %s, put back %s\n",
		    mvc_human_count(c->damaged).s,
		    mvc_human_count(c->repaired).s);
}

static int
check_remote(struct mvc_env *env, const struct fsck_args *a)
{
	struct mvc_check c = {.ctx = &env->ctx,
	    .store = env->store,
	    .full = a->full,
	    .repair = !env->common.dry_run,
	    .finding = finding,
	    .arg = env};
	struct mvc_sharing s;
	int err = mvc_sharing_open(&s, env, a->remote, false);

	if (!err && env->common.json)
		begin_findings(env);
	if (!err) {
		c.far = s.far;
		c.holder = s.holder;
		mvc_bar_start(env);
		err = mvc_check(&c);
		mvc_bar_stop(env);
	}
	if (!err || err == MVC_EFINDING)
		report_remote(env, &c, s.name);
	mvc_sharing_release(&s);
	return err;
}

/* What is neither whole in the store nor in the work tree may be on a remote;
 * then all is looked at again. */
static int
heal_from_remote(struct checking *k, struct mvc_fsck *f)
{
	uint64_t damaged = f->damaged, repaired = f->repaired;
	int err = mvc_autoheal_all(k->env, &k->healed);

	if (err || !k->healed)
		return err ? err : MVC_EFINDING;
	*f = (struct mvc_fsck){.store = f->store,
	    .holder = f->holder,
	    .full = f->full,
	    .repair = f->repair,
	    .finding = finding,
	    .heal = heal,
	    .arg = k->env};
	err = check(k, f);
	f->damaged += damaged;
	f->repaired += repaired;
	return err;
}

static int
fsck_run(struct mvc_env *env, const void *args)
{
	const struct fsck_args *a = args;
	struct mvc_fsck f = {.store = env->store,
	    .full = a->full,
	    .repair = !env->common.dry_run,
	    .finding = finding,
	    .heal = heal,
	    .arg = env};
	struct checking k = {.env = env};
	char holder[33];
	int err;

	if (a->remote)
		return check_remote(env, a);
	err = mvc_repo_clone_id(holder, env->repo, true);
	if (err)
		return err;
	f.holder = holder;
	if (env->common.json)
		begin_findings(env);
	err = check(&k, &f);
	if (err == MVC_EFINDING && f.missing && f.repair)
		err = heal_from_remote(&k, &f);
	if (env->common.json && (!err || err == MVC_EFINDING))
		json_report(&k, &f);
	return err;
}

const struct mvc_cmd mvc_cmd_fsck = {
    .name = "fsck",
    .summary = "check that the store is whole, mend what can be",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON | MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .opts = fsck_opts,
    .args_size = sizeof(struct fsck_args),
    .run = fsck_run,
};
