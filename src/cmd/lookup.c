#include "cmd/lookup.h"
#include "cmd/fetching.h"
#include "cmd/suggest.h"
#include "git/index.h"
#include "git/repo.h"
#include "store/store.h"
#include "util/file.h"
#include "work/work.h"
#include "util/banned.h"

/* The nearest tracked path, for free(); NULL when none is near. */
static int
nearest(char **out, const struct mvc_target *t)
{
	struct mvc_tracked_list list;
	MVC_OWN_MEM const char **names = NULL;
	const char *meant = NULL;
	int err;

	*out = NULL;
	err = mvc_view_list(&list, t->view, "");
	if (err)
		return err;
	names = calloc(list.n + 1, sizeof(*names));
	for (size_t i = 0; names && i < list.n; i++)
		names[i] = list.v[i].path;
	if (names)
		meant = mvc_suggest(t->path, names, list.n);
	if (meant)
		*out = strdup(meant);
	mvc_tracked_list_release(&list);
	return MVC_OK;
}

static int
not_tracked(const struct mvc_target *t)
{
	char text[MVC_ERROR_MAX];
	MVC_OWN_MEM char *meant = NULL;

	snprintf(text, sizeof(text), "%s", mvc_error_text());
	if (mvc_view_git_has(t->view, t->path))
		return mvc_fail(MVC_ENOTFOUND, "%s", text);
	if (!t->view->history && mvc_file_exists(t->view->top, t->path))
		return mvc_fail(MVC_ENOTFOUND, "%s: mvc add %s", text, t->path);
	if (!nearest(&meant, t) && meant)
		return mvc_fail(
		    MVC_ENOTFOUND, "%s; did you mean %s?", text, meant);
	return mvc_fail(MVC_ENOTFOUND, "%s; mvc ls lists what is", text);
}

/* Its trees may be on a remote. */
static int
find_afar(struct mvc_target *t, struct mvc_env *env)
{
	int err = mvc_autofetch_target(env, t, true);

	if (err)
		return err;
	free(t->root);
	t->root = NULL;
	mvc_pointer_release(&t->pointer);
	return mvc_target_find(t, mvc_store_source(env->store));
}

int
mvc_lookup(struct mvc_target *out, struct mvc_env *env, const char *text)
{
	int err;

	err = mvc_target_parse(out, env->repo, text);
	if (err)
		return err;
	err = mvc_target_find(out, mvc_store_source(env->store));
	if (err == MVC_ENOTFOUND && out->root)
		err = find_afar(out, env);
	if (err == MVC_ENOTFOUND && !out->root)
		err = not_tracked(out);
	if (err)
		mvc_target_release(out);
	return err;
}

int
mvc_lookup_content(const struct mvc_target *t, int err)
{
	if (err != MVC_ENOTFOUND)
		return err;
	return mvc_fail(MVC_ENOTFOUND,
	    "the content of %s (%.12s) is not, or not whole, in the store",
	    t->path, mvc_oid_hex(&t->found.e.id).s);
}

int
mvc_lookup_fit(struct mvc_env *env, const char *const *paths, size_t n)
{
	static const char *const all[] = {""};
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, env->repo);

	if (!n)
		paths = all;
	for (size_t i = 0; !err && i < (n ? n : 1); i++) {
		struct mvc_names roots;

		err = mvc_work_roots(&roots, idx, paths[i]);
		for (size_t k = 0; !err && k < roots.n; k++)
			mvc_line_fit(env, roots.v[k]);
		if (!err && *paths[i])
			mvc_line_fit(env, paths[i]);
		mvc_names_release(&roots);
	}
	return err;
}
