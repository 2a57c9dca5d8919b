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
	out->act = act;
	out->now = now;
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
