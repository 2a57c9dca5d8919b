#include "scratch.h"

#include "hash/digest.h"
#include "store/blob.h"
#include "store/collect.h"
#include "store/fsck.h"
#include "store/root.h"
#include "store/writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define HOLDER "0123456789abcdef0123456789abcdef"
#define OTHER "ffffffffffffffffffffffffffffffff"

static struct mvc_ctx ctx;

/* A file of one chunk, n bytes of noise from a seed, claimed by a holder. */
static void
store_file(struct mvc_writer *w, const char *holder, unsigned seed, size_t n,
    struct mvc_oid *oid)
{
	struct mvc_claim claim = {.size = n, .files = 1};
	uint8_t *p = malloc(n);

	scratch_noise(p, n, seed);
	mvc_blake3(oid, p, n);
	claim.oid = *oid;
	cr_assert_eq(mvc_writer_put(w, MVC_CHUNK, oid, p, n), 0);
	cr_assert_eq(
	    mvc_writer_claim(w, holder, &claim, 1), 0, "%s", mvc_error_text());
	free(p);
}

static struct mvc_store *
open_store(void)
{
	struct mvc_store *s;

	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(mvc_store_open(&s, &ctx, "s"), 0);
	return s;
}

/* Needed ids, as the caller of a collection says them. */
struct needs {
	struct mvc_oid oid[8];
	size_t n;
};

static int
needed(void *arg, struct mvc_oidset *out)
{
	struct needs *needs = arg;
	bool was;
	int err = 0;

	for (size_t i = 0; !err && i < needs->n; i++)
		err = mvc_oidset_add(out, 1, &needs->oid[i], &was);
	return err;
}

/* Called when the collection says what it collects. */
static void (*meanwhile)(enum mvc_collected what);

static void
note(void *arg, enum mvc_collected what, const char *name, uint64_t bytes)
{
	if (meanwhile)
		meanwhile(what);
}

static int
collect(struct mvc_collect *out, struct needs *needs, bool act, bool now)
{
	struct mvc_store *s = open_store();
	int err;

	memset(out, 0, sizeof(*out));
	out->store = s;
	out->holder = HOLDER;
	out->needed = needed;
	out->arg = needs;
	out->note = note;
	out->act = act;
	out->now = now;
	err = mvc_collect(out);
	mvc_store_free(s);
	return err;
}

/* Drops no roots. */
static int
collect_all(struct mvc_collect *out)
{
	struct needs none = {.n = 0};
	struct mvc_store *s = open_store();
	int err;

	memset(out, 0, sizeof(*out));
	out->store = s;
	out->holder = HOLDER;
	out->needed = needed;
	out->arg = &none;
	out->keep_roots = out->act = true;
	err = mvc_collect(out);
	mvc_store_free(s);
	return err;
}

static bool
is_readable(const struct mvc_oid *oid, size_t n)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_store *s = open_store();
	int err = mvc_blob_get(s, oid, n, &b);

	mvc_buf_release(&b);
	mvc_store_free(s);
	return err == 0;
}

static void
shell(const char *command)
{
	cr_assert_eq(system(command), 0, "%s", command);
}

#define SIZE 30000

/* Two versions in one session share a pack; a third has its own. */
static void
three_versions(struct needs *out)
{
	struct mvc_store *s = open_store();
	struct mvc_writer *w;

	cr_assert_eq(mvc_writer_new(&w, s), 0);
	store_file(w, HOLDER, 1, SIZE, &out->oid[0]);
	store_file(w, HOLDER, 2, SIZE, &out->oid[1]);
	store_file(w, OTHER, 3, SIZE, &out->oid[2]);
	mvc_writer_free(w);
	mvc_store_free(s);
	out->n = 2;
}

Test(store_collect, a_dry_run_deletes_nothing, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_collect c;
	struct needs v;

	three_versions(&v);
	v.n = 1;
	cr_assert_eq(collect(&c, &v, false, true), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_ROOT].n, 1);
	cr_assert_eq(c.sums[MVC_COLLECT_PACK].n, 1);
	cr_assert(is_readable(&v.oid[1], SIZE));
}

Test(store_collect, now_deletes_what_nothing_names_and_keeps_the_rest,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;
	struct needs v;

	three_versions(&v);
	v.n = 1;
	cr_assert_eq(collect(&c, &v, true, true), 0, "%s", mvc_error_text());
	cr_assert(is_readable(&v.oid[0], SIZE));
	cr_assert_not(is_readable(&v.oid[1], SIZE));
	cr_assert(is_readable(&v.oid[2], SIZE), "another holder's root");
	cr_assert_eq(collect(&c, &v, true, true), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_PACK].n, 0);
	cr_assert_eq(c.sums[MVC_COLLECT_SEGMENT].n, 0);
}

/* The index over what stays may be smaller than the one that it replaces. */
Test(store_collect, no_index_is_left_that_lists_what_is_gone,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_fsck f = {.holder = HOLDER, .full = true};
	struct mvc_collect c;
	struct needs v;

	for (unsigned i = 0; i < 3; i++) {
		struct mvc_store *s = open_store();
		struct mvc_writer *w;

		cr_assert_eq(mvc_writer_new(&w, s), 0);
		store_file(w, HOLDER, i, SIZE, &v.oid[i]);
		mvc_writer_free(w);
		mvc_store_free(s);
	}
	v.n = 1;
	cr_assert_eq(collect(&c, &v, true, true), 0, "%s", mvc_error_text());
	cr_assert(is_readable(&v.oid[0], SIZE));
	f.store = open_store();
	cr_assert_eq(mvc_fsck(&f), 0, "%s", mvc_error_text());
	cr_assert_eq(f.damaged, 0);
	mvc_store_free(f.store);
}

Test(store_collect, a_half_dead_pack_is_repacked, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_store *s = open_store();
	struct mvc_claim claim = {.size = SIZE, .files = 1};
	struct mvc_collect c;
	struct mvc_writer *w;
	struct needs v;
	uint8_t p[SIZE];

	/* Four chunks in one pack, one of them needed later. */
	cr_assert_eq(mvc_writer_new(&w, s), 0);
	for (unsigned i = 0; i < 4; i++) {
		scratch_noise(p, SIZE, i);
		mvc_blake3(&v.oid[i], p, SIZE);
		cr_assert_eq(
		    mvc_writer_put(w, MVC_CHUNK, &v.oid[i], p, SIZE), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		claim.oid = v.oid[i];
		cr_assert_eq(mvc_writer_claim(w, HOLDER, &claim, 1), 0);
	}
	mvc_writer_free(w);
	mvc_store_free(s);
	v.n = 1;
	cr_assert_eq(collect(&c, &v, true, true), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_REPACK].n, 1);
	cr_assert_geq(c.copied, SIZE);
	cr_assert(is_readable(&v.oid[0], SIZE));
	cr_assert_not(is_readable(&v.oid[1], SIZE));
	shell("test $(find s/packs -type f | wc -l) = 1");
}

Test(store_collect, with_grace_it_condemns_and_a_later_one_sweeps,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;
	struct needs v;

	three_versions(&v);
	v.n = 1;
	/* All is young: nothing may be condemned. */
	cr_assert_eq(collect(&c, &v, true, false), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_ROOT].n, 0);
	shell("find s/packs s/roots s/segments -type f "
	      "-exec touch -d '20 days ago' {} +");
	cr_assert_eq(collect(&c, &v, true, false), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_ROOT].n, 1);
	cr_assert_eq(c.sums[MVC_COLLECT_PACK].n, 1);
	cr_assert(is_readable(&v.oid[0], SIZE));
	cr_assert(is_readable(&v.oid[1], SIZE), "condemned, not gone");
	/* Too early to sweep. */
	cr_assert_eq(collect(&c, &v, true, false), 0, "%s", mvc_error_text());
	cr_assert_eq(c.swept.n, 0);
	cr_assert_eq(c.pending.n, 1);
	shell("find s/trash -type f -exec touch -d '15 days ago' {} +");
	cr_assert_eq(collect(&c, &v, true, false), 0, "%s", mvc_error_text());
	cr_assert_gt(c.swept.n, 1);
	cr_assert(is_readable(&v.oid[0], SIZE));
	cr_assert(is_readable(&v.oid[2], SIZE));
	cr_assert_not(is_readable(&v.oid[1], SIZE));
}

Test(store_collect, condemned_content_is_stored_again_under_another_name,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;
	struct mvc_store *s;
	struct mvc_writer *w;
	struct needs v;

	three_versions(&v);
	v.n = 1;
	shell("find s/packs s/roots s/segments -type f "
	      "-exec touch -d '20 days ago' {} +");
	cr_assert_eq(collect(&c, &v, true, false), 0, "%s", mvc_error_text());
	/* It is wanted again, while its pack is condemned. */
	s = open_store();
	cr_assert_eq(mvc_writer_new(&w, s), 0);
	store_file(w, HOLDER, 2, SIZE, &v.oid[1]);
	mvc_writer_free(w);
	mvc_store_free(s);
	v.n = 2;
	shell("find s/trash -type f -exec touch -d '15 days ago' {} +");
	cr_assert_eq(collect(&c, &v, true, false), 0, "%s", mvc_error_text());
	cr_assert(is_readable(&v.oid[0], SIZE));
	cr_assert(is_readable(&v.oid[1], SIZE));
}

Test(store_collect, one_that_would_drop_everything_refuses,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;
	struct needs v;

	three_versions(&v);
	v.n = 0;
	cr_assert_eq(collect(&c, &v, true, true), MVC_EINVALID);
	cr_assert(is_readable(&v.oid[0], SIZE));
}

Test(store_collect, now_refuses_while_somebody_writes, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_collect c;
	struct mvc_store *s;
	struct mvc_writer *w;
	struct needs v;

	three_versions(&v);
	s = open_store();
	cr_assert_eq(mvc_writer_new(&w, s), 0);
	v.n = 1;
	cr_assert_eq(collect(&c, &v, true, true), MVC_EAGAIN);
	mvc_writer_free(w);
	mvc_store_free(s);
	cr_assert(is_readable(&v.oid[1], SIZE));
}

static struct needs wanted;

static void
age_all(void)
{
	shell("find s/packs s/roots s/segments -type f "
	      "-exec touch -d '20 days ago' {} +");
}

/* The pack is about to be condemned: its content is claimed again. */
static void
claim_again(enum mvc_collected what)
{
	struct mvc_store *s;
	struct mvc_writer *w;

	if (what != MVC_COLLECT_PACK)
		return;
	meanwhile = NULL;
	s = open_store();
	cr_assert_eq(mvc_writer_new(&w, s), 0);
	store_file(w, HOLDER, 2, SIZE, &wanted.oid[1]);
	mvc_writer_free(w);
	mvc_store_free(s);
}

/* The new root names a segment that the collection's one covers, and so does
 * not look into. */
Test(store_collect, content_claimed_during_a_collection_is_not_hidden,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;

	three_versions(&wanted);
	wanted.n = 1;
	age_all();
	meanwhile = claim_again;
	cr_assert_eq(
	    collect(&c, &wanted, true, false), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_PACK].n, 1);
	cr_assert(is_readable(&wanted.oid[1], SIZE));
	wanted.n = 2;
	/* Its pack is dead, so it is copied out of there. */
	cr_assert_eq(
	    collect(&c, &wanted, true, false), 0, "%s", mvc_error_text());
	shell("find s/trash -type f -exec touch -d '15 days ago' {} +");
	cr_assert_eq(
	    collect(&c, &wanted, true, false), 0, "%s", mvc_error_text());
	cr_assert_gt(c.swept.n, 0);
	for (int i = 0; i < 3; i++)
		cr_assert(is_readable(&wanted.oid[i], SIZE), "%d", i);
}

static int looks;

static void
look(enum mvc_collected what)
{
	if (what != MVC_COLLECT_SEGMENT)
		return;
	looks++;
	cr_assert(is_readable(&wanted.oid[1], SIZE));
}

Test(store_collect, what_it_condemns_can_be_read_at_every_moment,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;

	three_versions(&wanted);
	wanted.n = 1;
	age_all();
	meanwhile = look;
	cr_assert_eq(
	    collect(&c, &wanted, true, false), 0, "%s", mvc_error_text());
	meanwhile = NULL;
	cr_assert_gt(looks, 0);
}

/* Sessions of one file each; their roots name a segment each. */
#define SESSIONS 40
static void
many_sessions(struct mvc_oid oid[SESSIONS])
{
	for (int i = 0; i < SESSIONS; i++) {
		struct mvc_store *s = open_store();
		struct mvc_writer *w;

		cr_assert_eq(mvc_writer_new(&w, s), 0);
		store_file(
		    w, i % 2 ? HOLDER : OTHER, (unsigned)i, 1000, &oid[i]);
		mvc_writer_free(w);
		mvc_store_free(s);
	}
	wanted.n = 0;
	for (int i = 1; i < 16; i += 2)
		wanted.oid[wanted.n++] = oid[i];
}

static void
are_whole(const struct mvc_oid oid[SESSIONS])
{
	struct mvc_fsck f = {.store = open_store(), .full = true};

	cr_assert_eq(mvc_fsck(&f), 0, "%s", mvc_error_text());
	mvc_store_free(f.store);
	for (int i = 0; i < 16; i++)
		cr_assert(is_readable(&oid[i], 1000), "%d", i);
}

Test(store_collect, covered_segments_go_at_once, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_oid oid[SESSIONS];
	struct mvc_collect c;

	many_sessions(oid);
	shell("test $(ls s/segments | wc -l) -ge 40");
	cr_assert_eq(
	    collect(&c, &wanted, true, true), 0, "%s", mvc_error_text());
	shell("test $(ls s/segments | wc -l) -le 4");
	are_whole(oid);
}

Test(store_collect, covered_segments_go_after_their_grace,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_oid oid[SESSIONS];
	struct mvc_collect c;

	many_sessions(oid);
	age_all();
	cr_assert_eq(collect_all(&c), 0, "%s", mvc_error_text());
	cr_assert_eq(c.sums[MVC_COLLECT_PACK].n, 0);
	cr_assert_gt(c.sums[MVC_COLLECT_SEGMENT].n, 30);
	are_whole(oid);
	shell("find s/trash -type f -exec touch -d '15 days ago' {} +");
	cr_assert_eq(collect_all(&c), 0, "%s", mvc_error_text());
	shell("test $(ls s/segments | wc -l) -le 4");
	are_whole(oid);
}

/* Add one file in a session of its own. */
static void
store_alone(unsigned seed, struct mvc_oid *oid)
{
	struct mvc_store *s = open_store();
	struct mvc_writer *w;

	cr_assert_eq(mvc_writer_new(&w, s), 0);
	store_file(w, HOLDER, seed, SIZE, oid);
	mvc_writer_free(w);
	mvc_store_free(s);
}

Test(store_collect, what_was_collected_can_be_stored_again,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_collect c;
	struct needs v = {.n = 1};
	struct mvc_oid gone;

	/* The second session merges both segments into one. */
	store_alone(2, &gone);
	store_alone(1, &v.oid[0]);
	cr_assert_eq(collect(&c, &v, true, true), 0, "%s", mvc_error_text());
	cr_assert_not(is_readable(&gone, SIZE));
	/* Its pack has the old name; its segment's is covered still. */
	store_alone(2, &gone);
	cr_assert(is_readable(&gone, SIZE));
	cr_assert(is_readable(&v.oid[0], SIZE));
	v.oid[v.n++] = gone;
	cr_assert_eq(collect(&c, &v, true, true), 0, "%s", mvc_error_text());
	cr_assert(is_readable(&gone, SIZE));
}
