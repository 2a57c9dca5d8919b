#include "cmd/pushing.h"
#include "cmd/runcode.h"
#include "cmd/sharing.h"
#include "cmd/withgit.h"
#include "git/repo.h"
#include "remote/known.h"
#include "remote/push.h"
#include "work/work.h"
#include "util/banned.h"

/* Versions of a path that are asked for one that the remote has. */
#define EARLIER 100

struct push_args {
	struct mvc_strings remotes;
	bool all, verify, with_git, force, prune;
	uint64_t limit_rate;
	mvc_push_fill_fn *fill; /* instead of the words: no option */
	void *fill_arg;
};

static const struct mvc_opt push_opts[] = {
    MVC_OPT_LIST('r', "remote", struct push_args, remotes, "NAME",
	"send to this remote; may be given more than once"),
    MVC_OPT_FLAG(0, "all", struct push_args, all,
	"what any commit of any branch or tag names"),
    MVC_OPT_FLAG(
	0, "verify", struct push_args, verify, "read back what was sent"),
    MVC_OPT_FLAG(0, "with-git", struct push_args, with_git,
	"the Git history too: branches and tags"),
    MVC_OPT_FLAG(0, "prune", struct push_args, prune,
	"with --with-git: branches and tags that are not here go there"),
    MVC_OPT_FLAG('f', "force", struct push_args, force,
	"--with-git over other commits that are there"),
    MVC_OPT_LIMIT_RATE(struct push_args),
    MVC_OPT_END,
};

struct pushing {
	struct mvc_env *env;
	struct mvc_sharing share;
	struct mvc_wanted wanted;
	struct mvc_push push;
	size_t missing;
	size_t code; /* trees sent before */
	bool with_git;
	struct mvc_withgit git;
};

static void
missing(void *arg, const struct mvc_push_item *item, const char *why)
{
	struct pushing *p = arg;

	p->missing++;
	mvc_note(p->env, "%s (%.8s) is not all here: %s", item->path,
	    mvc_oid_hex(&item->oid).s, why);
}

static int
fill_items(struct pushing *p)
{
	struct mvc_wanted *w = &p->wanted;

	p->push.items = calloc(w->n + 1, sizeof(*p->push.items));
	if (!p->push.items)
		return mvc_fail(MVC_ENOMEM, "no memory for a push");
	p->push.n = w->n;
	for (size_t i = 0; i < w->n; i++) {
		struct mvc_push_item *to = &p->push.items[i];

		to->oid = w->at[i].oid;
		to->tree = w->at[i].tree;
		to->size = w->at[i].size;
		to->files = w->at[i].files;
		to->path = w->at[i].path;
	}
	return MVC_OK;
}

static bool
is_there(void *arg, const struct mvc_oid *oid)
{
	return mvc_push_has(arg, oid);
}

/* For each that has to be sent, the newest version of its path that the
 * remote has. */
static int
find_bases(struct pushing *p)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < p->push.n; i++) {
		struct mvc_push_item *item = &p->push.items[i];

		if (item->state == MVC_PUSH_NEEDED && p->push.there.n > 0)
			err = mvc_wanted_earlier(&item->base, &item->has_base,
			    p->env->repo, &p->wanted.at[i], EARLIER, is_there,
			    &p->push);
	}
	return err;
}

static const char *
state_name(enum mvc_push_state s)
{
	static const char *const names[] = {
	    [MVC_PUSH_NEEDED] = "needed",
	    [MVC_PUSH_THERE] = "there",
	    [MVC_PUSH_SENT] = "sent",
	    [MVC_PUSH_MISSING] = "missing",
	};

	return names[s];
}

static void
json_report(struct pushing *p, struct mvc_json *j)
{
	mvc_json_object(j);
	mvc_json_key_str(j, "remote", p->share.name);
	mvc_json_key_bool(j, "dry_run", p->push.dry_run);
	mvc_json_key_u64(j, "packs", p->push.packs);
	mvc_json_key_u64(j, "bytes", p->push.bytes);
	mvc_json_key_u64(j, "found", p->push.found);
	mvc_json_key_u64(j, "requests", p->share.backend->requests);
	mvc_json_key_u64(j, "code", p->code);
	if (p->with_git) {
		mvc_json_key_u64(j, "git_refs", p->git.refs);
		mvc_json_key_u64(j, "git_bytes", p->git.bytes);
		mvc_json_key_u64(j, "git_pruned", p->git.gone);
	}
	mvc_json_key(j, "versions");
	mvc_json_array(j);
	for (size_t i = 0; i < p->push.n; i++) {
		const struct mvc_push_item *item = &p->push.items[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "path", item->path);
		mvc_json_key_str(j, "oid", mvc_oid_hex(&item->oid).s);
		mvc_json_key_str(j, "state", state_name(item->state));
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
}

static size_t
count(const struct pushing *p, enum mvc_push_state s)
{
	size_t n = 0;

	for (size_t i = 0; i < p->push.n; i++)
		n += p->push.items[i].state == s;
	return n;
}

static void
say_report(struct pushing *p)
{
	const struct mvc_push *push = &p->push;
	const char *name = p->share.name;

	mvc_line_fit(p->env, name);
	if (count(p, MVC_PUSH_SENT) == 0)
		mvc_line(p->env, name, NULL, "%s",
		    p->missing ? "nothing sent" : "nothing to send");
	else if (push->dry_run)
		mvc_line(p->env, name, NULL, "would send %s",
		    mvc_human_size(push->bytes).s);
	else
		mvc_line(p->env, name, NULL, "%s in %s pack%s   %s   verified",
		    mvc_human_size(push->bytes).s,
		    mvc_human_count(push->packs).s, push->packs == 1 ? "" : "s",
		    mvc_human_time(mvc_sharing_took(&p->share)).s);
	if (p->git.gone)
		mvc_line(p->env, name, NULL, "%s %s branch%s or tag%s",
		    push->dry_run ? "would remove" : "removed",
		    mvc_human_count(p->git.gone).s,
		    p->git.gone == 1 ? "" : "es", p->git.gone == 1 ? "" : "s");
	if (p->with_git && p->git.refs == 0)
		mvc_line(p->env, name, NULL, "no history to send");
	else if (p->with_git && push->dry_run)
		mvc_line(p->env, name, NULL, "would send %s branch%s or tag%s",
		    mvc_human_count(p->git.refs).s,
		    p->git.refs == 1 ? "" : "es", p->git.refs == 1 ? "" : "s");
	else if (p->with_git)
		mvc_line(p->env, name, NULL, "%s branch%s or tag%s   %s",
		    mvc_human_count(p->git.refs).s,
		    p->git.refs == 1 ? "" : "es", p->git.refs == 1 ? "" : "s",
		    mvc_human_size(p->git.bytes).s);
}

/* For what is said offline. */
static int
remember(struct pushing *p)
{
	int err = MVC_OK;
	bool was;

	if (p->push.dry_run)
		return MVC_OK;
	for (size_t i = 0; !err && i < p->push.n; i++)
		if (p->push.items[i].state == MVC_PUSH_SENT)
			err = mvc_oidset_add(
			    &p->push.there, 1, &p->push.items[i].oid, &was);
	return err ? err : mvc_known_save(p->share.cache, &p->push.there);
}

static int
push(struct pushing *p, const struct push_args *a, const char *name)
{
	struct mvc_env *env = p->env;
	int err;

	err = mvc_sharing_open(&p->share, env, name, !env->common.dry_run);
	p->wanted.remote = &p->share.conf;
	if (!err)
		err = a->fill ? a->fill(a->fill_arg, &p->wanted)
			      : mvc_sharing_wanted(&p->wanted, env, a->all);
	mvc_wanted_leave_out(&p->wanted);
	if (!err)
		err = mvc_sharing_limit(&p->share, a->limit_rate);
	if (!err)
		err = fill_items(p);
	if (err)
		return err;
	env->out.events = env->common.json;
	p->push.ctx = &env->ctx;
	p->push.store = env->store;
	p->push.far = p->share.far;
	p->push.holder = p->share.holder;
	p->push.who = p->share.who;
	p->push.dry_run = env->common.dry_run;
	p->push.verify = a->verify;
	p->push.missing = missing;
	p->push.arg = p;
	mvc_bar_start(env);
	err = mvc_push_look(&p->push);
	if (!err)
		err = find_bases(p);
	if (!err)
		err = mvc_push_send(&p->push);
	if (!err)
		err = remember(p);
	/* The pointers last. */
	p->with_git = a->with_git;
	p->git.dry_run = env->common.dry_run;
	p->git.force = a->force;
	p->git.prune = a->prune;
	if (!err && a->with_git)
		err = mvc_withgit_push(&p->git, env, &p->share);
	mvc_bar_stop(env);
	return err;
}

static int
push_to(struct mvc_env *env, const struct push_args *a, const char *name,
    size_t code, struct mvc_json *j, bool *missing)
{
	struct pushing p = {.env = env, .code = code};
	int err = push(&p, a, name);

	if (!err && j)
		json_report(&p, j);
	else if (!err && (!a->fill || count(&p, MVC_PUSH_SENT)))
		say_report(&p);
	if (!err && a->fill && p.missing == 0)
		mvc_say(env, "mvc: %s has everything that this push names\n",
		    mvc_name(env, p.share.name));
	*missing |= p.missing > 0 || p.git.rejected > 0;
	mvc_push_release(&p.push);
	free(p.push.items);
	mvc_wanted_release(&p.wanted);
	mvc_sharing_release(&p.share);
	return err;
}

int
mvc_cmd_push_these(struct mvc_env *env, mvc_push_fill_fn *fill, void *arg)
{
	const struct push_args a = {.fill = fill, .fill_arg = arg};
	struct mvc_names to = {0};
	bool missing = false;
	int err = mvc_sharing_targets(&to, env, NULL);

	for (size_t i = 0; !err && i < to.n; i++)
		err = push_to(env, &a, to.v[i], 0, NULL, &missing);
	mvc_names_release(&to);
	return err || !missing ? err : MVC_EFINDING;
}

static int
push_run(struct mvc_env *env, const void *args)
{
	const struct push_args *a = args;
	struct mvc_names to = {0};
	struct mvc_json *j = NULL;
	bool missing = false;
	size_t code = 0;
	int err = a->with_git ? mvc_withgit_check(env) : MVC_OK;

	if (a->prune && !a->with_git)
		return mvc_fail(MVC_EUSAGE, "--prune is for --with-git");
	if (!err)
		err = mvc_sharing_targets(&to, env, &a->remotes);
	if (!err)
		err = mvc_runcode_push(&code, env, NULL, a->all);
	if (!err && env->common.json)
		j = mvc_out_json(env);
	if (j && to.n > 1)
		mvc_json_array(j);
	for (size_t i = 0; !err && i < to.n; i++)
		err = push_to(env, a, to.v[i], code, j, &missing);
	if (j && to.n > 1)
		mvc_json_end(j);
	mvc_names_release(&to);
	return err || !missing ? err : MVC_EFINDING;
}

const struct mvc_cmd mvc_cmd_push = {
    .name = "push",
    .summary = "send data to a remote",
    .usage = "[REV...] [--] [PATH...]",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON | MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .max = -1,
    .opts = push_opts,
    .args_size = sizeof(struct push_args),
    .run = push_run,
};
