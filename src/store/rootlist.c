#include "store/rootlist.h"
#include "store/rootindex.h"
#include "util/flow.h"
#include "util/banned.h"

void
mvc_rootlist_release(struct mvc_rootlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		mvc_root_release(&l->at[i].root);
	free(l->at);
	l->at = NULL;
	l->n = 0;
}

struct loading {
	struct mvc_rootlist *out;
	struct mvc_backend *b;
	int (*bad)(void *arg, const char *key, int err);
	void *arg;
};

static int
grow(struct mvc_rootlist *l)
{
	struct mvc_listed_root *t;

	if ((l->n & (l->n + 1)) != 0)
		return MVC_OK;
	t = realloc(l->at, (2 * l->n + 2) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for roots");
	l->at = t;
	return MVC_OK;
}

static void
name_root(
    struct mvc_listed_root *r, const char *key, const struct mvc_keystat *st)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->holder, sizeof(r->holder), "%.32s", key + 6);
	snprintf(r->key.s, sizeof(r->key.s), "%s", key);
	r->made = st->modified;
	r->size = st->size;
}

static int
load_root(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct loading *in = arg;
	struct mvc_listed_root *r;
	int err;

	/* Others are ignored, and kept. */
	if (!mvc_root_key_ok(key))
		return MVC_OK;
	err = grow(in->out);
	if (err)
		return err;
	r = &in->out->at[in->out->n];
	name_root(r, key, st);
	err = mvc_root_read(&r->root, in->b, key);
	/* Its holder dropped it meanwhile. */
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (err)
		return in->bad ? in->bad(in->arg, key, err) : err;
	in->out->n++;
	return MVC_OK;
}

int
mvc_rootlist_load(struct mvc_rootlist *out, struct mvc_backend *b,
    int (*bad)(void *arg, const char *key, int err), void *arg)
{
	struct loading in = {.out = out, .b = b, .bad = bad, .arg = arg};
	int err;

	out->at = NULL;
	out->n = 0;
	err = mvc_backend_list(b, "roots/", NULL, load_root, &in);
	if (err)
		mvc_rootlist_release(out);
	return err;
}

struct streaming {
	struct mvc_backend *b;
	int (*each)(void *arg, const struct mvc_listed_root *r);
	void *arg;
	struct mvc_flow *flow;
};

static int
stream_work(void *ctx, void *job, unsigned thread)
{
	struct streaming *s = ctx;
	struct mvc_listed_root *r = job;
	int err = mvc_root_read(&r->root, s->b, r->key.s);

	/* Its holder dropped it meanwhile. */
	r->drop = err == MVC_ENOTFOUND;
	return r->drop ? MVC_OK : err;
}

static int
stream_finish(void *ctx, void *job)
{
	struct streaming *s = ctx;
	const struct mvc_listed_root *r = job;

	return r->drop ? MVC_OK : s->each(s->arg, r);
}

static void
stream_drop(void *ctx, void *job)
{
	struct mvc_listed_root *r = job;

	mvc_root_release(&r->root);
	free(r);
}

static int
stream_key(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct streaming *s = arg;
	struct mvc_listed_root *r;

	if (!mvc_root_key_ok(key))
		return MVC_OK;
	r = malloc(sizeof(*r));
	if (!r)
		return mvc_fail(MVC_ENOMEM, "no memory for roots");
	name_root(r, key, st);
	return mvc_flow_push(s->flow, r);
}

int
mvc_rootlist_each(struct mvc_backend *b,
    int (*each)(void *arg, const struct mvc_listed_root *r), void *arg)
{
	static const struct mvc_flow_ops ops = {
	    stream_work, stream_finish, stream_drop};
	struct streaming s = {b, each, arg, NULL};
	int err = mvc_flow_new(&s.flow, b->calls, 4 * b->calls, &ops, &s);

	if (!err)
		err = mvc_backend_list(b, "roots/", NULL, stream_key, &s);
	if (!err)
		err = mvc_flow_wait(s.flow);
	mvc_flow_free(s.flow);
	return err;
}
