/*
 * Nothing is deleted: what is damaged moves to lost/. The order keeps every
 * moment readable: new packs and segments first, then roots that name them,
 * then what they replace is moved away.
 */
#include "store/fsck_priv.h"
#include "store/packcache.h"
#include "util/sys.h"
#include "util/banned.h"

/* Entries that one rebuilt segment takes at once: bounds memory. */
#define REINDEX_ENTRIES (UINT32_C(1) << 19)

static int
move_aside(struct checking *k, const char *key)
{
	char to[160];
	int err;

	snprintf(to, sizeof(to), "lost/%s", key);
	for (char *s = to + strlen("lost/"); *s; s++)
		if (*s == '/')
			*s = '-';
	err = mvc_file_mkdirs(k->folder->fd, "lost", k->folder->dir & 0777);
	if (!err)
		err = mvc_sys_rename(k->folder->fd, key, k->folder->fd, to);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (!err)
		err = mvc_sys_fsync_dir(k->folder->fd, "lost");
	if (!err)
		err = mvc_folder_sync(k->folder, key);
	if (!err)
		fsck_found(
		    k, "set aside: %s is now %s/%s", key, k->folder->path, to);
	return err;
}

/* Those keys that are to be gone before anything is written. */
static int
move_first(struct checking *k, const char *prefix)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < k->n_aside; i++)
		if (!strncmp(k->aside[i], prefix, strlen(prefix))) {
			err = move_aside(k, k->aside[i]);
			k->aside[i][0] = 0;
		}
	return err;
}

/* A segment being rebuilt from packs' own indexes. */
struct rebuilding {
	struct mvc_segment_pack *packs;
	struct mvc_segment_entry *entries;
	uint32_t n_packs;
	size_t n, at;
};

static int
entry_cmp(const void *a, const void *b)
{
	const struct mvc_segment_entry *x = a, *y = b;
	int c;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	c = mvc_oid_cmp(&x->id, &y->id);
	return c ? c : (x->pack > y->pack) - (x->pack < y->pack);
}

static int
next_entry(void *arg, bool rewind, struct mvc_segment_entry *out)
{
	struct rebuilding *b = arg;

	if (rewind)
		b->at = 0;
	if (b->at == b->n)
		return 0;
	*out = b->entries[b->at++];
	return 1;
}

static int
rebuild_flush(struct checking *k, struct rebuilding *b)
{
	struct mvc_segment_draft d = {.packs = b->packs,
	    .n_packs = b->n_packs,
	    .next = next_entry,
	    .arg = b};
	struct mvc_oid name;
	int err = MVC_OK;

	if (b->n_packs > 0) {
		qsort(b->entries, b->n, sizeof(*b->entries), entry_cmp);
		err = mvc_segment_write(&name, k->folder, &d);
		/* What is covered nobody looks into. */
		while (!err && mvc_store_covers(k->f->store, &name)) {
			err = mvc_random(&d.salt, sizeof(d.salt));
			if (!err)
				err = mvc_segment_write(&name, k->folder, &d);
		}
		if (!err)
			fsck_found(k, "rebuilt: an index over %u pack%s",
			    b->n_packs, b->n_packs == 1 ? "" : "s");
		k->f->repaired++;
	}
	b->n = b->n_packs = 0;
	return err;
}

static int
rebuild_add(
    struct checking *k, struct rebuilding *b, const struct mvc_marked_pack *p)
{
	struct mvc_segment_entry *e;
	struct mvc_pack_path path = mvc_pack_path(&p->name);
	struct mvc_segment_pack *sp;
	struct mvc_pack_index ix;
	MVC_OWN_FD int fd = -1;
	int err;

	err =
	    mvc_sys_open(&fd, k->folder->fd, path.s, O_RDONLY | O_NONBLOCK, 0);
	if (!err)
		err = mvc_pack_index_read(&ix, fd, path.s, &p->name);
	if (err)
		return err;
	e = realloc(b->entries, (b->n + ix.n + 1) * sizeof(*e));
	if (e)
		b->entries = e;
	sp = realloc(b->packs, (b->n_packs + 1) * sizeof(*sp));
	if (sp)
		b->packs = sp;
	if (!e || !sp) {
		mvc_pack_index_release(&ix);
		return mvc_fail(MVC_ENOMEM, "no memory to rebuild an index");
	}
	for (uint32_t i = 0; i < ix.n; i++) {
		const struct mvc_pack_entry *pe = &ix.entries[i];

		e[b->n++] = (struct mvc_segment_entry){.id = pe->id,
		    .offset = pe->offset,
		    .pack = b->n_packs,
		    .packed = pe->packed,
		    .raw = pe->raw,
		    .kind = pe->kind,
		    .codec = pe->codec};
	}
	sp[b->n_packs].name = p->name;
	sp[b->n_packs++].size = p->size;
	mvc_pack_index_release(&ix);
	return b->n >= REINDEX_ENTRIES ? rebuild_flush(k, b) : MVC_OK;
}

/* Move bad segments away, index the packs that no good one lists, and look
 * anew. Which packs are doomed stays known. */
static int
reindex(struct checking *k)
{
	struct rebuilding b = {.n = 0};
	struct mvc_mark *old;
	int err;

	/* What is rebuilt may well have the same name. */
	err = move_first(k, "segments/");
	if (!err)
		err = mvc_store_refresh(k->f->store);
	old = MVC_TAKE(k->mark);
	if (!err)
		err = mvc_mark_new(&k->mark, k->f->store);
	for (size_t i = 0; !err && i < k->mark->n_packs; i++) {
		struct mvc_marked_pack *p = &k->mark->packs[i];
		struct mvc_marked_pack *was = mvc_mark_pack(old, &p->name);

		p->doomed = was && was->doomed;
		if (!p->listed && !p->doomed)
			err = rebuild_add(k, &b, p);
	}
	if (!err)
		err = rebuild_flush(k, &b);
	free(b.entries);
	free(b.packs);
	mvc_mark_free(old);
	return err ? err : mvc_store_refresh(k->f->store);
}

/* The mark anew, over the segments as they are now. */
static int
remark(struct checking *k)
{
	struct mvc_mark *old = MVC_TAKE(k->mark);
	int err;

	err = mvc_mark_new(&k->mark, k->f->store);
	for (size_t i = 0; !err && i < k->mark->n_packs; i++) {
		struct mvc_marked_pack *was =
		    mvc_mark_pack(old, &k->mark->packs[i].name);

		k->mark->packs[i].doomed = was && was->doomed;
	}
	mvc_mark_free(old);
	return err;
}

static int
leave_out(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    const struct mvc_oid *pack, int err)
{
	/* Already found and said; what it costs shows when pointers are gone
	 * through. */
	return err == MVC_ENOMEM || err == MVC_ENOSPACE ? err : MVC_OK;
}

static bool
any_doomed(const struct checking *k)
{
	for (size_t i = 0; i < k->mark->n_packs; i++)
		if (k->mark->packs[i].doomed)
			return true;
	return false;
}

static bool
lists_doomed(struct checking *k, const struct mvc_oid *name)
{
	MVC_OWN(mvc_segment) *s = NULL;
	struct mvc_segment_pack p;

	if (mvc_segment_open(&s, k->folder, name))
		return false;
	for (uint32_t i = 0; i < mvc_segment_packs(s); i++) {
		struct mvc_marked_pack *mp;

		mvc_segment_pack_at(s, i, &p);
		mp = mvc_mark_pack(k->mark, &p.name);
		if (mp && mp->doomed)
			return true;
	}
	return false;
}

static int
set_aside_list(void *arg, int dirfd, const char *file)
{
	struct mvc_oid name;

	if (mvc_oid_parse(&name, file, strlen(file)) ||
	    !lists_doomed(arg, &name))
		return MVC_OK;
	return fsck_set_aside(arg, mvc_segment_path(&name).s);
}

static int
replace_packs(struct checking *k)
{
	struct mvc_retire r = {.store = k->f->store,
	    .mark = k->mark,
	    .everything = true,
	    .locked = true,
	    .roots = &k->roots,
	    .bad = leave_out};
	int err;

	if (!any_doomed(k))
		return MVC_OK;
	err = mvc_retire_packs(&r);
	/* Nothing names the segments that list them any more. */
	if (!err)
		err = mvc_folder_each(k->folder, "segments", set_aside_list, k);
	k->f->repaired++;
	if (!err)
		fsck_found(k,
		    "repaired: what is whole was copied to new "
		    "packs");
	return err;
}

/* Roots that name a segment that is gone name all that are looked into. */
static int
mend_root(struct checking *k, const struct mvc_listed_root *l)
{
	struct mvc_store *s = k->f->store;
	struct mvc_root root, slim = {.n_segments = 0};
	bool change = false;
	int err;

	err = mvc_root_read(&root, &k->f->store->backend.b, l->key.s);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	for (size_t i = 0; !err && i < root.n_segments; i++) {
		if (!mvc_file_absent(
			k->folder->fd, mvc_segment_path(&root.segments[i]).s))
			err = mvc_root_add_segment(&slim, &root.segments[i]);
		else
			change = true;
	}
	for (size_t i = 0; !err && change && i < s->n_segs; i++)
		err = mvc_root_add_segment(&slim, mvc_segment_name(s->segs[i]));
	free(root.segments);
	root.segments = slim.segments;
	root.n_segments = slim.n_segments;
	if (!err && change) {
		err = mvc_root_put(&k->f->store->backend.b, l->key.s, &root);
		k->f->repaired++;
	}
	mvc_root_release(&root);
	return err;
}

int
fsck_repair(struct checking *k)
{
	int err;

	/* Nobody writes while a list cannot be read. Nobody can be sweeping
	 * by one either: collectors hold the lock too. */
	err = move_first(k, "trash/");
	if (!err && k->reindex)
		err = reindex(k);
	if (!err)
		err = remark(k);
	if (!err)
		err = replace_packs(k);
	if (!err)
		err = mvc_store_refresh(k->f->store);
	for (size_t i = 0; !err && i < k->roots.n; i++)
		err = mend_root(k, &k->roots.at[i]);
	for (size_t i = 0; !err && i < k->n_aside; i++)
		if (*k->aside[i])
			err = move_aside(k, k->aside[i]);
	if (!err)
		err = mvc_store_refresh(k->f->store);
	return err;
}
