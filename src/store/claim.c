/*
 * Putting a root, by the rules of collection (DESIGN, Collection, rule 3):
 * read the trash lists; confirm that every name in the root exists and is not
 * condemned; put the root within D of reading the lists; else repeat.
 */
#include "store/collect.h"
#include "store/reach.h"
#include "store/writer_priv.h"
#include "util/clock.h"
#include "util/sys.h"
#include "util/trace.h"
#include "util/banned.h"

#define ATTEMPTS 5
/* Longer lists are shortened to the segments that cover them. */
#define SEGMENTS_LONG 16

struct claiming {
	struct mvc_writer *w;
	const char *holder;
	const struct mvc_claim *claim;
	struct mvc_root root;
	struct mvc_oidset vouched; /* segments named by a basis root */
	struct mvc_oidset proven; /* trees, recipes and parts gone through */
};

uint64_t
mvc_boottime(void)
{
#ifdef CLOCK_BOOTTIME
	return (uint64_t)mvc_clock_ns(CLOCK_BOOTTIME) / 1000000000;
#else
	return mvc_now_ns() / 1000000000;
#endif
}

static int
lean_on(struct claiming *c, const struct mvc_root *basis)
{
	for (size_t i = 0; i < basis->n_segments; i++) {
		bool was;
		int err;

		err = mvc_root_add_segment(&c->root, &basis->segments[i]);
		if (!err)
			err = mvc_oidset_add(
			    &c->vouched, 1, &basis->segments[i], &was);
		if (err)
			return err;
	}
	return MVC_OK;
}

static int
prove_object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct claiming *c = arg;
	bool known, was = false;
	int err;

	/* What repeats is gone through once, or hostile trees take for ever. */
	if (kind != MVC_CHUNK) {
		err = mvc_oidset_add(&c->proven, (uint8_t)kind, id, &was);
		if (err || was)
			return err ? err : MVC_REACH_SKIP;
	}
	err = mvc_writer_known(c->w, kind, id, 0, &known);
	if (!err && !known)
		err = mvc_fail(MVC_ENOTFOUND,
		    "object %.12s is not in the store", mvc_oid_hex(id).s);
	return err;
}

static int
prove_which(
    void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	struct claiming *c = arg;

	*kind = MVC_CHUNK;
	if (!mvc_writer_has(c->w, MVC_CHUNK, id))
		*kind = MVC_RECIPE;
	return MVC_OK;
}

/* Nothing vouches for what was not put: find every object. */
static int
prove(struct claiming *c)
{
	static const struct mvc_reach_ops ops = {
	    .object = prove_object, .which = prove_which};
	struct mvc_writer_sums sums = c->w->sums;
	int err;

	err = mvc_reach(&c->w->store->source, c->claim->tree, &c->claim->oid,
	    c->claim->size, &ops, c);
	c->w->sums = sums;
	if (err)
		return mvc_fail_prefix(
		    err, "cannot claim %.12s", mvc_oid_hex(&c->claim->oid).s);
	for (size_t i = 0; !err && i < c->w->found.n_segments; i++)
		err = mvc_root_add_segment(&c->root, &c->w->found.segments[i]);
	return err;
}

/* A list that grew long names the merged segments instead. */
static int
shorten(struct claiming *c)
{
	struct mvc_store *s = c->w->store;
	struct mvc_root slim = {.n_segments = 0};
	int err = MVC_OK;

	if (c->root.n_segments <= SEGMENTS_LONG)
		return MVC_OK;
	for (size_t i = 0; !err && i < c->root.n_segments; i++) {
		const struct mvc_oid *name = &c->root.segments[i];

		for (size_t j = 0; j < s->n_segs; j++)
			if (mvc_writer_clean(c->w, s->segs[j]) &&
			    mvc_segment_covers_name(
				s->segs[j], &c->root.segments[i]))
				name = mvc_segment_name(s->segs[j]);
		err = mvc_root_add_segment(&slim, name);
	}
	if (err) {
		mvc_root_release(&slim);
		return err;
	}
	free(c->root.segments);
	c->root.segments = slim.segments;
	c->root.n_segments = slim.n_segments;
	return MVC_OK;
}

static int
condemned(const struct mvc_oid *name)
{
	return mvc_fail(MVC_EAGAIN,
	    "a collection meanwhile condemned %.12s, which this needs: run "
	    "the command again",
	    mvc_oid_hex(name).s);
}

/* The segment is there and alive; its packs too, unless a basis vouches. */
static int
confirm_segment(struct claiming *c, const struct mvc_oid *name)
{
	const struct mvc_folder *f = &c->w->store->folder;
	MVC_OWN(mvc_segment) *seg = NULL;
	struct mvc_segment_pack p;
	int err;

	if (mvc_trash_has(&c->w->trash, MVC_TRASH_SEGMENT, name))
		return condemned(name);
	if (mvc_oidset_has(&c->vouched, 1, name) && c->w->trash.n == 0)
		return mvc_file_exists(f->fd, mvc_segment_path(name).s)
		    ? MVC_OK
		    : condemned(name);
	err = mvc_segment_open(&seg, f, name);
	if (err)
		return err;
	if (!mvc_writer_clean(c->w, seg))
		return condemned(name);
	for (uint32_t i = 0; i < mvc_segment_packs(seg); i++) {
		mvc_segment_pack_at(seg, i, &p);
		if (!mvc_file_exists(f->fd, mvc_pack_path(&p.name).s))
			return condemned(&p.name);
	}
	return MVC_OK;
}

static int
confirm_all(struct claiming *c)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < c->root.n_segments; i++)
		err = confirm_segment(c, &c->root.segments[i]);
	return err;
}

/* Gather what the root will name; *basis says whether something vouches for
 * all that was not put in this session. */
static int
gather(struct claiming *c)
{
	const struct mvc_claim *k = c->claim;
	bool basis = k->n_base > 0;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < k->n_base; i++) {
		struct mvc_root r;
		struct mvc_root_key key;

		err = mvc_root_find(&r, &key, &c->w->store->backend.b,
		    c->holder, &k->base[i], &c->w->trash);
		if (err == MVC_ENOTFOUND) {
			basis = false;
			err = MVC_OK;
		} else if (!err) {
			/* Part of a version promises nothing of the whole. */
			basis = basis && (!r.part || k->part);
			err = lean_on(c, &r);
			mvc_root_release(&r);
		}
	}
	for (size_t i = 0; !err && i < c->w->found.n_segments; i++)
		err = mvc_root_add_segment(&c->root, &c->w->found.segments[i]);
	if (!err && !basis && k->n_base > 0 && !k->part)
		err = prove(c);
	return err ? err : shorten(c);
}

/* An older root of the same content that says the same is left alone. */
static bool
says_enough(const struct claiming *c, const struct mvc_root *there)
{
	return !c->w->wrote && there->part <= c->claim->part &&
	    there->tree == c->claim->tree;
}

static int
put_once(struct claiming *c, bool *late)
{
	uint64_t start = mvc_boottime();
	struct mvc_root_key key;
	struct mvc_root there;
	bool enough;
	int err;

	mvc_trash_release(&c->w->trash);
	c->w->n_asked = 0;
	err = mvc_trash_load(&c->w->trash, &c->w->store->backend.b);
	if (err)
		return err;
	err = mvc_root_find(&there, &key, &c->w->store->backend.b, c->holder,
	    &c->claim->oid, &c->w->trash);
	if (err && err != MVC_ENOTFOUND)
		return err;
	if (!err) {
		enough = says_enough(c, &there);
		/* Whole it was, and whole it stays. */
		c->root.part = c->root.part && there.part;
		err = lean_on(c, &there);
		mvc_root_release(&there);
		if (!err && enough)
			err = confirm_all(c);
		if (err || enough)
			return err;
	} else {
		err = mvc_root_new_key(
		    &key, c->holder, &c->claim->oid, &c->w->trash);
		if (err)
			return err;
	}
	err = gather(c);
	if (!err)
		err = confirm_all(c);
	*late = mvc_boottime() - start > MVC_COLLECT_DEADLINE;
	if (err || *late)
		return err;
	return mvc_root_put(&c->w->store->backend.b, key.s, &c->root);
}

static int
claim_one(
    struct mvc_writer *w, const char *holder, const struct mvc_claim *claim)
{
	bool late = true;
	int err = MVC_OK;

	for (int i = 0; !err && late && i < ATTEMPTS; i++) {
		struct claiming c = {.w = w, .holder = holder, .claim = claim};

		c.root.oid = claim->oid;
		c.root.tree = claim->tree;
		c.root.part = claim->part;
		c.root.size = claim->size;
		c.root.files = claim->files;
		late = false;
		err = put_once(&c, &late);
		mvc_root_release(&c.root);
		mvc_oidset_release(&c.vouched);
		mvc_oidset_release(&c.proven);
	}
	if (!err && late)
		err = mvc_fail(MVC_EAGAIN,
		    "the store is too slow to claim content in time");
	return err;
}

int
mvc_writer_claim(struct mvc_writer *w, const char *holder,
    const struct mvc_claim *claims, size_t n)
{
	struct mvc_trace *trace = w->store->ctx->trace;
	uint64_t start;
	int err = mvc_writer_flush(w);

	start = mvc_trace_start(trace);
	for (size_t i = 0; !err && i < n; i++)
		err = claim_one(w, holder, &claims[i]);
	mvc_trace_end(trace, start, "store.claim", n, 0);
	return err;
}
