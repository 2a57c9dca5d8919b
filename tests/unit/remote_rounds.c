/*
 * What a push or a fetch may ask of a place at once, it does: a place that is
 * far away costs as many of its answers as there are steps, however many
 * versions and packs there are. No clock tells that here: calls of one step
 * wait for each other, and if they are made one after the other the first
 * waits in vain.
 */
#include "hash/digest.h"
#include "remote/fetch.h"
#include "remote/push.h"
#include "remote/remote.h"
#include "scratch.h"
#include "store/writer.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define HOLDER "00112233445566778899aabbccddeeff"
#define CLONE "ffeeddccbbaa99887766554433221100"
#define FILES 3
#define FILE_SIZE 100000
/* Seconds; only a test that fails waits so long. */
#define PATIENCE 120

static struct mvc_ctx ctx;

static void
ok(int err)
{
	cr_assert_eq(err, 0, "%s", mvc_error_text());
}

static void
begin(void)
{
	scratch_enter();
	mvc_ctx_init(&ctx);
	ctx.threads = 1;
}

/* A step: so many calls, "what key", that begin with one of two words. */
struct step {
	const char *a, *b;
	unsigned need, came;
};

/* A folder whose calls wait for each other. */
struct far {
	struct mvc_backend b; /* first */
	struct mvc_backend *to;
	pthread_mutex_t lock;
	pthread_cond_t all;
	struct step *steps;
	size_t n;
	bool alone; /* somebody waited in vain */
};

static struct mvc_backend *
to(struct mvc_backend *b)
{
	return ((struct far *)b)->to;
}

static bool
is_of(const struct step *s, const char *call)
{
	return !strncmp(call, s->a, strlen(s->a)) ||
	    (s->b && !strncmp(call, s->b, strlen(s->b)));
}

static void
meet(struct mvc_backend *b, const char *what, const char *key)
{
	struct far *f = (struct far *)b;
	struct step *s = f->steps;
	struct timespec until;
	char call[MVC_KEY_MAX + 16];

	snprintf(call, sizeof(call), "%s %s", what, key);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	pthread_mutex_lock(&f->lock);
	while (s < f->steps + f->n && (s->came == s->need || !is_of(s, call)))
		s++;
	if (s < f->steps + f->n && ++s->came == s->need)
		pthread_cond_broadcast(&f->all);
	while (!f->alone && s < f->steps + f->n && s->came < s->need)
		f->alone =
		    pthread_cond_timedwait(&f->all, &f->lock, &until) != 0;
	pthread_mutex_unlock(&f->lock);
}

static int
far_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	meet(b, "get", key);
	return mvc_backend_get(to(b), key, off, n, take, arg);
}

static int
far_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	meet(b, "put", key);
	return mvc_backend_put(to(b), key, body, flags);
}

static int
far_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	meet(b, "list", prefix);
	return mvc_backend_list(to(b), prefix, after, each, arg);
}

static int
far_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	return mvc_backend_del(to(b), keys, n);
}

static int
far_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	meet(b, "stat", key);
	return mvc_backend_stat(to(b), key, out);
}

static int
far_clock(struct mvc_backend *b, int64_t *now)
{
	return mvc_backend_clock(to(b), now);
}

static void
far_free(struct mvc_backend *b)
{
	mvc_backend_free(to(b));
}

static const struct mvc_backend_ops far_ops = {
    .get = far_get,
    .put = far_put,
    .list = far_list,
    .del = far_del,
    .stat = far_stat,
    .clock = far_clock,
    .free = far_free,
};

static void
open_far(struct far *f, struct step *steps, size_t n)
{
	struct mvc_remote_place place = {.url = "lab", .make = true};

	memset(f, 0, sizeof(*f));
	f->b.ops = &far_ops;
	f->b.url = "lab";
	f->b.can = MVC_CAN_WRITE | MVC_CAN_LIST | MVC_CAN_TELL;
	f->b.calls = 8;
	f->steps = steps;
	f->n = n;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->all, NULL);
	ok(mvc_remote_open(&f->to, &ctx, &place));
}

static void
close_far(struct far *f)
{
	cr_expect_not(f->alone, "calls were made one after the other");
	for (size_t i = 0; i < f->n; i++)
		cr_expect_eq(f->steps[i].came, f->steps[i].need, "%s: %u",
		    f->steps[i].a, f->steps[i].came);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->all);
	far_free(&f->b);
}

/* A file in the local store, in a pack of its own. */
static struct mvc_oid
add_file(unsigned seed)
{
	struct mvc_claim claim = {.size = FILE_SIZE, .files = 1};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_writer) *w = NULL;
	static char bytes[FILE_SIZE];

	scratch_noise(bytes, sizeof(bytes), seed);
	mvc_blake3(&claim.oid, bytes, sizeof(bytes));
	ok(mvc_store_create("s", 0));
	ok(mvc_store_open(&s, &ctx, "s"));
	ok(mvc_writer_new(&w, s));
	ok(mvc_writer_put(w, MVC_CHUNK, &claim.oid, bytes, sizeof(bytes)));
	ok(mvc_writer_claim(w, CLONE, &claim, 1));
	return claim.oid;
}

/* Push new versions; each builds on the one before, if there is any. */
static void
push(struct step *steps, size_t n, unsigned version, struct mvc_oid *oids)
{
	struct mvc_push_item items[FILES] = {0};
	struct mvc_push p = {
	    .ctx = &ctx, .holder = HOLDER, .who = "me\n", .items = items};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;
	struct far f;

	for (p.n = 0; p.n < FILES; p.n++) {
		struct mvc_push_item *item = &items[p.n];

		item->base = oids[p.n];
		item->has_base = version > 0;
		item->oid = add_file(version * FILES + (unsigned)p.n + 1);
		item->size = FILE_SIZE;
		item->files = 1;
		item->path = "file";
		oids[p.n] = item->oid;
	}
	open_far(&f, steps, n);
	ok(mvc_store_open(&s, &ctx, "s"));
	ok(mvc_far_open(&far, &ctx, &f.b, "cache"));
	p.store = s;
	p.far = far;
	ok(mvc_push_look(&p));
	ok(mvc_push_send(&p));
	cr_assert_eq(p.packs, FILES);
	mvc_push_release(&p);
	mvc_far_free(MVC_TAKE(far));
	close_far(&f);
}

static void
fetch(struct step *steps, size_t n, const struct mvc_oid *oids)
{
	struct mvc_fetch_item items[FILES] = {0};
	struct mvc_fetch p = {
	    .ctx = &ctx, .there = HOLDER, .here = CLONE, .items = items};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;
	struct far f;

	for (p.n = 0; p.n < FILES; p.n++) {
		items[p.n].oid = oids[p.n];
		items[p.n].size = FILE_SIZE;
		items[p.n].files = 1;
		items[p.n].path = "file";
	}
	open_far(&f, steps, n);
	ok(mvc_store_create("t", 0));
	ok(mvc_store_open(&s, &ctx, "t"));
	ok(mvc_far_open(&far, &ctx, &f.b, "cache-t"));
	p.store = s;
	p.far = far;
	ok(mvc_fetch(&p));
	for (size_t i = 0; i < FILES; i++)
		cr_assert_eq(items[i].state, MVC_FETCH_DONE);
	mvc_far_free(MVC_TAKE(far));
	close_far(&f);
}

Test(remote_rounds, a_step_of_a_push_or_fetch_is_one_for_all_versions,
    .init = begin, .fini = scratch_leave)
{
	struct step first[] = {
	    {"stat packs/", NULL, FILES, 0},
	    {"put packs/", "get holders/", FILES + 1, 0},
	    {"stat packs/", "stat segments/", FILES + 1, 0},
	    {"put roots/", NULL, FILES, 0},
	};
	struct step second[] = {
	    {"get roots/", NULL, FILES, 0},
	    {"put roots/", NULL, FILES, 0},
	};
	struct step back[] = {
	    {"get roots/", NULL, FILES, 0},
	    {"get packs/", NULL, FILES, 0},
	};
	struct mvc_oid oids[FILES];

	push(first, 4, 0, oids);
	push(second, 2, 1, oids);
	fetch(back, 2, oids);
}
