/*
 * What shall be in the work tree, in path order: for a root whose record in
 * the stat cache can be trusted only where its tree differs from the one
 * recorded, else all of it.
 */
#include "work/checkout_priv.h"

#include "hash/digest.h"
#include "tree/diff.h"
#include "tree/find.h"
#include "util/trace.h"

#include "util/banned.h"

struct targets {
	struct checkout *c;
	size_t root;
	struct mvc_buf path; /* a root or a part, and what is below */
	size_t prefix;
	uint64_t n;
};

static int
add_target(struct targets *t, const struct mvc_entry *e)
{
	MVC_OWN_MEM char *target = NULL;
	struct co_rec rec = {.op = CO_TARGET};

	rec.root = (uint32_t)t->root;
	rec.path = t->path.data;
	rec.path_len = (uint32_t)t->path.len;
	if (e) {
		rec.kind = (uint8_t)e->kind;
		rec.size = e->size;
		rec.oid = e->id;
	}
	if (e && e->kind == MVC_ENTRY_LINK) {
		rec.target = target = strndup(e->target, e->target_len);
		if (!target)
			return mvc_fail(MVC_ENOMEM, "no memory");
		rec.target_len = (uint32_t)e->target_len;
		rec.size = e->target_len;
		mvc_blake3(&rec.oid, e->target, e->target_len);
	}
	t->n++;
	return co_spool_add(t->c->targets, &rec);
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct targets *t = arg;
	int err;

	(void)a;
	t->path.len = t->prefix;
	err = mvc_buf_add_char(&t->path, '/');
	if (!err)
		err = mvc_buf_add_str(&t->path, path);
	return err ? err : add_target(t, b);
}

/* What is at the path that t holds, and below. */
static int
add_all(
    struct targets *t, const struct mvc_entry *e, const struct mvc_oid *base)
{
	static const struct mvc_diff_ops ops = {.entry = on_entry};
	struct mvc_store *s = t->c->w->store;
	int err = MVC_OK;

	if (!base)
		err = add_target(t, e);
	if (err || e->kind != MVC_ENTRY_DIR)
		return err;
	t->prefix = t->path.len;
	return mvc_tree_diff(mvc_store_source(s), base, &e->id, &ops, t);
}

static int
add_part(struct targets *t, const struct co_root *r, const char *part)
{
	struct mvc_found found;
	int err;

	err = mvc_tree_find(&found, mvc_store_source(t->c->w->store), &r->oid,
	    part + strlen(r->path) + 1);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (!err)
		err = mvc_buf_add_str(&t->path, part);
	if (!err)
		err = add_all(t, &found.e, NULL);
	mvc_found_release(&found);
	return err;
}

static bool
is_whole(const struct co_root *r)
{
	return !strcmp(r->parts.v[0], r->path);
}

static int
add_root(struct targets *t, struct co_root *r)
{
	struct mvc_entry e = {.kind = r->kind, .size = r->size, .id = r->oid};
	bool same = r->had_record && mvc_oid_eq(&r->base, &r->oid);
	bool has = false;
	int err = MVC_OK;

	r->trusted = r->had_record && !r->was_partial &&
	    r->kind == MVC_ENTRY_DIR && (same || is_whole(r));
	if (!r->kind || (r->trusted && same))
		return MVC_OK;
	if (r->trusted)
		err = mvc_work_holds(&has, t->c->w, &r->base);
	if (err)
		return err;
	r->trusted = has;
	if (!is_whole(r)) {
		for (size_t i = 0; !err && i < r->parts.n; i++) {
			mvc_buf_clear(&t->path);
			err = add_part(t, r, r->parts.v[i]);
		}
		return err;
	}
	mvc_buf_clear(&t->path);
	err = mvc_buf_add_str(&t->path, r->path);
	return err ? err : add_all(t, &e, r->trusted ? &r->base : NULL);
}

/* Nothing of the root is touched then. */
static int
give_up(int err, struct co_root *r)
{
	if (err != MVC_ENOTFOUND && err != MVC_ECORRUPT)
		return err;
	r->broken = strdup(mvc_error_text());
	return r->broken ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

int
co_targets(struct checkout *c)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	struct targets t = {.c = c, .path = MVC_BUF_INIT(1 << 20)};
	int err = MVC_OK;

	for (; !err && t.root < c->n; t.root++)
		err =
		    give_up(add_root(&t, &c->roots[t.root]), &c->roots[t.root]);
	mvc_buf_release(&t.path);
	mvc_trace_end(c->w->ctx->trace, start, "checkout.targets", t.n, 0);
	return err;
}
