#include "remote/prove.h"
#include "store/reach.h"
#include "util/flow.h"
#include "util/banned.h"

struct proving {
	const struct mvc_prove *p;
	struct mvc_source source;
	struct mvc_oidset seen; /* trees, recipes and parts */
	struct mvc_oidset names; /* kind 1: of the packs */
	struct mvc_segment_pack *packs;
	size_t n;
};

/* Objects of here, else of there. */
static int
source_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct proving *v = arg;
	int err = mvc_store_get(v->p->store, kind, id, out);

	return err == MVC_ENOTFOUND ? mvc_far_get(v->p->far, kind, id, out)
				    : err;
}

static int
note_pack(struct proving *v, const struct mvc_far_place *at)
{
	struct mvc_segment_pack *t;
	bool was;
	int err = mvc_oidset_add(&v->names, 1, &at->pack, &was);

	if (err || was)
		return err;
	if ((v->n & (v->n + 1)) == 0) {
		t = realloc(v->packs, (2 * v->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for packs");
		v->packs = t;
	}
	v->packs[v->n].name = at->pack;
	v->packs[v->n++].size = at->pack_size;
	return MVC_OK;
}

static int
prove_object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct proving *v = arg;
	struct mvc_far_place at;
	bool was;
	int err;

	if (kind != MVC_CHUNK) {
		err = mvc_oidset_add(&v->seen, (uint8_t)kind, id, &was);
		if (err || was)
			return err ? err : MVC_REACH_SKIP;
	}
	err = mvc_far_locate(&at, v->p->far, kind, id);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(
		    err, "object %.12s is not there", mvc_oid_hex(id).s);
	return err ? err : note_pack(v, &at);
}

static int
prove_which(
    void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	struct proving *v = arg;
	struct mvc_far_place at;
	int err = mvc_far_locate(&at, v->p->far, MVC_CHUNK, id);

	*kind = err ? MVC_RECIPE : MVC_CHUNK;
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
pack_work(void *ctx, void *job, unsigned thread)
{
	const struct mvc_segment_pack *p = job;
	struct proving *v = ctx;
	struct mvc_keystat st;
	int err;

	err = mvc_backend_stat(
	    mvc_far_backend(v->p->far), mvc_pack_path(&p->name).s, &st);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "%s is gone", mvc_pack_path(&p->name).s);
	return err || st.size == p->size
	    ? err
	    : mvc_fail(MVC_ECORRUPT, "%s has a wrong length",
		  mvc_pack_path(&p->name).s);
}

static int
prove_packs(struct proving *v)
{
	static const struct mvc_flow_ops ops = {pack_work, NULL, NULL};
	unsigned calls = mvc_far_backend(v->p->far)->calls;
	MVC_OWN(mvc_flow) *flow = NULL;
	int err = mvc_flow_new(&flow, calls, 4 * calls, &ops, v);

	for (size_t i = 0; !err && i < v->n; i++)
		err = mvc_flow_push(flow, &v->packs[i]);
	return err ? err : mvc_flow_wait(flow);
}

/* From now on objects are looked for in this root's segments alone. */
static int
lean_on_root(struct proving *v)
{
	const struct mvc_prove *p = v->p;
	struct mvc_root_key key;
	struct mvc_root r;
	bool clean;
	int err;

	err = mvc_far_look_away(p->far);
	if (!err)
		err = mvc_root_find(&r, &key, mvc_far_backend(p->far),
		    p->holder, &p->oid, mvc_far_trash(p->far));
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "it was never pushed there");
	if (err)
		return err;
	if (r.part || r.tree != p->tree || !mvc_oid_eq(&r.oid, &p->oid))
		err = mvc_fail(MVC_ECORRUPT, "%s is of something else", key.s);
	else
		err = mvc_far_lean(&clean, p->far, &r, false);
	mvc_root_release(&r);
	return err || clean
	    ? err
	    : mvc_fail(MVC_ENOTFOUND, "a collection condemned some of it");
}

int
mvc_prove(const struct mvc_prove *p)
{
	static const struct mvc_reach_ops ops = {
	    .object = prove_object, .which = prove_which};
	struct proving v = {.p = p, .source = {source_get, &v}};
	int err = lean_on_root(&v);

	if (!err)
		err = mvc_reach(&v.source, p->tree, &p->oid, p->size, &ops, &v);
	if (!err)
		err = prove_packs(&v);
	mvc_oidset_release(&v.seen);
	mvc_oidset_release(&v.names);
	free(v.packs);
	return err;
}
