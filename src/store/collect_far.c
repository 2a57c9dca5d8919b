/*
 * A collection somewhere else, over nothing but a place for bytes.
 *
 *     every root ──► the holder's that nobody needs: condemned
 *        │ the others
 *        └► segments ──► their heads: packs      what is named
 *     every segment, every pack of the place, old and not named: condemned
 *
 * Other holders' roots keep what they name. What is read is proportional to
 * roots and the heads of distinct segments; kept are the names of packs.
 */
#include "store/collect_priv.h"
#include "util/banned.h"

/* Temporaries younger than this may still be written. */
#define TMP_AGE 86400

struct marking {
	struct collecting *k;
	struct mvc_oidset segments, packs; /* kind 1: named */
	size_t mine, dropped;
};

static int
mark_root(void *arg, const struct mvc_listed_root *r)
{
	struct marking *m = arg;
	struct collecting *k = m->k;
	bool mine = !strcmp(r->holder, k->c->holder), was;
	int err = MVC_OK;

	m->mine += mine;
	k->c->others += !mine;
	if (!collect_drops(k, r)) {
		for (size_t i = 0; !err && i < r->root.n_segments; i++)
			err = mvc_oidset_add(
			    &m->segments, 1, &r->root.segments[i], &was);
		return err;
	}
	m->dropped++;
	if (mvc_trash_has_root(&k->trash, r->key.s + 6))
		return MVC_OK;
	collect_count(k, MVC_COLLECT_ROOT, r->key.s + 6, r->root.size);
	return collect_condemn(k, MVC_TRASH_ROOT, NULL, r->key.s);
}

static int
mark_pack(void *arg, const struct mvc_segment_pack *p)
{
	struct marking *m = arg;
	bool was;

	return mvc_oidset_add(&m->packs, 1, &p->name, &was);
}

/* Nobody else sees whether it was meant: a wrong clone, or a wrong place. */
static int
refuse_all(const struct marking *m)
{
	if (m->k->c->forget || m->mine == 0 || m->dropped < m->mine)
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "%s holds %zu version%s of this repository's, and nothing in Git "
	    "names one of them: a collection would drop them all, and refuses "
	    "(push what is to stay first)",
	    m->k->b->url, m->mine, m->mine == 1 ? "" : "s");
}

static int
see_segment(void *arg, const char *key, const struct mvc_keystat *st)
{
	const char *name = key + strlen("segments/");
	struct marking *m = arg;
	struct mvc_oid oid;

	if (mvc_oid_parse(&oid, name, strlen(name)) ||
	    mvc_oidset_has(&m->segments, 1, &oid) ||
	    !collect_is_old(m->k, st->modified) ||
	    mvc_trash_has(&m->k->trash, MVC_TRASH_SEGMENT, &oid))
		return MVC_OK;
	collect_count(m->k, MVC_COLLECT_SEGMENT, key, st->size);
	return collect_condemn(m->k, MVC_TRASH_SEGMENT, &oid, key);
}

static int
see_pack(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct marking *m = arg;
	struct mvc_oid oid;

	if (!collect_is_pack(&oid, key))
		return MVC_OK;
	if (mvc_oidset_has(&m->packs, 1, &oid)) {
		m->k->c->live += st->size;
		return MVC_OK;
	}
	if (!collect_is_old(m->k, st->modified) ||
	    mvc_trash_has(&m->k->trash, MVC_TRASH_PACK, &oid))
		return MVC_OK;
	collect_count(m->k, MVC_COLLECT_PACK, key, st->size);
	return collect_condemn(m->k, MVC_TRASH_PACK, &oid, key);
}

static int
see_tmp(void *arg, const char *key, const struct mvc_keystat *st)
{
	const char *keys[] = {key};
	struct marking *m = arg;

	if (st->modified + TMP_AGE > m->k->now)
		return MVC_OK;
	collect_count(m->k, MVC_COLLECT_TMP, key, st->size);
	return m->k->c->act ? mvc_backend_del(m->k->b, keys, 1) : MVC_OK;
}

static int
see_unfinished(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct marking *m = arg;

	collect_count(m->k, MVC_COLLECT_TMP, key, st->size);
	return MVC_OK;
}

/* Nothing refers to them, yet a push may go on with one: as old as what is
 * condemned, and at once. */
static int
drop_unfinished(struct marking *m)
{
	static const char *const big[] = {"packs/", "segments/", "git/"};
	struct collecting *k = m->k;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < sizeof(big) / sizeof(big[0]); i++)
		err = mvc_backend_unfinished(k->b, big[i],
		    k->now - (int64_t)collect_grace(k), k->c->act,
		    see_unfinished, m);
	return err;
}

static int
mark(struct marking *m)
{
	struct mvc_backend *b = m->k->b;
	int err;

	err = m->k->c->needed(m->k->c->arg, &m->k->needed);
	if (!err)
		err = mvc_rootlist_each(b, mark_root, m);
	if (!err)
		err = refuse_all(m);
	if (!err)
		err = collect_heads(m->k, &m->segments, mark_pack, m);
	if (!err)
		err = mvc_backend_list(b, "segments/", NULL, see_segment, m);
	return err ? err : mvc_backend_list(b, "packs/", NULL, see_pack, m);
}

int
mvc_collect_far(struct mvc_collect *c)
{
	struct collecting k = {.c = c, .b = c->place, .lock = -1};
	struct marking m = {.k = &k};
	int err;

	err = collect_begin(&k);
	if (!err)
		err = mvc_backend_list(k.b, "tmp/", NULL, see_tmp, &m);
	if (!err)
		err = drop_unfinished(&m);
	if (!err)
		err = collect_sweep(&k);
	if (!err)
		err = mark(&m);
	if (!err)
		err = collect_publish(&k);
	mvc_oidset_release(&m.segments);
	mvc_oidset_release(&m.packs);
	collect_release(&k);
	return err;
}
