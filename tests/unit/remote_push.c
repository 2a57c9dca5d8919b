#include "remote/push.h"
#include "hash/digest.h"
#include "remote/remote.h"
#include "scratch.h"
#include "store/lines.h"
#include "store/root.h"
#include "store/writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOLDER "00112233445566778899aabbccddeeff"
#define CLONE "ffeeddccbbaa99887766554433221100"
#define SCRATCH .init = begin, .fini = scratch_leave

static struct mvc_ctx ctx;

static void
begin(void)
{
	scratch_enter();
	mvc_ctx_init(&ctx);
	ctx.threads = 1;
}

static void
ok(int err)
{
	cr_assert_eq(err, 0, "%s", mvc_error_text());
}

/*
 * A folder between which and the push something happens: before(key) is
 * called ahead of each put.
 */
struct between {
	struct mvc_backend b; /* first */
	struct mvc_backend *to;
	int (*before)(struct between *t, const char *key);
	_Atomic unsigned puts;
	struct mvc_oid pack; /* the last one put */
};

static struct mvc_backend *
to(struct mvc_backend *b)
{
	return ((struct between *)b)->to;
}

static int
between_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	return mvc_backend_get(to(b), key, off, n, take, arg);
}

static int
between_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	struct between *t = (struct between *)b;
	int err = t->before ? t->before(t, key) : 0;

	t->puts++;
	if (!strncmp(key, "packs/", 6))
		ok(mvc_pack_name_parse(&t->pack, key + 9));
	return err ? err : mvc_backend_put(t->to, key, body, flags);
}

static int
between_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	return mvc_backend_list(to(b), prefix, after, each, arg);
}

static int
between_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	return mvc_backend_del(to(b), keys, n);
}

static int
between_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	return mvc_backend_stat(to(b), key, out);
}

static int
between_clock(struct mvc_backend *b, int64_t *now)
{
	return mvc_backend_clock(to(b), now);
}

static void
between_free(struct mvc_backend *b)
{
	mvc_backend_free(to(b));
}

static const struct mvc_backend_ops between_ops = {between_get, between_put,
    between_list, between_del, between_stat, between_clock,
    .free = between_free};

static void
open_lab(struct between *t)
{
	struct mvc_remote_place place = {.url = "lab", .make = true};

	memset(t, 0, sizeof(*t));
	t->b.ops = &between_ops;
	t->b.url = "lab";
	t->b.can = MVC_CAN_WRITE | MVC_CAN_LIST | MVC_CAN_TELL;
	t->b.calls = 1;
	ok(mvc_remote_open(&t->to, &ctx, &place));
}

/* A file of n bytes in the local store. */
static struct mvc_push_item
add_file(size_t n, unsigned seed)
{
	struct mvc_push_item item = {.size = n, .files = 1, .path = "file"};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_writer) *w = NULL;
	struct mvc_claim claim = {.size = n, .files = 1};
	char bytes[200000];

	scratch_noise(bytes, n, seed);
	mvc_blake3(&item.oid, bytes, n);
	claim.oid = item.oid;
	ok(mvc_store_create("s", 0));
	ok(mvc_store_open(&s, &ctx, "s"));
	ok(mvc_writer_new(&w, s));
	ok(mvc_writer_put(w, MVC_CHUNK, &item.oid, bytes, n));
	ok(mvc_writer_claim(w, CLONE, &claim, 1));
	return item;
}

static int
push(struct between *t, struct mvc_push_item *items, size_t n,
    struct mvc_push *result)
{
	struct mvc_push p = {.ctx = &ctx,
	    .holder = HOLDER,
	    .who = "me\n",
	    .items = items,
	    .n = n};
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;
	int err;

	ok(mvc_store_open(&s, &ctx, "s"));
	ok(mvc_far_open(&far, &ctx, &t->b, "cache"));
	p.store = s;
	p.far = far;
	ok(mvc_push_look(&p));
	err = mvc_push_send(&p);
	mvc_push_release(&p);
	if (result)
		*result = p;
	return err;
}

static bool
is_named(struct between *t, const struct mvc_oid *oid)
{
	struct mvc_root_key key;
	struct mvc_root r;
	int err = mvc_root_find(&r, &key, t->to, HOLDER, oid, NULL);

	if (!err)
		mvc_root_release(&r);
	return !err;
}

static void
condemn(struct between *t, const char *kind, const struct mvc_oid *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1000);

	ok(mvc_lines_begin(&text, "trash"));
	ok(mvc_buf_addf(&text, "grace 1209600\nkeep 31536000\n%s %s\n", kind,
	    mvc_oid_hex(name).s));
	ok(mvc_lines_end(&text));
	ok(mvc_backend_save(t->to, "trash/" CLONE, text.data, text.len, 0));
}

static int
condemn_pack(struct between *t, const char *key)
{
	if (!strncmp(key, "segments/", 9))
		condemn(t, "pack", &t->pack);
	return 0;
}

Test(remote_push, what_is_condemned_meanwhile_is_not_named, SCRATCH)
{
	struct mvc_push_item item = add_file(100000, 1);
	struct between t;

	open_lab(&t);
	t.before = condemn_pack;
	cr_assert_eq(push(&t, &item, 1, NULL), MVC_EAGAIN);
	cr_assert_not(is_named(&t, &item.oid));
	/* The next one takes another name. */
	t.before = NULL;
	ok(push(&t, &item, 1, NULL));
	cr_assert(is_named(&t, &item.oid));
	between_free(&t.b);
}

static int
sweep_pack(struct between *t, const char *key)
{
	struct mvc_pack_path path = mvc_pack_path(&t->pack);
	const char *gone = path.s;

	if (!strncmp(key, "segments/", 9))
		ok(mvc_backend_del(t->to, &gone, 1));
	return 0;
}

Test(remote_push, what_is_gone_before_the_root_is_noticed, SCRATCH)
{
	struct mvc_push_item item = add_file(100000, 1);
	struct between t;

	open_lab(&t);
	t.before = sweep_pack;
	cr_assert_eq(push(&t, &item, 1, NULL), MVC_EAGAIN);
	cr_assert_not(is_named(&t, &item.oid));
	between_free(&t.b);
}

static struct mvc_oid basis;

static int
drop_basis(struct between *t, const char *key)
{
	struct mvc_root_key root = mvc_root_key(HOLDER, &basis, NULL);
	const char *gone = root.s;

	if (!strncmp(key, "segments/", 9))
		ok(mvc_backend_del(t->to, &gone, 1));
	return 0;
}

Test(remote_push, a_basis_that_goes_meanwhile_vouches_for_nothing, SCRATCH)
{
	struct mvc_push_item items[2];
	struct between t;

	items[0] = add_file(100000, 1);
	items[1] = add_file(100000, 2);
	open_lab(&t);
	ok(push(&t, &items[0], 1, NULL));
	basis = items[1].base = items[0].oid;
	items[1].has_base = true;
	t.before = drop_basis;
	cr_assert_eq(push(&t, items, 2, NULL), MVC_EAGAIN);
	cr_assert_not(is_named(&t, &items[1].oid));
	between_free(&t.b);
}

static int
fail_segment(struct between *t, const char *key)
{
	return strncmp(key, "segments/", 9) ? 0 : mvc_fail(MVC_EAGAIN, "reset");
}

Test(remote_push, packs_of_a_broken_push_are_found, SCRATCH)
{
	struct mvc_push_item item = add_file(100000, 1);
	struct mvc_push result;
	struct between t;

	open_lab(&t);
	t.before = fail_segment;
	cr_assert_eq(push(&t, &item, 1, NULL), MVC_EAGAIN);
	cr_assert_not(is_named(&t, &item.oid));
	t.before = NULL;
	ok(push(&t, &item, 1, &result));
	cr_assert_eq(result.found, 1);
	cr_assert_eq(result.packs, 0);
	cr_assert(is_named(&t, &item.oid));
	between_free(&t.b);
}

Test(remote_push, what_is_there_is_not_put_again, SCRATCH)
{
	struct mvc_push_item item = add_file(100000, 1);
	struct between t;

	open_lab(&t);
	ok(push(&t, &item, 1, NULL));
	t.puts = 0;
	ok(push(&t, &item, 1, NULL));
	cr_assert_eq(item.state, MVC_PUSH_THERE);
	cr_assert_eq(t.puts, 0);
	between_free(&t.b);
}

Test(remote_push, a_damaged_pack_is_not_sent, SCRATCH)
{
	struct mvc_push_item item = add_file(100000, 1);
	struct between t;

	open_lab(&t);
	cr_assert_eq(system("f=$(ls s/packs/*/*.pack) && chmod u+w $f && "
			    "printf x | dd of=$f bs=1 seek=5000 "
			    "conv=notrunc 2>/dev/null"),
	    0);
	cr_assert_eq(push(&t, &item, 1, NULL), MVC_ECORRUPT);
	cr_assert_not(is_named(&t, &item.oid));
	between_free(&t.b);
}

Test(remote_push, a_root_names_nothing_that_is_none_of_it, SCRATCH)
{
	struct mvc_push_item items[2];
	struct mvc_root_key key;
	struct mvc_root r;
	struct between t;

	items[0] = add_file(100000, 1);
	items[1] = add_file(100000, 2);
	open_lab(&t);
	ok(push(&t, &items[0], 1, NULL));
	ok(push(&t, items, 2, NULL));
	ok(mvc_root_find(&r, &key, t.to, HOLDER, &items[1].oid, NULL));
	cr_assert_eq(r.n_segments, 1);
	mvc_root_release(&r);
	between_free(&t.b);
}

/* A root that says two names, both of many more than one push put. */
Test(remote_push, many_pushes_leave_few_segments, SCRATCH)
{
	struct mvc_push_item items[12];
	struct mvc_root_key key;
	struct mvc_root r;
	struct between t;

	open_lab(&t);
	for (unsigned i = 0; i < 12; i++) {
		items[i] = add_file(1000, i + 1);
		items[i].has_base = i > 0;
		if (i > 0)
			items[i].base = items[i - 1].oid;
		ok(push(&t, items, i + 1, NULL));
	}
	ok(mvc_root_find(&r, &key, t.to, HOLDER, &items[11].oid, NULL));
	cr_assert_leq(r.n_segments, 4);
	mvc_root_release(&r);
	between_free(&t.b);
}
