/*
 * The counterexamples of tests/collection_model.py (its names: W1 to W5, M2 to
 * M6), gone through by real clients and real collectors, each on a thread of
 * its own that is stopped at named steps. Time is made: every stamp of the
 * remote moves back, and CLOCK_BOOTTIME ahead.
 */
#include "hash/digest.h"
#include "remote/check.h"
#include "remote/fetch.h"
#include "remote/push.h"
#include "remote/remote.h"
#include "scratch.h"
#include "store/collect.h"
#include "store/formatfile.h"
#include "store/writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HOLDER "00112233445566778899aabbccddeeff"
#define CLONE "ffeeddccbbaa99887766554433221100"
#define DAY 86400
#define SIZE 100000
#define SCRATCH .init = begin, .fini = scratch_leave, .timeout = 15

static struct mvc_ctx ctx;

/* ---- time ---- */

static _Atomic int64_t ahead; /* of CLOCK_BOOTTIME, seconds */
static int64_t back;

/* For the whole program; the real one but for a clock that only deadlines
 * use. */
int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, clock, t);

	if (r == 0 && clock == CLOCK_BOOTTIME)
		t->tv_sec += ahead;
	return r;
}

static int
move_back(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct timespec t[2] = {st->st_atim, st->st_mtim};

	t[1].tv_sec -= back;
	return type == FTW_F ? utimensat(AT_FDCWD, path, t, 0) : 0;
}

static void
tick(int64_t seconds)
{
	ahead += seconds;
	back = seconds;
	cr_assert_eq(nftw("lab", move_back, 16, FTW_PHYS), 0);
}

/* ---- clients, step by step ---- */

struct client {
	struct mvc_backend b; /* first */
	struct mvc_backend *to;
	void (*run)(struct client *c); /* sets err */
	int err;
	char text[MVC_ERROR_MAX];

	/* A pusher's and a puller's. */
	struct mvc_push_item items[2];
	size_t n;
	const char *store, *cache;
	/* A collector's. */
	struct mvc_collect c;
	struct mvc_oid needed[4];
	size_t n_needed;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool started, stopped, done;
	const char *until; /* the step to stop before; NULL: none */
};

/* Called before each request: "get roots/…". */
static void
step(struct mvc_backend *b, const char *verb, const char *key)
{
	struct client *c = (struct client *)b;
	char at[300];

	snprintf(at, sizeof(at), "%s %s", verb, key);
	pthread_mutex_lock(&c->lock);
	if (c->until && !strncmp(at, c->until, strlen(c->until))) {
		c->until = NULL;
		c->stopped = true;
		pthread_cond_broadcast(&c->cond);
		while (c->stopped)
			pthread_cond_wait(&c->cond, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

static void *
run_thread(void *arg)
{
	struct client *c = arg;

	c->run(c);
	snprintf(c->text, sizeof(c->text), "%s", mvc_error_text());
	pthread_mutex_lock(&c->lock);
	c->done = true;
	pthread_cond_broadcast(&c->cond);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Let it go on until it stands before a step, or (NULL) to its end. */
static void
go(struct client *c, const char *until)
{
	pthread_mutex_lock(&c->lock);
	c->until = until;
	c->stopped = false;
	pthread_cond_broadcast(&c->cond);
	if (!c->started)
		cr_assert_eq(
		    pthread_create(&c->thread, NULL, run_thread, c), 0);
	c->started = true;
	while (!c->stopped && !c->done)
		pthread_cond_wait(&c->cond, &c->lock);
	pthread_mutex_unlock(&c->lock);
	cr_assert_eq(c->done, until == NULL, "%s: %s", until, c->text);
}

/* Its end, and how it ended. */
static int
end(struct client *c)
{
	go(c, NULL);
	pthread_join(c->thread, NULL);
	c->started = c->done = false;
	return c->err;
}

static int
step_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	step(b, "get", key);
	return mvc_backend_get(
	    ((struct client *)b)->to, key, off, n, take, arg);
}

static int
step_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	step(b, "put", key);
	return mvc_backend_put(((struct client *)b)->to, key, body, flags);
}

static int
step_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	step(b, "list", prefix);
	return mvc_backend_list(
	    ((struct client *)b)->to, prefix, after, each, arg);
}

static int
step_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	step(b, "del", keys[0]);
	return mvc_backend_del(((struct client *)b)->to, keys, n);
}

static int
step_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	step(b, "stat", key);
	return mvc_backend_stat(((struct client *)b)->to, key, out);
}

static int
step_clock(struct mvc_backend *b, int64_t *now)
{
	return mvc_backend_clock(((struct client *)b)->to, now);
}

static const struct mvc_backend_ops step_ops = {.get = step_get,
    .put = step_put,
    .list = step_list,
    .del = step_del,
    .stat = step_stat,
    .clock = step_clock};

/* ---- what they do ---- */

static void
ok(int err)
{
	cr_assert_eq(err, 0, "%s", mvc_error_text());
}

static struct mvc_backend *lab;

static void
begin(void)
{
	struct mvc_remote_place place = {.url = "lab", .make = true};
	struct mvc_formatfile format;

	scratch_enter();
	mvc_ctx_init(&ctx);
	ctx.threads = 1;
	ok(mvc_remote_open(&lab, &ctx, &place));
	ok(mvc_remote_format(&format, lab, true));
}

static void
client_init(struct client *c, void (*run)(struct client *c))
{
	memset(c, 0, sizeof(*c));
	c->b.ops = &step_ops;
	c->b.url = "lab";
	c->b.can = lab->can;
	c->b.calls = 1;
	c->to = lab;
	c->run = run;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->cond, NULL);
}

static int
push_with(struct client *c, struct mvc_store *s, struct mvc_far *far)
{
	struct mvc_push p = {.ctx = &ctx,
	    .store = s,
	    .far = far,
	    .holder = HOLDER,
	    .who = "me\n",
	    .items = c->items,
	    .n = c->n};
	int err = mvc_push_look(&p);

	if (!err)
		err = mvc_push_send(&p);
	mvc_push_release(&p);
	return err;
}

static void
run_push(struct client *c)
{
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;

	c->err = mvc_store_open(&s, &ctx, c->store);
	if (!c->err)
		c->err = mvc_far_open(&far, &ctx, &c->b, c->cache);
	if (!c->err)
		c->err = push_with(c, s, far);
}

static void
run_pull(struct client *c)
{
	struct mvc_fetch_item item = {
	    .oid = c->items[0].oid, .size = SIZE, .files = 1, .path = "file"};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;

	c->err = mvc_store_open(&s, &ctx, c->store);
	if (!c->err)
		c->err = mvc_far_open(&far, &ctx, &c->b, c->cache);
	if (!c->err) {
		struct mvc_fetch f = {.ctx = &ctx,
		    .store = s,
		    .far = far,
		    .there = HOLDER,
		    .here = CLONE,
		    .items = &item,
		    .n = 1};

		c->err = mvc_fetch(&f);
	}
	if (!c->err && item.state != MVC_FETCH_DONE)
		c->err = MVC_EFINDING;
}

static int
needed(void *arg, struct mvc_oidset *out)
{
	struct client *c = arg;
	int err = MVC_OK;
	bool was;

	for (size_t i = 0; !err && i < c->n_needed; i++)
		err = mvc_oidset_add(out, 1, &c->needed[i], &was);
	return err;
}

static void
run_collect(struct client *c)
{
	c->c = (struct mvc_collect){.place = &c->b,
	    .holder = HOLDER,
	    .needed = needed,
	    .arg = c,
	    .act = true};
	c->err = mvc_collect_far(&c->c);
}

/* A file from a seed, in a local store of the client's. */
static struct mvc_push_item
add_file(const char *store, unsigned seed)
{
	struct mvc_push_item item = {.size = SIZE, .files = 1, .path = "file"};
	struct mvc_claim claim = {.size = SIZE, .files = 1};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_writer) *w = NULL;
	char bytes[SIZE];

	scratch_noise(bytes, SIZE, seed);
	mvc_blake3(&item.oid, bytes, SIZE);
	claim.oid = item.oid;
	if (access(store, F_OK))
		ok(mvc_store_create(store, 0));
	ok(mvc_store_open(&s, &ctx, store));
	ok(mvc_writer_new(&w, s));
	ok(mvc_writer_put(w, MVC_CHUNK, &item.oid, bytes, SIZE));
	ok(mvc_writer_claim(w, CLONE, &claim, 1));
	return item;
}

static void
pusher_init(struct client *c, const char *name, unsigned seed)
{
	client_init(c, run_push);
	c->store = name;
	c->cache = *name == 'a' ? "cache-a" : "cache-b";
	c->items[c->n++] = add_file(name, seed);
}

static void
collector_init(struct client *c, const struct mvc_oid *needs)
{
	client_init(c, run_collect);
	c->needed[c->n_needed++] = *needs;
}

/* Something that stays, so that nothing is ever all. */
static struct mvc_oid
push_other(void)
{
	struct client c;

	pusher_init(&c, "other", 99);
	ok(end(&c));
	return c.items[0].oid;
}

/* A pack without a root, as a push that was killed leaves it, and old. */
static void
push_orphan(unsigned seed)
{
	struct client *c = malloc(sizeof(*c));

	/* It never goes on: the same as killed. */
	pusher_init(c, "a", seed);
	go(c, "put roots/");
	tick(100 * DAY);
}

/* What such a push left is on a collector's list, which is old enough. */
static void
condemn_orphan(struct client *gc, const struct mvc_oid *other)
{
	push_orphan(1);
	collector_init(gc, other);
	ok(end(gc));
	tick(15 * DAY);
}

static bool
is_named(const struct mvc_oid *oid)
{
	struct mvc_root_key key;
	struct mvc_root r;
	int err = mvc_root_find(&r, &key, lab, HOLDER, oid, NULL);

	if (!err)
		mvc_root_release(&r);
	return !err;
}

static void
print_finding(void *arg, const char *text)
{
	printf("%s\n", text);
}

/* S1: every root's packs are there and whole; S3: what was acknowledged has a
 * root. */
static void
assert_kept(const struct mvc_oid *oid)
{
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;
	struct mvc_check check = {.ctx = &ctx,
	    .holder = HOLDER,
	    .full = true,
	    .finding = print_finding};

	ok(mvc_store_open(&s, &ctx, "other"));
	ok(mvc_far_open(&far, &ctx, lab, "cache-check"));
	check.store = s;
	check.far = far;
	ok(mvc_check(&check));
	cr_assert_eq(check.damaged, 0);
	cr_assert(is_named(oid));
}

/* ---- the counterexamples ---- */

Test(remote_collect, w1_a_push_that_takes_longer_than_grace, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc;

	push_orphan(1);
	collector_init(&gc, &other);
	pusher_init(&a, "a", 1);
	go(&a, "put segments/"); /* has seen the pack, which is not condemned */
	ok(end(&gc));
	cr_assert_eq(gc.c.sums[MVC_COLLECT_PACK].n, 1);
	tick(15 * DAY);
	go(&gc, "del "); /* no root names it */
	cr_assert_eq(end(&a), MVC_EAGAIN);
	ok(end(&gc));
	ok(end(&a));
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, w2_a_condemned_pack_is_stored_again_elsewhere, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc;

	condemn_orphan(&gc, &other);
	pusher_init(&a, "a", 1);
	go(&a, "put roots/"); /* stored under another name */
	go(&gc, "del ");
	ok(end(&a));
	ok(end(&gc));
	cr_assert_gt(gc.c.swept.n, 0);
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, w3_two_sweeps_and_a_push_between_them, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc0, gc1;

	condemn_orphan(&gc0, &other);
	collector_init(&gc1, &other);
	go(&gc0, "del packs/");
	ok(end(&gc1)); /* has deleted it */
	pusher_init(&a, "a", 1);
	ok(end(&a));
	ok(end(&gc0)); /* deletes it once more */
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, w4_a_push_of_an_old_version_whose_root_is_condemned,
    SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc;

	pusher_init(&a, "a", 1);
	ok(end(&a));
	tick(100 * DAY);
	collector_init(&gc, &other);
	ok(end(&gc));
	cr_assert_eq(gc.c.sums[MVC_COLLECT_ROOT].n, 1);
	tick(15 * DAY);
	go(&gc, "del roots/");
	ok(end(&a)); /* nothing is new, but its root is dead */
	ok(end(&gc));
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, m2_what_was_there_may_go_while_the_rest_is_sent, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc;

	pusher_init(&a, "a", 1);
	ok(end(&a));
	tick(100 * DAY);
	a.items[a.n++] = add_file("a", 2);
	go(&a, "put packs/"); /* the first one was there */
	collector_init(&gc, &other);
	ok(end(&gc));
	tick(15 * DAY);
	ok(end(&gc));
	cr_assert_not(is_named(&a.items[0].oid));
	cr_assert_eq(end(&a), MVC_EAGAIN);
	ok(end(&a));
	assert_kept(&a.items[0].oid);
	assert_kept(&a.items[1].oid);
}

Test(remote_collect, m2_a_root_is_put_within_d_of_reading_the_lists, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc;

	push_orphan(1);
	pusher_init(&a, "a", 1);
	/* The lists were read, nothing was condemned, all exists. */
	go(&a, "put segments/");
	go(&a, "stat packs/");
	collector_init(&gc, &other);
	ok(end(&gc));
	cr_assert_eq(gc.c.sums[MVC_COLLECT_PACK].n, 1);
	tick(15 * DAY);
	go(&gc, "del ");
	/* Too late: it reads the lists again. */
	cr_assert_eq(end(&a), MVC_EAGAIN);
	ok(end(&gc));
	ok(end(&a));
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, m3_a_sweep_that_was_stopped_starts_over, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc0, gc1;

	condemn_orphan(&gc0, &other);
	collector_init(&gc1, &other);
	go(&gc0, "get segments/"); /* has read all roots */
	tick(400 * DAY);
	ok(end(&gc1)); /* the list has done its work */
	cr_assert_eq(gc1.c.sums[MVC_COLLECT_LIST].n, 1);
	ok(mvc_backend_del(lab, (const char *const[]){"nothing"}, 1));
	pusher_init(&a, "a", 1);
	ok(end(&a));
	ok(end(&gc0)); /* reads the roots again */
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, m4_a_list_outlives_its_sweep, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client gc;
	unsigned lists = 0;

	push_orphan(1);
	collector_init(&gc, &other);
	ok(end(&gc));
	for (int days = 15; days < 14 + 365; days += 120) {
		ok(end(&gc));
		cr_assert_eq(gc.c.sums[MVC_COLLECT_LIST].n, 0);
		tick(120 * DAY);
	}
	ok(end(&gc));
	lists += gc.c.sums[MVC_COLLECT_LIST].n;
	tick(15 * DAY);
	ok(end(&gc));
	lists += gc.c.sums[MVC_COLLECT_LIST].n;
	cr_assert_eq(lists, 1);
}

Test(remote_collect, w5_a_pull_outlives_what_it_reads, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc, pull;

	pusher_init(&a, "a", 1);
	ok(end(&a));
	tick(100 * DAY);
	client_init(&pull, run_pull);
	pull.items[0] = a.items[0];
	pull.store = "pulled";
	pull.cache = "cache-pull";
	ok(mvc_store_create("pulled", 0));
	go(&pull, "get packs/"); /* has read root and segment */
	collector_init(&gc, &other);
	ok(end(&gc));
	ok(end(&a)); /* another root, another pack */
	tick(15 * DAY);
	ok(end(&gc));
	cr_assert_gt(gc.c.swept.n, 2);
	ok(end(&pull));
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, a_ref_that_comes_back_keeps_its_condemned_root, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, gc;

	pusher_init(&a, "a", 1);
	ok(end(&a));
	tick(100 * DAY);
	collector_init(&gc, &other);
	ok(end(&gc));
	gc.needed[gc.n_needed++] = a.items[0].oid;
	tick(15 * DAY);
	ok(end(&gc));
	cr_assert_eq(gc.c.swept.n, 0);
	assert_kept(&a.items[0].oid);
}

Test(remote_collect, two_pushers_of_the_same_and_two_collectors, SCRATCH)
{
	struct mvc_oid other = push_other();
	struct client a, b, gc0, gc1;

	push_orphan(1);
	pusher_init(&a, "a", 1);
	pusher_init(&b, "b", 1);
	collector_init(&gc0, &other);
	collector_init(&gc1, &other);
	go(&a, "put segments/");
	go(&gc0, "put trash/");
	go(&gc1, "put trash/");
	ok(end(&gc0));
	go(&b, "put roots/");
	ok(end(&gc1));
	tick(15 * DAY);
	go(&gc0, "del ");
	cr_assert_eq(end(&a), MVC_EAGAIN);
	/* It is late too, but nothing of its is condemned. */
	ok(end(&b));
	ok(end(&gc1));
	ok(end(&gc0));
	ok(end(&a));
	assert_kept(&a.items[0].oid);
}
