#include "cmd/fetching.h"
#include "cmd/stages.h"
#include "git/repo.h"
#include "lineage/running.h"
#include "pipeline/answer.h"
#include "store/writer.h"
#include "util/beneath.h"
#include "util/command.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/checkout.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include "util/banned.h"

struct repro_args {
	bool force, keep_going, pull, single;
};

static const struct mvc_opt repro_opts[] = {
    MVC_OPT_FLAG('f', "force", struct repro_args, force,
	"run them whatever the records say"),
    MVC_OPT_FLAG('k', "keep-going", struct repro_args, keep_going,
	"where one fails, go on with those that do not need it"),
    MVC_OPT_FLAG('p', "pull", struct repro_args, pull,
	"fetch what is not here, inputs and outputs of earlier runs"),
    MVC_OPT_FLAG('s', "single-item", struct repro_args, single,
	"only the stages named, not those that they need"),
    MVC_OPT_END,
};

enum state {
	WAITING,
	RUNNING,
	FRESH, /* nothing was to be done */
	RESTORED,
	RAN,
	WOULD, /* --dry-run: it would be run, or restored */
	FROZEN,
	FAILED,
	SKIPPED, /* what it needs failed, or the user ended it all */
};

static const char *const state_words[] = {"waiting", "running", "fresh",
    "restored", "run", "stale", "frozen", "failed", "skipped"};

/* A stage on its way. */
struct job {
	const struct mvc_stage *s;
	enum state state;
	struct mvc_work *w;
	struct mvc_running_opts o;
	struct mvc_names deps, outs, metrics, params;
	const char **command; /* NULL-ended */
	char *interpreter[2];
	struct mvc_running *r;
	struct mvc_command c;
	int lock; /* plus 1 */
	char *why; /* it was run, or failed */
	struct mvc_oid run; /* its record */
	bool has_run;
};

struct repro {
	struct mvc_env *env;
	const struct repro_args *a;
	struct mvc_stages st;
	struct job *jobs; /* as the pipeline's stages */
	const char **others; /* data that any stage makes */
	struct mvc_commands running;
	size_t limit; /* at once */
	int locks; /* the folder of locks, plus 1 */
	bool stop;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
}

static void
end_job(struct job *j)
{
	mvc_running_free(MVC_TAKE(j->r));
	mvc_work_free(MVC_TAKE(j->w));
	mvc_names_release(&j->deps);
	mvc_names_release(&j->outs);
	mvc_names_release(&j->metrics);
	mvc_names_release(&j->params);
	free(MVC_TAKE(j->command));
	free(MVC_TAKE(j->interpreter[0]));
	if (j->lock)
		close(j->lock - 1);
	if (j->c.folder)
		close(j->c.folder - 1);
	j->lock = j->c.folder = 0;
}

/* ---- what is said ---- */

static void
say_line(struct repro *x, const struct job *j, const char *what)
{
	if (x->env->common.json)
		return;
	mvc_line_fit(x->env, j->s->name);
	mvc_line(x->env, j->s->name, NULL, "%s%s%s", what, j->why ? ": " : "",
	    j->why ? mvc_sentence(x->env, j->why) : "");
	fflush(stdout);
}

static int
because(struct job *j, const char *why)
{
	free(j->why);
	j->why = strdup(why);
	return j->why ? MVC_OK : no_memory();
}

/* What went wrong with one stage is no end of all. */
static void
fail_job(struct repro *x, struct job *j)
{
	j->state = FAILED;
	if (because(j, mvc_error_text()) == MVC_OK)
		say_line(x, j, "failed");
	x->stop |= !x->a->keep_going;
	end_job(j);
}

static void
print_json(struct repro *x)
{
	struct mvc_json *out = mvc_out_json(x->env);

	mvc_json_array(out);
	for (size_t k = 0; k < x->st.g->n; k++) {
		const struct job *j = &x->jobs[x->st.g->order[k]];

		if (!x->st.wanted[x->st.g->order[k]])
			continue;
		mvc_json_object(out);
		mvc_json_key_str(out, "stage", j->s->name);
		mvc_json_key_str(out, "result", state_words[j->state]);
		if (j->why)
			mvc_json_key_str(out, "why", j->why);
		if (j->has_run)
			mvc_json_key_str(out, "run", mvc_oid_hex(&j->run).s);
		mvc_json_end(out);
	}
	mvc_json_end(out);
}

/* ---- one stage's words ---- */

static const char *const *
list_of(struct mvc_names *l)
{
	if (mvc_names_add(l, ""))
		return NULL;
	free(l->v[--l->n]);
	l->v[l->n] = NULL;
	return (const char *const *)l->v;
}

static int
add_params(struct job *j, const struct mvc_stage_params *p)
{
	MVC_SCOPED(mvc_buf) word = MVC_BUF_INIT(1 << 20);
	int err = mvc_buf_add_str(&word, p->file);

	for (size_t i = 0; !err && i < p->keys.n; i++)
		err = mvc_buf_addf(&word, "%c%s", i ? ',' : ':', p->keys.v[i]);
	return err ? err : mvc_names_add(&j->params, word.data);
}

/* Several are each a word, and each has a shell of its own. */
static int
make_command(struct job *j)
{
	static const char each[] = "for c; do sh -c \"$c\" || exit; done";
	const struct mvc_names *cmd = &j->s->cmd;
	const char **v = calloc(cmd->n + 5, sizeof(*v));
	size_t n = 0;

	if (!v)
		return no_memory();
	j->command = v;
	v[n++] = "sh";
	v[n++] = "-c";
	if (cmd->n > 1) {
		v[n++] = each;
		v[n++] = "sh";
	}
	for (size_t i = 0; i < cmd->n; i++)
		v[n++] = cmd->v[i];
	/* Its first word may be a Python with packages. */
	j->interpreter[0] = strndup(cmd->v[0], strcspn(cmd->v[0], " "));
	return j->interpreter[0] ? MVC_OK : no_memory();
}

static int
make_job(struct repro *x, struct job *j)
{
	const struct mvc_stage *s = j->s;
	struct mvc_env *env = x->env;
	int err = mvc_work_open(&j->w, &env->ctx, env->repo, env->store);

	for (size_t i = 0; !err && i < s->deps.n; i++)
		err = mvc_names_add(&j->deps, s->deps.v[i]);
	for (size_t i = 0; !err && i < s->outs_n; i++)
		err = mvc_names_add(s->outs[i].in_git ? &j->metrics : &j->outs,
		    s->outs[i].path);
	for (size_t i = 0; !err && i < s->params_n; i++)
		err = add_params(j, &s->params[i]);
	if (!err)
		err = make_command(j);
	if (err)
		return err;
	j->o = (struct mvc_running_opts){.name = s->name,
	    .command = j->command,
	    .interpreter = (const char *const *)j->interpreter,
	    .cwd = s->wdir,
	    .deps = list_of(&j->deps),
	    .outs = list_of(&j->outs),
	    .metrics = list_of(&j->metrics),
	    .params = list_of(&j->params),
	    .others = x->others};
	return j->o.deps && j->o.outs && j->o.metrics && j->o.params
	    ? MVC_OK
	    : no_memory();
}

/*
 * One process at a time has a stage, so that two repros share the work: who
 * comes second finds the record of the first. Whoever has a command running
 * does not wait, lest each wait for the other. *mine false: later.
 */
static int
lock_job(bool *mine, struct repro *x, struct job *j)
{
	struct mvc_oid id;
	char name[80];
	int fd, err;

	mvc_record_id(&id,
	    &(struct mvc_buf){.data = j->s->name, .len = strlen(j->s->name)});
	snprintf(name, sizeof(name), "%.32s.lock", mvc_oid_hex(&id).s);
	*mine = true;
	if (j->lock || x->env->common.dry_run)
		return MVC_OK;
	err = mvc_sys_open(
	    &fd, x->locks - 1, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
	if (err)
		return err;
	while (flock(fd, LOCK_EX | (x->running.n ? LOCK_NB : 0)) < 0) {
		if (errno == EINTR)
			continue;
		*mine = false;
		err = errno == EWOULDBLOCK
		    ? MVC_OK
		    : mvc_fail_errno("lock %s", j->s->name);
		close(fd);
		return err;
	}
	j->lock = fd + 1;
	return MVC_OK;
}

/* ---- what is not here ---- */

static int
no_root(void *arg, const char *root, const struct mvc_checkout_sums *sums,
    bool gone)
{
	(void)arg;
	(void)root;
	(void)sums;
	(void)gone;
	return MVC_OK;
}

static int
put(struct job *j, const struct mvc_names *paths)
{
	const struct mvc_checkout_opts o = {.force = false};
	const struct mvc_checkout_ops ops = {.root = no_root};

	if (paths->n == 0)
		return MVC_OK;
	return mvc_checkout(
	    j->w, (const char *const *)paths->v, paths->n, &o, &ops);
}

static int
pull_inputs(struct repro *x, struct job *j)
{
	struct mvc_names roots = {0};
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, x->env->repo);

	for (size_t i = 0; !err && i < j->deps.n; i++) {
		struct mvc_place p;

		err = mvc_place_find(&p, j->w, idx, j->deps.v[i]);
		if (err)
			break;
		if (p.tracked)
			err = mvc_names_add(&roots, j->deps.v[i]);
		mvc_place_release(&p);
	}
	if (!err && roots.n)
		err = mvc_autofetch(x->env, roots.v, roots.n);
	if (!err)
		err = put(j, &roots);
	mvc_names_release(&roots);
	return err;
}

static int
pull_outputs(struct repro *x, const struct mvc_answer *a)
{
	const struct mvc_fetching_opts o = {.by_itself = true};
	struct mvc_wanted wanted = {.inside = true};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < a->record.outputs.n; i++) {
		const struct mvc_run_file *f = &a->record.outputs.v[i];
		struct mvc_pointer p;

		if (f->kind != MVC_RUN_DATA)
			continue;
		mvc_answer_pointer(&p, a, f);
		err = mvc_wanted_add_one(&wanted, &p, f->path, NULL);
	}
	if (!err)
		err = mvc_fetching(x->env, &wanted, &o);
	mvc_wanted_release(&wanted);
	return err == MVC_EFINDING ? MVC_OK : err;
}

/* ---- one stage ---- */

static int
restore(struct repro *x, struct job *j, const struct mvc_answer *a)
{
	int err;

	if (a->changed)
		return mvc_fail(MVC_EINVALID,
		    "%s has changes that are not recorded: mvc add %s, or "
		    "remove it",
		    a->changed, a->changed);
	err = mvc_answer_take(j->w, a);
	if (!err)
		err = put(j, &j->outs);
	if (err)
		return err;
	j->state = RESTORED;
	j->run = a->id;
	j->has_run = true;
	free(MVC_TAKE(j->why));
	if (!x->env->common.json) {
		mvc_line_fit(x->env, j->s->name);
		mvc_line(x->env, j->s->name, NULL, "as run %.6s made it",
		    mvc_oid_hex(&a->id).s);
	}
	end_job(j);
	return MVC_OK;
}

static int
start(struct repro *x, struct job *j)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_answer_clear(j->w, j->s, x->a->force);

	if (!err)
		err = *j->s->wdir ? mvc_beneath_open(&fd, x->st.top, j->s->wdir,
					O_RDONLY | O_DIRECTORY, 0)
				  : mvc_sys_open(&fd, x->st.top, ".",
					O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	say_line(x, j, "run");
	j->c =
	    (struct mvc_command){.argv = (char *const *)(uintptr_t)j->command,
		.folder = MVC_TAKE_FD(fd) + 1};
	err = mvc_commands_start(&x->running, &j->c);
	if (!err)
		j->state = RUNNING;
	return err;
}

/* What is to be done, where a record answers or none does. */
static int
decide(struct repro *x, struct job *j, struct mvc_answer *a)
{
	bool holds = false;
	int err = mvc_answer_find(a, j->w, j->s, mvc_running_record(j->r));

	if (err)
		return err;
	if (a->found && a->here) {
		j->state = FRESH;
		j->run = a->id;
		j->has_run = true;
		say_line(x, j, "up to date");
		end_job(j);
		return MVC_OK;
	}
	if (a->found)
		err = mvc_answer_holds(&holds, j->w, a);
	if (!err && a->found && !holds && x->a->pull &&
	    !x->env->common.dry_run) {
		err = pull_outputs(x, a);
		if (!err)
			err = mvc_answer_holds(&holds, j->w, a);
	}
	if (err)
		return err;
	if (!holds)
		err =
		    because(j, a->found ? "what it made is not here" : a->why);
	if (err)
		return err;
	if (x->env->common.dry_run) {
		j->state = WOULD;
		say_line(x, j,
		    holds ? "would be as an earlier run made it" : "would run");
		end_job(j);
		return MVC_OK;
	}
	return holds ? restore(x, j, a) : start(x, j);
}

static int
consider(struct repro *x, struct job *j)
{
	MVC_SCOPED(mvc_answer) a = {.found = false};
	int err = MVC_OK;

	if (!j->w)
		err = make_job(x, j);
	if (!err && x->a->pull && !x->env->common.dry_run)
		err = pull_inputs(x, j);
	if (!err)
		err = mvc_running_begin(&j->r, j->w, &j->o);
	if (err)
		return err;
	if (!x->a->force && !j->s->always)
		return decide(x, j, &a);
	err = because(j, j->s->always ? "always_changed" : "--force");
	if (!err && x->env->common.dry_run) {
		j->state = WOULD;
		say_line(x, j, "would run");
		end_job(j);
		return MVC_OK;
	}
	return err ? err : start(x, j);
}

static void
say_done(struct repro *x, const struct job *j, const struct mvc_record *r)
{
	char number[64] = "";

	for (size_t i = 0; i < r->metrics.n && !*number; i++) {
		const struct mvc_run_value *v = &r->metrics.v[i];

		if (v->type == MVC_RUN_REAL || v->type == MVC_RUN_INT)
			snprintf(number, sizeof(number), "   %.40s %.5g",
			    v->key,
			    v->type == MVC_RUN_INT ? (double)v->whole
						   : v->real);
	}
	if (x->env->common.json)
		return;
	mvc_line_fit(x->env, j->s->name);
	mvc_line(x->env, j->s->name, NULL, "run %.6s   %s%s",
	    mvc_oid_hex(&j->run).s, mvc_human_time(r->duration * 1000000).s,
	    mvc_sentence(x->env, number));
	fflush(stdout);
}

static void
finish(struct repro *x, struct job *j)
{
	struct mvc_run_result res = {j->c.status, j->c.signal, j->c.ns};
	struct mvc_writer_sums sums;
	const struct mvc_record *r;
	int err = mvc_running_end(j->r, &res, &r, &j->run, &sums);

	j->has_run = !err || err == MVC_EFINDING;
	if (!err && r->failed)
		err = j->c.signal
		    ? mvc_fail(MVC_EFINDING, "signal %d", j->c.signal)
		    : mvc_fail(MVC_EFINDING, "exit status %d", j->c.status);
	if (err) {
		fail_job(x, j);
		return;
	}
	j->state = RAN;
	say_done(x, j, r);
	end_job(j);
}

/* ---- all ---- */

static bool
is_done(const struct job *j)
{
	return j->state != WAITING && j->state != RUNNING;
}

/* Whether all that it needs is done; and what that means for it. */
static bool
is_ready(struct repro *x, size_t i, bool *failed, const struct job **stale)
{
	const struct mvc_graph_node *node = &x->st.g->v[i];

	*failed = false;
	*stale = NULL;
	for (size_t k = 0; k < node->needs_n; k++) {
		const struct job *j = &x->jobs[node->needs[k]];

		if (!x->st.wanted[node->needs[k]])
			continue;
		*failed |= j->state == FAILED || j->state == SKIPPED;
		if (j->state == WOULD)
			*stale = j;
		if (!is_done(j))
			return false;
	}
	return true;
}

static int
visit(struct repro *x, size_t i, bool *moved)
{
	struct job *j = &x->jobs[i];
	const struct job *stale;
	bool failed, mine = true;
	char why[300];

	if (j->state != WAITING || !is_ready(x, i, &failed, &stale))
		return MVC_OK;
	if (!failed && !j->s->frozen && !stale) {
		if (lock_job(&mine, x, j))
			fail_job(x, j);
		else if (mine && consider(x, j))
			fail_job(x, j);
		*moved |= mine;
		return MVC_OK;
	}
	*moved = true;
	j->state = failed ? SKIPPED : j->s->frozen ? FROZEN : WOULD;
	if (j->state == WOULD) {
		snprintf(
		    why, sizeof(why), "%.250s is to run first", stale->s->name);
		if (because(j, why))
			return MVC_ENOMEM;
	}
	say_line(x, j,
	    failed             ? "skipped"
		: j->s->frozen ? "frozen"
			       : "would run");
	return MVC_OK;
}

static int
loop(struct repro *x)
{
	for (;;) {
		struct mvc_command *done;
		bool moved = false;
		int err = MVC_OK;

		for (size_t k = 0; !err && k < x->st.g->n && !x->stop &&
		     x->running.n < x->limit;
		     k++)
			if (x->st.wanted[x->st.g->order[k]])
				err = visit(x, x->st.g->order[k], &moved);
		if (err)
			x->stop = true;
		if (!x->running.n && (!moved || x->stop))
			return err;
		if (!x->running.n ||
		    (moved && x->running.n < x->limit && !x->stop))
			continue;
		err = mvc_commands_wait(&done, &x->running);
		if (err)
			return err;
		x->stop |= x->running.signal != 0;
		for (size_t i = 0; done && i < x->st.g->n; i++)
			if (&x->jobs[i].c == done)
				finish(x, &x->jobs[i]);
	}
}

/* Nobody is to run what a clone brought without having seen it. */
static int
first_time(struct repro *x)
{
	MVC_OWN_FD int gitdir = -1;
	struct mvc_env *env = x->env;
	int err = mvc_sys_open(
	    &gitdir, AT_FDCWD, env->repo->gitdir, O_RDONLY | O_DIRECTORY, 0);
	bool first;

	if (err)
		return err;
	first = mvc_file_absent(gitdir, "mvc/repro");
	for (size_t k = 0; first && k < x->st.g->n; k++) {
		const struct mvc_stage *s = x->jobs[x->st.g->order[k]].s;

		if (k == 0)
			mvc_note(env,
			    "the first repro here; these commands are what %s "
			    "says:",
			    x->st.p.path);
		for (size_t i = 0;
		     x->st.wanted[x->st.g->order[k]] && i < s->cmd.n; i++)
			mvc_note(env, "%s: %s", s->name, s->cmd.v[i]);
	}
	if (env->common.dry_run)
		return MVC_OK;
	err = mvc_file_mkdirs(gitdir, "mvc/repro", 0777);
	if (err)
		return err;
	err = mvc_sys_open(
	    &x->locks, gitdir, "mvc/repro", O_RDONLY | O_DIRECTORY, 0);
	x->locks = err ? 0 : x->locks + 1;
	return err;
}

static int
prepare(struct repro *x)
{
	size_t n = 0, k = 0;
	int err = mvc_stages_select(&x->st, x->env, x->a->single);

	if (err)
		return err;
	for (size_t i = 0; i < x->st.p.n; i++)
		n += x->st.p.v[i].outs_n;
	x->jobs = calloc(x->st.p.n + 1, sizeof(*x->jobs));
	x->others = calloc(n + 1, sizeof(*x->others));
	if (!x->jobs || !x->others)
		return no_memory();
	for (size_t i = 0; i < x->st.p.n; i++) {
		const struct mvc_stage *s = &x->st.p.v[i];

		x->jobs[i].s = s;
		for (size_t m = 0; m < s->outs_n; m++)
			if (!s->outs[m].in_git)
				x->others[k++] = s->outs[m].path;
	}
	x->limit = x->env->common.jobs > 0 ? (size_t)x->env->common.jobs : 1;
	return first_time(x);
}

static int
verdict(struct repro *x)
{
	bool failed = false;

	for (size_t i = 0; i < x->st.g->n; i++) {
		struct job *j = &x->jobs[i];

		if (!x->st.wanted[i])
			continue;
		if (j->state == WAITING)
			j->state = SKIPPED;
		failed |= j->state == FAILED || j->state == SKIPPED;
	}
	if (x->env->common.json)
		print_json(x);
	if (x->running.signal)
		x->env->status = 128 + x->running.signal;
	return failed && !x->running.signal ? MVC_EFINDING : MVC_OK;
}

static void
repro_release(struct repro *x)
{
	for (size_t i = 0; x->jobs && i < x->st.p.n; i++) {
		end_job(&x->jobs[i]);
		free(x->jobs[i].why);
	}
	free(x->jobs);
	free(x->others);
	if (x->locks)
		close(x->locks - 1);
	mvc_stages_release(&x->st);
}

static int
repro_run(struct mvc_env *env, const void *args)
{
	struct repro x = {.env = env, .a = args, .st = MVC_STAGES_INIT};
	int err = prepare(&x);

	if (!err)
		err = mvc_commands_begin(&x.running);
	if (!err)
		err = loop(&x);
	if (!err)
		err = verdict(&x);
	mvc_commands_end(&x.running);
	repro_release(&x);
	return err;
}

const struct mvc_cmd mvc_cmd_repro = {
    .name = "repro",
    .summary = "bring stages up to date, by earlier runs where they answer",
    .usage = "[STAGE...]",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS |
	MVC_CMD_JSON | MVC_CMD_DRY_RUN,
    .max = -1,
    .opts = repro_opts,
    .args_size = sizeof(struct repro_args),
    .run = repro_run,
};
