/*
 * Rules 4 and 5: a sweep starts when its list's age is between G and G + W,
 * reads refs and roots anew, and deletes within D of beginning to read, else
 * starts over; nobody clears a list before it is G + W + D old. Roots go
 * first, then segments, then packs: what is named is there at any moment.
 */
#include "store/collect_priv.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

#define ATTEMPTS 3

struct sweeping {
	struct collecting *k;
	struct mvc_rootlist roots;
	struct mvc_oidset needed;
	struct mvc_oidset named; /* kind 1: segments, kind 2: packs */
	uint64_t start;
};

static void
release(struct sweeping *s)
{
	mvc_rootlist_release(&s->roots);
	mvc_oidset_release(&s->needed);
	mvc_oidset_release(&s->named);
}

/* A segment that a root names, and the packs that it lists. */
static int
name_segment(struct sweeping *s, const struct mvc_oid *name)
{
	MVC_OWN(mvc_segment) *seg = NULL;
	struct mvc_segment_pack p;
	bool was;
	int err;

	err = mvc_oidset_add(&s->named, 1, name, &was);
	if (err || was)
		return err;
	err = mvc_segment_open(&seg, s->k->folder, name);
	/* One that is missing names nothing; fsck tells. */
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	for (uint32_t i = 0; !err && i < mvc_segment_packs(seg); i++) {
		mvc_segment_pack_at(seg, i, &p);
		err = mvc_oidset_add(&s->named, 2, &p.name, &was);
	}
	return err;
}

/* A root that the list condemns, and that nobody needs, names nothing. */
static bool
is_swept(const struct sweeping *s, const struct mvc_trash_list *l,
    const struct mvc_listed_root *r)
{
	if (strcmp(r->holder, s->k->c->holder) || s->k->c->keep_roots ||
	    mvc_oidset_has(&s->needed, 1, &r->root.oid))
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (l->names[i].kind == MVC_TRASH_ROOT &&
		    !strcmp(l->names[i].key, r->key.s + 6))
			return true;
	return false;
}

static int
read_anew(struct sweeping *s, const struct mvc_trash_list *l)
{
	int err;

	s->start = mvc_boottime();
	err = s->k->c->needed(s->k->c->arg, &s->needed);
	if (!err)
		err = mvc_rootlist_load(
		    &s->roots, &s->k->c->store->backend.b, NULL, NULL);
	for (size_t i = 0; !err && i < s->roots.n; i++) {
		struct mvc_listed_root *r = &s->roots.at[i];

		r->drop = is_swept(s, l, r);
		for (size_t j = 0; !err && !r->drop && j < r->root.n_segments;
		     j++)
			err = name_segment(s, &r->root.segments[j]);
	}
	return err;
}

static bool
is_late(const struct sweeping *s)
{
	return mvc_boottime() - s->start > MVC_COLLECT_DEADLINE;
}

static int
remove_swept(struct sweeping *s, const char *key)
{
	struct mvc_collect *c = s->k->c;
	struct stat st;

	if (fstatat(s->k->folder->fd, key, &st, 0) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", key);
	if (is_late(s))
		return mvc_fail(MVC_EAGAIN, "the sweep took too long");
	c->swept.n++;
	c->swept.bytes += (uint64_t)st.st_size;
	return c->act ? collect_remove(s->k, key) : MVC_OK;
}

static int
sweep_kind(struct sweeping *s, const struct mvc_trash_list *l,
    enum mvc_trash_kind kind)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++) {
		const struct mvc_trash_name *t = &l->names[i];

		if (t->kind != kind)
			continue;
		if (kind == MVC_TRASH_SEGMENT &&
		    !mvc_oidset_has(&s->named, 1, &t->oid))
			err = remove_swept(s, mvc_segment_path(&t->oid).s);
		if (kind == MVC_TRASH_PACK &&
		    !mvc_oidset_has(&s->named, 2, &t->oid))
			err = remove_swept(s, mvc_pack_path(&t->oid).s);
	}
	return err;
}

static int
sweep_once(struct sweeping *s, const struct mvc_trash_list *l)
{
	int err = read_anew(s, l);

	for (size_t i = 0; !err && i < s->roots.n; i++)
		if (s->roots.at[i].drop)
			err = remove_swept(s, s->roots.at[i].key.s);
	if (!err)
		err = collect_sync_roots(s->k);
	if (!err)
		err = sweep_kind(s, l, MVC_TRASH_SEGMENT);
	if (!err)
		err = collect_sync(s->k, "segments");
	return err ? err : sweep_kind(s, l, MVC_TRASH_PACK);
}

static int
sweep_list(struct collecting *k, const struct mvc_trash_list *l)
{
	int err = MVC_EAGAIN;

	for (int i = 0; err == MVC_EAGAIN && i < ATTEMPTS; i++) {
		struct sweeping s = {.k = k};

		err = sweep_once(&s, l);
		release(&s);
	}
	return err;
}

static void
note_pending(struct collecting *k, const struct mvc_trash_list *l)
{
	struct mvc_collect *c = k->c;
	int64_t ripe = l->made + (int64_t)l->grace;

	for (size_t i = 0; i < l->n; i++) {
		const struct mvc_trash_name *t = &l->names[i];
		struct stat st;

		if (t->kind != MVC_TRASH_PACK ||
		    fstatat(k->folder->fd, mvc_pack_path(&t->oid).s, &st, 0))
			continue;
		c->pending.n++;
		c->pending.bytes += (uint64_t)st.st_size;
	}
	if (!c->pending_until || ripe < c->pending_until)
		c->pending_until = ripe;
}

int
collect_sweep(struct collecting *k)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < k->trash.n_lists; i++) {
		const struct mvc_trash_list *l = &k->trash.lists[i];
		uint64_t age =
		    k->now > l->made ? (uint64_t)(k->now - l->made) : 0;
		char key[48];

		snprintf(key, sizeof(key), "trash/%s", l->id);
		if (age < l->grace && !k->c->now) {
			note_pending(k, l);
		} else if (age < l->grace + l->keep || k->c->now) {
			err = sweep_list(k, l);
		} else if (age > l->grace + l->keep + MVC_COLLECT_DEADLINE) {
			collect_count(k, MVC_COLLECT_LIST, l->id, 0);
			if (k->c->act)
				err = collect_remove(k, key);
		}
	}
	return err;
}
