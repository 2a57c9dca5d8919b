#include "store/collect_priv.h"
#include "util/sys.h"
#include "util/banned.h"

/* Temporaries younger than this may still be written. */
#define TMP_AGE 86400
/* Fewer covered segments are not worth rewriting roots. */
#define COVERED_MANY 16

static int
remove_file(struct collecting *k, const char *key)
{
	int err = mvc_sys_unlink(k->folder->fd, key);

	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
sync_folder(struct collecting *k, const char *folder)
{
	int err;

	if (!k->c->act)
		return MVC_OK;
	err = mvc_sys_fsync_dir(k->folder->fd, folder);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* The holder's roots: no others are ever dropped. */
static int
sync_roots(struct collecting *k)
{
	char folder[48];

	snprintf(folder, sizeof(folder), "roots/%.32s", k->c->holder);
	return sync_folder(k, folder);
}

static int
clean_one(void *arg, int dirfd, const char *name)
{
	struct collecting *k = arg;
	char key[280];
	struct stat st;

	if (strncmp(name, MVC_TMP_PREFIX, strlen(MVC_TMP_PREFIX)) ||
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!k->c->now && st.st_mtime + TMP_AGE > k->now))
		return MVC_OK;
	snprintf(key, sizeof(key), "tmp/%s", name);
	collect_count(k, MVC_COLLECT_TMP, key, (uint64_t)st.st_size);
	return k->c->act ? remove_file(k, key) : MVC_OK;
}

static int
clean_tmp(struct collecting *k)
{
	int err = mvc_folder_each(k->folder, "tmp", clean_one, k);

	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* Put a name on the list of the dead, or, with `now`, delete it. */
static int
kill_name(struct collecting *k, enum mvc_trash_kind kind,
    const struct mvc_oid *oid, const char *key)
{
	if (!k->c->act || !k->c->now)
		return collect_condemn(k, kind, oid, key);
	return remove_file(k, key);
}

/* The holder's roots that no pointer of its needs. */
static int
drop_roots(struct collecting *k)
{
	size_t mine = 0, dropped = 0;
	int err;

	for (size_t i = 0; i < k->roots.n; i++) {
		struct mvc_listed_root *r = &k->roots.at[i];

		mine += !strcmp(r->holder, k->c->holder);
		/* A condemned one waits for its sweep; it keeps nothing
		 * that is not needed otherwise. */
		r->drop = collect_drops(k, r);
		dropped += r->drop;
	}
	err = collect_refuse(k, mine, dropped);
	for (size_t i = 0; !err && i < k->roots.n; i++) {
		struct mvc_listed_root *r = &k->roots.at[i];

		if (!r->drop || mvc_trash_has_root(&k->trash, r->key.s + 6))
			continue;
		collect_count(k, MVC_COLLECT_ROOT, r->key.s + 6, r->root.size);
		err = kill_name(k, MVC_TRASH_ROOT, NULL, r->key.s);
	}
	return err ? err : sync_roots(k);
}

/* A pointer keeps its content, whether it has a root or lost it. */
static int
mark_rootless(struct collecting *k, struct mvc_mark *m)
{
	struct mvc_oidset rooted = {.n = 0};
	bool was;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < k->roots.n; i++)
		if (!k->roots.at[i].drop)
			err = mvc_oidset_add(
			    &rooted, 1, &k->roots.at[i].root.oid, &was);
	for (size_t i = 0; !err && i < k->needed.cap; i++)
		if (k->needed.kinds[i] &&
		    !mvc_oidset_has(&rooted, 1, &k->needed.ids[i]))
			err = mvc_mark_pointer(m, &k->needed.ids[i]);
	mvc_oidset_release(&rooted);
	return err;
}

static int
mark_roots(struct collecting *k, struct mvc_mark **out)
{
	struct mvc_mark *m;
	int err;

	err = mvc_mark_new(&m, k->c->store);
	for (size_t i = 0; !err && i < k->roots.n; i++)
		if (!k->roots.at[i].drop)
			err = mvc_mark_root(m, &k->roots.at[i].root);
	if (!err)
		err = mark_rootless(k, m);
	*out = m;
	return err;
}

static bool
is_condemned(const struct collecting *k, const struct mvc_marked_pack *p)
{
	return mvc_trash_has(&k->trash, MVC_TRASH_PACK, &p->name);
}

/*
 * Doom packs; returns how many of them some segment still lists. Those that
 * are condemned already no new segment may list; what somebody came to need of
 * them meanwhile is copied.
 */
static size_t
doom(struct collecting *k, struct mvc_mark *m, bool half)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_packs; i++) {
		struct mvc_marked_pack *p = &m->packs[i];
		bool dead = p->live == 0;
		bool poor = !dead && p->live < p->size / 2;

		if (is_condemned(k, p)) {
			p->doomed = true;
			n += !dead;
			continue;
		}
		/* Gone before its index, for want of room. */
		if (!p->made && dead && k->c->now && !half) {
			p->doomed = true;
			n++;
			continue;
		}
		if (!p->made || !collect_is_old(k, p->made) ||
		    !(half ? poor : dead))
			continue;
		p->doomed = true;
		n += p->listed;
		collect_count(k, half ? MVC_COLLECT_REPACK : MVC_COLLECT_PACK,
		    mvc_pack_path(&p->name).s, p->size - p->live);
	}
	return n;
}

static int
kill_packs(struct collecting *k, struct mvc_mark *m)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < m->n_packs; i++)
		if (m->packs[i].doomed && !is_condemned(k, &m->packs[i]))
			err = kill_name(k, MVC_TRASH_PACK, &m->packs[i].name,
			    mvc_pack_path(&m->packs[i].name).s);
	return err;
}

static bool
root_names(const struct collecting *k, const struct mvc_oid *segment)
{
	for (size_t i = 0; i < k->roots.n; i++) {
		const struct mvc_listed_root *r = &k->roots.at[i];

		for (size_t j = 0; !r->drop && j < r->root.n_segments; j++)
			if (mvc_oid_eq(&r->root.segments[j], segment))
				return true;
	}
	return false;
}

/* Looked into, and listing a pack that is to stay. */
static bool
is_used(
    const struct collecting *k, const struct mvc_oid *name, struct mvc_mark *m)
{
	struct mvc_store *s = k->c->store;

	for (size_t i = 0; i < s->n_segs; i++) {
		struct mvc_segment_pack p;

		if (!mvc_oid_eq(mvc_segment_name(s->segs[i]), name))
			continue;
		for (uint32_t j = 0; j < mvc_segment_packs(s->segs[i]); j++) {
			struct mvc_marked_pack *mp;

			mvc_segment_pack_at(s->segs[i], j, &p);
			mp = mvc_mark_pack(m, &p.name);
			if (!mp || (mp->made && !mp->doomed))
				return true;
		}
	}
	return false;
}

struct killing {
	struct collecting *k;
	struct mvc_mark *mark;
};

static int
kill_segment(void *arg, int dirfd, const char *file)
{
	struct collecting *k = ((struct killing *)arg)->k;
	struct mvc_segment_path path;
	struct mvc_oid name;
	struct stat st;
	bool was;
	int err;

	if (mvc_oid_parse(&name, file, strlen(file)) ||
	    fstatat(dirfd, file, &st, 0) < 0 ||
	    !collect_is_old(k, st.st_mtime) ||
	    mvc_trash_has(&k->trash, MVC_TRASH_SEGMENT, &name) ||
	    root_names(k, &name) ||
	    is_used(k, &name, ((struct killing *)arg)->mark))
		return MVC_OK;
	err = mvc_oidset_add(&k->killed, 1, &name, &was);
	if (err || was)
		return err;
	path = mvc_segment_path(&name);
	collect_count(k, MVC_COLLECT_SEGMENT, path.s, (uint64_t)st.st_size);
	return kill_name(k, MVC_TRASH_SEGMENT, &name, path.s);
}

/* Segments that no root names and nobody looks into. Roots are read again:
 * retiring rewrote them. */
static int
kill_segments(struct collecting *k, struct mvc_mark *m)
{
	struct killing x = {k, m};
	int err = mvc_folder_each(k->folder, "segments", kill_segment, &x);

	return err ? err : sync_folder(k, "segments");
}

/* Roots as they are now, with what is to be dropped dropped. */
static int
reload_roots(struct collecting *k)
{
	struct mvc_rootlist old = k->roots;
	int err;

	err = mvc_rootlist_load(&k->roots, &k->c->store->backend.b, NULL, NULL);
	for (size_t i = 0; !err && i < k->roots.n; i++)
		for (size_t j = 0; j < old.n; j++)
			if (!strcmp(k->roots.at[i].key.s, old.at[j].key.s))
				k->roots.at[i].drop = old.at[j].drop;
	mvc_rootlist_release(&old);
	return err;
}

/*
 * A full disk has no room for an index without the dead packs: they go first.
 * Under the lock nobody relies on them, and who stores later looks for the
 * pack itself; the next round strikes what is gone from the index.
 */
static int
make_room(struct collecting *k, struct mvc_mark *m, bool *made)
{
	int err;

	*made = false;
	for (size_t i = 0; i < m->n_packs; i++)
		*made |= m->packs[i].doomed && m->packs[i].made &&
		    !is_condemned(k, &m->packs[i]);
	err = kill_packs(k, m);
	if (!err)
		err = mvc_store_refresh(k->c->store);
	return err ? err : reload_roots(k);
}

/* One round: wholly dead packs (which needs no room), or half-dead ones. */
static int
collect_packs(struct collecting *k, bool half)
{
	struct mvc_retire r = {
	    .store = k->c->store, .roots = &k->roots, .locked = k->c->now};
	MVC_OWN(mvc_mark) *m = NULL;
	bool room;
	int err;

	err = mark_roots(k, &m);
	if (err)
		return err;
	k->c->live = m->live;
	if (doom(k, m, half) > 0 && k->c->act) {
		r.mark = m;
		err = mvc_retire_packs(&r);
		if (err == MVC_ENOSPACE && k->c->now && !half) {
			err = make_room(k, m, &room);
			if (err || room)
				return err ? err : collect_packs(k, half);
			err = MVC_ENOSPACE;
		}
		k->c->copied += r.copied;
		if (!err)
			err = reload_roots(k);
	}
	/* Segments before packs: what is named is there. */
	if (!err && k->c->act)
		err = kill_segments(k, m);
	return err ? err : kill_packs(k, m);
}

static int
count_file(void *arg, int dirfd, const char *file)
{
	struct mvc_oid name;

	*(size_t *)arg += !mvc_oid_parse(&name, file, strlen(file));
	return MVC_OK;
}

/* Each root names the segments that were new when it was put: some day they
 * are many, and all are covered by a few. */
static int
collect_covered(struct collecting *k)
{
	struct mvc_retire r = {
	    .store = k->c->store, .roots = &k->roots, .locked = k->c->now};
	MVC_OWN(mvc_mark) *m = NULL;
	size_t n = 0;
	int err;

	err = mvc_folder_each(k->folder, "segments", count_file, &n);
	if (err || !k->c->act || n <= k->c->store->n_segs + COVERED_MANY)
		return err;
	err = mvc_retire_covered(&r);
	if (!err)
		err = reload_roots(k);
	if (!err)
		err = mvc_mark_new(&m, k->c->store);
	return err ? err : kill_segments(k, m);
}

static int
run(struct collecting *k)
{
	int err;

	err = mvc_store_check_writable(k->c->store);
	if (err)
		return err;
	/* Shared, it keeps repairs out, which set lists aside. */
	err = k->c->act ? mvc_folder_lock(&k->lock, k->folder, k->c->now)
			: MVC_OK;
	if (!err)
		err = collect_begin(k);
	if (!err)
		err = clean_tmp(k);
	if (!err)
		err = collect_sweep(k);
	if (!err)
		err = k->c->needed(k->c->arg, &k->needed);
	if (!err)
		err = mvc_rootlist_load(
		    &k->roots, &k->c->store->backend.b, NULL, NULL);
	if (!err)
		err = mvc_store_refresh(k->c->store);
	if (!err)
		err = drop_roots(k);
	if (!err)
		err = collect_packs(k, false);
	if (!err)
		err = collect_packs(k, true);
	if (!err)
		err = collect_covered(k);
	return err ? err : collect_publish(k);
}

int
mvc_collect(struct mvc_collect *c)
{
	struct collecting k = {.c = c,
	    .b = &c->store->backend.b,
	    .folder = &c->store->folder,
	    .lock = -1};
	int err = run(&k);

	collect_release(&k);
	return err;
}
