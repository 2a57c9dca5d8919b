#include "lineage/recording.h"

#include "git/repo.h"
#include "lineage/mask.h"
#include "lineage/recording_priv.h"
#include "lineage/running_priv.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/gitfolder.h"

#include <dirent.h>
#include <errno.h>
#include <sys/file.h>

#include "util/banned.h"

#define FOLDER "mvc/recording"
#define TOKEN_LEN 12
#define STATE "state"

/* ---- the folder ---- */

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a run");
}

static bool
is_token(const char *s)
{
	return strlen(s) == TOKEN_LEN &&
	    strspn(s, "0123456789abcdef") == TOKEN_LEN;
}

static int
open_all(int *fd, struct mvc_repo *r, bool make)
{
	MVC_OWN_MEM char *path = NULL, *mvc = NULL;
	int err = MVC_OK;

	if (asprintf(&mvc, "%s/mvc", r->gitdir) < 0) {
		mvc = NULL;
		return no_memory();
	}
	if (asprintf(&path, "%s/" FOLDER, r->gitdir) < 0) {
		path = NULL;
		return no_memory();
	}
	if (make)
		err = mvc_gitfolder_make(mvc);
	if (!err && make)
		err = mvc_file_mkdirs(AT_FDCWD, path, 0777);
	if (!err)
		err =
		    mvc_sys_open(fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	return err;
}

int
recording_open(int *fd, struct mvc_repo *r, const char *token)
{
	MVC_OWN_FD int all = -1;
	int err = MVC_ENOTFOUND;

	*fd = -1;
	if (is_token(token))
		err = open_all(&all, r, false);
	if (!err)
		err = mvc_sys_open(
		    fd, all, token, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(MVC_ENOTFOUND,
		    "no run with the token %s is being recorded here: mvc "
		    "record begin prints one",
		    token);
	return err;
}

/* Until fd is closed. */
static int
lock(int fd)
{
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return mvc_fail_errno("lock a run that is recorded");
	return MVC_OK;
}

/* ---- its state ---- */

static int
read_state(struct mvc_record *out, int fd)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_RECORD_MAX);
	int err = mvc_file_read(&text, fd, STATE);

	return err ? err
		   : mvc_record_parse(out, "the run that is recorded",
			 text.data ? text.data : "", text.len);
}

static int
write_state(int fd, struct mvc_record *r)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_RECORD_MAX);
	int err;

	r->failed = true;
	mvc_record_sort(r);
	err = mvc_record_format(&text, r);
	return err ? err
		   : mvc_file_replace(fd, STATE, text.data, text.len, 0666);
}

static int
add_outputs(struct mvc_record *r, const char *const *paths, bool metrics)
{
	struct mvc_run_file *f;
	int err = MVC_OK;

	for (size_t i = 0; !err && paths && paths[i]; i++) {
		err = mvc_run_files_add(&f, &r->outputs, paths[i]);
		if (err)
			break;
		f->kind = metrics ? MVC_RUN_LOOSE : MVC_RUN_FAILED;
		f->type = metrics ? MVC_POINTER_FILE : 0;
		f->has_oid = metrics;
		f->files = 1;
	}
	return err;
}

/* Under the lock, what is done to the state. */
struct changing {
	struct mvc_running r;
	struct mvc_running_opts o;
	const char *const *words; /* of params */
	size_t n;
};

static int
change(struct mvc_repo *repo, const char *token, struct changing *c,
    int (*how)(struct changing *c))
{
	MVC_OWN_FD int fd = -1;
	int err = recording_open(&fd, repo, token);

	c->r.o = &c->o;
	if (!err)
		err = lock(fd);
	if (!err)
		err = read_state(&c->r.record, fd);
	if (!err)
		err = how(c);
	if (!err)
		err = write_state(fd, &c->r.record);
	mvc_record_release(&c->r.record);
	return err;
}

static int
add_inputs(struct changing *c)
{
	return running_inputs(&c->r);
}

int
mvc_recording_inputs(
    struct mvc_work *w, const char *token, const char *const *paths)
{
	struct changing c = {.r = {.w = w}, .o = {.deps = paths}};

	return change(w->repo, token, &c, add_inputs);
}

static int
add_more_outputs(struct changing *c)
{
	int err = running_check_outs(&c->r);

	if (!err)
		err = add_outputs(&c->r.record, c->o.outs, false);
	return err ? err : add_outputs(&c->r.record, c->o.metrics, true);
}

int
mvc_recording_outputs(struct mvc_work *w, const char *token,
    const char *const *outs, const char *const *metrics)
{
	struct changing c = {
	    .r = {.w = w}, .o = {.outs = outs, .metrics = metrics}};

	return change(w->repo, token, &c, add_more_outputs);
}

static int
add_param(struct mvc_record *r, const char *word)
{
	MVC_OWN_MEM char *key = NULL;
	struct mvc_run_value *v;
	int err = recording_key(&key, word);

	if (!err)
		err = mvc_run_values_add(&v, &r->params, "", key);
	if (!err)
		err = recording_value(v, word + strlen(key) + 1);
	if (!err && v->type == MVC_RUN_TEXT && mvc_mask_is(v->key, v->text)) {
		free(v->text);
		v->text = strdup(MVC_MASK);
		err = v->text ? MVC_OK : no_memory();
	}
	return err;
}

static int
add_params(struct changing *c)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < c->n; i++)
		err = add_param(&c->r.record, c->words[i]);
	return err ? err : running_seeds(&c->r);
}

int
mvc_recording_params(
    struct mvc_repo *r, const char *token, const char *const *words, size_t n)
{
	struct changing c = {.words = words, .n = n};

	return change(r, token, &c, add_params);
}

/* ---- begin and end ---- */

/* The folder appears with its state in it. */
static int
make(struct mvc_recording_token *out, struct mvc_running *r)
{
	MVC_OWN_FD int all = -1, fd = -1;
	char id[33], tmp[64];
	int err = mvc_repo_random_id(id);

	if (!err)
		err = open_all(&all, r->w->repo, true);
	if (err)
		return err;
	snprintf(out->s, sizeof(out->s), "%.*s", TOKEN_LEN, id);
	snprintf(tmp, sizeof(tmp), MVC_TMP_PREFIX "%s", out->s);
	err = mvc_sys_mkdir(all, tmp, 0777);
	if (!err)
		err = mvc_sys_open(&fd, all, tmp, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = write_state(fd, &r->record);
	if (!err)
		err = mvc_sys_rename(all, tmp, all, out->s);
	return err ? err : mvc_sys_fsync_dir(all, ".");
}

int
mvc_recording_begin(struct mvc_recording_token *out, struct mvc_work *w,
    const struct mvc_running_opts *o)
{
	MVC_OWN(mvc_running) *r = NULL;
	int err = mvc_running_begin(&r, w, o);

	if (!err)
		err = add_outputs(&r->record, o->outs, false);
	if (!err)
		err = add_outputs(&r->record, o->metrics, true);
	return err ? err : make(out, r);
}

/* The lists that the state has as outputs, and its command, become opts. */
static int
take_lists(struct mvc_running *r)
{
	struct mvc_run_files *l = &r->record.outputs;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++)
		err = mvc_names_add(l->v[i].kind == MVC_RUN_LOOSE
			? &r->own.metrics
			: &r->own.outs,
		    l->v[i].path);
	while (l->n)
		free(l->v[--l->n].path);
	/* NULL after the last. */
	if (!err)
		err = running_end_list(&r->own.outs);
	if (!err)
		err = running_end_list(&r->own.metrics);
	if (!err)
		err = running_end_list(&r->record.command);
	r->own.o = (struct mvc_running_opts){
	    .command = (const char *const *)r->record.command.v,
	    .outs = (const char *const *)r->own.outs.v,
	    .metrics = (const char *const *)r->own.metrics.v};
	r->o = &r->own.o;
	r->record.failed = false;
	return err;
}

static int
resume(struct mvc_running *r, struct mvc_run_result *res, int fd)
{
	int64_t now = mvc_clock_ns(CLOCK_REALTIME) / 1000000;
	int err = read_state(&r->record, fd);

	if (err)
		return err;
	/* Once, so that a second end says the same. */
	if (!r->record.duration) {
		r->record.duration = now > r->record.started
		    ? (uint64_t)(now - r->record.started)
		    : 1;
		err = write_state(fd, &r->record);
	}
	res->ns = r->record.duration * 1000000;
	if (!err)
		err = recording_read_metrics(&r->record, r->w->ctx, fd);
	return err ? err : take_lists(r);
}

int
mvc_recording_resume(struct mvc_running **out, struct mvc_run_result *res,
    struct mvc_work *w, const char *token, int status)
{
	MVC_OWN(mvc_running) *r = calloc(1, sizeof(*r));
	MVC_OWN_FD int fd = -1;
	int err;

	*out = NULL;
	*res = (struct mvc_run_result){.status = status};
	if (!r)
		return no_memory();
	r->w = w;
	err = recording_open(&fd, w->repo, token);
	if (!err)
		err = lock(fd);
	if (!err)
		err = resume(r, res, fd);
	if (!err)
		*out = MVC_TAKE(r);
	return err;
}

int
mvc_recording_drop(struct mvc_repo *r, const char *token)
{
	MVC_OWN_FD int all = -1, fd = -1;
	int err = recording_open(&fd, r, token);

	if (!err)
		err = open_all(&all, r, false);
	if (err)
		return err;
	mvc_file_discard(fd, RECORDING_METRICS);
	/* Without its state it is none any more. */
	err = mvc_sys_unlink(fd, STATE);
	return err && err != MVC_ENOTFOUND ? err : mvc_sys_rmdir(all, token);
}

int
mvc_recording_list(struct mvc_names *out, struct mvc_repo *r)
{
	const struct dirent *e;
	int fd = -1, err = open_all(&fd, r, false);
	DIR *d;

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return mvc_fail_errno("read %s/" FOLDER, r->gitdir);
	}
	while (!err && (e = readdir(d)))
		if (is_token(e->d_name))
			err = mvc_names_add(out, e->d_name);
	closedir(d);
	mvc_names_sort(out);
	return err;
}
