/*
 * Chunks of a file mostly lie one behind the other in a pack: a run of them is
 * read by one call. What the page cache has not got is read past it, since a
 * file's chunks are read once and their pages would push out others. All of
 * this is a short cut: whatever it does not get goes the ordinary way, which
 * tries every place of an object and names what is wrong.
 */
#include "store/readrun.h"
#include "store/packcache.h"
#include "util/sys.h"
#include "util/banned.h"

#define PAGE ((uint64_t)4096)
/* Bytes that are read at a time, and what is read for nothing to have one read
 * where there could be two. */
#define WINDOW ((size_t)2 << 20)
#define GAP (UINT64_C(64) << 10)

static int
note_place(void *arg, const struct mvc_location *at)
{
	struct mvc_location *place = arg;

	*place = *at;
	return 1;
}

/* How many of n places make a run. */
static size_t
run_length(const struct mvc_location *at, size_t n)
{
	uint64_t from = at->e.offset, end = from + at->e.packed;
	size_t i;

	for (i = 1; i < n; i++) {
		const struct mvc_segment_entry *e = &at[i].e;

		if (!e->packed || !mvc_oid_eq(&at[i].pack, &at->pack) ||
		    e->offset < end || e->offset - end > GAP ||
		    e->offset + e->packed - from > WINDOW - 2 * PAGE)
			break;
		end = e->offset + e->packed;
	}
	return i;
}

/* The bytes [from, from + *got) of a pack, in x->window. */
static void
read_window(struct mvc_scratch *x, struct mvc_store *s,
    const struct mvc_location *at, uint64_t from, uint64_t end, size_t *got)
{
	struct mvc_packuse use;
	size_t n = (size_t)(end - from);
	int fd = -1;

	*got = 0;
	if (mvc_packcache_take(&use, s->packs, &at->pack, false))
		return;
	if (!mvc_sys_cached(use.fd, from, n))
		fd = mvc_packcache_direct(s->packs, &use);
	if (fd >= 0)
		*got = mvc_sys_pread_direct(fd, x->window, n, from);
	else if (mvc_sys_pread(got, use.fd, x->window, n, from,
		     mvc_pack_path(&at->pack).s))
		*got = 0;
	mvc_packcache_give(s->packs, &use);
}

static int
append_run(struct mvc_scratch *x, struct mvc_store *s,
    const struct mvc_location *at, size_t n, struct mvc_buf *out)
{
	const struct mvc_segment_entry *last = &at[n - 1].e;
	uint64_t from = at->e.offset & ~(PAGE - 1), end;
	size_t got;
	int err = MVC_OK;

	end = (last->offset + last->packed + PAGE - 1) & ~(PAGE - 1);
	read_window(x, s, at, from, end, &got);
	for (size_t i = 0; !err && i < n; i++) {
		uint64_t begin = at[i].e.offset - from;

		err = MVC_ENOTFOUND;
		if (begin + at[i].e.packed <= got)
			err = mvc_store_decode(x->dec, &at[i],
			    x->window + begin, at[i].e.packed, false, out);
		if (err)
			err = mvc_store_append(
			    s, MVC_CHUNK, &at[i].e.id, false, out);
	}
	return err;
}

static bool
fits(const struct mvc_location *at)
{
	return at->e.packed && at->e.packed < WINDOW / 2;
}

static int
append_all(struct mvc_scratch *x, struct mvc_store *s,
    const struct mvc_oid *ids, size_t n, struct mvc_buf *out)
{
	struct mvc_location at[MVC_RUN_MAX];
	int err = MVC_OK;
	size_t k;

	memset(at, 0, n * sizeof(*at));
	for (size_t i = 0; i < n; i++)
		if (mvc_store_locate(
			s, MVC_CHUNK, &ids[i], note_place, &at[i]) != 1)
			at[i].e.packed = 0;
	for (size_t i = 0; !err && i < n; i += k) {
		k = fits(&at[i]) ? run_length(&at[i], n - i) : 1;
		if (fits(&at[i]))
			err = append_run(x, s, &at[i], k, out);
		else
			err =
			    mvc_store_append(s, MVC_CHUNK, &ids[i], false, out);
	}
	return err;
}

int
mvc_store_append_chunks(struct mvc_store *s, const struct mvc_oid *ids,
    size_t n, struct mvc_buf *out)
{
	struct mvc_scratch *x;
	int err;

	err = mvc_scratch_take(&x, s);
	if (err)
		return err;
	if (!x->window)
		x->window = aligned_alloc(PAGE, WINDOW);
	for (size_t i = 0; !err && i < n; i += MVC_RUN_MAX) {
		size_t k = n - i < MVC_RUN_MAX ? n - i : MVC_RUN_MAX;

		err = x->window
		    ? append_all(x, s, ids + i, k, out)
		    : mvc_fail(MVC_ENOMEM, "no memory to read a file");
	}
	mvc_scratch_give(s, x);
	return err;
}
