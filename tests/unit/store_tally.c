#include "scratch.h"

#include "hash/digest.h"
#include "store/tally.h"
#include "store/writer.h"

#include <criterion/criterion.h>

static struct mvc_ctx ctx;
static struct mvc_store *store;
static struct mvc_writer *writer;

static void
enter(void)
{
	scratch_enter();
	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(mvc_store_open(&store, &ctx, "s"), 0);
	cr_assert_eq(mvc_writer_new(&writer, store), 0);
}

static void
leave(void)
{
	mvc_writer_free(writer);
	mvc_store_free(store);
	scratch_leave();
}

static struct mvc_oid
put(const char *text)
{
	struct mvc_oid id;

	mvc_blake3(&id, text, strlen(text));
	cr_assert_eq(
	    mvc_writer_put(writer, MVC_CHUNK, &id, text, strlen(text)), 0);
	return id;
}

static struct mvc_tallied
add(struct mvc_tally *t, const struct mvc_oid *id)
{
	struct mvc_tallied is;

	cr_assert_eq(mvc_tally_object(&is, t, MVC_CHUNK, id, true), 0);
	return is;
}

Test(store_tally, an_object_is_new_once, .init = enter, .fini = leave)
{
	struct mvc_oid a = put("one"), b = put("another"), none;
	struct mvc_tallied is;
	struct mvc_tally *t;

	cr_assert_eq(mvc_writer_flush(writer), 0);
	cr_assert_eq(mvc_tally_new(&t, store), 0);
	is = add(t, &a);
	cr_assert(is.there && !is.was);
	cr_assert_eq(is.raw, 3);
	cr_assert(is.packed > 0);
	cr_assert(add(t, &a).was);
	cr_assert_not(add(t, &b).was);
	mvc_blake3(&none, "none", 4);
	cr_assert_not(add(t, &none).there);
	cr_assert_not(add(t, &none).was);
	mvc_tally_clear(t);
	cr_assert_not(add(t, &a).was);
	mvc_tally_free(t);
}

Test(store_tally, looking_does_not_add, .init = enter, .fini = leave)
{
	struct mvc_oid a = put("one");
	struct mvc_tallied is;
	struct mvc_tally *t;

	cr_assert_eq(mvc_writer_flush(writer), 0);
	cr_assert_eq(mvc_tally_new(&t, store), 0);
	cr_assert_eq(mvc_tally_object(&is, t, MVC_CHUNK, &a, false), 0);
	cr_assert_not(is.was);
	cr_assert_not(add(t, &a).was);
	mvc_tally_free(t);
}

Test(store_tally, a_segment_that_comes_later_is_counted, .init = enter,
    .fini = leave)
{
	struct mvc_oid a = put("one"), b;
	struct mvc_tally *t;

	cr_assert_eq(mvc_writer_flush(writer), 0);
	cr_assert_eq(mvc_tally_new(&t, store), 0);
	cr_assert_not(add(t, &a).was);
	b = put("later");
	cr_assert_eq(mvc_writer_flush(writer), 0);
	cr_assert(add(t, &b).there);
	cr_assert(add(t, &b).was);
	mvc_tally_free(t);
}
