#include "remote/push_priv.h"
#include "store/collect.h"
#include "util/flow.h"
#include "util/together.h"
#include "util/trace.h"
#include "util/banned.h"

/* Roots to lean on: more find little more. */
#define BASES_MAX 16

void
mvc_push_release(struct mvc_push *p)
{
	mvc_oidset_release(&p->there);
}

/* The root of a key "roots/HOLDER/OID…" is there, unless condemned. */
static int
take_root(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct mvc_push *p = arg;
	const char *name = key + strlen("roots/") + 32 + 1;
	struct mvc_oid oid;
	bool was;

	if (strlen(key) < strlen("roots/") + 32 + 1 + MVC_OID_HEX ||
	    (name[MVC_OID_HEX] && name[MVC_OID_HEX] != '~') ||
	    mvc_oid_parse(&oid, name, MVC_OID_HEX) ||
	    mvc_trash_has_root(mvc_far_trash(p->far), key + 6))
		return MVC_OK;
	return mvc_oidset_add(&p->there, 1, &oid, &was);
}

int
mvc_push_look(struct mvc_push *p)
{
	char prefix[64];
	struct mvc_backend *b = mvc_far_backend(p->far);
	int err = mvc_backend_check_writable(b);

	p->looked = mvc_far_read_at(p->far);
	snprintf(prefix, sizeof(prefix), "roots/%.32s/", p->holder);
	if (!err)
		err = mvc_backend_list(b, prefix, NULL, take_root, p);
	for (size_t i = 0; !err && i < p->n; i++)
		p->items[i].state = mvc_push_has(p, &p->items[i].oid)
		    ? MVC_PUSH_THERE
		    : MVC_PUSH_NEEDED;
	return err;
}

bool
mvc_push_has(const struct mvc_push *p, const struct mvc_oid *oid)
{
	return mvc_oidset_has(&p->there, 1, oid);
}

static int
source_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct mvc_pushing *g = arg;
	int err = mvc_store_get(g->p->store, kind, id, out);

	if (err != MVC_ENOTFOUND)
		return err;
	err = mvc_far_get(g->p->far, kind, id, out);
	return err == MVC_ENOTFOUND
	    ? mvc_fail(
		  err, "object %.12s is not in the store", mvc_oid_hex(id).s)
	    : err;
}

static bool
is_base(const struct mvc_pushing *g, const struct mvc_oid *oid)
{
	for (size_t i = 0; i < g->n_bases; i++)
		if (mvc_oid_eq(&g->bases[i].oid, oid))
			return true;
	return false;
}

/* A root to lean on, on its way. */
struct leaning {
	struct mvc_oid oid;
	struct mvc_root_key key;
	struct mvc_root root;
	bool there;
};

static int
lean_work(void *ctx, void *job, unsigned thread)
{
	struct mvc_pushing *g = ctx;
	struct leaning *l = job;
	int err;

	err = mvc_root_find(&l->root, &l->key, g->b, g->p->holder, &l->oid,
	    mvc_far_trash(g->p->far));
	l->there = !err;
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* A root that is there finds what needs not be sent, if all is well with it;
 * else it is as if it were not there. */
static int
lean_finish(void *ctx, void *job)
{
	struct mvc_pushing *g = ctx;
	struct leaning *l = job;
	bool clean;
	int err;

	if (!l->there || l->root.part || !mvc_oid_eq(&l->root.oid, &l->oid))
		return MVC_OK;
	err = mvc_far_lean(&clean, g->p->far, &l->root, false);
	if (err || !clean)
		return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ? MVC_OK
								   : err;
	g->base_keys[g->n_bases] = l->key;
	g->bases[g->n_bases++] = l->root;
	memset(&l->root, 0, sizeof(l->root));
	return MVC_OK;
}

static void
lean_drop(void *ctx, void *job)
{
	struct leaning *l = job;

	mvc_root_release(&l->root);
}

static const struct mvc_flow_ops lean_ops = {lean_work, lean_finish, lean_drop};

/* Their roots are asked for at once, and leaned on in order. */
static int
lean_on(struct mvc_pushing *g, struct leaning *v, size_t n)
{
	MVC_OWN(mvc_flow) *flow = NULL;
	int err = n ? mvc_flow_new(&flow, BASES_MAX, BASES_MAX, &lean_ops, g)
		    : MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = mvc_flow_push(flow, &v[i]);
	return err || !n ? err : mvc_flow_wait(flow);
}

static void
choose(struct leaning *v, size_t *n, const struct mvc_oid *oid)
{
	size_t i = 0;

	while (i < *n && !mvc_oid_eq(&v[i].oid, oid))
		i++;
	if (i == *n && i < BASES_MAX)
		v[(*n)++].oid = *oid;
}

/* Those that nothing was found by need not be named: they would keep what is
 * none of this. */
static void
drop_unused(struct mvc_pushing *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n_bases; i++) {
		if (!mvc_far_used(g->p->far, &g->bases[i]) &&
		    !mvc_oidset_has(&g->compared, 1, &g->bases[i].oid)) {
			mvc_root_release(&g->bases[i]);
			continue;
		}
		g->bases[kept] = g->bases[i];
		g->base_keys[kept++] = g->base_keys[i];
	}
	g->n_bases = kept;
}

/* The earlier versions first, then what else of the same commits is there. */
static int
choose_bases(struct mvc_pushing *g)
{
	struct leaning v[BASES_MAX] = {0};
	struct mvc_push *p = g->p;
	size_t n = 0;

	g->bases = calloc(BASES_MAX, sizeof(*g->bases));
	g->base_keys = calloc(BASES_MAX, sizeof(*g->base_keys));
	if (!g->bases || !g->base_keys)
		return mvc_fail(MVC_ENOMEM, "no memory for a push");
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].state == MVC_PUSH_NEEDED &&
		    p->items[i].has_base)
			choose(v, &n, &p->items[i].base);
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].state == MVC_PUSH_THERE)
			choose(v, &n, &p->items[i].oid);
	return lean_on(g, v, n);
}

static int
walk_item(struct mvc_pushing *g, struct mvc_push_item *item)
{
	const struct mvc_oid *base = NULL;
	bool was;
	int err;

	if (item->has_base && is_base(g, &item->base))
		base = &item->base;
	err = base ? mvc_oidset_add(&g->compared, 1, base, &was) : MVC_OK;
	if (err)
		return err;
	err = mvc_push_walk(g, item, base);
	if (err != MVC_ENOTFOUND && err != MVC_ECORRUPT)
		return err;
	item->state = MVC_PUSH_MISSING;
	if (g->p->missing)
		g->p->missing(g->p->arg, item, mvc_error_text());
	return MVC_OK;
}

static int
walk_all(struct mvc_pushing *g)
{
	struct mvc_push *p = g->p;
	uint64_t start = mvc_trace_start(p->ctx->trace);
	int err = MVC_OK;

	atomic_store(&p->ctx->progress.what, "looking");
	for (size_t i = 0; !err && i < p->n; i++)
		if (p->items[i].state == MVC_PUSH_NEEDED)
			err = walk_item(g, &p->items[i]);
	mvc_trace_end(p->ctx->trace, start, "push.walk", p->n, 0);
	return err;
}

static bool
is_any_needed(const struct mvc_push *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].state == MVC_PUSH_NEEDED)
			return true;
	return false;
}

static int
send_packs(void *arg)
{
	return mvc_push_packs(arg);
}

static int
describe_holder(void *arg)
{
	struct mvc_pushing *g = arg;

	return mvc_holder_describe(g->b, g->p->holder, g->p->who);
}

static int
deliver(struct mvc_pushing *g)
{
	const struct mvc_task tasks[] = {{send_packs, g}, {describe_holder, g}};
	struct mvc_push *p = g->p;
	uint64_t start = mvc_trace_start(p->ctx->trace);
	int err;

	atomic_store(&p->ctx->progress.what, "sending");
	err = mvc_together(tasks, p->dry_run ? 1 : 2);
	mvc_trace_end(p->ctx->trace, start, "push.packs", p->packs, p->bytes);
	if (err || p->dry_run)
		return err;
	start = mvc_trace_start(p->ctx->trace);
	err = mvc_push_segment(g);
	if (!err)
		err = mvc_push_roots(g);
	mvc_trace_end(p->ctx->trace, start, "push.roots", g->n_sent, 0);
	return err;
}

static void
pushing_release(struct mvc_pushing *g)
{
	for (size_t i = 0; i < g->n_bases; i++)
		mvc_root_release(&g->bases[i]);
	free(g->bases);
	free(g->base_keys);
	mvc_tally_free(g->out);
	mvc_tally_free(g->seen);
	mvc_oidset_release(&g->packs);
	mvc_oidset_release(&g->compared);
	mvc_seglist_release(&g->list);
	mvc_root_release(&g->found);
	free(g->sent);
}

/*
 * Also who has nothing to send makes it reachable within D of reading the
 * lists, then the root: after longer, what was there is looked for again.
 */
static int
look_again(struct mvc_push *p)
{
	struct mvc_push now = {.far = p->far, .holder = p->holder};
	int err;

	if (mvc_boottime() - p->looked <= MVC_COLLECT_DEADLINE)
		return MVC_OK;
	err = mvc_far_reread(p->far);
	if (!err)
		err = mvc_push_look(&now);
	for (size_t i = 0; !err && i < p->n; i++)
		if (p->items[i].state == MVC_PUSH_THERE &&
		    !mvc_push_has(&now, &p->items[i].oid))
			err = mvc_fail(MVC_EAGAIN,
			    "a collection meanwhile took %s (%.8s), which was "
			    "there: run the command again",
			    p->items[i].path, mvc_oid_hex(&p->items[i].oid).s);
	mvc_push_release(&now);
	return err;
}

int
mvc_push_send(struct mvc_push *p)
{
	struct mvc_pushing g = {.p = p, .b = mvc_far_backend(p->far)};
	int err;

	if (!is_any_needed(p))
		return look_again(p);
	g.source.get = source_get;
	g.source.arg = &g;
	err = choose_bases(&g);
	if (!err)
		err = mvc_tally_new(&g.out, p->store);
	if (!err)
		err = mvc_tally_new(&g.seen, p->store);
	if (!err)
		err = walk_all(&g);
	drop_unused(&g);
	if (!err && is_any_needed(p))
		err = deliver(&g);
	for (size_t i = 0; !err && p->dry_run && i < p->n; i++)
		if (p->items[i].state == MVC_PUSH_NEEDED)
			p->items[i].state = MVC_PUSH_SENT;
	pushing_release(&g);
	return err ? err : look_again(p);
}
