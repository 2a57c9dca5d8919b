#include "work/add_priv.h"

#include "tree/find.h"
#include "work/checkout.h"
#include "work/torn.h"

#include "util/banned.h"

struct asking {
	struct mvc_store *store;
	const struct mvc_scanned *f;
	bool torn;
};

static int
ask(struct asking *k, enum mvc_entry_kind kind, const struct mvc_oid *oid,
    uint64_t size)
{
	if (k->torn || (kind != MVC_ENTRY_FILE && kind != MVC_ENTRY_EXEC))
		return MVC_OK;
	return mvc_torn_at(&k->torn, k->store, oid, size, k->f);
}

/* Of what a version of the root has at the path. */
static int
ask_version(void *arg, const char *root, enum mvc_entry_kind kind,
    const struct mvc_oid *oid, uint64_t size)
{
	struct asking *k = arg;
	const char *path = k->f->path;
	size_t n = strlen(root);
	struct mvc_found found;
	int err;

	if (k->torn || strncmp(path, root, n))
		return MVC_OK;
	if (!path[n])
		return ask(k, kind, oid, size);
	if (path[n] != '/' || kind != MVC_ENTRY_DIR)
		return MVC_OK;
	err = mvc_tree_find(
	    &found, mvc_store_source(k->store), oid, path + n + 1);
	/* What the store does not have nobody put. */
	if (err)
		return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ? MVC_OK
								   : err;
	err = ask(k, found.e.kind, &found.e.id, found.e.size);
	mvc_found_release(&found);
	return err;
}

int
add_is_torn(bool *torn, struct add *a, const struct add_root *r,
    const struct mvc_scanned *f)
{
	struct asking k = {.store = a->w->store, .f = f};
	const struct mvc_stat_entry *c = f->cached;
	int err = MVC_OK;

	if (c)
		err = ask(&k, c->kind, &c->oid, c->size);
	if (!err && r->had_pointer)
		err = ask_version(&k, r->path,
		    r->old.type == MVC_POINTER_TREE ? MVC_ENTRY_DIR
						    : MVC_ENTRY_FILE,
		    &r->old.oid, r->old.size);
	if (!err)
		err = mvc_checkout_unfinished(
		    a->w->repo->gitdir, ask_version, &k);
	*torn = k.torn;
	return err;
}
