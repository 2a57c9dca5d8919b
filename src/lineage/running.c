#include "lineage/running_priv.h"

#include "git/codetree.h"
#include "git/config.h"
#include "lineage/environment.h"
#include "lineage/mask.h"
#include "lineage/runs.h"
#include "lineage/values.h"
#include "util/beneath.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/add.h"
#include "work/pending.h"

#include <strings.h>

#include "util/banned.h"

#define LARGE (16 << 20)
#define PARAMS "params.yaml"
#define METRIC_FILE_MAX (16 << 20)

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a run");
}

void
mvc_running_free(struct mvc_running *r)
{
	if (!r)
		return;
	mvc_record_release(&r->record);
	mvc_names_release(&r->own.outs);
	mvc_names_release(&r->own.metrics);
	free(r);
}

int
running_end_list(struct mvc_names *l)
{
	int err = mvc_names_add(l, "");

	if (err)
		return err;
	free(l->v[--l->n]);
	l->v[l->n] = NULL;
	return MVC_OK;
}

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && (!path[n] || path[n] == '/');
}

static bool
is_in(const char *const *list, const char *path)
{
	for (size_t i = 0; list && list[i]; i++)
		if (is_below(path, list[i]))
			return true;
	return false;
}

/* ---- the code ---- */

static bool
is_output(void *arg, const char *path)
{
	struct mvc_running *r = arg;

	return is_in(r->o->outs, path) || is_in(r->o->metrics, path) ||
	    is_in(r->o->others, path);
}

static bool
is_data(void *arg, const char *path)
{
	const struct mvc_running_opts *o = ((struct mvc_running *)arg)->o;

	return is_in(o->outs, path) || is_in(o->others, path);
}

static int
note_omitted(void *arg, const char *path)
{
	struct mvc_running *r = arg;

	mvc_warn(r->w->ctx,
	    "%s is large and in nobody's care, so it is not recorded: mvc "
	    "add it, or name it in .gitignore",
	    path);
	return mvc_record_check_path(path)
	    ? MVC_OK
	    : mvc_names_add(&r->record.omitted, path);
}

static int
note_code(struct mvc_running *r)
{
	struct mvc_codetree_opts o = {.leave_out = is_output,
	    .large = r->o->large ? r->o->large : LARGE,
	    .omitted = note_omitted,
	    .arg = r};
	struct mvc_gitid head;
	int err = mvc_codetree_head(&r->record.commit, &head, r->w->repo);

	if (!err)
		err = mvc_codetree_write(&r->record.tree, r->w->repo, &o);
	r->record.clean = !err && mvc_gitid_eq(&head, &r->record.tree);
	return err;
}

/* ---- who, where, what ---- */

static int
note_who(struct mvc_running *r)
{
	char host[256] = "";
	bool told = true;
	int err = mvc_config_bool(&told, r->w->repo, "mvc.run.who", true);

	if (err || !told || r->o->anonymous)
		return err;
	err = mvc_config_string(&r->record.who, r->w->repo, "user.name");
	if (!err)
		err = mvc_config_string(
		    &r->record.email, r->w->repo, "user.email");
	if (!err && gethostname(host, sizeof(host) - 1) == 0 && *host) {
		r->record.host = strdup(host);
		err = r->record.host ? MVC_OK : no_memory();
	}
	return err;
}

static int
note_command(struct mvc_running *r)
{
	const char *const *command = r->o->command;
	int err = MVC_OK;

	for (size_t i = 0; !err && command[i]; i++) {
		MVC_SCOPED(mvc_buf) word = MVC_BUF_INIT(MVC_RECORD_STRING);

		err =
		    mvc_mask_word(&word, i ? command[i - 1] : NULL, command[i]);
		if (!err)
			err = mvc_names_add(
			    &r->record.command, word.data ? word.data : "");
	}
	if (err)
		return err;
	r->record.cwd = strdup(r->o->cwd);
	if (r->o->name)
		r->record.name = strdup(r->o->name);
	return r->record.cwd && (!r->o->name || r->record.name) ? MVC_OK
								: no_memory();
}

/* ---- parameters ---- */

static int
read_keys(struct mvc_running *r, const char *file, const char *keys)
{
	MVC_OWN_MEM char *list = strdup(keys);
	MVC_OWN_MEM const char **v = calloc(strlen(keys) + 2, sizeof(*v));
	size_t n = 0;

	if (!list || !v)
		return no_memory();
	for (char *at = list, *end; at; at = end) {
		end = strchr(at, ',');
		if (end)
			*end++ = 0;
		if (*at)
			v[n++] = at;
	}
	if (n == 0)
		return mvc_fail(MVC_EUSAGE, "-p %s: names no key", file);
	return mvc_values_read(&r->record.params, r->w->top, file, v, n);
}

static int
read_param(struct mvc_running *r, const char *word)
{
	const char *colon = strrchr(word, ':');
	MVC_OWN_MEM char *file = NULL;

	if (!colon && mvc_values_readable(word))
		return mvc_values_read(
		    &r->record.params, r->w->top, word, NULL, 0);
	if (!colon)
		return read_keys(r, PARAMS, word);
	file = strndup(word, (size_t)(colon - word));
	return file ? read_keys(r, file, colon + 1) : no_memory();
}

static bool
is_seed(const char *key)
{
	static const char *const names[] = {
	    "seed", "random_seed", "random_state", "rng_seed"};
	const char *dot = strrchr(key, '.');

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcasecmp(dot ? dot + 1 : key, names[i]))
			return true;
	return false;
}

int
running_seeds(struct mvc_running *r)
{
	const char *hash = getenv("PYTHONHASHSEED");
	struct mvc_run_value *to;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->record.params.n; i++) {
		const struct mvc_run_value *v = &r->record.params.v[i];
		char *file, *key;

		if (!is_seed(v->key) || v->type == MVC_RUN_TEXT)
			continue;
		err =
		    mvc_run_values_add(&to, &r->record.seeds, v->file, v->key);
		if (err)
			break;
		file = to->file;
		key = to->key;
		*to = *v;
		to->file = file;
		to->key = key;
	}
	if (err || !hash || !*hash || hash[strspn(hash, "0123456789")])
		return err;
	err = mvc_run_values_add(&to, &r->record.seeds, "", "PYTHONHASHSEED");
	if (err)
		return err;
	to->type = MVC_RUN_INT;
	to->whole = strtoll(hash, NULL, 10);
	return MVC_OK;
}

static int
note_params(struct mvc_running *r)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && r->o->params && r->o->params[i]; i++)
		err = read_param(r, r->o->params[i]);
	return err ? err : running_seeds(r);
}

/* ---- outputs, ahead ---- */

static int
check_out(struct mvc_running *r, struct mvc_index *idx, const char *path)
{
	const char *below;
	struct mvc_place p;
	int err = *path
	    ? mvc_record_check_path(path)
	    : mvc_fail(MVC_EINVALID, "the whole repository is no output");

	if (!err)
		err = mvc_data_check_path(path);
	if (!err)
		err = mvc_place_find(&p, r->w, idx, path);
	if (err)
		return err;
	if (p.tracked && strcmp(p.root, path))
		err = mvc_fail(MVC_EINVALID,
		    "-o %s: it is in the data set %s: name that", path, p.root);
	else if (!p.tracked && mvc_index_tracks(idx, path, &below))
		err = mvc_fail(MVC_EINVALID,
		    "-o %s: Git tracks %s: git rm --cached it first, or say "
		    "-m for metrics",
		    path, below);
	mvc_place_release(&p);
	return err;
}

int
running_check_outs(struct mvc_running *r)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, r->w->repo);

	for (size_t i = 0; !err && r->o->outs && r->o->outs[i]; i++)
		err = check_out(r, idx, r->o->outs[i]);
	for (size_t i = 0; !err && r->o->metrics && r->o->metrics[i]; i++) {
		err = mvc_record_check_path(r->o->metrics[i]);
		if (!err && is_in(r->o->outs, r->o->metrics[i]))
			err = mvc_fail(MVC_EINVALID,
			    "%s is said to be an output and metrics",
			    r->o->metrics[i]);
	}
	return err;
}

int
mvc_running_begin(struct mvc_running **out, struct mvc_work *w,
    const struct mvc_running_opts *o)
{
	MVC_OWN(mvc_running) *r = calloc(1, sizeof(*r));
	int err;

	*out = NULL;
	if (!r)
		return no_memory();
	r->w = w;
	r->o = o;
	err = mvc_pending_adopt(w);
	if (!err)
		err = running_check_outs(r);
	if (!err)
		err = note_params(r);
	if (!err)
		err = note_command(r);
	if (!err)
		err = note_who(r);
	if (!err)
		err = note_code(r);
	if (!err)
		err = running_inputs(r);
	if (err)
		return err;
	r->record.started = mvc_clock_ns(CLOCK_REALTIME) / 1000000;
	*out = MVC_TAKE(r);
	return MVC_OK;
}

const struct mvc_record *
mvc_running_record(const struct mvc_running *r)
{
	return &r->record;
}

/* ---- the end ---- */

/* Metrics whose file cannot be read as such are a file like any other. */
static void
read_metrics(struct mvc_running *r, const char *path)
{
	struct mvc_run_values *l = &r->record.metrics;
	size_t before = l->n;

	if (!mvc_values_readable(path))
		return;
	if (mvc_values_read(l, r->w->top, path, NULL, 0)) {
		mvc_warn(
		    r->w->ctx, "no metrics are known: %s", mvc_error_text());
		while (l->n > before) {
			struct mvc_run_value *v = &l->v[--l->n];

			free(v->file);
			free(v->key);
			free(v->text);
		}
	}
}

static int
note_metrics(struct mvc_running *r, const struct mvc_gitid *tree)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && r->o->metrics && r->o->metrics[i]; i++) {
		const char *path = r->o->metrics[i];
		struct mvc_code_entry e;
		struct mvc_run_file *f;

		err = mvc_run_files_add(&f, &r->record.outputs, path);
		if (!err)
			err = running_digest(f, r, path);
		if (err)
			break;
		f->kind = MVC_RUN_LOOSE;
		if (!mvc_codetree_find(&e, r->w->repo, tree, path)) {
			f->kind = MVC_RUN_GIT;
			f->git = e.id;
		}
		read_metrics(r, path);
	}
	return err;
}

/* Those that it was to make and that are not there. */
static const char *
missing(struct mvc_running *r)
{
	const char *const *const lists[] = {r->o->outs, r->o->metrics};

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; lists[k] && lists[k][i]; i++)
			if (mvc_file_absent(r->w->top, lists[k][i]))
				return lists[k][i];
	return NULL;
}

static int
note_failed(struct mvc_running *r)
{
	const char *const *const lists[] = {r->o->outs, r->o->metrics};
	struct mvc_run_file *f;
	int err = MVC_OK;

	r->record.failed = true;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; !err && lists[k] && lists[k][i]; i++) {
			err = mvc_run_files_add(
			    &f, &r->record.outputs, lists[k][i]);
			if (!err)
				f->kind = MVC_RUN_FAILED;
		}
	return err;
}

static int
put_environment(struct mvc_running *r, struct mvc_pending *with)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_ENVIRONMENT_MAX);
	int err = mvc_environment_format(
	    &text, r->o->interpreter ? r->o->interpreter : r->o->command);

	if (err)
		return err;
	mvc_record_id(&r->record.environment, &text);
	r->record.has_environment = true;
	return mvc_pending_add(with,
	    mvc_runs_environment_of(&r->record.environment).s, text.data,
	    text.len, false);
}

static int
put_metrics(struct mvc_running *r, struct mvc_pending *with)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->record.outputs.n; i++) {
		const struct mvc_run_file *f = &r->record.outputs.v[i];
		MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(METRIC_FILE_MAX);

		if (f->kind != MVC_RUN_GIT)
			continue;
		err = mvc_git_blob_read(&text, r->w->repo, &f->git);
		if (!err)
			err = mvc_pending_add(with, f->path,
			    text.data ? text.data : "", text.len, false);
	}
	return err;
}

/* The record, once all that it says is known. */
static int
put_record(struct mvc_running *r, struct mvc_pending *with)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_RECORD_MAX);
	int err = put_environment(r, with);

	/* Even the commit's own: a squash merge may drop the commit. */
	if (!err)
		err = mvc_codetree_keep(r->w->repo, &r->record.tree);
	mvc_record_sort(&r->record);
	if (!err)
		err = mvc_record_format(&text, &r->record);
	if (err)
		return err;
	mvc_record_id(&r->id, &text);
	err = mvc_pending_add(
	    with, mvc_runs_path_of(&r->id).s, text.data, text.len, false);
	return err ? err : put_metrics(r, with);
}

static int
seal(void *arg, struct mvc_oid *run, struct mvc_pending *with,
    const struct mvc_added *roots, size_t n)
{
	struct mvc_running *r = arg;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++) {
		const struct mvc_pointer *p = roots[i].pointer;
		struct mvc_run_file *f;

		err = mvc_run_files_add(&f, &r->record.outputs, roots[i].path);
		if (err)
			break;
		f->kind = MVC_RUN_DATA;
		f->type = p->type;
		f->size = p->size;
		f->files = p->files;
		f->has_oid = true;
		f->oid = p->oid;
	}
	if (!err)
		err = put_record(r, with);
	*run = r->id;
	return err;
}

static int
publish_alone(struct mvc_running *r)
{
	MVC_SCOPED(mvc_pending) with = MVC_PENDING_INIT;
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, r->w->repo);

	if (!err)
		err = put_record(r, &with);
	if (!err)
		err = mvc_pending_begin(&with, r->w);
	if (!err)
		err = mvc_pending_apply(&with, r->w, idx);
	if (!err)
		err = mvc_index_commit(idx);
	if (!err)
		mvc_pending_end(&with);
	return err;
}

static int
publish(struct mvc_running *r, struct mvc_writer_sums *sums)
{
	const struct mvc_add_opts opts = {
	    .vanished = true, .force = true, .seal = seal, .seal_arg = r};
	size_t n = 0;

	while (r->o->outs && r->o->outs[n])
		n++;
	return r->record.failed || n == 0
	    ? publish_alone(r)
	    : mvc_add(r->w, r->o->outs, n, &opts, NULL, sums);
}

/* Everything else again as it is now, outputs that are Git's with it. */
static int
look_again(struct mvc_running *r)
{
	struct mvc_codetree_opts o = {.leave_out = is_data,
	    .large = r->o->large ? r->o->large : LARGE,
	    .arg = r};
	struct mvc_gitid tree;
	int err = mvc_codetree_write(&tree, r->w->repo, &o);

	if (!err)
		err = running_inputs_again(r, &tree);
	if (!err && !r->record.failed)
		err = note_metrics(r, &tree);
	return err;
}

int
mvc_running_end(struct mvc_running *r, const struct mvc_run_result *res,
    const struct mvc_record **record, struct mvc_oid *id,
    struct mvc_writer_sums *sums)
{
	bool failed = res->status || res->signal;
	const char *gone = failed ? NULL : missing(r);
	int err = MVC_OK;

	r->record.exit = res->status;
	r->record.signal = res->signal;
	r->record.duration = res->ns / 1000000;
	if (failed || gone)
		err = note_failed(r);
	if (!err)
		err = look_again(r);
	if (!err)
		err = publish(r, sums);
	*record = &r->record;
	*id = r->id;
	if (!err && gone)
		err = mvc_fail(
		    MVC_EFINDING, "%s was to be made, and is not there", gone);
	return err;
}
