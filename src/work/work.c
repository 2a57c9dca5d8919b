#include "work/work.h"
#include "store/root.h"
#include "tree/edit.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/pointerfile.h"
#include "work/typed.h"

#include "util/banned.h"

int
mvc_work_open(struct mvc_work **out, struct mvc_ctx *ctx, struct mvc_repo *repo,
    struct mvc_store *store)
{
	MVC_OWN(mvc_work) *w = calloc(1, sizeof(*w));
	int err;

	*out = NULL;
	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory");
	w->top = -1;
	w->ctx = ctx;
	w->repo = repo;
	w->store = store;
	err = mvc_repo_need_worktree(repo);
	if (!err)
		err = mvc_sys_open(&w->top, AT_FDCWD, repo->worktree,
		    O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_statcache_open(&w->cache, repo->gitdir);
	if (!err)
		err = mvc_sparse_open(&w->sparse, repo->gitdir);
	if (!err)
		*out = MVC_TAKE(w);
	return err;
}

void
mvc_work_free(struct mvc_work *w)
{
	if (!w)
		return;
	if (w->top >= 0)
		close(w->top);
	mvc_statcache_free(w->cache);
	mvc_sparse_free(w->sparse);
	free(w);
}

int
mvc_work_can_write(struct mvc_work *w, const char *path)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = mvc_beneath_parent(&folder, &name, w->top, path, false);
	if (!err)
		err = mvc_sys_can_write(folder, ".");
	return err == MVC_EDENIED ? err : MVC_OK;
}

void
mvc_place_release(struct mvc_place *p)
{
	free(p->path);
	free(p->root);
	free(p->pointer_path);
	mvc_pointer_release(&p->pointer);
	memset(p, 0, sizeof(*p));
}

int
mvc_work_pointer(struct mvc_pointer *out, struct mvc_work *w,
    struct mvc_index *idx, const char *pointer_path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	struct mvc_index_entry e;
	int err;

	err = mvc_pointer_read(out, w->top, pointer_path);
	if (err != MVC_ENOTFOUND)
		return err;
	/* Git left it out of the work tree; deleted by hand it is gone. */
	err = mvc_index_find(&e, idx, pointer_path, 0);
	if (!err && !e.skip)
		err = mvc_fail(MVC_ENOTFOUND, "%s is not here", pointer_path);
	if (!err)
		err = mvc_index_read(&text, idx, pointer_path, 0);
	if (!err)
		err = mvc_pointer_check_path(pointer_path);
	if (err)
		return err;
	return mvc_pointer_parse(out, pointer_path, text.data, text.len);
}

/* The pointer's path for the first n bytes of path. */
static char *
pointer_path(const char *path, size_t n)
{
	size_t s = strlen(MVC_POINTER_SUFFIX);
	char *p = malloc(n + s + 1);

	if (!p)
		return NULL;
	memcpy(p, path, n);
	memcpy(p + n, MVC_POINTER_SUFFIX, s + 1);
	return p;
}

/* Try the first n bytes of the path as a root. */
static int
try_root(
    struct mvc_place *p, struct mvc_work *w, struct mvc_index *idx, size_t n)
{
	int err;

	free(p->pointer_path);
	p->pointer_path = pointer_path(p->path, n);
	if (!p->pointer_path)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_work_pointer(&p->pointer, w, idx, p->pointer_path);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (err)
		return err;
	p->tracked = true;
	free(p->root);
	p->root = strndup(p->path, n);
	return p->root ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

int
mvc_place_find(struct mvc_place *out, struct mvc_work *w, struct mvc_index *idx,
    const char *path)
{
	size_t n = strlen(path), at = 0;
	int err = MVC_OK;

	memset(out, 0, sizeof(*out));
	out->path = strdup(path);
	out->root = strdup("");
	if (!out->path || !out->root)
		err = mvc_fail(MVC_ENOMEM, "no memory");
	while (!err && !out->tracked && at < n) {
		const char *slash = strchr(path + at + 1, '/');

		at = slash ? (size_t)(slash - path) : n;
		err = try_root(out, w, idx, at);
	}
	if (err)
		mvc_place_release(out);
	return err;
}

void
mvc_names_release(struct mvc_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

int
mvc_names_add(struct mvc_names *l, const char *s)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;
		char **v = realloc(l->v, cap * sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory");
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n] = strdup(s);
	if (!l->v[l->n])
		return mvc_fail(MVC_ENOMEM, "no memory");
	l->n++;
	return MVC_OK;
}

static int
by_path(const void *a, const void *b)
{
	return mvc_path_cmp(*(char *const *)a, *(char *const *)b);
}

void
mvc_names_sort(struct mvc_names *l)
{
	size_t kept = 0;

	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), by_path);
	for (size_t i = 0; i < l->n; i++) {
		if (kept && !strcmp(l->v[kept - 1], l->v[i]))
			free(l->v[i]);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

void
mvc_names_outermost(struct mvc_names *l)
{
	size_t kept = 0;

	mvc_names_sort(l);
	for (size_t i = 0; i < l->n; i++) {
		const char *above = kept ? l->v[kept - 1] : NULL;

		if (above &&
		    mvc_statpath_below(
			l->v[i], strlen(l->v[i]), above, strlen(above)))
			free(l->v[i]);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

struct gather {
	struct mvc_names *out;
	const char *under;
};

static int
gather_root(void *arg, const struct mvc_index_entry *e)
{
	struct gather *g = arg;
	size_t n = strlen(g->under);
	MVC_OWN_MEM char *root = NULL;

	if (!mvc_pointer_is_path(e->path))
		return MVC_OK;
	root = strndup(e->path, strlen(e->path) - strlen(MVC_POINTER_SUFFIX));
	if (!root)
		return mvc_fail(MVC_ENOMEM, "no memory");
	if (n && (strncmp(root, g->under, n) || (root[n] && root[n] != '/')))
		return MVC_OK;
	return mvc_names_add(g->out, root);
}

int
mvc_work_roots(struct mvc_names *out, struct mvc_index *idx, const char *under)
{
	struct gather g = {out, under};
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_index_each_pointer(idx, gather_root, &g);
	if (err)
		mvc_names_release(out);
	else
		mvc_names_sort(out);
	return err;
}

int
mvc_work_cached_roots(
    struct mvc_names *out, struct mvc_work *w, const char *under)
{
	MVC_OWN_MEM char *after = malloc(MVC_STAT_PATH_MAX + 2);
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	size_t n = strlen(under);
	int err;

	memset(out, 0, sizeof(*out));
	if (!after)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_statcursor_new(&k, w->cache);
	if (!err)
		err = mvc_statcursor_seek(k, under);
	while (!err && (e = mvc_statcursor_at(k))) {
		if (n && strcmp(e->path, under) &&
		    !mvc_statpath_below(e->path, e->path_len, under, n))
			break;
		if (e->flags & MVC_STAT_ROOT)
			err = mvc_names_add(out, e->path);
		if (err)
			break;
		if (!(e->flags & MVC_STAT_ROOT) || e->flags & MVC_STAT_MIXED) {
			err = mvc_statcursor_next(k);
			continue;
		}
		/* In path order "x\1" comes after everything below "x". */
		memcpy(after, e->path, e->path_len);
		after[e->path_len] = 1;
		after[e->path_len + 1] = 0;
		err = mvc_statcursor_seek(k, after);
	}
	if (err)
		mvc_names_release(out);
	return err;
}

static bool
has_pointer(const struct mvc_work *w, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);

	if (mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX))
		return false;
	return w->repo->ignorecase ? mvc_typed_listed(w->top, path.data)
				   : mvc_file_exists(w->top, path.data);
}

int
mvc_work_roots_here(struct mvc_names *out, struct mvc_work *w,
    struct mvc_index *idx, const char *under)
{
	struct mvc_names cached = {0};
	int err = mvc_work_roots(out, idx, under);

	if (!err)
		err = mvc_work_cached_roots(&cached, w, under);
	for (size_t i = 0; !err && i < cached.n; i++)
		if (has_pointer(w, cached.v[i]))
			err = mvc_names_add(out, cached.v[i]);
	mvc_names_release(&cached);
	if (err)
		mvc_names_release(out);
	else
		mvc_names_sort(out);
	return err;
}

int
mvc_work_fail_overlap(const char *root, const char *inner)
{
	return mvc_fail(MVC_ECONFLICT,
	    "%s lies in %s, and both are data sets: git rm -f %s%s or %s%s, "
	    "then mvc checkout",
	    inner, root, root, MVC_POINTER_SUFFIX, inner, MVC_POINTER_SUFFIX);
}

bool
mvc_work_is_version(const struct mvc_work *w, const struct mvc_stat_entry *e,
    const struct mvc_pointer *p)
{
	if (!mvc_oid_eq(&e->oid, &p->oid))
		return false;
	if (e->kind == MVC_ENTRY_DIR || p->type == MVC_POINTER_TREE)
		return (e->kind == MVC_ENTRY_DIR) ==
		    (p->type == MVC_POINTER_TREE);
	return !w->repo->filemode ||
	    (e->kind == MVC_ENTRY_EXEC) == (p->type == MVC_POINTER_EXEC);
}

int
mvc_work_holds(bool *holds, struct mvc_work *w, const struct mvc_oid *oid)
{
	struct mvc_root root;
	char holder[33];
	int err;

	*holds = false;
	err = mvc_repo_clone_id(holder, w->repo, true);
	if (!err)
		err = mvc_root_get(&root, w->store, holder, oid);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	*holds = !root.part;
	mvc_root_release(&root);
	return MVC_OK;
}
