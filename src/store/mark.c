#include "store/mark.h"
#include "chunk/cutter.h"
#include "hash/digest.h"
#include "store/packcache.h"
#include "store/reach.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

void
mvc_mark_free(struct mvc_mark *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->bits && i < m->n_segs; i++)
		free(m->bits[i]);
	free(m->bits);
	free(m->segs);
	free(m->packs);
	free(m);
}

static int
pack_cmp(const void *a, const void *b)
{
	const struct mvc_marked_pack *x = a, *y = b;

	return mvc_oid_cmp(&x->name, &y->name);
}

struct mvc_marked_pack *
mvc_mark_pack(struct mvc_mark *m, const struct mvc_oid *name)
{
	struct mvc_marked_pack key = {.name = *name};

	return m->n_packs
	    ? bsearch(&key, m->packs, m->n_packs, sizeof(key), pack_cmp)
	    : NULL;
}

static int
add_pack(struct mvc_mark *m, const struct mvc_marked_pack *p)
{
	struct mvc_marked_pack *t;

	if ((m->n_packs & (m->n_packs + 1)) == 0) {
		t = realloc(m->packs, (2 * m->n_packs + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for packs");
		m->packs = t;
	}
	m->packs[m->n_packs++] = *p;
	return MVC_OK;
}

static int
list_file(void *arg, int dirfd, const char *file)
{
	struct mvc_marked_pack p = {.listed = false};
	struct stat st;

	if (mvc_pack_name_parse(&p.name, file))
		return MVC_OK;
	if (fstatat(dirfd, file, &st, 0) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", file);
	p.size = (uint64_t)st.st_size;
	/* 0 is for one that is missing. */
	p.made = st.st_mtime ? st.st_mtime : 1;
	return add_pack(arg, &p);
}

static int
list_folder(void *arg, int dirfd, const char *name)
{
	struct mvc_mark *m = arg;
	char folder[sizeof("packs/aa")];
	int err;

	if (strlen(name) != 2 || strspn(name, "0123456789abcdef") != 2)
		return MVC_OK;
	snprintf(folder, sizeof(folder), "packs/%s", name);
	err = mvc_folder_each(&m->store->folder, folder, list_file, m);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
list_files(struct mvc_mark *m)
{
	int err = mvc_folder_each(&m->store->folder, "packs", list_folder, m);

	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* Packs of segments join those of the folder; a missing one keeps made 0. */
static int
list_segments(struct mvc_mark *m)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < m->n_segs; i++)
		for (uint32_t j = 0; !err && j < mvc_segment_packs(m->segs[i]);
		     j++) {
			struct mvc_marked_pack p = {.listed = true};
			struct mvc_segment_pack sp;

			mvc_segment_pack_at(m->segs[i], j, &sp);
			p.name = sp.name;
			p.size = sp.size;
			err = add_pack(m, &p);
		}
	return err;
}

static void
unite(struct mvc_mark *m)
{
	size_t kept = 0;

	if (m->n_packs)
		qsort(m->packs, m->n_packs, sizeof(*m->packs), pack_cmp);
	for (size_t i = 0; i < m->n_packs; i++) {
		struct mvc_marked_pack *p = &m->packs[i], *k;

		if (kept == 0 || pack_cmp(&m->packs[kept - 1], p)) {
			m->packs[kept++] = *p;
			continue;
		}
		k = &m->packs[kept - 1];
		k->listed |= p->listed;
		if (p->made)
			k->made = p->made;
	}
	m->n_packs = kept;
}

static int
make_bits(struct mvc_mark *m)
{
	struct mvc_store *s = m->store;
	size_t n = s->n_segs + s->n_hidden;

	m->segs = calloc(n + 1, sizeof(struct mvc_segment *));
	m->bits = calloc(n + 1, sizeof(uint8_t *));
	if (!m->bits || !m->segs)
		return mvc_fail(MVC_ENOMEM, "no memory to mark");
	m->n_segs = n;
	for (size_t i = 0; i < n; i++) {
		m->segs[i] =
		    i < s->n_segs ? s->segs[i] : s->hidden[i - s->n_segs];
		m->bits[i] =
		    calloc((size_t)(mvc_segment_count(m->segs[i]) / 8 + 1), 1);
		if (!m->bits[i])
			return mvc_fail(MVC_ENOMEM, "no memory to mark");
	}
	return MVC_OK;
}

int
mvc_mark_new(struct mvc_mark **out, struct mvc_store *s)
{
	MVC_OWN(mvc_mark) *m = calloc(1, sizeof(*m));
	int err;

	*out = NULL;
	if (!m)
		return mvc_fail(MVC_ENOMEM, "no memory to mark");
	m->store = s;
	err = mvc_store_find_hidden(s);
	if (!err)
		err = make_bits(m);
	if (!err)
		err = list_files(m);
	if (!err)
		err = list_segments(m);
	unite(m);
	if (!err)
		*out = MVC_TAKE(m);
	return err;
}

bool
mvc_mark_is_live(const struct mvc_mark *m, size_t seg, uint64_t at)
{
	return m->bits[seg][at / 8] >> (at % 8) & 1;
}

/* One place of an object. */
struct place {
	size_t seg;
	uint64_t at;
	struct mvc_segment_entry e;
	struct mvc_marked_pack *pack;
};

/* The first packed bytes that are whole, among several copies. */
static bool
is_whole(struct mvc_mark *m, const struct place *p)
{
	struct mvc_location at = {.pack = p->pack->name, .e = p->e};
	struct mvc_buf b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	int err;

	err = mvc_store_read_at(m->store, &at, true, &b);
	mvc_buf_release(&b);
	return !err;
}

/*
 * Gather the places of an object, up to max of them. Returns how many, or an
 * error; *live says that one is marked already.
 */
static int
places_of(struct mvc_mark *m, enum mvc_kind kind, const struct mvc_oid *id,
    struct place *out, int max, bool *live)
{
	int n = 0;

	*live = false;
	for (size_t i = 0; i < m->n_segs; i++) {
		struct mvc_segment *s = m->segs[i];
		struct mvc_segment_pack sp;
		uint64_t first, end, at;
		int err;

		end = mvc_segment_kind(s, kind, &first) + first;
		err = mvc_segment_lower(s, kind, id, &at);
		for (; !err && at < end && n < max; at++) {
			struct place p = {.seg = i, .at = at};

			err = mvc_segment_at(s, at, &p.e);
			if (err || !mvc_oid_eq(&p.e.id, id))
				break;
			mvc_segment_pack_at(s, p.e.pack, &sp);
			p.pack = mvc_mark_pack(m, &sp.name);
			*live |= mvc_mark_is_live(m, i, at);
			if (p.pack && p.pack->made)
				out[n++] = p;
		}
		if (err)
			return err;
	}
	return n;
}

struct marking {
	struct mvc_mark *m;
	const struct mvc_root *root;
};

int
mvc_mark_object(struct mvc_mark *m, enum mvc_kind kind,
    const struct mvc_oid *id, bool *seen, bool *there)
{
	struct place p[8];
	int n, i = 0;

	n = places_of(m, kind, id, p, 8, seen);
	*there = n > 0;
	if (n <= 0 || *seen)
		return n < 0 ? n : MVC_OK;
	while (n > 1 && i < n - 1 && !is_whole(m, &p[i]))
		i++;
	m->bits[p[i].seg][p[i].at / 8] |= (uint8_t)(1u << (p[i].at % 8));
	p[i].pack->live += p[i].e.packed;
	m->live += p[i].e.packed;
	m->objects++;
	return MVC_OK;
}

static int
mark_object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct marking *k = arg;
	bool seen, there;
	int err;

	err = mvc_mark_object(k->m, kind, id, &seen, &there);
	if (err)
		return err;
	if (seen || (!there && k->root->part))
		return MVC_REACH_SKIP;
	if (there)
		return MVC_OK;
	return mvc_fail(MVC_ENOTFOUND,
	    "object %.12s, which %.12s needs, is not in the store: run "
	    "`mvc fsck`",
	    mvc_oid_hex(id).s, mvc_oid_hex(&k->root->oid).s);
}

int
mvc_mark_which(struct mvc_mark *m, const struct mvc_oid *id, uint64_t size,
    enum mvc_kind *kind)
{
	bool has;
	int err;

	*kind = MVC_RECIPE;
	if (size > MVC_CHUNK_MAX)
		return MVC_OK;
	err = mvc_store_has(m->store, MVC_CHUNK, id, &has);
	if (!err && has)
		*kind = MVC_CHUNK;
	return err;
}

static int
mark_which(
    void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	return mvc_mark_which(((struct marking *)arg)->m, id, size, kind);
}

static int
mark_fault(void *arg, enum mvc_kind kind, const struct mvc_oid *id, int err)
{
	struct marking *k = arg;

	return err == MVC_ENOTFOUND && k->root->part ? MVC_OK : err;
}

int
mvc_mark_root(struct mvc_mark *m, const struct mvc_root *r)
{
	static const struct mvc_reach_ops ops = {
	    .object = mark_object, .which = mark_which, .fault = mark_fault};
	struct marking k = {m, r};

	return mvc_reach(
	    &m->store->source, r->tree, &r->oid, r->size, &ops, &k);
}

int
mvc_mark_pointer(struct mvc_mark *m, const struct mvc_oid *oid)
{
	/* Any size that may be one chunk has both ways looked for. */
	struct mvc_root r = {.oid = *oid, .part = true, .size = 1};
	int err = mvc_store_has(m->store, MVC_TREE, oid, &r.tree);

	return err ? err : mvc_mark_root(m, &r);
}
