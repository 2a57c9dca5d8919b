/*
 * What every collection does, here and somewhere else: its clock, which roots
 * their holder does without, and the lists of what is condemned (DESIGN,
 * Collection, rule 1).
 */
#include "store/collect_priv.h"
#include "util/flow.h"
#include "util/banned.h"

#include <pthread.h>
#include <time.h>

/* A list is read whole by everybody: a longer one is written as several. */
#define LIST_NAMES 100000
#define LIST_MAX (UINT64_C(32) << 20)

void
collect_count(struct collecting *k, enum mvc_collected what, const char *name,
    uint64_t bytes)
{
	k->c->sums[what].n++;
	k->c->sums[what].bytes += bytes;
	if (k->c->note)
		k->c->note(k->c->arg, what, name, bytes);
}

/* The store's clock is the time of something fresh in it. */
static int
read_clock(struct collecting *k)
{
	int64_t here = (int64_t)time(NULL), there;
	int err;

	k->now = here;
	if (!k->c->act)
		return MVC_OK;
	err = mvc_backend_clock(k->b, &there);
	/* A full disk must not keep it from making room. */
	if (err == MVC_ENOSPACE)
		return MVC_OK;
	if (err)
		return err;
	if (llabs(here - there) > MVC_COLLECT_SKEW)
		return mvc_fail(MVC_EINVALID,
		    "the clock of the store %s differs from this machine's "
		    "by more than five minutes: set the clocks first",
		    k->b->url);
	k->now = there;
	return MVC_OK;
}

int
collect_begin(struct collecting *k)
{
	int err;

	if (k->c->grace && k->c->grace < MVC_COLLECT_GRACE_MIN)
		return mvc_fail(MVC_EINVALID,
		    "a grace below one day is not safe: use --now, which "
		    "locks the store");
	err = mvc_trash_load(&k->trash, k->b);
	if (!err)
		err = read_clock(k);
	for (size_t i = 0; !err && i < k->trash.n_lists; i++)
		if (k->trash.lists[i].made > k->now + MVC_COLLECT_SKEW)
			err = mvc_fail(MVC_EINVALID,
			    "the store's clock ran backwards: trash/%s is "
			    "from the future",
			    k->trash.lists[i].id);
	return err;
}

void
collect_release(struct collecting *k)
{
	mvc_trash_release(&k->trash);
	mvc_trash_list_release(&k->dead);
	mvc_oidset_release(&k->needed);
	mvc_oidset_release(&k->killed);
	mvc_rootlist_release(&k->roots);
	if (k->lock >= 0)
		close(k->lock);
}

uint64_t
collect_grace(const struct collecting *k)
{
	return k->c->grace ? k->c->grace : MVC_COLLECT_GRACE;
}

bool
collect_is_old(const struct collecting *k, int64_t made)
{
	return k->c->now || made + (int64_t)collect_grace(k) <= k->now;
}

bool
collect_drops(const struct collecting *k, const struct mvc_listed_root *r)
{
	return !strcmp(r->holder, k->c->holder) && !k->c->keep_roots &&
	    !mvc_oidset_has(&k->needed, 1, &r->root.oid) &&
	    (mvc_trash_has_root(&k->trash, r->key.s + 6) ||
		collect_is_old(k, r->made));
}

int
collect_refuse(const struct collecting *k, size_t mine, size_t dropped)
{
	if (k->c->forget || mine == 0 || dropped < mine || k->needed.n > 0)
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "nothing in this repository names any data, but the store holds "
	    "%zu version%s of its: a collection would drop them all, and "
	    "refuses",
	    mine, mine == 1 ? "" : "s");
}

static int
publish_some(struct collecting *k, struct mvc_trash_name *names, size_t n)
{
	struct mvc_trash_list some = {.grace = collect_grace(k),
	    .keep = MVC_COLLECT_KEEP,
	    .names = names,
	    .n = n};
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(LIST_MAX);
	uint8_t id[16];
	char key[48];
	int err;

	err = mvc_trash_list_format(&b, &some);
	if (!err)
		err = mvc_random(id, sizeof(id));
	if (err)
		return err;
	memcpy(key, "trash/", 6);
	mvc_hex_of(key + 6, id, sizeof(id));
	return mvc_backend_save(k->b, key, b.data, b.len, 0);
}

int
collect_publish(struct collecting *k)
{
	int err = MVC_OK;

	for (size_t at = 0; !err && at < k->dead.n; at += LIST_NAMES) {
		size_t left = k->dead.n - at;

		err = publish_some(k, k->dead.names + at,
		    left < LIST_NAMES ? left : LIST_NAMES);
	}
	if (!err)
		mvc_trash_list_release(&k->dead);
	return err;
}

int
collect_condemn(struct collecting *k, enum mvc_trash_kind kind,
    const struct mvc_oid *oid, const char *key)
{
	struct mvc_trash_name *t;

	if (!k->c->act)
		return MVC_OK;
	if ((k->dead.n & (k->dead.n + 1)) == 0) {
		t = realloc(k->dead.names, (2 * k->dead.n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for a list");
		k->dead.names = t;
	}
	t = &k->dead.names[k->dead.n];
	memset(t, 0, sizeof(*t));
	t->kind = kind;
	if (kind == MVC_TRASH_ROOT)
		t->key = strdup(key + strlen("roots/"));
	else
		t->oid = *oid;
	if (kind == MVC_TRASH_ROOT && !t->key)
		return mvc_fail(MVC_ENOMEM, "no memory for a list");
	k->dead.n++;
	/* Roots wait: it may still turn out that all of them would go. */
	return kind != MVC_TRASH_ROOT && k->dead.n >= LIST_NAMES
	    ? collect_publish(k)
	    : MVC_OK;
}

bool
collect_is_pack(struct mvc_oid *out, const char *key)
{
	return strlen(key) > strlen("packs/aa/") &&
	    !mvc_pack_name_parse(out, key + strlen("packs/aa/")) &&
	    !strcmp(mvc_pack_path(out).s, key);
}

struct heads {
	struct collecting *k;
	int (*each)(void *arg, const struct mvc_segment_pack *p);
	void *arg;
	pthread_mutex_t lock; /* one at a time */
};

static int
head_pack(void *arg, const struct mvc_segment_pack *p)
{
	struct heads *h = arg;
	int err;

	pthread_mutex_lock(&h->lock);
	err = h->each(h->arg, p);
	pthread_mutex_unlock(&h->lock);
	return err;
}

static int
head_work(void *ctx, void *job, unsigned thread)
{
	const struct mvc_oid *name = job;
	struct heads *h = ctx;
	int err = mvc_segment_each_pack(h->k->b, name, head_pack, h);

	if (err != MVC_ENOTFOUND)
		return err;
	return h->k->folder
	    ? MVC_OK
	    : mvc_fail(err,
		  "%s: %s, which a root names, is gone: run `mvc fsck -r` "
		  "where the data is",
		  h->k->b->url, mvc_segment_path(name).s);
}

int
collect_heads(struct collecting *k, const struct mvc_oidset *segments,
    int (*each)(void *arg, const struct mvc_segment_pack *p), void *arg)
{
	static const struct mvc_flow_ops ops = {head_work, NULL, NULL};
	struct heads h = {k, each, arg, PTHREAD_MUTEX_INITIALIZER};
	MVC_OWN(mvc_flow) *flow = NULL;
	int err;

	err = mvc_flow_new(&flow, k->b->calls, 4 * k->b->calls, &ops, &h);
	for (size_t i = 0; !err && i < segments->cap; i++)
		if (segments->kinds[i])
			err = mvc_flow_push(flow, &segments->ids[i]);
	return err ? err : mvc_flow_wait(flow);
}
