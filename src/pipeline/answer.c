#include "pipeline/answer.h"

#include "git/repo.h"
#include "hash/digest.h"
#include "lineage/runs.h"
#include "store/blob.h"
#include "store/root.h"
#include "util/beneath.h"
#include "util/file.h"
#include "util/leftover.h"
#include "util/sys.h"
#include "work/pending.h"
#include "work/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/banned.h"

#define RUNS ".mvc/runs"
#define GIT_FILE_MAX (16 << 20)

void
mvc_answer_release(struct mvc_answer *a)
{
	mvc_record_release(&a->record);
	free(a->changed);
	*a = (struct mvc_answer){.found = false};
}

/* ---- is a record about the same? ---- */

static bool
same_words(const struct mvc_names *a, const struct mvc_names *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]))
			return false;
	return true;
}

static bool
same_file(const struct mvc_run_file *a, const struct mvc_run_file *b)
{
	if (a->type != b->type || b->changed)
		return false;
	if (a->has_oid && b->has_oid)
		return mvc_oid_eq(&a->oid, &b->oid);
	return a->kind == MVC_RUN_GIT && b->kind == MVC_RUN_GIT &&
	    mvc_gitid_eq(&a->git, &b->git);
}

static bool
same_value(const struct mvc_run_value *a, const struct mvc_run_value *b)
{
	if (a->type != b->type)
		return false;
	return a->type == MVC_RUN_BOOL ? a->truth == b->truth
	    : a->type == MVC_RUN_INT   ? a->whole == b->whole
	    : a->type == MVC_RUN_REAL  ? a->real == b->real
	    : a->type == MVC_RUN_TEXT  ? !strcmp(a->text, b->text)
				       : true;
}

static bool say(char why[256], const char *fmt, ...) MVC_PRINTF(2, 3);
static bool
say(char why[256], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, 256, fmt, ap);
	va_end(ap);
	return false;
}

/* Both ascend by path. */
static bool
same_inputs(
    char why[256], const struct mvc_record *now, const struct mvc_record *was)
{
	size_t i = 0, k = 0;

	while (i < now->inputs.n || k < was->inputs.n) {
		const struct mvc_run_file *a = &now->inputs.v[i],
					  *b = &was->inputs.v[k];
		int c = i == now->inputs.n ? 1
		    : k == was->inputs.n   ? -1
					   : strcmp(a->path, b->path);

		if (c < 0)
			return say(why, "%s is new", a->path);
		if (c > 0)
			return say(why, "%s is no input any more", b->path);
		if (!same_file(a, b))
			return say(why, "%s changed", a->path);
		i++;
		k++;
	}
	return true;
}

static bool
same_params(
    char why[256], const struct mvc_record *now, const struct mvc_record *was)
{
	size_t i = 0, k = 0;

	while (i < now->params.n || k < was->params.n) {
		const struct mvc_run_value *a = &now->params.v[i],
					   *b = &was->params.v[k];
		int c = i == now->params.n ? 1
		    : k == was->params.n   ? -1
					   : mvc_run_value_cmp(a, b);

		if (c < 0)
			return say(why, "%s %s is new", a->file, a->key);
		if (c > 0)
			return say(why, "%s %s is gone", b->file, b->key);
		if (!same_value(a, b))
			return say(why, "%s %s changed", a->file, a->key);
		i++;
		k++;
	}
	return true;
}

static bool
has_output(const struct mvc_record *r, const char *path)
{
	for (size_t i = 0; i < r->outputs.n; i++)
		if (!strcmp(r->outputs.v[i].path, path))
			return true;
	return false;
}

static bool
answers(char why[256], const struct mvc_stage *s, const struct mvc_record *now,
    const struct mvc_record *was)
{
	if (was->failed)
		return say(why, "it failed");
	if (!same_params(why, now, was) || !same_inputs(why, now, was))
		return false;
	if (!same_words(&now->command, &was->command))
		return say(why, "its command changed");
	if (strcmp(now->cwd ? now->cwd : "", was->cwd ? was->cwd : ""))
		return say(why, "its folder changed");
	for (size_t i = 0; i < s->outs_n; i++)
		if (!has_output(was, s->outs[i].path))
			return say(why, "%s is a new output", s->outs[i].path);
	if (was->outputs.n != s->outs_n)
		return say(why, "it has fewer outputs");
	return true;
}

/* ---- is what it made here? ---- */

struct judging {
	bool changed, absent;
};

static int
judge(void *arg, const struct mvc_status_root *s)
{
	struct judging *j = arg;

	j->changed |= s->files[MVC_STATUS_ADDED] ||
	    s->files[MVC_STATUS_MODIFIED] || s->files[MVC_STATUS_BAD] ||
	    s->folders || s->other_version;
	j->absent |= s->files[MVC_STATUS_DELETED] || s->absent || s->no_folder;
	return MVC_OK;
}

static int
check_data(bool *here, struct mvc_answer *a, struct mvc_work *w,
    struct mvc_index *idx, const struct mvc_run_file *f)
{
	struct judging j = {false, false};
	const struct mvc_status_ops ops = {.root = judge, .arg = &j};
	const char *path = f->path;
	struct mvc_place p;
	bool same;
	int err = mvc_place_find(&p, w, idx, path);

	if (err)
		return err;
	same = p.tracked && !strcmp(p.root, path) &&
	    mvc_oid_eq(&p.pointer.oid, &f->oid) && p.pointer.type == f->type;
	if (p.tracked && !strcmp(p.root, path))
		err = mvc_status(w, &path, 1, &ops);
	else
		j.changed = mvc_file_exists(w->top, path);
	mvc_place_release(&p);
	if (!err && j.changed && !a->changed)
		a->changed = strdup(path);
	*here &= same && !j.changed && !j.absent;
	return err;
}

static int
digest(struct mvc_oid *out, struct mvc_work *w, const char *path)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_beneath_open(&fd, w->top, path, O_RDONLY | O_NONBLOCK, 0);

	return err ? err : mvc_digest_fd(out, fd, path);
}

/* A file of Git's is the command's to write: other bytes are no obstacle. */
static int
check_file(bool *here, struct mvc_work *w, const struct mvc_run_file *f)
{
	struct mvc_oid is;

	*here &= f->has_oid && digest(&is, w, f->path) == 0 &&
	    mvc_oid_eq(&is, &f->oid);
	return MVC_OK;
}

static int
check_here(struct mvc_answer *a, struct mvc_work *w)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, w->repo);

	a->here = true;
	for (size_t i = 0; !err && i < a->record.outputs.n; i++) {
		const struct mvc_run_file *f = &a->record.outputs.v[i];

		err = f->kind == MVC_RUN_DATA
		    ? check_data(&a->here, a, w, idx, f)
		    : check_file(&a->here, w, f);
	}
	return err;
}

/* ---- which record? ---- */

struct asking {
	struct mvc_answer *a;
	struct mvc_work *w;
	const struct mvc_stage *s;
	const struct mvc_record *now;
	char why[256]; /* of the last run of this stage, */
	int64_t started; /* which began then; 0: none is known */
};

/* The later of two answers, and of two that are none the later's reason. */
static int
ask(struct asking *q, const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	char why[256];
	int err = mvc_runs_get(&r, q->w->top, id);

	/* What cannot be read answers nothing. */
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	if (!answers(why, q->s, q->now, &r)) {
		if (r.name && !strcmp(r.name, q->s->name) &&
		    r.started >= q->started) {
			q->started = r.started;
			snprintf(q->why, sizeof(q->why), "%s", why);
		}
		return MVC_OK;
	}
	if (q->a->found && q->a->record.started >= r.started)
		return MVC_OK;
	q->a->found = true;
	q->a->id = *id;
	mvc_record_release(&q->a->record);
	q->a->record = r;
	r = (struct mvc_record)MVC_RECORD_INIT;
	return MVC_OK;
}

static int
ask_pointers(struct asking *q)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, q->w->repo);

	for (size_t i = 0; !err && !q->a->found && i < q->s->outs_n; i++) {
		struct mvc_place p;

		err = mvc_place_find(&p, q->w, idx, q->s->outs[i].path);
		if (err)
			break;
		if (p.tracked && p.pointer.has_run)
			err = ask(q, &p.pointer.run);
		mvc_place_release(&p);
	}
	return err;
}

/* Records that do not name the stage or its first output are not parsed. */
static bool
may_answer(const struct asking *q, int folder, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_RECORD_MAX);
	const char *word = q->s->outs_n ? q->s->outs[0].path : q->s->name;

	return mvc_file_read(&text, folder, name) == 0 && text.data &&
	    (strstr(text.data, word) || strchr(word, '"') ||
		strchr(word, '\\'));
}

static int
ask_folder(struct asking *q, int runs, const char *two)
{
	MVC_OWN_FD int fd =
	    openat(runs, two, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(dup(fd));
	struct dirent *e;
	int err = MVC_OK;

	while (!err && d && (e = readdir(d))) {
		char hex[80];
		struct mvc_oid id;

		if (strlen(e->d_name) != 67 || strcmp(e->d_name + 62, ".json"))
			continue;
		snprintf(hex, sizeof(hex), "%.2s%.62s", two, e->d_name);
		if (mvc_oid_parse(&id, hex, 64) ||
		    !may_answer(q, fd, e->d_name))
			continue;
		err = ask(q, &id);
	}
	if (d)
		closedir(d);
	return err;
}

static int
ask_all(struct asking *q)
{
	MVC_OWN_FD int fd = -1;
	DIR *d;
	struct dirent *e;
	int err =
	    mvc_beneath_open(&fd, q->w->top, RUNS, O_RDONLY | O_DIRECTORY, 0);

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	d = fdopendir(dup(fd));
	while (!err && d && (e = readdir(d)))
		if (strlen(e->d_name) == 2 && e->d_name[0] != '.')
			err = ask_folder(q, fd, e->d_name);
	if (d)
		closedir(d);
	return err;
}

int
mvc_answer_find(struct mvc_answer *out, struct mvc_work *w,
    const struct mvc_stage *s, const struct mvc_record *now)
{
	struct asking q = {.a = out, .w = w, .s = s, .now = now};
	int err;

	*out = (struct mvc_answer){.found = false};
	err = ask_pointers(&q);
	if (!err && out->found)
		err = check_here(out, w);
	if (!err && !(out->found && out->here)) {
		err = ask_all(&q);
		if (!err && out->found) {
			free(out->changed);
			out->changed = NULL;
			err = check_here(out, w);
		}
	}
	if (err)
		mvc_answer_release(out);
	else if (!out->found)
		snprintf(out->why, sizeof(out->why), "%s",
		    q.started ? q.why : "it was never run");
	return err;
}

/* ---- taking it ---- */

static int
holds(bool *has, struct mvc_work *w, const struct mvc_run_file *f)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(GIT_FILE_MAX);
	char holder[33];
	struct mvc_root root;
	int err;

	*has = false;
	if (f->kind == MVC_RUN_GIT) {
		*has = mvc_git_blob_read(&text, w->repo, &f->git) == 0;
		return MVC_OK;
	}
	if (f->kind != MVC_RUN_DATA)
		return MVC_OK;
	err = mvc_repo_clone_id(holder, w->repo, true);
	if (!err)
		err = mvc_root_get(&root, w->store, holder, &f->oid);
	if (!err) {
		*has = !root.part;
		mvc_root_release(&root);
	}
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

int
mvc_answer_holds(bool *all, struct mvc_work *w, const struct mvc_answer *a)
{
	int err = MVC_OK;

	*all = true;
	for (size_t i = 0; !err && *all && i < a->record.outputs.n; i++)
		err = holds(all, w, &a->record.outputs.v[i]);
	return err;
}

void
mvc_answer_pointer(struct mvc_pointer *out, const struct mvc_answer *a,
    const struct mvc_run_file *f)
{
	*out = (struct mvc_pointer){.oid = f->oid,
	    .type = f->type,
	    .size = f->size,
	    .files = f->files,
	    .has_run = true,
	    .run = a->id};
}

/* Labels stay. */
static int
add_pointer(struct mvc_pending *with, struct mvc_work *w, struct mvc_index *idx,
    const struct mvc_answer *a, const struct mvc_run_file *f)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTER_MAX);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_OWN_MEM char *path = NULL;
	struct mvc_place was;
	int err = mvc_place_find(&was, w, idx, f->path);

	if (err)
		return err;
	mvc_answer_pointer(&p, a, f);
	if (was.tracked && !strcmp(was.root, f->path))
		err = mvc_pointer_copy_labels(&p, &was.pointer);
	mvc_place_release(&was);
	if (!err)
		err = mvc_pointer_format(&text, &p);
	if (!err && asprintf(&path, "%s%s", f->path, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory");
	}
	return err ? err
		   : mvc_pending_add(with, path, text.data, text.len, true);
}

static int
add_file(
    struct mvc_pending *with, struct mvc_work *w, const struct mvc_run_file *f)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(GIT_FILE_MAX);
	int err = mvc_git_blob_read(&text, w->repo, &f->git);

	return err ? err
		   : mvc_pending_add(with, f->path, text.data ? text.data : "",
			 text.len, false);
}

int
mvc_answer_take(struct mvc_work *w, const struct mvc_answer *a)
{
	MVC_SCOPED(mvc_pending) with = MVC_PENDING_INIT;
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, w->repo);

	for (size_t i = 0; !err && i < a->record.outputs.n; i++) {
		const struct mvc_run_file *f = &a->record.outputs.v[i];

		err = f->kind == MVC_RUN_DATA ? add_pointer(&with, w, idx, a, f)
					      : add_file(&with, w, f);
	}
	if (!err)
		err = mvc_pending_begin(&with, w);
	if (!err)
		err = mvc_pending_apply(&with, w, idx);
	if (!err)
		err = mvc_index_commit(idx);
	if (!err)
		mvc_pending_end(&with);
	return err;
}

/* ---- before a run ---- */

/* Files and links below an open folder, which is closed. */
static uint64_t
count_below(int fd)
{
	DIR *d = fdopendir(fd);
	uint64_t n = 0;
	struct dirent *e;

	if (!d) {
		close(fd);
		return UINT64_MAX;
	}
	while ((e = readdir(d))) {
		int below;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!mvc_file_is_folder(fd, e)) {
			n++;
			continue;
		}
		below = openat(fd, e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		n = below < 0 ? UINT64_MAX / 2 : n + count_below(below);
	}
	closedir(d);
	return n;
}

/* What is ignored in it is nobody's to remove: then all of it stays. */
static int
clear_path(struct mvc_work *w, const char *path, uint64_t files)
{
	MVC_OWN_FD int folder = -1;
	MVC_OWN_FD int fd = -1;
	const char *name;
	int err = mvc_beneath_parent(&folder, &name, w->top, path, false);

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	fd = openat(
	    folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return mvc_file_exists(folder, name)
		    ? mvc_sys_unlink(folder, name)
		    : MVC_OK;
	if (count_below(dup(fd)) != files)
		return MVC_OK;
	mvc_leftover_clear(fd, true);
	return mvc_sys_rmdir(folder, name);
}

static int
clear_one(struct mvc_work *w, struct mvc_index *idx,
    const struct mvc_stage_out *out, bool force)
{
	struct judging j = {false, false};
	const struct mvc_status_ops ops = {.root = judge, .arg = &j};
	struct mvc_run_file f = {.kind = MVC_RUN_DATA};
	const char *path = out->path;
	struct mvc_place p;
	bool has = false;
	int err = mvc_place_find(&p, w, idx, path);

	if (err)
		return err;
	if (p.tracked && !strcmp(p.root, path)) {
		f.oid = p.pointer.oid;
		f.files = p.pointer.files;
		err = mvc_status(w, &path, 1, &ops);
		if (!err && !j.changed)
			err = holds(&has, w, &f);
	}
	mvc_place_release(&p);
	if (!err && j.changed && !force)
		err = mvc_fail(MVC_EINVALID,
		    "%s has changes that are not recorded: mvc add %s, mvc "
		    "checkout %s, or --force",
		    path, path, path);
	return err || !has || out->persist ? err : clear_path(w, path, f.files);
}

int
mvc_answer_clear(struct mvc_work *w, const struct mvc_stage *s, bool force)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, w->repo);

	for (size_t i = 0; !err && i < s->outs_n; i++)
		if (!s->outs[i].in_git)
			err = clear_one(w, idx, &s->outs[i], force);
	return err;
}
