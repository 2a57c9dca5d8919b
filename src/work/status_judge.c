/* Whether a file is as it was recorded, by its content. */
#include "work/status_priv.h"

#include "hash/digest.h"
#include "tree/find.h"

#include "util/banned.h"

/* Files from this on are left unsure, for who reads them: to read smaller ones
 * twice costs little. */
#define UNSURE_MIN (UINT64_C(1) << 20)

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

/* What a tree has at the path, as a cache's entry. */
static int
find_in_tree(struct status *s, struct job *j, const struct mvc_oid *tree)
{
	const char *inside = j->path + strlen(j->item->root) + 1;
	struct mvc_found f;
	int err;

	err = mvc_tree_find(&f, mvc_store_source(s->w->store), tree, inside);
	/* A tree that is not here is told of the root. */
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	j->has_cached = f.e.kind != MVC_ENTRY_DIR;
	j->clean = !j->has_cached && j->now.kind == MVC_ENTRY_DIR;
	j->cached.kind = f.e.kind;
	j->cached.size = f.e.size;
	j->cached.oid = f.e.id;
	if (f.e.kind == MVC_ENTRY_LINK)
		mvc_blake3(&j->cached.oid, f.e.target, f.e.target_len);
	mvc_found_release(&f);
	return MVC_OK;
}

/* What is recorded where the cache says nothing, or perhaps what another
 * version had. */
static int
find_recorded(struct status *s, struct job *j)
{
	const struct item *it = j->item;
	bool cached = j->has_cached;
	int err;

	if (!it->has_pointer || (it->has_record && !it->partial && !it->mixed))
		return MVC_OK;
	if (j->path[strlen(it->root)]) {
		j->has_cached = false;
		err = find_in_tree(s, j, &it->here);
		j->none =
		    cached && !j->has_cached && j->what == MVC_STATUS_DELETED;
		return err;
	}
	if (it->has_record || it->pointer.type == MVC_POINTER_TREE)
		return MVC_OK;
	j->cached.kind = it->pointer.type == MVC_POINTER_EXEC ? MVC_ENTRY_EXEC
							      : MVC_ENTRY_FILE;
	j->cached.size = it->pointer.size;
	j->cached.oid = it->pointer.oid;
	j->has_cached = true;
	return MVC_OK;
}

int
status_judge(struct status *s, struct job *j)
{
	const char *name = strrchr(j->path, '/');
	int err = MVC_OK;

	name = name ? name + 1 : j->path;
	if (j->item->mixed || !j->has_cached)
		err = find_recorded(s, j);
	if (err || j->clean || j->what == MVC_STATUS_DELETED)
		return err;
	if (!j->has_cached) {
		j->what = MVC_STATUS_ADDED;
		return MVC_OK;
	}
	j->what = MVC_STATUS_MODIFIED;
	if (!s->w->repo->filemode && j->now.kind == MVC_ENTRY_FILE &&
	    j->cached.kind == MVC_ENTRY_EXEC)
		j->now.kind = MVC_ENTRY_EXEC;
	if (j->now.kind != j->cached.kind)
		return MVC_OK;
	if (j->now.kind != MVC_ENTRY_LINK) {
		j->unsure = s->ops->unsure && !j->read &&
		    j->now.size == j->cached.size && j->now.size >= UNSURE_MIN;
		if (j->now.size != j->cached.size || j->unsure)
			return MVC_OK;
		err = j->read
		    ? MVC_OK
		    : mvc_digest_file(&j->now.oid, j->dir->fd, name, j->path);
		if (err == MVC_ENOTFOUND) {
			j->what = MVC_STATUS_DELETED;
			return MVC_OK;
		}
		if (err == MVC_EDENIED) {
			j->what = MVC_STATUS_BAD;
			j->text = strdup(mvc_error_text());
			return j->text ? MVC_OK : no_memory();
		}
		if (err)
			return err;
	}
	j->clean = mvc_oid_eq(&j->now.oid, &j->cached.oid);
	return MVC_OK;
}
