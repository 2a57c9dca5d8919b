#include "work/view.h"
#include "git/history.h"
#include "git/index.h"
#include "git/repo.h"
#include "tree/edit.h"
#include "util/sys.h"
#include "work/pointerfile.h"
#include "util/banned.h"

static int
view_new(struct mvc_view **out, struct mvc_repo *repo)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory");
	(*out)->repo = repo;
	(*out)->top = -1;
	return MVC_OK;
}

int
mvc_view_open_commit(struct mvc_view **out, struct mvc_repo *repo,
    const struct mvc_gitid *commit)
{
	int err = view_new(out, repo);

	if (err)
		return err;
	(*out)->history = true;
	(*out)->commit = *commit;
	return MVC_OK;
}

int
mvc_view_open(struct mvc_view **out, struct mvc_repo *repo, const char *rev)
{
	MVC_OWN(mvc_view) *v = NULL;
	struct mvc_gitid commit;
	int err;

	*out = NULL;
	if (rev) {
		err = mvc_rev_resolve(&commit, repo, rev);
		return err ? err : mvc_view_open_commit(out, repo, &commit);
	}
	if (!repo->worktree)
		return mvc_fail(MVC_EINVALID,
		    "there is no work tree here: name a revision, as in "
		    "HEAD:PATH");
	err = view_new(&v, repo);
	if (!err)
		err = mvc_sys_open(&v->top, AT_FDCWD, repo->worktree,
		    O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		*out = MVC_TAKE(v);
	return err;
}

void
mvc_view_free(struct mvc_view *v)
{
	if (!v)
		return;
	mvc_index_free(v->idx);
	if (v->top >= 0)
		close(v->top);
	free(v);
}

struct mvc_view_name
mvc_view_name(const struct mvc_view *v)
{
	struct mvc_view_name n = {"in the work tree"};

	if (v->history)
		snprintf(n.s, sizeof(n.s), "in the commit %.10s",
		    mvc_gitid_hex(&v->commit).s);
	return n;
}

static int
need_index(struct mvc_view *v)
{
	return v->idx ? MVC_OK : mvc_index_open(&v->idx, v->repo);
}

/* Where the file is not there, but Git has it: a sparse checkout. */
static int
skipped_pointer(struct mvc_pointer *out, struct mvc_view *v, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	struct mvc_index_entry e;
	int err;

	err = need_index(v);
	if (!err)
		err = mvc_index_find(&e, v->idx, path, 0);
	if (!err && !e.skip)
		err = mvc_fail(MVC_ENOTFOUND, "%s is not here", path);
	if (!err)
		err = mvc_index_read(&text, v->idx, path, 0);
	if (err)
		return err;
	return mvc_pointer_parse(out, path, text.data, text.len);
}

static int
read_pointer(struct mvc_pointer *out, struct mvc_view *v, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	int err;

	memset(out, 0, sizeof(*out));
	if (v->history) {
		err = mvc_rev_read(&text, v->repo, &v->commit, path);
		if (err == MVC_EINVALID) /* a folder of that name */
			err = MVC_ENOTFOUND;
		return err ? err
			   : mvc_pointer_parse(out, path,
				 text.data ? text.data : "", text.len);
	}
	err = mvc_pointer_read(out, v->top, path);
	return err == MVC_ENOTFOUND ? skipped_pointer(out, v, path) : err;
}

int
mvc_view_pointer(struct mvc_pointer *out, struct mvc_view *v, const char *root)
{
	MVC_OWN_MEM char *path = NULL;

	memset(out, 0, sizeof(*out));
	if (asprintf(&path, "%s%s", root, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return read_pointer(out, v, path);
}

static void
tracked_release(struct mvc_tracked *t)
{
	free(t->path);
	free(t->why);
	mvc_pointer_release(&t->pointer);
}

void
mvc_tracked_list_release(struct mvc_tracked_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		tracked_release(&l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

/* One more, whose path ends in the suffix; the rest of it is to be filled. */
static int
list_add(struct mvc_tracked **out, struct mvc_tracked_list *l, const char *path)
{
	if ((l->n & (l->n + 1)) == 0) {
		struct mvc_tracked *v;

		v = reallocarray(l->v, 2 * l->n + 2, sizeof(*v));
		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for a list");
		l->v = v;
	}
	*out = &l->v[l->n];
	memset(*out, 0, sizeof(**out));
	(*out)->path = strndup(path, strlen(path) - strlen(MVC_POINTER_SUFFIX));
	if (!(*out)->path)
		return mvc_fail(MVC_ENOMEM, "no memory for a list");
	l->n++;
	return MVC_OK;
}

/* A pointer that cannot be read stays in the list, with the reason. */
static int
list_settle(struct mvc_tracked *t, int err)
{
	if (err == MVC_OK || err == MVC_ENOMEM)
		return err;
	t->err = err;
	t->why = strdup(mvc_error_text());
	return t->why ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

struct listing {
	struct mvc_tracked_list *out;
	struct mvc_view *v;
	const char *under;
};

static int
from_commit(void *arg, const struct mvc_git_pointer *p)
{
	struct listing *l = arg;
	struct mvc_tracked *t;
	int err = list_add(&t, l->out, p->path);

	if (err)
		return err;
	return list_settle(
	    t, mvc_pointer_parse(&t->pointer, p->path, p->p, p->n));
}

static bool
is_under(const char *path, const char *under)
{
	size_t n = strlen(under);

	/* "a.mvc" is at "a", "a/b.mvc" below it. */
	return n == 0 ||
	    (!strncmp(path, under, n) &&
		(path[n] == '/' || !strcmp(path + n, MVC_POINTER_SUFFIX)));
}

static int
from_index(void *arg, const struct mvc_index_entry *e)
{
	struct listing *l = arg;
	struct mvc_tracked *t, *last;
	size_t n = l->out->n;
	int err;

	if (!mvc_pointer_is_path(e->path) || !is_under(e->path, l->under))
		return MVC_OK;
	/* The stages of a conflict follow each other. */
	last = n ? &l->out->v[n - 1] : NULL;
	if (e->stage && last &&
	    !strncmp(e->path, last->path, strlen(last->path)) &&
	    !strcmp(e->path + strlen(last->path), MVC_POINTER_SUFFIX))
		return MVC_OK;
	err = list_add(&t, l->out, e->path);
	if (err)
		return err;
	err = read_pointer(&t->pointer, l->v, e->path);
	if (err != MVC_ENOTFOUND)
		return list_settle(t, err);
	/* Deleted by hand: it is not tracked any more. */
	tracked_release(&l->out->v[--l->out->n]);
	return MVC_OK;
}

static int
by_path(const void *a, const void *b)
{
	const struct mvc_tracked *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

/* A revision's: the pointer at the path itself, and those in the folder. */
static int
list_commit(struct listing *l)
{
	MVC_OWN_MEM char *self = NULL;
	int err;

	if (*l->under &&
	    asprintf(&self, "%s%s", l->under, MVC_POINTER_SUFFIX) < 0) {
		self = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	err = mvc_rev_pointers(
	    l->v->repo, &l->v->commit, l->under, from_commit, l);
	if (!err && self)
		err = mvc_rev_pointers(
		    l->v->repo, &l->v->commit, self, from_commit, l);
	return err;
}

int
mvc_view_list(
    struct mvc_tracked_list *out, struct mvc_view *v, const char *under)
{
	struct listing l = {out, v, under};
	int err = MVC_OK;

	memset(out, 0, sizeof(*out));
	if (v->history) {
		err = list_commit(&l);
	} else {
		err = need_index(v);
		if (!err)
			err = mvc_index_each_pointer(v->idx, from_index, &l);
	}
	if (err)
		mvc_tracked_list_release(out);
	else if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_path);
	return err;
}

bool
mvc_view_git_has(struct mvc_view *v, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1);

	if (v->history)
		return mvc_rev_read(&text, v->repo, &v->commit, path) !=
		    MVC_ENOTFOUND;
	return !need_index(v) && mvc_index_tracks(v->idx, path, NULL);
}
