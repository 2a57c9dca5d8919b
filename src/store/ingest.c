#include "store/ingest_priv.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "util/trace.h"
#include "util/banned.h"

/* Memory that has been used is faster than new: no page is to be filled. */
struct job *
ingest_job_new(struct mvc_ingest *in)
{
	struct job *j;

	pthread_mutex_lock(&in->spare_lock);
	j = in->spare;
	if (j)
		in->spare = j->next;
	pthread_mutex_unlock(&in->spare_lock);
	if (j)
		return j;
	j = calloc(1, sizeof(*j));
	if (j)
		j->bytes.max = j->packed.max = SIZE_MAX / 4;
	return j;
}

/* What is of this job alone. */
static void
clear_job(struct job *j)
{
	for (uint32_t i = 0; i < j->n_smalls; i++) {
		mvc_dirref_drop(j->smalls[i].dir);
		free(j->smalls[i].name);
		free(j->smalls[i].given);
		free(j->smalls[i].text);
		j->smalls[i] = (struct small){0};
	}
	ingest_big_drop(j->big);
	free(j->text);
	free(j->carried);
}

void
ingest_job_drop(struct mvc_ingest *in, struct job *j)
{
	struct job kept;

	if (!j)
		return;
	clear_job(j);
	kept = (struct job){.smalls = j->smalls,
	    .bytes = j->bytes,
	    .packed = j->packed,
	    .out = j->out,
	    .cap_out = j->cap_out,
	    .found = j->found};
	kept.bytes.len = kept.packed.len = 0;
	kept.found.n = 0;
	*j = kept;
	pthread_mutex_lock(&in->spare_lock);
	j->next = in->spare;
	in->spare = j;
	pthread_mutex_unlock(&in->spare_lock);
}

static void
free_spare(struct mvc_ingest *in)
{
	while (in->spare) {
		struct job *j = in->spare;

		in->spare = j->next;
		free(j->smalls);
		mvc_offsets_release(&j->found);
		mvc_buf_release(&j->bytes);
		mvc_buf_release(&j->packed);
		free(j->out);
		free(j);
	}
}

int
ingest_keep_error(int err, char **text)
{
	free(*text);
	*text = strdup(mvc_error_text());
	return err;
}

#ifndef O_NOATIME
#define O_NOATIME 0
#endif

/*
 * No time of access is written for each of a hundred thousand files. That is
 * for the owner's files alone; others' are refused, and opened without.
 */
int
ingest_open(int *fd, struct mvc_dirref *dir, const char *name)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int err;

	if (strchr(name, '/'))
		return mvc_beneath_open(fd, dir->fd, name, flags, 0);
	err = mvc_sys_open(fd, dir->fd, name, flags | O_NOATIME, 0);
	if (err == MVC_EDENIED && O_NOATIME)
		err = mvc_sys_open(fd, dir->fd, name, flags, 0);
	return err;
}

int
ingest_add_chunk(
    struct job *j, const uint8_t *raw, uint32_t len, unsigned width)
{
	struct outgoing *o;

	if (j->n_out == j->cap_out) {
		uint32_t cap = j->cap_out ? 2 * j->cap_out : 32;

		o = realloc(j->out, cap * sizeof(*o));
		if (!o)
			return mvc_fail(MVC_ENOMEM, "no memory for chunks");
		j->out = o;
		j->cap_out = cap;
	}
	o = &j->out[j->n_out++];
	memset(o, 0, sizeof(*o));
	o->raw = raw;
	o->len = len;
	o->width = (uint8_t)width;
	return MVC_OK;
}

/* Hash, ask whether it is there, encode: one pass while it is in cache. */
static int
encode_chunk(
    struct mvc_ingest *in, struct job *j, struct outgoing *o, unsigned thread)
{
	struct mvc_encoded enc;
	int err;

	if (j->hole && o->raw != j->carried && o->len == MVC_CHUNK_MAX)
		o->id = in->zero_id;
	else
		mvc_blake3(&o->id, o->raw, o->len);
	if (!in->w)
		return MVC_OK;
	o->known = mvc_writer_has(in->w, MVC_CHUNK, &o->id);
	if (o->known)
		return MVC_OK;
	err = mvc_encode(in->encoders[thread], &enc, o->raw, o->len, o->width);
	if (err)
		return err;
	o->codec = enc.codec;
	o->packed_len = (uint32_t)enc.len;
	if (enc.codec == MVC_CODEC_RAW) {
		/* The check is the beginning of the same hash. */
		memcpy(o->check, o->id.b, sizeof(o->check));
		return MVC_OK;
	}
	mvc_blake3_128(o->check, enc.p, enc.len);
	o->packed_at = j->packed.len;
	if (!o->packed_at) {
		err = mvc_buf_reserve(&j->packed, INGEST_BLOCK);
		if (err)
			return err;
	}
	return mvc_buf_add(&j->packed, enc.p, enc.len);
}

static int
put_chunk(struct mvc_ingest *in, struct job *j, struct outgoing *o)
{
	struct mvc_encoded enc = {.codec = o->codec, .len = o->packed_len};
	bool known;
	int err;

	if (!in->w)
		return in->chunk(in->arg, &o->id, o->len);
	if (!o->known) {
		enc.p = o->codec == MVC_CODEC_RAW
		    ? o->raw
		    : (uint8_t *)j->packed.data + o->packed_at;
		return mvc_writer_put_encoded(
		    in->w, MVC_CHUNK, &o->id, o->len, &enc, o->check);
	}
	err = mvc_writer_known(in->w, MVC_CHUNK, &o->id, o->len, &known);
	if (err || known)
		return err;
	/* It was there a moment ago, and its pack is damaged or gone now. */
	return mvc_writer_put(in->w, MVC_CHUNK, &o->id, o->raw, o->len);
}

int
ingest_put_chunks(
    struct mvc_ingest *in, struct job *j, uint32_t at, uint32_t n, bool recipe)
{
	int err = MVC_OK;

	for (uint32_t i = at; !err && i < at + n; i++) {
		err = put_chunk(in, j, &j->out[i]);
		if (!err && in->w && recipe)
			err = mvc_recipe_builder_add(
			    in->recipe, &j->out[i].id, j->out[i].len);
	}
	return err;
}

int
ingest_put_recipe(struct mvc_ingest *in, const struct mvc_oid *id)
{
	return in->w ? mvc_recipe_builder_finish(in->recipe, id) : MVC_OK;
}

uint64_t
ingest_packed(const struct mvc_ingest *in)
{
	struct mvc_writer_sums now = {.packed = 0};

	if (in->w)
		mvc_writer_get_sums(in->w, &now);
	return now.packed;
}

static int
scan_work(void *ctx, void *job, unsigned thread)
{
	struct job *j = job;

	return j->big ? ingest_block_read(ctx, j) : MVC_OK;
}

/* The job goes on into the second flow: this one must not free it. */
struct passing {
	struct job *job;
};

static int
scan_finish(void *ctx, void *job)
{
	struct mvc_ingest *in = ctx;
	struct passing *p = job;
	struct job *j = p->job;
	int err = MVC_OK;

	if (j->big)
		err = ingest_block_cut(in, j);
	if (err)
		return err;
	p->job = NULL;
	return mvc_flow_push(in->encode, j);
}

static int
passing_work(void *ctx, void *job, unsigned thread)
{
	return scan_work(ctx, ((struct passing *)job)->job, thread);
}

static void
scan_drop(void *ctx, void *job)
{
	struct passing *p = job;

	ingest_job_drop(ctx, p->job);
	free(p);
}

static int
encode_work(void *ctx, void *job, unsigned thread)
{
	struct mvc_ingest *in = ctx;
	struct job *j = job;
	int err = MVC_OK;

	if (!j->big)
		err = ingest_smalls_read(in, j);
	for (uint32_t i = 0; !err && i < j->n_out; i++)
		err = encode_chunk(in, j, &j->out[i], thread);
	return err;
}

static int
encode_finish(void *ctx, void *job)
{
	struct job *j = job;

	return j->big ? ingest_block_finish(ctx, j)
		      : ingest_smalls_finish(ctx, j);
}

static void
encode_drop(void *ctx, void *job)
{
	ingest_job_drop(ctx, job);
}

static const struct mvc_flow_ops scan_ops = {
    passing_work, scan_finish, scan_drop};
static const struct mvc_flow_ops encode_ops = {
    encode_work, encode_finish, encode_drop};

static int
make_encoders(struct mvc_ingest *in)
{
	int err = MVC_OK;

	in->encoders = calloc(in->ctx->threads, sizeof(struct mvc_encoder *));
	if (!in->encoders)
		return mvc_fail(MVC_ENOMEM, "no memory for encoders");
	for (unsigned i = 0; !err && i < in->ctx->threads; i++)
		err = mvc_encoder_new(&in->encoders[i]);
	return err;
}

static int
make_flows(struct mvc_ingest *in)
{
	unsigned threads = in->ctx->threads, depth = 3 * threads + 2;
	int err = mvc_flow_new(&in->encode, threads, depth, &encode_ops, in);

	in->batch_dirs = INGEST_FOLDERS / (2 * depth + 2);
	in->batch_dirs += !in->batch_dirs;
	if (!err)
		err = mvc_flow_new(&in->scan, threads, depth, &scan_ops, in);
	return err;
}

int
mvc_ingest_new(struct mvc_ingest **out, struct mvc_ctx *ctx,
    struct mvc_writer *w, mvc_ingest_done *done, void *arg)
{
	MVC_OWN(mvc_ingest) *in = calloc(1, sizeof(*in));
	int err = MVC_OK;

	*out = NULL;
	if (!in)
		return mvc_fail(MVC_ENOMEM, "no memory to take files in");
	in->ctx = ctx;
	in->w = w;
	in->done = done;
	in->arg = arg;
	in->start = mvc_trace_start(ctx->trace);
	pthread_mutex_init(&in->spare_lock, NULL);
	mvc_gear_init(&in->gear);
	if (w)
		err = make_encoders(in);
	if (!err && w)
		err = mvc_recipe_builder_new(&in->recipe, mvc_writer_sink(w));
	if (!err)
		err = make_flows(in);
	if (!err)
		*out = MVC_TAKE(in);
	return err;
}

int
mvc_ingest_new_dry(struct mvc_ingest **out, struct mvc_ctx *ctx,
    mvc_ingest_chunk *chunk, mvc_ingest_done *done, void *arg)
{
	int err = mvc_ingest_new(out, ctx, NULL, done, arg);

	if (!err)
		(*out)->chunk = chunk;
	return err;
}

void
mvc_ingest_free(struct mvc_ingest *in)
{
	if (!in)
		return;
	mvc_flow_free(in->scan);
	mvc_flow_free(in->encode);
	ingest_job_drop(in, in->batch);
	free_spare(in);
	pthread_mutex_destroy(&in->spare_lock);
	mvc_recipe_builder_free(in->recipe);
	for (unsigned i = 0; in->encoders && i < in->ctx->threads; i++)
		mvc_encoder_free(in->encoders[i]);
	free(in->encoders);
	free(in->zeros);
	free(in);
}

int
ingest_push(struct mvc_ingest *in, struct job *j)
{
	struct passing *p = malloc(sizeof(*p));

	if (!p) {
		ingest_job_drop(in, j);
		return mvc_fail(MVC_ENOMEM, "no memory to take files in");
	}
	p->job = j;
	return mvc_flow_push(in->scan, p);
}

static int
push_batch(struct mvc_ingest *in)
{
	if (!in->batch)
		return MVC_OK;
	return ingest_push(in, MVC_TAKE(in->batch));
}

/* Whether the batch does not hold the folder yet; files come folder by folder. */
static bool
is_another(const struct job *j, const struct mvc_dirref *dir)
{
	return dir &&
	    (!j || !j->n_smalls || j->smalls[j->n_smalls - 1].dir != dir);
}

/* A place in the batch being filled; dir is NULL for what is not read. */
static int
next_small(struct small **out, struct mvc_ingest *in, struct mvc_dirref *dir,
    uint64_t hint)
{
	struct job *j = in->batch;
	int err;

	if (j &&
	    (j->n_smalls == INGEST_BATCH_FILES ||
		(j->hints && j->hints + hint > INGEST_BATCH_BYTES) ||
		(j->n_dirs == in->batch_dirs && is_another(j, dir)))) {
		err = push_batch(in);
		if (err)
			return err;
		j = NULL;
	}
	if (!j) {
		j = in->batch = ingest_job_new(in);
		if (j && !j->smalls)
			j->smalls =
			    calloc(INGEST_BATCH_FILES, sizeof(*j->smalls));
		if (!j || !j->smalls)
			return mvc_fail(
			    MVC_ENOMEM, "no memory to take files in");
	}
	j->n_dirs += is_another(j, dir);
	j->hints += hint;
	*out = &j->smalls[j->n_smalls++];
	return MVC_OK;
}

int
mvc_ingest_file(struct mvc_ingest *in, struct mvc_dirref *dir, const char *name,
    uint64_t size, void *user)
{
	struct small *s;
	int err;

	if (size > INGEST_BIG) {
		err = push_batch(in);
		return err ? err : ingest_big_push(in, dir, name, user);
	}
	err = next_small(&s, in, dir, size);
	if (err)
		return err;
	s->user = user;
	s->hint = size;
	s->name = strdup(name);
	if (!s->name)
		return mvc_fail(MVC_ENOMEM, "no memory to take files in");
	s->dir = mvc_dirref_hold(dir);
	return MVC_OK;
}

int
mvc_ingest_stream(struct mvc_ingest *in, uint64_t size, mvc_ingest_read *read,
    void *arg, void *user)
{
	struct small *s;
	int err;

	if (size > INGEST_BIG) {
		err = push_batch(in);
		return err ? err : ingest_big_stream(in, size, read, arg, user);
	}
	err = next_small(&s, in, NULL, size);
	if (err)
		return err;
	s->user = user;
	s->hint = size;
	s->given = malloc(size ? (size_t)size : 1);
	if (!s->given)
		return mvc_fail(MVC_ENOMEM, "no memory to take files in");
	return read(arg, s->given, (size_t)size);
}

int
mvc_ingest_pass(struct mvc_ingest *in, void *user)
{
	struct small *s;
	int err = next_small(&s, in, NULL, 0);

	if (!err)
		s->user = user;
	return err;
}

int
mvc_ingest_wait(struct mvc_ingest *in)
{
	int err = push_batch(in);

	if (!err)
		err = mvc_flow_wait(in->scan);
	if (!err)
		err = mvc_flow_wait(in->encode);
	mvc_trace_end(in->ctx->trace, in->start, "store.ingest", in->files,
	    in->ctx->progress.bytes);
	return err;
}
