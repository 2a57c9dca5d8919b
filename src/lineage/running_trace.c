/*
 *   what was opened ──► below the work tree ──► in a data set: its root
 *                                          └──► else each once ──► code, or
 *                                               made by the run, or undeclared
 */
#include "lineage/running_priv.h"

#include "git/codetree.h"
#include "git/repo.h"
#include "lineage/strace.h"
#include "util/beneath.h"
#include "util/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/banned.h"

/* Of a record, and on the terminal. */
#define UNDECLARED_MAX 1000
#define SHOWN 5
/* Distinct files that are remembered. */
#define FILES_MAX 500000

struct tracing {
	struct mvc_running *r;
	struct mvc_names roots, files; /* data sets; what was opened */
	bool *read; /* of each root */
	size_t sorted, last; /* files sorted once; root met last */
	char *top;
	size_t top_len;
};

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && (!path[n] || path[n] == '/');
}

/* Said to be read or written, or nobody's input. */
static bool
is_known(struct tracing *t, const char *path)
{
	const struct mvc_running_opts *o = t->r->o;
	const char *const *const lists[] = {o->deps, o->outs, o->metrics};
	const struct mvc_run_values *params = &t->r->record.params;

	if (is_below(path, ".git") || is_below(path, ".mvc") ||
	    is_below(path, "__pycache__") || strstr(path, "/__pycache__/"))
		return true;
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; lists[k] && lists[k][i]; i++)
			if (is_below(path, lists[k][i]))
				return true;
	for (size_t i = 0; i < params->n; i++)
		if (!strcmp(path, params->v[i].file))
			return true;
	return false;
}

static bool
take_root(struct tracing *t, const char *path)
{
	if (t->roots.n && t->read[t->last] &&
	    is_below(path, t->roots.v[t->last]))
		return true;
	for (size_t i = 0; i < t->roots.n; i++) {
		if (!is_below(path, t->roots.v[i]))
			continue;
		t->last = i;
		t->read[i] = true;
		return true;
	}
	return false;
}

/* A file that is opened again and again is kept once. */
static int
take_file(struct tracing *t, const char *path)
{
	if (t->files.n > 1000 && t->files.n > 2 * t->sorted) {
		mvc_names_sort(&t->files);
		t->sorted = t->files.n;
	}
	if (t->files.n >= FILES_MAX)
		return MVC_OK;
	return mvc_names_add(&t->files, path);
}

static int
on_open(void *arg, const char *path)
{
	struct tracing *t = arg;

	if (strncmp(path, t->top, t->top_len) || path[t->top_len] != '/')
		return MVC_OK;
	path += t->top_len + 1;
	if (is_known(t, path) || take_root(t, path))
		return MVC_OK;
	return take_file(t, path);
}

/* A virtual environment: its packages are in the record's. */
static bool
is_environment(struct tracing *t, const char *path)
{
	char at[MVC_RECORD_PATH + 16];

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(
		    at, sizeof(at), "%.*s/pyvenv.cfg", (int)(p - path), path);
		if (mvc_file_exists(t->r->w->top, at))
			return true;
	}
	return false;
}

/* Whether it is a file that was there before the run, as far as the file system
 * tells; else one that the run has not written. */
static bool
was_there(struct tracing *t, const char *path)
{
	const struct statx_timestamp *at;
	MVC_OWN_FD int fd = -1;
	struct statx st;

	if (mvc_beneath_open(&fd, t->r->w->top, path, O_PATH | O_NOFOLLOW, 0) ||
	    statx(
		fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) ||
	    !S_ISREG(st.stx_mode))
		return false;
	at = st.stx_mask & STATX_BTIME ? &st.stx_btime : &st.stx_mtime;
	return at->tv_sec * 1000 + at->tv_nsec / 1000000 < t->r->record.started;
}

static int
judge_file(struct tracing *t, const char *path)
{
	struct mvc_code_entry e;
	int err =
	    mvc_codetree_find(&e, t->r->w->repo, &t->r->record.tree, path);

	if (err != MVC_ENOTFOUND)
		return err == MVC_EINVALID ? MVC_OK : err;
	if (is_environment(t, path) || !was_there(t, path))
		return MVC_OK;
	return mvc_names_add(&t->r->record.undeclared, path);
}

static int
judge(struct tracing *t)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < t->roots.n; i++)
		if (t->read[i])
			err = mvc_names_add(
			    &t->r->record.undeclared, t->roots.v[i]);
	mvc_names_sort(&t->files);
	for (size_t i = 0; !err && i < t->files.n; i++)
		err = judge_file(t, t->files.v[i]);
	mvc_names_sort(&t->r->record.undeclared);
	return err;
}

/* Told all that there is room for; names that no record takes are only told. */
static void
tell(struct mvc_running *r)
{
	struct mvc_names *l = &r->record.undeclared;
	size_t kept = 0;

	for (size_t i = 0; i < l->n && i < SHOWN; i++)
		mvc_warn(r->w->ctx,
		    "%s is read and is no input that was declared: -d %s",
		    l->v[i], l->v[i]);
	if (l->n > SHOWN)
		mvc_warn(r->w->ctx, "and %zu more", l->n - SHOWN);
	for (size_t i = 0; i < l->n; i++) {
		if (kept < UNDECLARED_MAX && !mvc_record_check_path(l->v[i]))
			l->v[kept++] = l->v[i];
		else
			free(l->v[i]);
	}
	l->n = kept;
}

static int
trace(struct tracing *t, struct mvc_strace *from)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, t->r->w->repo);

	if (!err)
		err = mvc_work_roots(&t->roots, idx, "");
	t->read = calloc(t->roots.n + 1, sizeof(*t->read));
	t->top = realpath(t->r->w->repo->worktree, NULL);
	if (!err && (!t->read || !t->top))
		err = mvc_fail(MVC_ENOMEM, "no memory for what was opened");
	if (err)
		return err;
	t->top_len = strlen(t->top);
	err = mvc_strace_read(from, on_open, t);
	return err ? err : judge(t);
}

int
mvc_running_traced(struct mvc_running *r, struct mvc_strace *from)
{
	struct tracing t = {.r = r};
	int err = trace(&t, from);

	mvc_names_release(&t.roots);
	mvc_names_release(&t.files);
	free(t.read);
	free(t.top);
	if (err == MVC_ENOMEM)
		return err;
	if (err) {
		mvc_names_release(&r->record.undeclared);
		mvc_warn(r->w->ctx, "not traced: %s", mvc_error_text());
		return MVC_OK;
	}
	tell(r);
	r->record.tracer = strdup("strace");
	return r->record.tracer ? MVC_OK
				: mvc_fail(MVC_ENOMEM, "no memory for a run");
}
