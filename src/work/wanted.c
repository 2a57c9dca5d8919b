#include "work/wanted.h"
#include "git/repo.h"
#include "work/pointer.h"
#include "util/banned.h"

void
mvc_wanted_release(struct mvc_wanted *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->at[i].path);
	free(w->at);
	mvc_oidset_release(&w->oids);
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

static bool
is_chosen(const struct adding *a, const char *path, size_t len)
{
	for (size_t i = 0; i < a->n_paths; i++) {
		size_t n = strlen(a->paths[i]);

		if (is_at(path, len, a->paths[i], n) ||
		    is_at(a->paths[i], n, path, len))
			return true;
	}
	return a->n_paths == 0;
}

static int
add(struct adding *a, const struct mvc_git_pointer *g,
    const struct mvc_pointer *p, size_t len)
{
	struct mvc_wanted *w = a->w;
	struct mvc_wanted_item *t;
	bool was;
	int err;

	err = mvc_oidset_add(&w->oids, 1, &p->oid, &was);
	if (err || was)
		return err;
	if ((w->n & (w->n + 1)) == 0) {
		t = realloc(w->at, (2 * w->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for pointers");
		w->at = t;
	}
	t = &w->at[w->n];
	t->oid = p->oid;
	t->tree = p->type == MVC_POINTER_TREE;
	t->size = p->size;
	t->files = p->files;
	t->commit = g->commit;
	t->path = strndup(g->path, len);
	if (!t->path)
		return mvc_fail(MVC_ENOMEM, "no memory for pointers");
	w->n++;
	return MVC_OK;
}

static int
on_pointer(void *arg, const struct mvc_git_pointer *g)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	size_t len = strlen(g->path) - strlen(MVC_POINTER_SUFFIX);
	struct adding *a = arg;
	int err;

	if (!is_chosen(a, g->path, len))
		return MVC_OK;
	err = mvc_pointer_parse(&p, g->path, g->p, g->n);
	if (err)
		return a->lenient && err != MVC_ENOMEM ? MVC_OK : err;
	return add(a, g, &p, len);
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

int
mvc_wanted_add_all(struct mvc_wanted *w, struct mvc_repo *r)
{
	struct adding a = {.w = w, .lenient = true};

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
