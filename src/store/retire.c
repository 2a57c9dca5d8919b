#include "store/retire.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/collect.h"
#include "store/packcache.h"
#include "store/writer_priv.h"
#include "util/sys.h"
#include "util/banned.h"

struct retiring {
	struct mvc_retire *r;
	struct mvc_writer *w;
	/* The mark's. */
	struct mvc_segment **segs;
	size_t n_segs;
	bool any; /* something stays of them */
	struct mvc_oid rest; /* the segment over all that stays */
	uint64_t start; /* before the writer read the trash lists */
	struct mvc_buf packed;
};

static bool
is_doomed(struct retiring *t, const struct mvc_oid *name)
{
	struct mvc_marked_pack *p = mvc_mark_pack(t->r->mark, name);

	return p && p->doomed;
}

/* Read packed bytes and hold them against the pack's index. */
static int
read_checked(struct retiring *t, const struct mvc_oid *pack,
    const struct mvc_segment_entry *e, uint8_t check[16], bool *indexed)
{
	struct mvc_pack_entry said;
	struct mvc_packuse use;
	size_t got;
	int err;

	err = mvc_packcache_take(&use, t->r->store->packs, pack, true);
	*indexed = !err;
	if (err)
		return err;
	err = mvc_packcache_find(
	    &said, t->r->store->packs, &use, e->kind, &e->id);
	if (err == MVC_ENOTFOUND)
		err = mvc_fail(MVC_ECORRUPT, "%s does not list %.12s",
		    mvc_pack_path(pack).s, mvc_oid_hex(&e->id).s);
	mvc_buf_clear(&t->packed);
	if (!err)
		err = mvc_buf_reserve(&t->packed, e->packed);
	if (!err)
		err = mvc_sys_pread(&got, use.fd, t->packed.data, e->packed,
		    e->offset, mvc_pack_path(pack).s);
	if (!err) {
		mvc_blake3_128(check, t->packed.data, got);
		if (got != e->packed || memcmp(check, said.check, 16))
			err = mvc_fail(MVC_ECORRUPT,
			    "object %.12s in %s is damaged",
			    mvc_oid_hex(&e->id).s, mvc_pack_path(pack).s);
	}
	mvc_packcache_give(t->r->store->packs, &use);
	return err;
}

/*
 * Where the pack's index is gone, the bytes themselves must say that they are
 * right. A recipe's cannot: its form is checked here, and what comes out of it
 * whenever the file is read.
 */
static int
salvage(struct retiring *t, const struct mvc_oid *pack,
    const struct mvc_segment_entry *e)
{
	struct mvc_location at = {.pack = *pack, .e = *e};
	struct mvc_buf raw = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_recipe_node node;
	int err;

	err = mvc_store_read_unlisted(t->r->store, &at, &raw);
	if (!err && e->kind == MVC_RECIPE) {
		err = mvc_recipe_decode(&node, e->kind, raw.data, raw.len);
		if (!err)
			mvc_recipe_node_release(&node);
	}
	if (!err)
		err = mvc_writer_put(t->w, e->kind, &e->id, raw.data, raw.len);
	mvc_buf_release(&raw);
	return err;
}

static int
copy_entry(struct retiring *t, const struct mvc_oid *pack,
    const struct mvc_segment_entry *e)
{
	struct mvc_encoded enc = {.codec = e->codec, .len = e->packed};
	uint8_t check[16];
	bool indexed;
	int err;

	err = read_checked(t, pack, e, check, &indexed);
	if (err && !indexed && t->r->bad && !salvage(t, pack, e))
		return MVC_OK;
	if (err && t->r->bad)
		return t->r->bad(t->r->arg, e->kind, &e->id, pack, err);
	if (err)
		return err;
	enc.p = (uint8_t *)t->packed.data;
	t->r->copied += e->packed;
	return mvc_writer_put_encoded(
	    t->w, e->kind, &e->id, e->raw, &enc, check);
}

/* One doomed pack's entries, in a segment where it stands at `place`. */
static int
copy_from(struct retiring *t, size_t seg, const bool *doomed)
{
	struct mvc_segment *s = t->segs[seg];
	int err = MVC_OK;

	for (uint64_t i = 0; !err && i < mvc_segment_count(s); i++) {
		struct mvc_segment_entry e;
		struct mvc_segment_pack p;

		err = mvc_segment_at(s, i, &e);
		if (err || !doomed[e.pack])
			continue;
		if (!t->r->everything && !mvc_mark_is_live(t->r->mark, seg, i))
			continue;
		mvc_segment_pack_at(s, e.pack, &p);
		err = copy_entry(t, &p.name, &e);
	}
	return err;
}

static int
copy_all(struct retiring *t)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < t->n_segs; i++) {
		uint32_t n = mvc_segment_packs(t->segs[i]);
		MVC_OWN_MEM bool *doomed = calloc(n + 1, sizeof(bool));
		bool some = false;

		if (!doomed)
			return mvc_fail(MVC_ENOMEM, "no memory for packs");
		for (uint32_t j = 0; j < n; j++) {
			struct mvc_segment_pack p;

			mvc_segment_pack_at(t->segs[i], j, &p);
			doomed[j] = is_doomed(t, &p.name);
			some |= doomed[j];
			t->any |= !doomed[j];
		}
		if (some)
			err = copy_from(t, i, doomed);
	}
	return err ? err : mvc_writer_flush(t->w);
}

static bool
stays(void *arg, const struct mvc_oid *pack)
{
	return !is_doomed(arg, pack);
}

/* The segment over what stays, under a name that is not condemned. */
static int
write_rest(struct retiring *t)
{
	struct mvc_store *s = t->r->store;
	uint64_t salt = 0;
	int err;

	if (!t->any)
		return MVC_OK;
	err = mvc_segment_merge(
	    &t->rest, &s->folder, t->segs, t->n_segs, salt, stays, t);
	while (!err && mvc_writer_buried(t->w, &t->rest)) {
		err = mvc_random(&salt, sizeof(salt));
		if (!err)
			err = mvc_segment_merge(&t->rest, &s->folder, t->segs,
			    t->n_segs, salt, stays, t);
	}
	return err;
}

static bool
was_looked_into(const struct retiring *t, const struct mvc_oid *name)
{
	for (size_t i = 0; i < t->n_segs; i++)
		if (mvc_oid_eq(mvc_segment_name(t->segs[i]), name) ||
		    mvc_segment_covers_name(t->segs[i], name))
			return true;
	return false;
}

/* The root with these segments, which are given away. */
static int
name_those(struct mvc_root *root, struct mvc_root *slim, int err)
{
	if (err) {
		mvc_root_release(slim);
		return err;
	}
	free(root->segments);
	root->segments = slim->segments;
	root->n_segments = slim->n_segments;
	return MVC_OK;
}

/* The root as it is to be: new segments for those that list doomed packs. */
static int
rewrite(struct retiring *t, struct mvc_root *root, bool *change)
{
	struct mvc_root slim = {.n_segments = 0};
	int err = MVC_OK;

	*change = false;
	for (size_t i = 0; !err && i < root->n_segments; i++) {
		if (was_looked_into(t, &root->segments[i]))
			*change = true;
		else
			err = mvc_root_add_segment(&slim, &root->segments[i]);
	}
	if (!err && t->any)
		err = mvc_root_add_segment(&slim, &t->rest);
	for (size_t i = 0; !err && i < t->w->found.n_segments; i++)
		err = mvc_root_add_segment(&slim, &t->w->found.segments[i]);
	return name_those(root, &slim, err);
}

/*
 * Rule 3: what the root will name was written just now and cannot be
 * condemned yet; the lists are read all the same, right before each put.
 */
static int
rewrite_root(struct retiring *t, const struct mvc_listed_root *l)
{
	struct mvc_backend *b = &t->r->store->backend.b;
	uint64_t start = mvc_boottime();
	struct mvc_trash trash;
	struct mvc_root root;
	bool change, dead;
	int err;

	err = mvc_trash_load(&trash, b);
	if (err)
		return err;
	dead = mvc_trash_has_root(&trash, l->key.s + 6);
	for (size_t i = 0; i < t->w->found.n_segments; i++)
		dead |= mvc_trash_has(
		    &trash, MVC_TRASH_SEGMENT, &t->w->found.segments[i]);
	dead |= t->any && mvc_trash_has(&trash, MVC_TRASH_SEGMENT, &t->rest);
	mvc_trash_release(&trash);
	/* Dropped by its holder meanwhile, or condemned: left alone. */
	err = dead ? MVC_ENOTFOUND : mvc_root_read(&root, b, l->key.s);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	err = rewrite(t, &root, &change);
	if (!err && mvc_boottime() - start > MVC_COLLECT_DEADLINE)
		err = mvc_fail(MVC_EAGAIN,
		    "the store is too slow to rewrite a root in time");
	if (!err && change)
		err = mvc_root_put(b, l->key.s, &root);
	mvc_root_release(&root);
	return err;
}

static int
begin(struct retiring *t)
{
	int err;

	t->start = mvc_boottime();
	err = mvc_writer_begin(&t->w, t->r->store, !t->r->locked);
	if (err || !t->r->mark)
		return err;
	t->segs = t->r->mark->segs;
	t->n_segs = t->r->mark->n_segs;
	for (size_t i = 0; !err && i < t->r->mark->n_packs; i++)
		if (t->r->mark->packs[i].doomed)
			err = mvc_writer_doom(t->w, &t->r->mark->packs[i].name);
	return err;
}

int
mvc_retire_packs(struct mvc_retire *r)
{
	struct retiring t = {.r = r, .packed = MVC_BUF_INIT(MVC_OBJECT_MAX)};
	int err;

	err = begin(&t);
	if (!err)
		err = copy_all(&t);
	if (!err)
		err = write_rest(&t);
	for (size_t i = 0; !err && i < r->roots->n; i++)
		if (!r->roots->at[i].drop)
			err = rewrite_root(&t, &r->roots->at[i]);
	mvc_writer_free(t.w);
	mvc_buf_release(&t.packed);
	return err ? err : mvc_store_refresh(r->store);
}

/* The root with the segments that are looked into, for those they cover. */
static int
name_covers(struct retiring *t, struct mvc_root *root, bool *change)
{
	struct mvc_store *s = t->r->store;
	struct mvc_root slim = {.n_segments = 0};
	int err = MVC_OK;

	*change = false;
	for (size_t i = 0; !err && i < root->n_segments; i++) {
		const struct mvc_oid *name = &root->segments[i];

		for (size_t j = 0; j < s->n_segs; j++)
			if (mvc_segment_covers_name(s->segs[j], name) &&
			    mvc_writer_clean(t->w, s->segs[j]))
				name = mvc_segment_name(s->segs[j]);
		*change |= name != &root->segments[i];
		err = mvc_root_add_segment(&slim, name);
	}
	return name_those(root, &slim, err);
}

static int
uncover_root(struct retiring *t, const struct mvc_listed_root *l)
{
	struct mvc_backend *b = &t->r->store->backend.b;
	struct mvc_root root;
	bool change;
	int err;

	if (mvc_trash_has_root(&t->w->trash, l->key.s + 6))
		return MVC_OK;
	err = mvc_root_read(&root, b, l->key.s);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	err = name_covers(t, &root, &change);
	if (!err && change && mvc_boottime() - t->start > MVC_COLLECT_DEADLINE)
		err = mvc_fail(MVC_EAGAIN,
		    "the store is too slow to rewrite a root in time");
	if (!err && change)
		err = mvc_root_put(b, l->key.s, &root);
	mvc_root_release(&root);
	return err;
}

int
mvc_retire_covered(struct mvc_retire *r)
{
	struct retiring t = {.r = r};
	int err = begin(&t);

	for (size_t i = 0; !err && i < r->roots->n; i++)
		if (!r->roots->at[i].drop)
			err = uncover_root(&t, &r->roots->at[i]);
	mvc_writer_free(t.w);
	return err;
}
