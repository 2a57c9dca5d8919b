#include "work/unique.h"
#include "chunk/cutter.h"
#include "store/reach.h"
#include "store/tally.h"
#include "tree/walk.h"
#include "util/banned.h"

struct mvc_unique {
	struct mvc_store *store;
	struct mvc_tally *own; /* of the path under way */
	struct mvc_tally *once, *twice; /* of paths so far */
	bool summing; /* into bytes, what is not in twice */
	bool other;
	uint64_t bytes;
	const char *but;
};

int
mvc_unique_new(struct mvc_unique **out, struct mvc_store *s)
{
	MVC_OWN(mvc_unique) *u = calloc(1, sizeof(*u));
	int err;

	*out = NULL;
	if (!u)
		return mvc_fail(MVC_ENOMEM, "no memory to count objects");
	u->store = s;
	err = mvc_tally_new(&u->own, s);
	if (!err)
		err = mvc_tally_new(&u->once, s);
	if (!err)
		err = mvc_tally_new(&u->twice, s);
	if (!err)
		*out = MVC_TAKE(u);
	return err;
}

void
mvc_unique_free(struct mvc_unique *u)
{
	if (!u)
		return;
	mvc_tally_free(u->own);
	mvc_tally_free(u->once);
	mvc_tally_free(u->twice);
	free(u);
}

static int
see(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct mvc_unique *u = arg;
	struct mvc_tallied is, before;
	int err = mvc_tally_object(&is, u->own, kind, id, true);

	if (err)
		return err;
	if (is.was || !is.there)
		return MVC_REACH_SKIP;
	if (u->summing) {
		err = mvc_tally_object(&before, u->twice, kind, id, false);
		u->bytes += !err && !before.was ? is.packed : 0;
		return err;
	}
	if (!u->other) {
		err = mvc_tally_object(&before, u->once, kind, id, true);
		if (err || !before.was)
			return err;
	}
	return mvc_tally_object(&before, u->twice, kind, id, true);
}

static int
which(void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	struct mvc_unique *u = arg;
	bool has = false;
	int err = MVC_OK;

	if (size <= MVC_CHUNK_MAX)
		err = mvc_store_has(u->store, MVC_CHUNK, id, &has);
	*kind = has ? MVC_CHUNK : MVC_RECIPE;
	return err;
}

static int
go_through(struct mvc_unique *u, const struct mvc_entry *e)
{
	static const struct mvc_reach_ops ops = {.object = see, .which = which};

	if (e->kind == MVC_ENTRY_LINK)
		return MVC_OK;
	return mvc_reach(mvc_store_source(u->store), e->kind == MVC_ENTRY_DIR,
	    &e->id, e->size, &ops, u);
}

int
mvc_unique_add(struct mvc_unique *u, const struct mvc_entry *e)
{
	u->summing = u->other = false;
	mvc_tally_clear(u->own);
	return go_through(u, e);
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct mvc_unique *u = arg;

	if (!strcmp(path, u->but))
		return MVC_WALK_SKIP;
	return e->kind == MVC_ENTRY_DIR ? MVC_OK : go_through(u, e);
}

static int
on_node(void *arg, const struct mvc_oid *id)
{
	int err = see(arg, MVC_TREE, id);

	return err == MVC_REACH_SKIP ? MVC_OK : err;
}

int
mvc_unique_other(
    struct mvc_unique *u, const struct mvc_entry *e, const char *but)
{
	static const struct mvc_walk_ops ops = {
	    .entry = on_entry, .node = on_node};
	int err;

	u->summing = false;
	u->other = true;
	mvc_tally_clear(u->own);
	if (!but || e->kind != MVC_ENTRY_DIR)
		return go_through(u, e);
	u->but = but;
	err = mvc_tree_walk(mvc_store_source(u->store), &e->id, &ops, u);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

int
mvc_unique_bytes(uint64_t *out, struct mvc_unique *u, const struct mvc_entry *e)
{
	int err;

	u->summing = true;
	u->bytes = 0;
	mvc_tally_clear(u->own);
	err = go_through(u, e);
	*out = u->bytes;
	return err;
}
