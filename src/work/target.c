#include "work/target.h"
#include "git/history.h"
#include "git/repo.h"
#include "work/typed.h"
#include "util/banned.h"

void
mvc_target_release(struct mvc_target *t)
{
	mvc_view_free(t->view);
	free(t->path);
	free(t->root);
	mvc_pointer_release(&t->pointer);
	mvc_found_release(&t->found);
	memset(t, 0, sizeof(*t));
}

/* "images.mvc" is meant as "images". */
static void
strip_suffix(char *path)
{
	if (mvc_pointer_is_path(path))
		path[strlen(path) - strlen(MVC_POINTER_SUFFIX)] = 0;
}

static int
take_path(struct mvc_target *t, struct mvc_repo *repo, const char *text)
{
	int err = mvc_view_open(&t->view, repo, NULL);

	if (!err && text)
		err = mvc_typed_path(&t->path, repo, text);
	else if (!err && !(t->path = strdup("")))
		err = mvc_fail(MVC_ENOMEM, "no memory");
	return err;
}

static bool
is_plain_path(const char *text)
{
	return !text || !strchr(text, ':') || text[0] == '/' ||
	    !strncmp(text, "./", 2) || !strncmp(text, "../", 3);
}

int
mvc_target_parse(
    struct mvc_target *out, struct mvc_repo *repo, const char *text)
{
	struct mvc_gitid commit;
	int err;

	memset(out, 0, sizeof(*out));
	if (is_plain_path(text)) {
		err = take_path(out, repo, text);
	} else {
		err = mvc_rev_path(&commit, &out->path, repo, text);
		if (!err)
			err = mvc_view_open_commit(&out->view, repo, &commit);
	}
	if (err)
		mvc_target_release(out);
	else
		strip_suffix(out->path);
	return err;
}

/* The first part of the path that is tracked. */
int
mvc_target_root(struct mvc_target *t)
{
	size_t n = strlen(t->path), at = 0;

	while (at < n) {
		const char *slash = strchr(t->path + at + 1, '/');
		MVC_OWN_MEM char *part = NULL;
		int err;

		at = slash ? (size_t)(slash - t->path) : n;
		part = strndup(t->path, at);
		if (!part)
			return mvc_fail(MVC_ENOMEM, "no memory");
		err = mvc_view_pointer(&t->pointer, t->view, part);
		if (err == MVC_ENOTFOUND)
			continue;
		if (err)
			return err;
		t->root = MVC_TAKE(part);
		t->inner = slash ? slash + 1 : t->path + n;
		return MVC_OK;
	}
	return MVC_OK;
}

/* A folder of Git's, with what is tracked in it. */
int
mvc_target_folder(struct mvc_target *t)
{
	struct mvc_tracked_list list;
	size_t n;
	int err;

	if (!*t->path)
		return MVC_OK;
	err = mvc_view_list(&list, t->view, t->path);
	if (err)
		return err;
	n = list.n;
	mvc_tracked_list_release(&list);
	if (n)
		return MVC_OK;
	if (mvc_view_git_has(t->view, t->path))
		return mvc_fail(MVC_ENOTFOUND,
		    "%s is tracked by Git itself, not by mvc", t->path);
	return mvc_fail(MVC_ENOTFOUND, "%s is not tracked %s", t->path,
	    mvc_view_name(t->view).s);
}

struct mvc_entry
mvc_pointer_entry(const struct mvc_pointer *p)
{
	static const enum mvc_entry_kind kinds[] = {
	    [0] = MVC_ENTRY_FILE, /* of a pointer that could not be read */
	    [MVC_POINTER_FILE] = MVC_ENTRY_FILE,
	    [MVC_POINTER_EXEC] = MVC_ENTRY_EXEC,
	    [MVC_POINTER_TREE] = MVC_ENTRY_DIR,
	};

	return (struct mvc_entry){.kind = kinds[p->type],
	    .name = "",
	    .size = p->size,
	    .files = p->files,
	    .id = p->oid};
}

static int
entry_of_root(struct mvc_target *t)
{
	const char *slash = strrchr(t->root, '/');

	t->found.text = strdup(slash ? slash + 1 : t->root);
	if (!t->found.text)
		return mvc_fail(MVC_ENOMEM, "no memory");
	t->found.e = mvc_pointer_entry(&t->pointer);
	t->found.e.name = t->found.text;
	t->found.e.name_len = strlen(t->found.text);
	return MVC_OK;
}

/* A source that remembers whether something was not there. */
struct watch {
	const struct mvc_source *source;
	bool missing;
};

static int
watch_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct watch *w = arg;
	int err = w->source->get(w->source->arg, kind, id, out);

	w->missing |= err == MVC_ENOTFOUND;
	return err;
}

int
mvc_target_inside(struct mvc_found *out, bool *missing,
    const struct mvc_source *source, const struct mvc_oid *tree,
    const char *inner)
{
	struct watch w = {source, false};
	struct mvc_source watched = {watch_get, &w};
	int err = mvc_tree_find(out, &watched, tree, inner);

	*missing = w.missing;
	return err;
}

static int
find_inner(struct mvc_target *t, const struct mvc_source *source)
{
	bool missing;
	int err;

	if (t->pointer.type != MVC_POINTER_TREE)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s is a file %s: there is no %s in it", t->root,
		    mvc_view_name(t->view).s, t->inner);
	err = mvc_target_inside(
	    &t->found, &missing, source, &t->pointer.oid, t->inner);
	if (err != MVC_ENOTFOUND)
		return err;
	if (missing)
		return mvc_fail(MVC_ENOTFOUND,
		    "the content of %s (%.12s) is not in the store", t->root,
		    mvc_oid_hex(&t->pointer.oid).s);
	return mvc_fail(MVC_ENOTFOUND, "%s has no %s %s", t->root, t->inner,
	    mvc_view_name(t->view).s);
}

int
mvc_target_find(struct mvc_target *t, const struct mvc_source *source)
{
	int err = mvc_target_root(t);

	if (err)
		return err;
	if (!t->root)
		return mvc_target_folder(t);
	return *t->inner ? find_inner(t, source) : entry_of_root(t);
}
