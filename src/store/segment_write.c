#include "hash/digest.h"
#include "store/format.h"
#include "store/segment.h"
#include "util/bytes.h"
#include "util/sys.h"
#include "util/banned.h"

/*
 * The head needs counts and block checks, so the entries are gone through
 * twice: counted, then written behind the place that the head will take.
 */
struct writing {
	const struct mvc_segment_draft *draft;
	struct mvc_tmpfile tmp;
	uint64_t count[MVC_KIND_LAST + 1], n;
	uint8_t *head;
	size_t head_size;
	uint8_t block[MVC_SEGMENT_BLOCK * MVC_SEGMENT_ENTRY];
};

static int
count_entries(struct writing *w)
{
	struct mvc_segment_entry e;
	bool rewind = true;
	int r;

	while ((r = w->draft->next(w->draft->arg, rewind, &e)) > 0) {
		w->count[e.kind]++;
		w->n++;
		rewind = false;
	}
	return r;
}

static int
make_head(struct writing *w)
{
	const struct mvc_segment_draft *d = w->draft;
	uint64_t blocks = (w->n + MVC_SEGMENT_BLOCK - 1) / MVC_SEGMENT_BLOCK;
	uint8_t *p;

	w->head_size = MVC_SEGMENT_HEAD +
	    (size_t)d->n_packs * MVC_SEGMENT_PACK + (size_t)d->n_covers * 32 +
	    (size_t)blocks * 16;
	w->head = p = calloc(1, w->head_size);
	if (!p)
		return mvc_fail(MVC_ENOMEM, "no memory for a segment");
	memcpy(p, MVC_SEGMENT_MAGIC, MVC_MAGIC_SIZE);
	mvc_put32(p + 8, d->n_packs);
	mvc_put32(p + 12, d->n_covers);
	mvc_put64(p + 16, d->salt);
	for (int k = 1; k <= MVC_KIND_LAST; k++)
		mvc_put64(p + 24 + 8 * (k - 1), w->count[k]);
	p += MVC_SEGMENT_HEAD;
	for (uint32_t i = 0; i < d->n_packs; i++, p += MVC_SEGMENT_PACK) {
		memcpy(p, d->packs[i].name.b, 32);
		mvc_put64(p + 32, d->packs[i].size);
	}
	for (uint32_t i = 0; i < d->n_covers; i++, p += 32)
		memcpy(p, d->covers[i].b, 32);
	return MVC_OK;
}

static void
put_entry(uint8_t *p, const struct mvc_segment_entry *e)
{
	memcpy(p, e->id.b, 32);
	mvc_put32(p + 32, e->pack);
	mvc_put64(p + 36, e->offset);
	mvc_put32(p + 44, e->packed);
	mvc_put32(p + 48, e->raw);
	p[52] = (uint8_t)e->codec;
}

static int
write_block(struct writing *w, uint64_t block, size_t n)
{
	uint64_t at = w->head_size +
	    block * MVC_SEGMENT_BLOCK * (uint64_t)MVC_SEGMENT_ENTRY;
	uint64_t blocks = (w->n + MVC_SEGMENT_BLOCK - 1) / MVC_SEGMENT_BLOCK;

	mvc_blake3_128(w->head + w->head_size - (blocks - block) * 16, w->block,
	    n * MVC_SEGMENT_ENTRY);
	return mvc_sys_pwrite(
	    w->tmp.fd, w->block, n * MVC_SEGMENT_ENTRY, at, w->tmp.name);
}

static int
write_entries(struct writing *w)
{
	struct mvc_segment_entry e;
	uint64_t done = 0;
	size_t in = 0;
	int r;

	while ((r = w->draft->next(w->draft->arg, done == 0, &e)) > 0) {
		put_entry(w->block + in * MVC_SEGMENT_ENTRY, &e);
		done++;
		if (++in < MVC_SEGMENT_BLOCK)
			continue;
		r = write_block(w, done / MVC_SEGMENT_BLOCK - 1, in);
		if (r)
			return r;
		in = 0;
	}
	if (r < 0)
		return r;
	return in ? write_block(w, done / MVC_SEGMENT_BLOCK, in) : MVC_OK;
}

static int
write_all(struct writing *w, struct mvc_oid *name, const struct mvc_folder *f)
{
	int err;

	err = count_entries(w);
	if (!err)
		err = make_head(w);
	if (!err)
		err = mvc_folder_tmp(&w->tmp, f);
	if (!err)
		err = write_entries(w);
	if (err)
		return err;
	mvc_blake3_derive(name, MVC_SEGMENT_CONTEXT, w->head, w->head_size);
	err = mvc_sys_pwrite(w->tmp.fd, w->head, w->head_size, 0, w->tmp.name);
	if (err)
		return err;
	err = mvc_folder_publish(&w->tmp, f, mvc_segment_path(name).s);
	return err ? err : mvc_folder_sync(f, mvc_segment_path(name).s);
}

int
mvc_segment_write(struct mvc_oid *name, const struct mvc_folder *f,
    const struct mvc_segment_draft *draft)
{
	struct writing *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory for a segment");
	w->draft = draft;
	w->tmp.fd = -1;
	err = write_all(w, name, f);
	mvc_tmpfile_release(&w->tmp);
	free(w->head);
	free(w);
	return err;
}

/* One segment being merged: where it is, and its packs' new places. */
struct run {
	struct mvc_segment *seg;
	uint64_t at;
	uint32_t *place;
	struct mvc_segment_entry e;
	bool end;
};

struct merging {
	struct run *runs;
	size_t n;
	struct mvc_segment_pack *packs;
	uint32_t n_packs;
	struct mvc_oid *covers;
	uint32_t n_covers;
	struct mvc_segment_entry last;
	bool any;
	bool (*keep)(void *arg, const struct mvc_oid *pack);
	void *arg;
};

/* The place of a pack whose entries do not stay. */
#define DROPPED UINT32_MAX

static int
advance(struct run *r)
{
	int err = MVC_OK;

	do {
		r->end = r->at >= mvc_segment_count(r->seg);
		if (r->end)
			return MVC_OK;
		err = mvc_segment_at(r->seg, r->at++, &r->e);
	} while (!err && r->place[r->e.pack] == DROPPED);
	if (!err)
		r->e.pack = r->place[r->e.pack];
	return err;
}

static int
entry_cmp(const struct mvc_segment_entry *a, const struct mvc_segment_entry *b)
{
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = mvc_oid_cmp(&a->id, &b->id);
	if (c || a->pack == b->pack)
		return c;
	return a->pack < b->pack ? -1 : 1;
}

static int
restart(struct merging *m)
{
	m->any = false;
	for (size_t i = 0; i < m->n; i++) {
		int err;

		m->runs[i].at = 0;
		err = advance(&m->runs[i]);
		if (err)
			return err;
	}
	return MVC_OK;
}

/* Few runs are merged at a time: the least is found by looking at each. */
static int
merge_next(void *arg, bool rewind, struct mvc_segment_entry *out)
{
	struct merging *m = arg;
	int err = rewind ? restart(m) : MVC_OK;

	while (!err) {
		struct run *least = NULL;

		for (size_t i = 0; i < m->n; i++)
			if (!m->runs[i].end &&
			    (!least || entry_cmp(&m->runs[i].e, &least->e) < 0))
				least = &m->runs[i];
		if (!least)
			return 0;
		*out = least->e;
		err = advance(least);
		if (!err && m->any && entry_cmp(&m->last, out) == 0)
			continue;
		m->last = *out;
		m->any = true;
		return err ? err : 1;
	}
	return err;
}

static int
pack_cmp(const void *a, const void *b)
{
	const struct mvc_segment_pack *x = a, *y = b;

	return mvc_oid_cmp(&x->name, &y->name);
}

/* All packs of all runs, once each, sorted by name. */
static int
gather_packs(struct merging *m)
{
	size_t total = 0, at = 0, kept = 0;

	for (size_t i = 0; i < m->n; i++)
		total += mvc_segment_packs(m->runs[i].seg);
	m->packs = calloc(total + 1, sizeof(*m->packs));
	if (!m->packs || total > UINT32_MAX)
		return mvc_fail(MVC_ENOMEM, "no memory for %zu packs", total);
	for (size_t i = 0; i < m->n; i++)
		for (uint32_t j = 0; j < mvc_segment_packs(m->runs[i].seg); j++)
			mvc_segment_pack_at(m->runs[i].seg, j, &m->packs[at++]);
	qsort(m->packs, total, sizeof(*m->packs), pack_cmp);
	for (size_t i = 0; i < total; i++)
		if ((kept == 0 ||
			pack_cmp(&m->packs[kept - 1], &m->packs[i])) &&
		    (!m->keep || m->keep(m->arg, &m->packs[i].name)))
			m->packs[kept++] = m->packs[i];
	m->n_packs = (uint32_t)kept;
	return MVC_OK;
}

static int
place_packs(struct merging *m, struct run *r)
{
	uint32_t n = mvc_segment_packs(r->seg);

	r->place = calloc((size_t)n + 1, sizeof(*r->place));
	if (!r->place)
		return mvc_fail(MVC_ENOMEM, "no memory for %u packs", n);
	for (uint32_t i = 0; i < n; i++) {
		struct mvc_segment_pack p, *found;

		mvc_segment_pack_at(r->seg, i, &p);
		found = bsearch(&p, m->packs, m->n_packs, sizeof(p), pack_cmp);
		r->place[i] = found ? (uint32_t)(found - m->packs) : DROPPED;
	}
	return MVC_OK;
}

static int
oid_cmp(const void *a, const void *b)
{
	return mvc_oid_cmp(a, b);
}

/* The merged ones and all that they cover, once each, sorted. */
static int
gather_covers(struct merging *m, const struct mvc_folder *f)
{
	size_t total = m->n, at = 0, kept = 0;

	for (size_t i = 0; i < m->n; i++)
		total += mvc_segment_covers(m->runs[i].seg);
	m->covers = calloc(total + 1, sizeof(*m->covers));
	if (!m->covers || total > UINT32_MAX)
		return mvc_fail(MVC_ENOMEM, "no memory for %zu names", total);
	for (size_t i = 0; i < m->n; i++) {
		struct mvc_segment *s = m->runs[i].seg;

		m->covers[at++] = *mvc_segment_name(s);
		for (uint32_t j = 0; j < mvc_segment_covers(s); j++)
			mvc_segment_cover_at(s, j, &m->covers[at++]);
	}
	qsort(m->covers, total, sizeof(*m->covers), oid_cmp);
	for (size_t i = 0; i < total; i++)
		/* One that is gone needs no cover: lists stay short. */
		if ((kept == 0 ||
			!mvc_oid_eq(&m->covers[kept - 1], &m->covers[i])) &&
		    mvc_file_exists(f->fd, mvc_segment_path(&m->covers[i]).s))
			m->covers[kept++] = m->covers[i];
	m->n_covers = (uint32_t)kept;
	return MVC_OK;
}

static int
merge_all(struct merging *m, struct mvc_oid *name, const struct mvc_folder *f,
    uint64_t salt)
{
	struct mvc_segment_draft d = {
	    .next = merge_next, .arg = m, .salt = salt};
	int err = gather_packs(m);

	for (size_t i = 0; !err && i < m->n; i++)
		err = place_packs(m, &m->runs[i]);
	if (!err)
		err = gather_covers(m, f);
	if (err)
		return err;
	d.packs = m->packs;
	d.n_packs = m->n_packs;
	d.covers = m->covers;
	d.n_covers = m->n_covers;
	return mvc_segment_write(name, f, &d);
}

int
mvc_segment_merge(struct mvc_oid *name, const struct mvc_folder *f,
    struct mvc_segment *const *from, size_t n, uint64_t salt,
    bool (*keep)(void *arg, const struct mvc_oid *pack), void *arg)
{
	struct merging m = {.n = n, .keep = keep, .arg = arg};
	int err;

	m.runs = calloc(n + 1, sizeof(*m.runs));
	if (!m.runs)
		return mvc_fail(MVC_ENOMEM, "no memory for a merge");
	for (size_t i = 0; i < n; i++)
		m.runs[i].seg = from[i];
	err = merge_all(&m, name, f, salt);
	for (size_t i = 0; i < n; i++)
		free(m.runs[i].place);
	free(m.runs);
	free(m.packs);
	free(m.covers);
	return err;
}
