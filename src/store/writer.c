/*
 *   put ──► known? ──► data packer ─┐ pieces are written by other threads; full,
 *                 └──► meta packer ─┴► or flushed: named, fsynced and renamed
 *   flush: packs, their folders, a segment over them, merged segments
 *   claim: in claim.c
 */
#include "store/writer.h"
#include "hash/digest.h"
#include "store/format.h"
#include "store/packcache.h"
#include "store/writer_priv.h"
#include "util/sys.h"
#include "util/trace.h"
#include "util/banned.h"

/* Objects of a session before their segment is written: bounds memory. */
#define SPILL_OBJECTS (UINT32_C(1) << 20)

static int
sink_put(void *arg, enum mvc_kind kind, const struct mvc_oid *id, const void *p,
    size_t n)
{
	return mvc_writer_put(arg, kind, id, p, n);
}

int
mvc_writer_new(struct mvc_writer **out, struct mvc_store *s)
{
	return mvc_writer_begin(out, s, true);
}

int
mvc_writer_begin(struct mvc_writer **out, struct mvc_store *s, bool lock)
{
	MVC_OWN(mvc_writer) *w = calloc(1, sizeof(*w));
	int err;

	*out = NULL;
	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory for a writer");
	w->store = s;
	w->lock = -1;
	w->sink.put = sink_put;
	w->sink.arg = w;
	pthread_mutex_init(&w->set_lock, NULL);
	pthread_mutex_init(&w->clean_lock, NULL);
	err = mvc_store_check_writable(s);
	if (!err && lock)
		err = mvc_folder_lock(&w->lock, &s->folder, false);
	if (!err)
		err = mvc_trash_load(&w->trash, &s->backend.b);
	if (!err)
		err = mvc_store_refresh(s);
	if (!err)
		err = mvc_encoder_new(&w->enc);
	if (!err)
		err = mvc_packdisk_new(&w->disk);
	if (err)
		return err;
	*out = MVC_TAKE(w);
	return MVC_OK;
}

void
mvc_writer_free(struct mvc_writer *w)
{
	if (!w)
		return;
	mvc_packdisk_free(w->disk);
	mvc_packer_free(w->data);
	mvc_packer_free(w->meta);
	mvc_oidset_release(&w->set);
	mvc_oidset_release(&w->doomed);
	mvc_oidset_release(&w->distrusted);
	mvc_trash_release(&w->trash);
	mvc_encoder_free(w->enc);
	mvc_seglist_release(&w->list);
	mvc_root_release(&w->found);
	if (w->lock >= 0)
		close(w->lock);
	pthread_mutex_destroy(&w->set_lock);
	pthread_mutex_destroy(&w->clean_lock);
	free(w);
}

static bool
is_clean(const struct mvc_writer *w, const struct mvc_segment *seg)
{
	struct mvc_segment_pack p;

	if (mvc_trash_has(&w->trash, MVC_TRASH_SEGMENT, mvc_segment_name(seg)))
		return false;
	for (uint32_t i = 0; i < mvc_segment_packs(seg); i++) {
		mvc_segment_pack_at(seg, i, &p);
		if (mvc_trash_has(&w->trash, MVC_TRASH_PACK, &p.name) ||
		    mvc_oidset_has(&w->doomed, 1, &p.name))
			return false;
	}
	return true;
}

bool
mvc_writer_clean(struct mvc_writer *w, const struct mvc_segment *seg)
{
	unsigned i;
	bool clean;

	/* Nothing is condemned, nearly always. */
	if (w->trash.n == 0 && w->doomed.n == 0)
		return true;
	pthread_mutex_lock(&w->clean_lock);
	for (i = 0; i < w->n_asked && w->asked[i].seg != seg; i++)
		;
	if (i == w->n_asked) {
		if (i == sizeof(w->asked) / sizeof(*w->asked))
			i = w->n_asked = 0;
		w->asked[i].seg = seg;
		w->asked[i].clean = is_clean(w, seg);
		w->n_asked++;
	}
	clean = w->asked[i].clean;
	pthread_mutex_unlock(&w->clean_lock);
	return clean;
}

int
mvc_writer_doom(struct mvc_writer *w, const struct mvc_oid *pack)
{
	bool was;

	return mvc_oidset_add(&w->doomed, 1, pack, &was);
}

int
mvc_writer_distrust(
    struct mvc_writer *w, enum mvc_kind kind, const struct mvc_oid *id)
{
	bool was;

	return mvc_oidset_add(&w->distrusted, kind, id, &was);
}

struct confirming {
	struct mvc_writer *w;
	struct mvc_oid segment;
};

/* A place counts when its pack is there, not condemned, and its own index
 * says so too. */
static int
confirm(void *arg, const struct mvc_location *at)
{
	struct confirming *c = arg;
	struct mvc_pack_entry e;
	struct mvc_packuse use;
	bool there;

	if (!mvc_writer_clean(c->w, at->segment) ||
	    mvc_oidset_has(&c->w->distrusted, at->e.kind, &at->e.id))
		return 0;
	if (mvc_packcache_take(&use, c->w->store->packs, &at->pack, true))
		return 0;
	there = mvc_packcache_find(&e, c->w->store->packs, &use, at->e.kind,
		    &at->e.id) == MVC_OK;
	mvc_packcache_give(c->w->store->packs, &use);
	c->segment = *mvc_segment_name(at->segment);
	return there;
}

bool
mvc_writer_has(
    struct mvc_writer *w, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct confirming c = {.w = w};
	bool put;

	pthread_mutex_lock(&w->set_lock);
	put = mvc_oidset_has(&w->set, kind, id);
	pthread_mutex_unlock(&w->set_lock);
	/* A damaged segment finds nothing: the object is stored again. */
	return put || mvc_store_locate(w->store, kind, id, confirm, &c) == 1;
}

int
mvc_writer_known(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id, uint64_t n, bool *known)
{
	struct confirming c = {.w = w};
	int err = MVC_OK;

	*known = mvc_oidset_has(&w->set, kind, id);
	if (!*known) {
		*known = mvc_store_locate(w->store, kind, id, confirm, &c) == 1;
		if (*known)
			err = mvc_root_add_segment(&w->found, &c.segment);
	}
	if (*known) {
		w->sums.duplicates++;
		w->sums.duplicate_bytes += n;
	}
	return err;
}

/* Condemned, or about to go: a pack of this name would go with it. */
static bool
is_dead(const struct mvc_writer *w, const struct mvc_oid *pack)
{
	return mvc_trash_has(&w->trash, MVC_TRASH_PACK, pack) ||
	    mvc_oidset_has(&w->doomed, 1, pack);
}

/* Close a packer under a name that is not dead and hand it on. */
static int
seal(struct mvc_writer *w, struct mvc_packer **slot)
{
	struct mvc_packer *p = *slot;
	uint64_t salt = 0;
	int err;

	if (!p || mvc_packer_count(p) == 0)
		return MVC_OK;
	err = mvc_packer_close(p, 0);
	while (!err && is_dead(w, &mvc_packer_index(p)->name)) {
		err = mvc_random(&salt, sizeof(salt));
		if (!err)
			err = mvc_packer_close(p, salt);
	}
	if (!err)
		err = mvc_seglist_add(
		    &w->list, mvc_packer_index(p), mvc_packer_file_size(p));
	if (err)
		return err;
	return mvc_packer_publish(MVC_TAKE(*slot));
}

static int
append(struct mvc_writer *w, struct mvc_packer **slot, struct mvc_pack_entry *e,
    const void *packed)
{
	int err = MVC_OK;

	if (!*slot)
		err = mvc_packer_new(slot, &w->store->folder, w->disk);
	if (!err)
		err = mvc_packer_add(*slot, e, packed);
	if (!err && mvc_packer_full(*slot))
		err = seal(w, slot);
	return err;
}

bool
mvc_writer_may_name(const struct mvc_writer *w, const struct mvc_oid *pack)
{
	return !is_dead(w, pack);
}

int
mvc_writer_adopt(
    struct mvc_writer *w, const struct mvc_pack_index *ix, uint64_t size)
{
	bool was;
	int err;

	if (is_dead(w, &ix->name))
		return mvc_fail(
		    MVC_EEXISTS, "%s is condemned", mvc_pack_path(&ix->name).s);
	err = mvc_seglist_add(&w->list, ix, size);
	pthread_mutex_lock(&w->set_lock);
	for (uint32_t i = 0; !err && i < ix->n; i++) {
		err = mvc_oidset_add(&w->set, (uint8_t)ix->entries[i].kind,
		    &ix->entries[i].id, &was);
		w->sums.objects++;
		w->sums.raw += ix->entries[i].raw;
		w->sums.packed += ix->entries[i].packed;
	}
	pthread_mutex_unlock(&w->set_lock);
	if (!err && w->set.n >= SPILL_OBJECTS)
		err = mvc_writer_flush(w);
	return err;
}

int
mvc_writer_put_encoded(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id, uint32_t raw_len, const struct mvc_encoded *enc,
    const uint8_t *check16)
{
	struct mvc_pack_entry e = {.id = *id,
	    .raw = raw_len,
	    .packed = (uint32_t)enc->len,
	    .kind = kind,
	    .codec = enc->codec};
	bool known;
	int err;

	err = mvc_writer_known(w, kind, id, raw_len, &known);
	if (err || known)
		return err;
	if (check16)
		memcpy(e.check, check16, 16);
	else
		mvc_blake3_128(e.check, enc->p, enc->len);
	err = append(w, kind == MVC_CHUNK ? &w->data : &w->meta, &e, enc->p);
	if (err)
		return err;
	pthread_mutex_lock(&w->set_lock);
	err = mvc_oidset_add(&w->set, kind, id, &known);
	pthread_mutex_unlock(&w->set_lock);
	w->sums.objects++;
	w->sums.raw += raw_len;
	w->sums.packed += enc->len;
	if (!err && w->set.n >= SPILL_OBJECTS)
		err = mvc_writer_flush(w);
	return err;
}

int
mvc_writer_put(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id, const void *p, size_t n)
{
	struct mvc_encoded enc;
	bool known;
	int err;

	err = mvc_writer_known(w, kind, id, n, &known);
	if (err || known)
		return err;
	err = mvc_encode(w->enc, &enc, p, n, 1);
	if (err)
		return err;
	return mvc_writer_put_encoded(w, kind, id, (uint32_t)n, &enc, NULL);
}

const struct mvc_sink *
mvc_writer_sink(struct mvc_writer *w)
{
	return &w->sink;
}

void
mvc_writer_get_sums(const struct mvc_writer *w, struct mvc_writer_sums *out)
{
	*out = w->sums;
}

static int
seal_all(struct mvc_writer *w)
{
	bool together = w->list.n_packs == 0 && w->data && w->meta &&
	    mvc_packer_bytes(w->data) + mvc_packer_bytes(w->meta) <
		MVC_PACK_TOGETHER;
	int err = MVC_OK;

	if (together)
		err = mvc_packer_absorb(w->data, w->meta);
	if (!err)
		err = seal(w, &w->data);
	if (!err)
		err = seal(w, &w->meta);
	return err ? err : mvc_packdisk_wait(w->disk);
}

/* Each folder once, and the one above: another process may have made a
 * folder that is not on the disk yet. */
static int
sync_folders(struct mvc_writer *w)
{
	bool done[256] = {false};
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < w->list.n_packs; i++) {
		if (done[w->list.packs[i].name.b[0]])
			continue;
		done[w->list.packs[i].name.b[0]] = true;
		err = mvc_folder_sync(
		    &w->store->folder, mvc_pack_path(&w->list.packs[i].name).s);
	}
	return err ? err : mvc_sys_fsync_dir(w->store->folder.fd, "packs");
}

bool
mvc_writer_buried(struct mvc_writer *w, const struct mvc_oid *segment)
{
	return mvc_trash_has(&w->trash, MVC_TRASH_SEGMENT, segment) ||
	    mvc_store_covers(w->store, segment);
}

static bool
is_buried(void *arg, const struct mvc_oid *segment)
{
	return mvc_writer_buried(arg, segment);
}

static int
write_segment(struct mvc_writer *w)
{
	struct mvc_oid name;
	int err;

	err =
	    mvc_seglist_write(&name, &w->list, &w->store->folder, is_buried, w);
	return err ? err : mvc_root_add_segment(&w->found, &name);
}

static int
flush(struct mvc_writer *w)
{
	int err;

	err = seal_all(w);
	if (err || w->list.n_packs == 0)
		return err;
	err = sync_folders(w);
	if (!err)
		err = write_segment(w);
	if (err)
		return err;
	w->wrote = true;
	mvc_seglist_clear(&w->list);
	pthread_mutex_lock(&w->set_lock);
	mvc_oidset_clear(&w->set);
	pthread_mutex_unlock(&w->set_lock);
	err = mvc_store_refresh(w->store);
	return err ? err : mvc_tiers_merge(w);
}

int
mvc_writer_flush(struct mvc_writer *w)
{
	struct mvc_trace *trace = w->store->ctx->trace;
	uint64_t start = mvc_trace_start(trace);
	int err = flush(w);

	mvc_trace_end(
	    trace, start, "store.flush", w->sums.objects, w->sums.packed);
	return err;
}
