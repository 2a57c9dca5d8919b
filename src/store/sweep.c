/*
 * Rules 4 and 5: a sweep starts when its list's age is between G and G + W,
 * reads refs and roots anew, and deletes within D of beginning to read, else
 * starts over; nobody clears a list before it is G + W + D old. Roots go
 * first, then segments, then packs: what is named is there at any moment.
 *
 *     the ripe lists ──► what of them is there: the victims
 *     refs, roots, heads of segments, anew ──► what is named
 *     victims that nobody names: gone, a batch at a time
 */
#include "store/collect_priv.h"
#include "store/rootindex.h"
#include "util/banned.h"

#define ATTEMPTS 3
/* Deleted at once. A batch begins so long before the end of D that it is over
 * by then: places that are slow to answer are given up earlier. */
#define BATCH 100
#define BATCH_TAKES 600

struct victim {
	enum mvc_trash_kind kind;
	struct mvc_oid oid;
	uint64_t size;
};

struct sweeping {
	struct collecting *k;
	struct mvc_trash ripe;
	struct victim *victims; /* segments and packs that are there */
	size_t n;
	size_t n_roots; /* roots that are there, of the holder's */

	/* Read anew. */
	uint64_t start;
	struct mvc_oidset needed;
	struct mvc_rootlist drop;
	struct mvc_oidset segments; /* that are named */
	struct mvc_oidset packs; /* of the ripe ones, those that are named */

	char keys[BATCH][MVC_KEY_MAX + 1]; /* the next batch */
	uint64_t sizes;
	size_t n_keys;
};

static void
forget(struct sweeping *s)
{
	mvc_oidset_release(&s->needed);
	mvc_rootlist_release(&s->drop);
	mvc_oidset_release(&s->segments);
	mvc_oidset_release(&s->packs);
	s->n_keys = 0;
}

/* ---- the victims ---- */

static bool
is_ripe(void *arg, const struct mvc_trash_list *l)
{
	const struct collecting *k = arg;
	uint64_t age = k->now > l->made ? (uint64_t)(k->now - l->made) : 0;

	return k->c->now || (age >= l->grace && age < l->grace + l->keep);
}

static int
add_victim(struct sweeping *s, enum mvc_trash_kind kind,
    const struct mvc_oid *oid, uint64_t size)
{
	struct victim *t;

	if ((s->n & (s->n + 1)) == 0) {
		t = realloc(s->victims, (2 * s->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for a sweep");
		s->victims = t;
	}
	s->victims[s->n++] = (struct victim){kind, *oid, size};
	return MVC_OK;
}

static int
see_root(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct sweeping *s = arg;

	s->n_roots += mvc_trash_has_root(&s->ripe, key + 6);
	return MVC_OK;
}

static int
see_segment(void *arg, const char *key, const struct mvc_keystat *st)
{
	const char *name = key + strlen("segments/");
	struct sweeping *s = arg;
	struct mvc_oid oid;

	if (mvc_oid_parse(&oid, name, strlen(name)) ||
	    !mvc_trash_has(&s->ripe, MVC_TRASH_SEGMENT, &oid))
		return MVC_OK;
	return add_victim(s, MVC_TRASH_SEGMENT, &oid, st->size);
}

static int
see_pack(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct sweeping *s = arg;
	struct mvc_oid oid;

	if (!collect_is_pack(&oid, key))
		return MVC_OK;
	if (mvc_trash_has(&s->ripe, MVC_TRASH_PACK, &oid))
		return add_victim(s, MVC_TRASH_PACK, &oid, st->size);
	if (mvc_trash_has(&s->k->trash, MVC_TRASH_PACK, &oid)) {
		s->k->c->pending.n++;
		s->k->c->pending.bytes += st->size;
	}
	return MVC_OK;
}

static int
see_all(struct sweeping *s)
{
	struct mvc_backend *b = s->k->b;
	char prefix[48];
	int err;

	snprintf(prefix, sizeof(prefix), "roots/%.32s/", s->k->c->holder);
	err = mvc_backend_list(b, prefix, NULL, see_root, s);
	if (!err)
		err = mvc_backend_list(b, "segments/", NULL, see_segment, s);
	return err ? err : mvc_backend_list(b, "packs/", NULL, see_pack, s);
}

/* ---- what is named ---- */

static int
name_pack(void *arg, const struct mvc_segment_pack *p)
{
	struct sweeping *s = arg;
	bool was;

	return mvc_trash_has(&s->ripe, MVC_TRASH_PACK, &p->name)
	    ? mvc_oidset_add(&s->packs, 1, &p->name, &was)
	    : MVC_OK;
}

static int
name_root(void *arg, const struct mvc_listed_root *r)
{
	struct sweeping *s = arg;
	struct mvc_collect *c = s->k->c;
	struct mvc_listed_root *t;
	int err = MVC_OK;
	bool was;

	/* One that a ripe list condemns, and nobody needs, names nothing. */
	if (!strcmp(r->holder, c->holder) && !c->keep_roots &&
	    !mvc_oidset_has(&s->needed, 1, &r->root.oid) &&
	    mvc_trash_has_root(&s->ripe, r->key.s + 6)) {
		t = realloc(s->drop.at, (s->drop.n + 1) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for a sweep");
		s->drop.at = t;
		t[s->drop.n] = *r;
		memset(&t[s->drop.n++].root, 0, sizeof(t->root));
		return MVC_OK;
	}
	for (size_t i = 0; !err && i < r->root.n_segments; i++)
		err =
		    mvc_oidset_add(&s->segments, 1, &r->root.segments[i], &was);
	return err;
}

static int
read_anew(struct sweeping *s)
{
	struct collecting *k = s->k;
	int err = MVC_OK;

	forget(s);
	s->start = mvc_boottime();
	if (s->n_roots)
		err = k->c->needed(k->c->arg, &s->needed);
	if (!err)
		err = mvc_rootlist_each(k->b, name_root, s);
	return err ? err : collect_heads(k, &s->segments, name_pack, s);
}

/* ---- gone ---- */

static int
flush(struct sweeping *s)
{
	struct mvc_collect *c = s->k->c;
	const char *keys[BATCH];
	int err = MVC_OK;

	if (mvc_boottime() - s->start > MVC_COLLECT_DEADLINE - BATCH_TAKES)
		return mvc_fail(MVC_EAGAIN, "the sweep took too long");
	for (size_t i = 0; i < s->n_keys; i++)
		keys[i] = s->keys[i];
	if (c->act && s->n_keys)
		err = mvc_backend_del(s->k->b, keys, s->n_keys);
	if (err)
		return err;
	c->swept.n += s->n_keys;
	c->swept.bytes += s->sizes;
	s->n_keys = 0;
	s->sizes = 0;
	return MVC_OK;
}

static int
remove_key(struct sweeping *s, const char *key, uint64_t size)
{
	snprintf(s->keys[s->n_keys], sizeof(s->keys[0]), "%s", key);
	s->sizes += size;
	return ++s->n_keys < BATCH ? MVC_OK : flush(s);
}

static int
remove_kind(struct sweeping *s, enum mvc_trash_kind kind)
{
	const struct mvc_oidset *named =
	    kind == MVC_TRASH_SEGMENT ? &s->segments : &s->packs;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < s->n; i++) {
		struct victim *v = &s->victims[i];

		if (v->kind == kind && !mvc_oidset_has(named, 1, &v->oid))
			err = remove_key(s,
			    kind == MVC_TRASH_SEGMENT
				? mvc_segment_path(&v->oid).s
				: mvc_pack_path(&v->oid).s,
			    v->size);
	}
	return err ? err : flush(s);
}

/* Each kind is gone for good before the next one goes. */
static int
remove_all(struct sweeping *s)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < s->drop.n; i++)
		err = remove_key(s, s->drop.at[i].key.s, s->drop.at[i].size);
	if (!err)
		err = flush(s);
	if (!err)
		err = remove_kind(s, MVC_TRASH_SEGMENT);
	return err ? err : remove_kind(s, MVC_TRASH_PACK);
}

static int
sweep_ripe(struct sweeping *s)
{
	int err = MVC_EAGAIN;

	if (s->n == 0 && s->n_roots == 0)
		return MVC_OK;
	for (int i = 0; err == MVC_EAGAIN && i < ATTEMPTS; i++) {
		struct mvc_collect_sum before = s->k->c->swept;

		err = read_anew(s);
		if (!err)
			err = remove_all(s);
		if (err)
			s->k->c->swept = before;
	}
	if (!err && s->n_roots && s->k->c->act)
		err = mvc_rootindex_refresh(s->k->b, false);
	return err;
}

/* Lists that wait, and those that have done their work. */
static int
go_through(struct collecting *k, const struct mvc_trash_list *l)
{
	uint64_t age = k->now > l->made ? (uint64_t)(k->now - l->made) : 0;
	int64_t when = l->made + (int64_t)l->grace;
	char key[48];
	const char *keys[] = {key};

	if (age < l->grace && !k->c->now &&
	    (!k->c->pending_until || when < k->c->pending_until))
		k->c->pending_until = when;
	if (k->c->now || age <= l->grace + l->keep + MVC_COLLECT_DEADLINE)
		return MVC_OK;
	collect_count(k, MVC_COLLECT_LIST, l->id, 0);
	snprintf(key, sizeof(key), "trash/%s", l->id);
	return k->c->act ? mvc_backend_del(k->b, keys, 1) : MVC_OK;
}

int
collect_sweep(struct collecting *k)
{
	struct sweeping s = {.k = k};
	int err;

	if (k->trash.n_lists == 0)
		return MVC_OK;
	err = mvc_trash_choose(&s.ripe, &k->trash, is_ripe, k);
	if (!err)
		err = see_all(&s);
	if (!err)
		err = sweep_ripe(&s);
	for (size_t i = 0; !err && i < k->trash.n_lists; i++)
		err = go_through(k, &k->trash.lists[i]);
	forget(&s);
	free(s.victims);
	mvc_trash_release(&s.ripe);
	return err;
}
