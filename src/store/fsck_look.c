#include "hash/digest.h"
#include "store/format.h"
#include "store/fsck_priv.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/banned.h"

/* Packed bytes that one job checks, about. */
#define JOB_BYTES (UINT32_C(1) << 20)

/* Some entries of one pack, in the order of their offsets. */
struct job {
	struct mvc_marked_pack *pack;
	int fd; /* borrowed */
	const struct mvc_pack_entry *entries;
	uint32_t n;
	uint8_t *bad; /* one flag each */
	uint64_t bytes;
};

static int
doom(struct checking *k, struct mvc_marked_pack *p)
{
	if (!p->doomed)
		k->f->damaged++;
	p->doomed = true;
	return fsck_set_aside(k, mvc_pack_path(&p->name).s);
}

/* Whether an object's packed bytes are as listed and decode to its id. */
static bool
is_whole(struct mvc_scratch *x, const struct job *j,
    const struct mvc_pack_entry *e, struct mvc_buf *raw)
{
	uint8_t check[16];
	size_t got;

	mvc_buf_clear(&x->packed);
	mvc_buf_clear(raw);
	if (mvc_buf_reserve(&x->packed, e->packed) ||
	    mvc_buf_reserve(raw, e->raw) ||
	    mvc_sys_pread(
		&got, j->fd, x->packed.data, e->packed, e->offset, "pack") ||
	    got != e->packed)
		return false;
	mvc_blake3_128(check, x->packed.data, got);
	return !memcmp(check, e->check, sizeof(check)) &&
	    !mvc_decode(
		x->dec, raw->data, e->raw, e->codec, x->packed.data, got) &&
	    mvc_object_is(e->kind, &e->id, raw->data, e->raw);
}

static int
job_work(void *ctx, void *job, unsigned thread)
{
	struct checking *k = ctx;
	struct job *j = job;
	struct mvc_buf raw = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_scratch *x;
	int err;

	err = mvc_scratch_take(&x, k->f->store);
	if (err)
		return err;
	for (uint32_t i = 0; i < j->n; i++) {
		j->bad[i] = !is_whole(x, j, &j->entries[i], &raw);
		j->bytes += j->entries[i].packed;
	}
	mvc_scratch_give(k->f->store, x);
	mvc_buf_release(&raw);
	return MVC_OK;
}

static const char *
kind_name(enum mvc_kind kind)
{
	static const char *const names[] = {
	    "object", "chunk", "recipe", "part", "tree"};

	return names[kind <= MVC_KIND_LAST ? kind : 0];
}

static int
job_finish(void *ctx, void *job)
{
	struct checking *k = ctx;
	struct job *j = job;
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < j->n; i++) {
		const struct mvc_pack_entry *e = &j->entries[i];
		bool was;

		if (!j->bad[i])
			continue;
		fsck_found(k, "damaged: %s %.12s in %s", kind_name(e->kind),
		    mvc_oid_hex(&e->id).s, mvc_pack_path(&j->pack->name).s);
		err = mvc_oidset_add(&k->bad, (uint8_t)e->kind, &e->id, &was);
		if (!err)
			err = doom(k, j->pack);
	}
	k->f->objects += j->n;
	k->f->bytes += j->bytes;
	atomic_fetch_add(&k->f->store->ctx->progress.bytes, j->bytes);
	return err;
}

static void
job_drop(void *ctx, void *job)
{
	struct job *j = job;

	free(j->bad);
	free(j);
}

static const struct mvc_flow_ops job_ops = {job_work, job_finish, job_drop};

static int
by_offset(const void *a, const void *b)
{
	const struct mvc_pack_entry *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int
push_jobs(struct checking *k, struct mvc_flow *flow, struct mvc_marked_pack *p,
    int fd, const struct mvc_pack_index *ix)
{
	uint32_t i = 0;
	int err = MVC_OK;

	while (!err && i < ix->n) {
		struct job *j = calloc(1, sizeof(*j));
		uint64_t sum = 0;

		if (!j)
			return mvc_fail(MVC_ENOMEM, "no memory to check");
		j->pack = p;
		j->fd = fd;
		j->entries = &ix->entries[i];
		while (i < ix->n && sum < JOB_BYTES) {
			sum += ix->entries[i++].packed;
			j->n++;
		}
		j->bad = calloc(j->n, 1);
		if (!j->bad) {
			free(j);
			return mvc_fail(MVC_ENOMEM, "no memory to check");
		}
		err = mvc_flow_push(flow, j);
	}
	return err ? err : mvc_flow_wait(flow);
}

/* Objects lie back to back from the header to the index. */
static bool
is_tight(const struct mvc_pack_index *ix, uint64_t file_size)
{
	uint64_t at = MVC_PACK_HEADER, tail;

	tail = MVC_PACK_TRAILER + MVC_PACK_INDEX_HEAD +
	    (uint64_t)ix->n_needs * 32 + (uint64_t)ix->n * MVC_PACK_ENTRY;
	for (uint32_t i = 0; i < ix->n; i++) {
		if (ix->entries[i].offset != at)
			return false;
		at += ix->entries[i].packed;
	}
	return at + tail == file_size;
}

static int
look_pack(struct checking *k, struct mvc_flow *flow, struct mvc_marked_pack *p)
{
	struct mvc_pack_path path = mvc_pack_path(&p->name);
	const char *key = path.s;
	struct mvc_pack_index ix;
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err;

	k->f->packs++;
	if (!p->made) {
		fsck_found(k, "missing: %s", key);
		k->f->damaged++;
		p->doomed = true;
		return MVC_OK;
	}
	err = mvc_sys_open(&fd, k->folder->fd, key, O_RDONLY | O_NONBLOCK, 0);
	if (!err && fstat(fd, &st) < 0)
		err = mvc_fail_errno("stat %s", key);
	if (!err)
		err = mvc_pack_index_read(&ix, fd, key, &p->name);
	if (err && err != MVC_ECORRUPT && err != MVC_EIO)
		return err;
	if (err) {
		fsck_found(k, "damaged: %s", mvc_error_text());
		return doom(k, p);
	}
	qsort(ix.entries, ix.n, sizeof(*ix.entries), by_offset);
	if (!is_tight(&ix, (uint64_t)st.st_size)) {
		fsck_found(k, "damaged: %s has gaps or overlaps", key);
		err = doom(k, p);
	}
	if (!err && k->f->full)
		err = push_jobs(k, flow, p, fd, &ix);
	else if (!err)
		k->f->objects += ix.n;
	mvc_pack_index_release(&ix);
	return err;
}

int
fsck_look_packs(struct checking *k)
{
	struct mvc_ctx *ctx = k->f->store->ctx;
	MVC_OWN(mvc_flow) *flow = NULL;
	int err = MVC_OK;

	ctx->progress.what = "checking";
	for (size_t i = 0; k->f->full && i < k->mark->n_packs; i++)
		ctx->progress.bytes_total += k->mark->packs[i].size;
	if (k->f->full)
		err = mvc_flow_new(
		    &flow, ctx->threads, 4 * ctx->threads, &job_ops, k);
	for (size_t i = 0; !err && i < k->mark->n_packs; i++)
		err = look_pack(k, flow, &k->mark->packs[i]);
	return err;
}

/* Each entry says what its pack's own index says. */
static int
look_entries(struct checking *k, struct mvc_segment *s, bool *wrong)
{
	int err = MVC_OK;

	for (uint64_t i = 0; !err && !*wrong && i < mvc_segment_count(s); i++) {
		struct mvc_segment_pack p;
		struct mvc_segment_entry e;
		struct mvc_marked_pack *mp;
		bool has;

		err = mvc_segment_at(s, i, &e);
		if (err)
			break;
		mvc_segment_pack_at(s, e.pack, &p);
		mp = mvc_mark_pack(k->mark, &p.name);
		if (mp && mp->doomed)
			continue;
		err = mvc_index_agrees(k->f->store, &p.name, &e, &has);
		*wrong = !has;
	}
	return err;
}

static int
look_segment(struct checking *k, const struct mvc_oid *name)
{
	MVC_OWN(mvc_segment) *s = NULL;
	bool wrong = false;
	int err;

	err = mvc_segment_open(&s, k->folder, name);
	if (!err)
		err = mvc_segment_verify(s);
	if (!err)
		err = look_entries(k, s, &wrong);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (err && err != MVC_ECORRUPT)
		return err;
	if (!err && !wrong)
		return MVC_OK;
	if (err)
		fsck_found(k, "damaged: %s", mvc_error_text());
	else
		fsck_found(k, "damaged: %s does not agree with its packs",
		    mvc_segment_path(name).s);
	k->f->damaged++;
	k->reindex = true;
	return fsck_set_aside(k, mvc_segment_path(name).s);
}

static int
look_file(void *arg, int dirfd, const char *file)
{
	struct mvc_oid name;

	/* Unknown files are ignored, and kept. */
	return mvc_oid_parse(&name, file, strlen(file))
	    ? MVC_OK
	    : look_segment(arg, &name);
}

int
fsck_look_segments(struct checking *k)
{
	return mvc_folder_each(k->folder, "segments", look_file, k);
}

static int
bad_root(void *arg, const char *key, int err)
{
	struct checking *k = arg;

	if (err != MVC_ECORRUPT)
		return err;
	fsck_found(k, "damaged: %s", mvc_error_text());
	k->f->damaged++;
	return fsck_set_aside(k, key);
}

int
fsck_look_roots(struct checking *k)
{
	int err;

	err =
	    mvc_rootlist_load(&k->roots, &k->f->store->backend.b, bad_root, k);
	for (size_t i = 0; !err && i < k->roots.n; i++) {
		const struct mvc_listed_root *r = &k->roots.at[i];

		for (size_t j = 0; j < r->root.n_segments; j++) {
			struct mvc_segment_path p =
			    mvc_segment_path(&r->root.segments[j]);

			if (!mvc_file_absent(k->folder->fd, p.s))
				continue;
			fsck_found(
			    k, "missing: %s, which %s names", p.s, r->key.s);
			k->f->damaged++;
			k->reindex = true;
		}
	}
	return err;
}

static int
look_list(void *arg, int dirfd, const char *name)
{
	struct checking *k = arg;
	struct mvc_trash_list l;
	char key[40];
	int err;

	if (!mvc_trash_is_id(name))
		return MVC_OK;
	err = mvc_trash_list_read(&l, &k->f->store->backend.b, name);
	if (!err)
		mvc_trash_list_release(&l);
	if (err != MVC_ECORRUPT)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	fsck_found(k, "damaged: %s", mvc_error_text());
	k->f->damaged++;
	snprintf(key, sizeof(key), "trash/%.32s", name);
	return fsck_set_aside(k, key);
}

int
fsck_look_trash(struct checking *k)
{
	int err = mvc_folder_each(k->folder, "trash", look_list, k);

	return err == MVC_ENOTFOUND ? MVC_OK : err;
}
