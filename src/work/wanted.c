#include "work/wanted.h"
#include "git/gitbundle.h"
#include "git/repo.h"
#include "work/pointer.h"
#include "work/remoteconf.h"
#include "work/view.h"
#include "util/banned.h"

void
mvc_wanted_release(struct mvc_wanted *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->at[i].path);
		free(w->at[i].inner);
	}
	free(w->at);
	mvc_oidset_release(&w->oids);
	mvc_oidset_release(&w->kept);
	memset(w, 0, sizeof(*w));
}

struct adding {
	struct mvc_wanted *w;
	char *const *paths;
	size_t n_paths;
	bool lenient;
};

/* Whether `path` is `folder`, or lies below it. */
static bool
is_at(const char *path, size_t len, const char *folder, size_t n)
{
	return n == 0 ||
	    (len >= n && !memcmp(path, folder, n) &&
		(len == n || path[n] == '/'));
}

/* One of the paths is `path`, above it, or not said: all of it is chosen. */
static bool
is_chosen(const struct adding *a, const char *path, size_t len)
{
	for (size_t i = 0; i < a->n_paths; i++)
		if (is_at(path, len, a->paths[i], strlen(a->paths[i])))
			return true;
	return a->n_paths == 0;
}

static int
add_item(struct mvc_wanted *w, const struct mvc_pointer *p,
    const struct mvc_gitid *commit, const char *path, size_t len,
    const char *inner)
{
	struct mvc_wanted_item *t;

	if ((w->n & (w->n + 1)) == 0) {
		t = realloc(w->at, (2 * w->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for pointers");
		w->at = t;
	}
	t = &w->at[w->n];
	memset(t, 0, sizeof(*t));
	t->oid = p->oid;
	t->tree = p->type == MVC_POINTER_TREE;
	t->size = p->size;
	t->files = p->files;
	if (commit)
		t->commit = *commit;
	t->path = strndup(path, len);
	t->inner = inner ? strdup(inner) : NULL;
	w->n++;
	if (!t->path || (inner && !t->inner))
		return mvc_fail(MVC_ENOMEM, "no memory for pointers");
	return MVC_OK;
}

static int
add_whole(struct adding *a, const struct mvc_pointer *p,
    const struct mvc_gitid *commit, const char *path, size_t len)
{
	bool was;
	int err = mvc_oidset_add(&a->w->oids, 1, &p->oid, &was);

	return err || was ? err : add_item(a->w, p, commit, path, len, NULL);
}

/* Whether a path may go to the remote; what must not is remembered. */
static int
check_remote(bool *goes, struct mvc_wanted *w, const struct mvc_pointer *p,
    const char *path, size_t len)
{
	MVC_OWN_MEM char *text = NULL;
	bool was, denied;
	int err;

	*goes = true;
	if (!w->remote)
		return MVC_OK;
	text = strndup(path, len);
	if (!text)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	err = mvc_remoteconf_takes(goes, &denied, w->remote, text);
	return err || !denied ? err
			      : mvc_oidset_add(&w->kept, 1, &p->oid, &was);
}

void
mvc_wanted_leave_out(struct mvc_wanted *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (!mvc_oidset_has(&w->kept, 1, &w->at[i].oid)) {
			w->at[kept++] = w->at[i];
			continue;
		}
		free(w->at[i].path);
		free(w->at[i].inner);
	}
	w->n = kept;
}

/* The data at path, without the suffix, as far as it was asked for. */
static int
add(struct adding *a, const struct mvc_pointer *p,
    const struct mvc_gitid *commit, const char *path, size_t len)
{
	bool goes;
	int err = check_remote(&goes, a->w, p, path, len);

	if (err || !goes)
		return err;
	if (is_chosen(a, path, len))
		return add_whole(a, p, commit, path, len);
	for (size_t i = 0; !err && i < a->n_paths; i++) {
		const char *s = a->paths[i];

		if (!is_at(s, strlen(s), path, len))
			continue;
		if (!a->w->inside || p->type != MVC_POINTER_TREE)
			return add_whole(a, p, commit, path, len);
		err = add_item(a->w, p, commit, path, len, s + len + 1);
	}
	return err;
}

static bool
is_touched(const struct adding *a, const char *path, size_t len)
{
	bool any = is_chosen(a, path, len);

	for (size_t i = 0; !any && i < a->n_paths; i++)
		any = is_at(a->paths[i], strlen(a->paths[i]), path, len);
	return any;
}

static int
on_pointer(void *arg, const struct mvc_git_pointer *g)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	size_t len = strlen(g->path) - strlen(MVC_POINTER_SUFFIX);
	struct adding *a = arg;
	int err;

	/* What must not go may have another path that is asked for. */
	if (!is_touched(a, g->path, len) &&
	    !(a->w->remote && a->w->remote->paths))
		return MVC_OK;
	err = mvc_pointer_parse(&p, g->path, g->p, g->n);
	if (err)
		return (a->lenient || !is_touched(a, g->path, len)) &&
			err != MVC_ENOMEM
		    ? MVC_OK
		    : err;
	return add(a, &p, &g->commit, g->path, len);
}

int
mvc_wanted_add_one(struct mvc_wanted *w, const struct mvc_pointer *p,
    const char *path, const char *inner)
{
	return add_item(
	    w, p, NULL, path, strlen(path), inner && *inner ? inner : NULL);
}

int
mvc_wanted_add_here(struct mvc_wanted *w, struct mvc_repo *r,
    char *const *paths, size_t n_paths)
{
	struct adding a = {.w = w, .paths = paths, .n_paths = n_paths};
	struct mvc_tracked_list l = {NULL, 0};
	MVC_OWN(mvc_view) *view = NULL;
	struct mvc_gitid head;
	int err;

	if (mvc_rev_resolve(&head, r, "HEAD"))
		memset(&head, 0, sizeof(head));
	err = mvc_view_open(&view, r, NULL);
	if (!err)
		err = mvc_view_list(&l, view, "");
	for (size_t i = 0; !err && i < l.n; i++)
		if (!l.v[i].err)
			err = add(&a, &l.v[i].pointer, &head, l.v[i].path,
			    strlen(l.v[i].path));
	mvc_tracked_list_release(&l);
	return err;
}

int
mvc_wanted_add(struct mvc_wanted *w, struct mvc_repo *r, const char *rev,
    char *const *paths, size_t n_paths)
{
	struct adding a = {.w = w, .paths = paths, .n_paths = n_paths};
	struct mvc_gitid commit;
	int err = mvc_rev_resolve(&commit, r, rev);

	return err ? err : mvc_rev_pointers(r, &commit, "", on_pointer, &a);
}

/* History is looked at once for each content, by whichever path comes first;
 * where paths matter every commit is. */
static int
add_each_commit(struct adding *a, struct mvc_repo *r)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = mvc_git_commits(r->gitdir, &text);

	for (char *p = text.data; !err && p && *p;) {
		size_t n = strcspn(p, "\n");
		struct mvc_gitid id;
		char next = p[n];

		p[n] = 0;
		err = mvc_rev_resolve(&id, r, p);
		if (!err)
			err = mvc_rev_pointers(r, &id, "", on_pointer, a);
		p += n + (next == '\n');
	}
	return err;
}

int
mvc_wanted_add_all(struct mvc_wanted *w, struct mvc_repo *r)
{
	struct adding a = {.w = w, .lenient = true};

	if (w->remote && w->remote->paths)
		return add_each_commit(&a, r);
	return mvc_history_pointers(r, on_pointer, &a);
}

#define ENOUGH 1

struct earlier {
	struct mvc_oid *out;
	bool (*has)(void *arg, const struct mvc_oid *oid);
	void *arg;
};

static int
on_version(void *arg, const struct mvc_version *v)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	struct earlier *e = arg;
	int err;

	if (!v->p)
		return MVC_OK;
	err = mvc_pointer_parse(&p, "a pointer", v->p, v->n);
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	if (!e->has(e->arg, &p.oid))
		return MVC_OK;
	*e->out = p.oid;
	return ENOUGH;
}

int
mvc_wanted_earlier(struct mvc_oid *out, bool *found, struct mvc_repo *r,
    const struct mvc_wanted_item *item, unsigned limit,
    bool (*has)(void *arg, const struct mvc_oid *oid), void *arg)
{
	struct earlier e = {out, has, arg};
	MVC_OWN_MEM char *path = NULL;
	int err;

	*found = false;
	if (item->commit.n == 0)
		return MVC_OK;
	if (asprintf(&path, "%s%s", item->path, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = mvc_history_log(r, &item->commit, path, limit, on_version, &e);
	*found = err == ENOUGH;
	/* It only costs time not to find one. */
	return err == ENOUGH || err == MVC_ETOOBIG || err == MVC_ENOTFOUND
	    ? MVC_OK
	    : err;
}
