/*
 * The segment of what was put, and the roots, last of all (DESIGN, Collection,
 * rule 3): read the trash lists; confirm that every name in the new roots
 * exists and is not condemned; put them within D of reading the lists; else
 * repeat. What basis roots name they vouch for, as long as they are there
 * unchanged; what was put is asked for.
 */
#include "remote/push_priv.h"
#include "store/collect.h"
#include "store/rootindex.h"
#include "store/tiers.h"
#include "util/flow.h"
#include "util/together.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

#define ATTEMPTS 5

static bool
is_condemned(void *arg, const struct mvc_oid *segment)
{
	const struct mvc_pushing *g = arg;

	return mvc_trash_has(
	    mvc_far_trash(g->p->far), MVC_TRASH_SEGMENT, segment);
}

static int
read_file(void *arg, uint64_t off, void *p, size_t n)
{
	size_t got;
	int err = mvc_sys_pread(&got, *(int *)arg, p, n, off, "a segment");

	return err || got == n ? err
			       : mvc_fail(MVC_EIO, "a segment was cut short");
}

/* Send a segment's copy in the cache. */
static int
put_segment(struct mvc_pushing *g, const struct mvc_oid *name)
{
	struct mvc_segment_path path = mvc_segment_path(name);
	MVC_OWN_FD int fd = -1;
	struct mvc_body body = {.read = read_file, .arg = &fd};
	struct stat st;
	int err;

	err = mvc_sys_open(
	    &fd, mvc_far_cache(g->p->far)->fd, path.s, O_RDONLY, 0);
	if (!err && fstat(fd, &st) < 0)
		err = mvc_fail_errno("stat %s", path.s);
	if (err)
		return err;
	body.size = (uint64_t)st.st_size;
	body.fd = fd;
	return mvc_backend_put(g->b, path.s, &body, 0);
}

int
mvc_push_segment(struct mvc_pushing *g)
{
	struct mvc_oid name;
	int err;

	if (g->list.n_packs == 0)
		return MVC_OK;
	err = mvc_seglist_write(
	    &name, &g->list, mvc_far_cache(g->p->far), is_condemned, g);
	if (err)
		return err;
	mvc_seglist_clear(&g->list);
	return mvc_root_add_segment(&g->found, &name);
}

/* Many small segments become one, with what the roots leaned on name. */
static int
merge_small(struct mvc_pushing *g, struct mvc_root *all)
{
	MVC_OWN_MEM struct mvc_segment **segs = NULL;
	const struct mvc_folder *cache = mvc_far_cache(g->p->far);
	struct mvc_root slim = {.n_segments = 0};
	struct mvc_oid name;
	uint64_t salt = 0;
	size_t merge;
	int err = MVC_OK;

	segs = calloc(all->n_segments + 1, sizeof(struct mvc_segment *));
	if (!segs)
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	for (size_t i = 0; !err && i < all->n_segments; i++)
		err = mvc_far_segment(&segs[i], g->p->far, &all->segments[i]);
	merge = err ? 0 : mvc_tiers_choose(segs, all->n_segments);
	if (err || merge < 2)
		return err;
	do {
		err = mvc_segment_merge(
		    &name, cache, segs, merge, salt, NULL, NULL);
		if (!err && is_condemned(g, &name))
			err = mvc_random(&salt, sizeof(salt));
		else
			break;
	} while (!err);
	for (size_t i = merge; !err && i < all->n_segments; i++)
		err = mvc_root_add_segment(&slim, mvc_segment_name(segs[i]));
	if (!err)
		err = mvc_root_add_segment(&slim, &name);
	if (err) {
		mvc_root_release(&slim);
		return err;
	}
	free(all->segments);
	all->segments = slim.segments;
	all->n_segments = slim.n_segments;
	return MVC_OK;
}

static bool
names(const struct mvc_root *r, const struct mvc_oid *segment)
{
	for (size_t i = 0; i < r->n_segments; i++)
		if (mvc_oid_eq(&r->segments[i], segment))
			return true;
	return false;
}

static bool
is_vouched(const struct mvc_pushing *g, const struct mvc_oid *segment)
{
	for (size_t i = 0; i < g->n_bases; i++)
		if (names(&g->bases[i], segment))
			return true;
	return false;
}

/* The segments of the new roots: those leaned on, and what was put. */
static int
gather(struct mvc_root *all, struct mvc_pushing *g)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < g->n_bases; i++)
		for (size_t j = 0; !err && j < g->bases[i].n_segments; j++)
			err =
			    mvc_root_add_segment(all, &g->bases[i].segments[j]);
	for (size_t i = 0; !err && i < g->found.n_segments; i++)
		err = mvc_root_add_segment(all, &g->found.segments[i]);
	if (!err)
		err = merge_small(g, all);
	for (size_t i = 0; !err && i < all->n_segments; i++)
		if (!is_vouched(g, &all->segments[i]))
			err = put_segment(g, &all->segments[i]);
	return err;
}

static int
meanwhile(const char *key)
{
	return mvc_fail(MVC_EAGAIN,
	    "a collection meanwhile condemned %s, which this needs: run the "
	    "command again",
	    key);
}

struct confirming {
	struct mvc_pushing *g;
	const struct mvc_root *all;
};

/* A basis root is as it was read, and nothing that it names is condemned. */
static int
base_work(void *ctx, void *job, unsigned thread)
{
	struct mvc_pushing *g = ctx;
	const struct mvc_root *was = job;
	const char *key = g->base_keys[was - g->bases].s;
	struct mvc_root is;
	bool same;
	int err;

	if (mvc_trash_has_root(mvc_far_trash(g->p->far), key + 6))
		return meanwhile(key);
	err = mvc_root_read(&is, g->b, key);
	if (err)
		return err == MVC_ENOTFOUND ? meanwhile(key) : err;
	same = is.n_segments == was->n_segments &&
	    !memcmp(is.segments, was->segments,
		is.n_segments * sizeof(*is.segments));
	mvc_root_release(&is);
	return same ? MVC_OK : meanwhile(key);
}

static int
base_finish(void *ctx, void *job)
{
	struct mvc_pushing *g = ctx;
	const struct mvc_root *was = job;
	bool clean;
	int err = mvc_far_lean(&clean, g->p->far, was, false);

	return err || clean ? err : meanwhile(g->base_keys[was - g->bases].s);
}

static int
confirm_bases(void *arg)
{
	static const struct mvc_flow_ops ops = {base_work, base_finish, NULL};
	struct confirming *c = arg;
	struct mvc_pushing *g = c->g;
	unsigned n = (unsigned)g->n_bases;
	MVC_OWN(mvc_flow) *flow = NULL;
	int err = n ? mvc_flow_new(&flow, n, n, &ops, g) : MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = mvc_flow_push(flow, &g->bases[i]);
	return err || !n ? err : mvc_flow_wait(flow);
}

/* What was put is there, and not condemned: asked of many at once. */
static int
confirm_key(struct mvc_pushing *g, enum mvc_trash_kind kind,
    const struct mvc_oid *name, const char *key, uint64_t size)
{
	struct mvc_keystat st;
	int err;

	if (mvc_trash_has(mvc_far_trash(g->p->far), kind, name))
		return meanwhile(key);
	err = mvc_backend_stat(g->b, key, &st);
	if (err == MVC_ENOTFOUND)
		return meanwhile(key);
	if (!err && size && st.size != size)
		err = mvc_fail(
		    MVC_ECORRUPT, "%s: %s has a wrong length", g->b->url, key);
	return err;
}

static int
confirm_work(void *ctx, void *job, unsigned thread)
{
	const struct mvc_segment_pack *p = job;

	return confirm_key(
	    ctx, MVC_TRASH_PACK, &p->name, mvc_pack_path(&p->name).s, p->size);
}

static const struct mvc_flow_ops confirm_ops = {confirm_work, NULL, NULL};

static int
confirm_packs(void *arg)
{
	struct confirming *c = arg;
	struct mvc_pushing *g = c->g;
	MVC_OWN(mvc_flow) *flow = NULL;
	int err;

	if (g->n_sent == 0)
		return MVC_OK;
	err =
	    mvc_flow_new(&flow, g->b->calls, 4 * g->b->calls, &confirm_ops, g);
	for (size_t i = 0; !err && i < g->n_sent; i++)
		err = mvc_flow_push(flow, &g->sent[i]);
	return err ? err : mvc_flow_wait(flow);
}

static int
confirm_segments(void *arg)
{
	struct confirming *c = arg;
	const struct mvc_root *all = c->all;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < all->n_segments; i++)
		if (!is_vouched(c->g, &all->segments[i]))
			err = confirm_key(c->g, MVC_TRASH_SEGMENT,
			    &all->segments[i],
			    mvc_segment_path(&all->segments[i]).s, 0);
	return err;
}

static int
confirm_all(struct mvc_pushing *g, const struct mvc_root *all)
{
	struct confirming c = {g, all};
	const struct mvc_task tasks[] = {
	    {confirm_bases, &c}, {confirm_segments, &c}, {confirm_packs, &c}};

	return mvc_together(tasks, 3);
}

/* Putting the roots, many at once, as long as it is time. */
struct putting {
	struct mvc_pushing *g;
	const struct mvc_root *all;
	uint64_t start; /* of reading the lists */
	_Atomic bool late;
};

static int
put_work(void *ctx, void *job, unsigned thread)
{
	struct putting *u = ctx;
	struct mvc_push_item *item = job;
	struct mvc_root r = *u->all;
	struct mvc_root_key key;
	int err;

	r.oid = item->oid;
	r.tree = item->tree;
	r.size = item->size;
	r.files = item->files;
	err = mvc_root_new_key(
	    &key, u->g->p->holder, &item->oid, mvc_far_trash(u->g->p->far));
	if (err)
		return err;
	if (mvc_boottime() - u->start > MVC_COLLECT_DEADLINE) {
		u->late = true;
		return MVC_OK;
	}
	err = mvc_root_put(u->g->b, key.s, &r);
	if (!err)
		item->state = MVC_PUSH_SENT;
	return err;
}

static const struct mvc_flow_ops put_ops = {put_work, NULL, NULL};

static int
put_roots(struct mvc_pushing *g, const struct mvc_root *all, bool *late)
{
	struct putting u = {.g = g, .all = all, .start = mvc_boottime()};
	MVC_OWN(mvc_flow) *flow = NULL;
	int err;

	err = mvc_far_reread(g->p->far);
	if (!err)
		err = confirm_all(g, all);
	if (!err)
		err = mvc_flow_new(
		    &flow, g->b->calls, 4 * g->b->calls, &put_ops, &u);
	for (size_t i = 0; !err && i < g->p->n; i++)
		if (g->p->items[i].state == MVC_PUSH_NEEDED)
			err = mvc_flow_push(flow, &g->p->items[i]);
	if (!err)
		err = mvc_flow_wait(flow);
	*late = u.late;
	return err;
}

int
mvc_push_roots(struct mvc_pushing *g)
{
	struct mvc_root all = {.n_segments = 0};
	bool late = true;
	int err;

	err = gather(&all, g);
	for (int i = 0; !err && late && i < ATTEMPTS; i++)
		err = put_roots(g, &all, &late);
	if (!err && late)
		err = mvc_fail(MVC_EAGAIN,
		    "%s is too slow to claim content in time", g->b->url);
	mvc_root_release(&all);
	/* The roots are there, whoever is told. */
	if (!err && mvc_rootindex_refresh(g->b, false))
		mvc_warn(g->p->ctx, "%s", mvc_error_text());
	return err;
}
