#include "cmd/lineage.h"

#include "lineage/export.h"
#include "work/view.h"

#include <limits.h>
#include "util/banned.h"

struct check_args {
	bool lineage;
};

static const struct mvc_opt check_opts[] = {
    MVC_OPT_FLAG(0, "lineage", struct check_args, lineage,
	"what nobody can say where it came from"),
    MVC_OPT_END,
};

struct checking {
	struct mvc_env *env;
	struct mvc_view *view;
	struct mvc_ledger ledger;
	struct mvc_lineage l;
	struct mvc_tracked_list tracked;
};

static void
checking_release(struct checking *c)
{
	mvc_lineage_release(&c->l);
	mvc_ledger_release(&c->ledger);
	mvc_tracked_list_release(&c->tracked);
	mvc_view_free(c->view);
}

/* Everything that is tracked, with all that it came from. */
static int
look(struct checking *c)
{
	int err = mvc_view_list(&c->tracked, c->view, "");

	if (!err)
		err = mvc_ledger_open(&c->ledger, c->env->repo,
		    c->view->history ? &c->view->commit : NULL);
	if (!err && !c->view->history)
		err = mvc_ledger_add_here(&c->ledger, c->view->top);
	c->l = (struct mvc_lineage){.repo = c->env->repo,
	    .ledger = &c->ledger,
	    .view = c->view,
	    .depth = UINT_MAX};
	for (size_t i = 0; !err && i < c->tracked.n; i++) {
		const struct mvc_tracked *t = &c->tracked.v[i];

		err = t->err
		    ? mvc_lineage_broken(&c->l, t->path, t->why)
		    : mvc_lineage_ask_path(&c->l, t->path, &t->pointer);
	}
	return err ? err : mvc_lineage_walk(&c->l);
}

static int
tell(struct checking *c)
{
	struct mvc_env *env = c->env;
	int err = MVC_OK;

	if (env->common.json) {
		struct mvc_json *j = mvc_out_json(env);

		mvc_json_object(j);
		mvc_json_key_u64(j, "checked", c->tracked.n);
		err = mvc_lineage_json_gaps(j, &c->l);
		if (!err)
			mvc_json_end(j);
	} else {
		mvc_lineage_print_gaps(env, &c->l);
		mvc_say(env, "%s tracked path%s, %s gap%s in their lineage\n",
		    mvc_human_count(c->tracked.n).s,
		    c->tracked.n == 1 ? "" : "s",
		    c->l.n_gaps ? mvc_human_count(c->l.n_gaps).s : "no",
		    c->l.n_gaps == 1 ? "" : "s");
	}
	if (err)
		return err;
	return c->l.n_gaps ? MVC_EFINDING : MVC_OK;
}

static int
check_run(struct mvc_env *env, const void *args)
{
	const struct check_args *a = args;
	struct checking c = {.env = env, .ledger = MVC_LEDGER_INIT};
	int err;

	if (!a->lineage)
		return mvc_fail(MVC_EUSAGE, "say what to check: --lineage");
	err =
	    mvc_view_open(&c.view, env->repo, env->argc ? env->argv[0] : NULL);
	if (!err) {
		mvc_bar_start(env);
		err = look(&c);
		mvc_bar_stop(env);
	}
	if (!err)
		err = tell(&c);
	checking_release(&c);
	return err;
}

const struct mvc_cmd mvc_cmd_check = {
    .name = "check",
    .summary = "whether everything can be accounted for",
    .usage = "--lineage [REV]",
    .group = MVC_GROUP_TRUST,
    .flags = MVC_CMD_NEED_REPO | MVC_CMD_JSON,
    .max = 1,
    .opts = check_opts,
    .args_size = sizeof(struct check_args),
    .run = check_run,
};
