#include "remote/fetch.h"
#include "hash/digest.h"
#include "object/tree.h"
#include "remote/push.h"
#include "remote/remote.h"
#include "scratch.h"
#include "store/root.h"
#include "store/writer.h"
#include "util/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLDER "00112233445566778899aabbccddeeff"
#define CLONE "ffeeddccbbaa99887766554433221100"
#define SCRATCH .init = scratch_enter, .fini = scratch_leave

static struct mvc_ctx ctx;

static void
ok(int err)
{
	cr_assert_eq(err, 0, "%s", mvc_error_text());
}

struct data {
	struct mvc_oid tree;
	uint64_t size, files;
};

/* A store with a directory of n files of 8 kB, f000, f001, …, and its root. */
static void
make_store(const char *path, const char *holder, unsigned n, struct data *out)
{
	MVC_OWN(mvc_tree_builder) *builder = NULL;
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_writer) *w = NULL;
	struct mvc_claim claim = {.tree = true};
	char name[16], bytes[8192];

	ok(mvc_store_create(path, 0));
	ok(mvc_store_open(&s, &ctx, path));
	ok(mvc_writer_new(&w, s));
	ok(mvc_tree_builder_new(&builder, mvc_writer_sink(w)));
	for (unsigned i = 0; i < n; i++) {
		struct mvc_entry e = {.kind = MVC_ENTRY_FILE,
		    .name = name,
		    .name_len = 4,
		    .size = sizeof(bytes),
		    .files = 1};

		snprintf(name, sizeof(name), "f%03u", i);
		scratch_noise(bytes, sizeof(bytes), i + 1);
		mvc_blake3(&e.id, bytes, sizeof(bytes));
		ok(mvc_writer_put(w, MVC_CHUNK, &e.id, bytes, sizeof(bytes)));
		ok(mvc_tree_builder_add(builder, &e));
	}
	ok(mvc_tree_builder_finish(
	    builder, &out->tree, &out->size, &out->files));
	claim.oid = out->tree;
	claim.size = out->size;
	claim.files = out->files;
	ok(mvc_writer_claim(w, holder, &claim, 1));
}

static struct mvc_backend *
open_lab(bool make)
{
	struct mvc_remote_place place = {.url = "lab", .make = make};
	struct mvc_backend *b;

	ok(mvc_remote_open(&b, &ctx, &place));
	return b;
}

static void
push(const struct data *d)
{
	struct mvc_push_item item = {.oid = d->tree,
	    .tree = true,
	    .size = d->size,
	    .files = d->files,
	    .path = "data"};
	struct mvc_push p = {.ctx = &ctx,
	    .holder = HOLDER,
	    .who = "me\n",
	    .items = &item,
	    .n = 1};
	MVC_OWN(mvc_backend) *b = open_lab(true);
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;

	ok(mvc_store_open(&s, &ctx, "s"));
	ok(mvc_far_open(&far, &ctx, b, "cache"));
	p.store = s;
	p.far = far;
	ok(mvc_push_look(&p));
	ok(mvc_push_send(&p));
	cr_assert_eq(item.state, MVC_PUSH_SENT);
	mvc_push_release(&p);
}

/* What the fetch of a path asked for. */
static enum mvc_fetch_state
fetch(const struct data *d, const char *inner, uint64_t *requests,
    uint64_t *received)
{
	struct mvc_fetch_item item = {.oid = d->tree,
	    .tree = true,
	    .size = d->size,
	    .files = d->files,
	    .path = "data",
	    .inner = inner};
	struct mvc_fetch f = {.ctx = &ctx,
	    .there = HOLDER,
	    .here = CLONE,
	    .items = &item,
	    .n = 1};
	MVC_OWN(mvc_backend) *b = open_lab(false);
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_far) *far = NULL;

	ok(mvc_store_create("t", 0));
	ok(mvc_store_open(&s, &ctx, "t"));
	ok(mvc_far_open(&far, &ctx, b, "cache2"));
	f.store = s;
	f.far = far;
	ok(mvc_fetch(&f));
	*requests = b->requests;
	*received = b->received;
	return item.state;
}

struct entries {
	struct mvc_segment_entry *v;
	size_t n, at;
};

static int
next_entry(void *arg, bool rewind, struct mvc_segment_entry *out)
{
	struct entries *l = arg;

	if (rewind)
		l->at = 0;
	if (l->at == l->n)
		return 0;
	*out = l->v[l->at++];
	return 1;
}

static int
by_id(const void *a, const void *b)
{
	const struct mvc_segment_entry *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return mvc_oid_cmp(&x->id, &y->id);
}

#define PACKS 10000
#define EACH 30

/* Put the root's packs among 10,000 others, in one segment. */
static void
crowd(const struct data *d)
{
	MVC_OWN_MEM struct mvc_segment_pack *packs =
	    calloc(PACKS + 100, sizeof(*packs));
	struct mvc_segment_draft draft = {.packs = packs, .n_packs = PACKS};
	struct mvc_folder lab = {.path = (char *)"lab"};
	MVC_OWN(mvc_backend) *b = open_lab(false);
	struct mvc_root_key key = mvc_root_key(HOLDER, &d->tree, NULL);
	MVC_OWN(mvc_segment) *seg = NULL;
	struct entries l = {calloc(PACKS * EACH + 1000, sizeof(*l.v)), 0, 0};
	struct mvc_root root;

	lab.fd = open("lab", O_RDONLY | O_DIRECTORY);
	mvc_folder_share(&lab, 0);
	scratch_noise(packs, PACKS * sizeof(*packs), 5);
	for (unsigned i = 0; i < PACKS; i++)
		packs[i].size = 1 << 20;
	for (unsigned i = 0; i < PACKS * EACH; i++) {
		struct mvc_segment_entry *e = &l.v[l.n++];

		scratch_noise(&e->id, sizeof(e->id), i + 7000);
		e->kind = i % EACH ? MVC_CHUNK : MVC_TREE;
		e->pack = i / EACH;
		e->offset = 8;
		e->packed = e->raw = 100;
	}
	ok(mvc_root_read(&root, b, key.s));
	ok(mvc_segment_open(&seg, &lab, &root.segments[0]));
	for (uint32_t i = 0; i < mvc_segment_packs(seg); i++)
		mvc_segment_pack_at(seg, i, &packs[draft.n_packs++]);
	for (uint64_t i = 0; i < mvc_segment_count(seg); i++) {
		ok(mvc_segment_at(seg, i, &l.v[l.n]));
		l.v[l.n++].pack += PACKS;
	}
	qsort(l.v, l.n, sizeof(*l.v), by_id);
	draft.next = next_entry;
	draft.arg = &l;
	ok(mvc_segment_write(&root.segments[0], &lab, &draft));
	ok(mvc_root_put(b, key.s, &root));
	mvc_root_release(&root);
	free(l.v);
	close(lab.fd);
}

Test(remote_fetch, one_file_of_ten_thousand_packs_costs_little, SCRATCH)
{
	uint64_t requests, received;
	struct data d;

	mvc_ctx_init(&ctx);
	make_store("s", "00000000000000000000000000000000", 300, &d);
	push(&d);
	crowd(&d);
	cr_assert_eq(fetch(&d, "f123", &requests, &received), MVC_FETCH_DONE);
	cr_assert_leq(requests, 12, "%d requests", (int)requests);
	cr_assert_leq(received, 4 << 20, "%d bytes", (int)received);
}

Test(remote_fetch, all_of_it_comes_and_has_a_root, SCRATCH)
{
	MVC_OWN(mvc_store) *s = NULL;
	uint64_t requests, received;
	struct mvc_root root;
	struct data d;

	mvc_ctx_init(&ctx);
	make_store("s", "00000000000000000000000000000000", 300, &d);
	push(&d);
	cr_assert_eq(fetch(&d, NULL, &requests, &received), MVC_FETCH_DONE);
	ok(mvc_store_open(&s, &ctx, "t"));
	ok(mvc_root_get(&root, s, CLONE, &d.tree));
	cr_assert_not(root.part);
	mvc_root_release(&root);
	/* Nothing is asked for again. */
	cr_assert_eq(fetch(&d, NULL, &requests, &received), MVC_FETCH_HERE);
	cr_assert_leq(requests, 2);
}
