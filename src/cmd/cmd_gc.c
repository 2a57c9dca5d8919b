#include "cmd/gc.h"
#include "git/repo.h"
#include "work/keep.h"
#include "work/tidy.h"
#include "util/banned.h"

#include <time.h>

struct gc_args {
	bool yes, now;
	const char *remote, *forget;
};

static const struct mvc_opt gc_opts[] = {
    MVC_OPT_FLAG(0, "yes", struct gc_args, yes, "do it (else a dry run)"),
    MVC_OPT_FLAG(0, "now", struct gc_args, now,
	"without grace: delete at once, while nobody writes"),
    MVC_OPT_STR('r', "remote", struct gc_args, remote, "NAME",
	"what this repository has on a remote"),
    MVC_OPT_STR(0, "forget", struct gc_args, forget, "HOLDER",
	"with -r: what another holder has there, all of it"),
    MVC_OPT_END,
};

static const char *const what_names[MVC_COLLECT_KINDS] = {
    "unfinished", "version", "pack", "repack", "index", "list"};

static int
needed(void *arg, struct mvc_oidset *out)
{
	struct mvc_gc *g = arg;

	return mvc_keep_ids(out, g->env->repo);
}

static void
claimed(void *arg, const char *text)
{
	struct mvc_gc *g = arg;

	mvc_say(g->env, "%s\n", mvc_name(g->env, text));
}

/* Versions whose roots were lost, or somebody deleted, get new ones. */
static int
claim(struct mvc_gc *g)
{
	struct mvc_fsck f = {.store = g->env->store,
	    .holder = g->c.holder,
	    .finding = claimed,
	    .arg = g};
	struct mvc_fsck_pointer *pointers;
	int err;

	err = mvc_keep_pointers(
	    &pointers, &f.n_pointers, g->env->repo, NULL, NULL, NULL);
	if (err)
		return err;
	f.pointers = pointers;
	err = mvc_fsck_claim(&f);
	mvc_keep_pointers_free(pointers, f.n_pointers);
	return err;
}

void
mvc_gc_note(
    void *arg, enum mvc_collected what, const char *name, uint64_t bytes)
{
	struct mvc_gc *g = arg;

	if (g->env->common.verbose)
		mvc_say(g->env, "  %-10s %s   %s\n", what_names[what],
		    mvc_name(g->env, name), mvc_human_size(bytes).s);
}

static void
left_over(void *arg, const char *name, uint64_t bytes)
{
	struct mvc_gc *g = arg;

	mvc_gc_note(g, MVC_COLLECT_TMP, name, bytes);
	g->c.sums[MVC_COLLECT_TMP].n++;
	g->c.sums[MVC_COLLECT_TMP].bytes += bytes;
}

/* Beside what is in the store. */
static void
tidy(struct mvc_gc *g)
{
	struct mvc_tidy t = {.ctx = &g->env->ctx,
	    .act = g->c.act,
	    .idle = g->c.now ? 60 : 86400,
	    .found = left_over,
	    .arg = g};

	mvc_tidy(&t, g->env->repo);
}

static void
say_sum(struct mvc_gc *g, enum mvc_collected what, const char *label,
    const char *words)
{
	const struct mvc_collect_sum *s = &g->c.sums[what];

	if (s->n == 0)
		return;
	mvc_say(g->env, "%-12s %s   %s   %s\n", label, mvc_human_count(s->n).s,
	    mvc_human_size(s->bytes).s, words);
}

static struct mvc_text
day_of(int64_t when)
{
	struct mvc_text t;
	time_t at = (time_t)when;
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(t.s, sizeof(t.s), "%e %b %Y", &tm);
	return t;
}

/* What is free now, or would be: with grace, later. */
static uint64_t
freed(const struct mvc_gc *g)
{
	const struct mvc_collect_sum *s = g->c.sums;
	uint64_t n = s[MVC_COLLECT_TMP].bytes + g->c.swept.bytes;

	if (g->c.now)
		n += s[MVC_COLLECT_PACK].bytes + s[MVC_COLLECT_REPACK].bytes +
		    s[MVC_COLLECT_SEGMENT].bytes;
	return n;
}

static void
say_report(struct mvc_gc *g, bool yes)
{
	const struct mvc_collect_sum *s = g->c.sums;
	uint64_t later =
	    s[MVC_COLLECT_PACK].bytes + s[MVC_COLLECT_REPACK].bytes;

	say_sum(g, MVC_COLLECT_TMP, "unfinished", "left by a stopped mvc");
	say_sum(g, MVC_COLLECT_ROOT, "versions",
	    g->c.forget ? "of that holder" : "that nothing in Git names");
	say_sum(g, MVC_COLLECT_PACK, "packs", "of which nothing is needed");
	say_sum(g, MVC_COLLECT_REPACK, "packs",
	    "of waste in packs that are repacked");
	if (g->c.swept.n)
		mvc_say(g->env, "%-12s %s   %s   condemned long ago\n", "swept",
		    mvc_human_count(g->c.swept.n).s,
		    mvc_human_size(g->c.swept.bytes).s);
	mvc_say(g->env, "%-12s %s\n", yes ? "freed" : "would free",
	    mvc_human_size(freed(g)).s);
	if (g->c.pending.n)
		mvc_say(g->env, "%-12s %s in %s condemned pack%s, ripe on %s\n",
		    "waiting", mvc_human_size(g->c.pending.bytes).s,
		    mvc_human_count(g->c.pending.n).s,
		    g->c.pending.n == 1 ? "" : "s",
		    day_of(g->c.pending_until).s);
	if (!g->c.now && later)
		mvc_say(g->env,
		    "%-12s %s   to be deleted by a gc in 14 days%s\n",
		    yes ? "condemned" : "to condemn", mvc_human_size(later).s,
		    g->c.place ? "" : ", or now by `mvc gc --now --yes`");
	if (g->c.others)
		mvc_say(g->env, "%-12s %s   of other holders, which stay\n",
		    "versions", mvc_human_count(g->c.others).s);
}

static void
json_sum(struct mvc_json *j, const char *key, const struct mvc_collect_sum *s)
{
	mvc_json_key(j, key);
	mvc_json_object(j);
	mvc_json_key_u64(j, "count", s->n);
	mvc_json_key_u64(j, "bytes", s->bytes);
	mvc_json_end(j);
}

static void
json_report(struct mvc_gc *g, bool yes)
{
	struct mvc_json *j = mvc_out_json(g->env);

	mvc_json_object(j);
	if (g->c.place)
		mvc_json_key_str(j, "remote", g->share.name);
	if (g->c.forget) {
		mvc_json_key_str(j, "holder", g->holder);
		mvc_json_key_str(j, "who", g->who);
	}
	mvc_json_key_bool(j, "dry_run", !yes);
	json_sum(j, "unfinished", &g->c.sums[MVC_COLLECT_TMP]);
	json_sum(j, "versions", &g->c.sums[MVC_COLLECT_ROOT]);
	json_sum(j, "packs", &g->c.sums[MVC_COLLECT_PACK]);
	json_sum(j, "repack", &g->c.sums[MVC_COLLECT_REPACK]);
	json_sum(j, "swept", &g->c.swept);
	json_sum(j, "pending", &g->c.pending);
	if (g->c.pending_until)
		mvc_json_key_u64(
		    j, "pending_until", (uint64_t)g->c.pending_until);
	mvc_json_key_u64(j, "live", g->c.live);
	mvc_json_key_u64(j, "freed", freed(g));
	mvc_json_end(j);
}

/* The local store. */
static int
gc_here(struct mvc_gc *g)
{
	struct mvc_env *env = g->env;
	int err = mvc_repo_clone_id(g->holder, env->repo, true);

	if (err)
		return err;
	g->c.store = env->store;
	g->c.holder = g->holder;
	g->c.needed = needed;
	g->c.keep_roots = env->repo->shallow;
	if (env->repo->shallow)
		mvc_note(env,
		    "this clone is shallow: versions that older "
		    "commits may name are kept");
	tidy(g);
	if (g->c.act)
		err = claim(g);
	return err ? err : mvc_collect(&g->c);
}

static void
say_dry(struct mvc_env *env, const struct gc_args *a)
{
	mvc_say(env,
	    "Dry run: nothing is deleted. `mvc gc%s%s%s%s%s --yes` "
	    "does it.\n",
	    a->remote ? " -r " : "", a->remote ? a->remote : "",
	    a->forget ? " --forget " : "", a->forget ? a->forget : "",
	    a->now ? " --now" : "");
}

static int
gc_run(struct mvc_env *env, const void *args)
{
	const struct gc_args *a = args;
	struct mvc_gc g = {
	    .env = env, .c = {.arg = &g, .note = mvc_gc_note, .now = a->now}};
	int err;

	if (a->forget && !a->remote)
		return mvc_fail(MVC_EUSAGE, "--forget needs -r NAME");
	if (a->now && a->remote)
		return mvc_fail(MVC_EUSAGE,
		    "--now is for the local store: others may be writing to a "
		    "remote");
	g.c.act = a->yes && !env->common.dry_run;
	if (!g.c.act)
		say_dry(env, a);
	err = a->remote ? mvc_gc_far(&g, a->remote, a->forget) : gc_here(&g);
	if (!err && env->common.json)
		json_report(&g, g.c.act);
	else if (!err)
		say_report(&g, g.c.act);
	mvc_gc_release(&g);
	return err;
}

const struct mvc_cmd mvc_cmd_gc = {
    .name = "gc",
    .summary = "free what nothing in Git names any more",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON | MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .opts = gc_opts,
    .args_size = sizeof(struct gc_args),
    .run = gc_run,
};
