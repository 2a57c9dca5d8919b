/*
 * A big object goes up in parts:
 *
 *     list uploads of the key ─ one of an earlier try? ─ list its parts
 *          else create                                        │
 *     parts that are there with the same checksum stay, the others are sent
 *     complete: now the object is there, whole
 *
 * What a killed or failed put has sent is not sent again. An upload that
 * nobody completes stays until a collection removes it (s3_unfinished.c), or a
 * rule of the bucket's life cycle (mvc-remotes(7)).
 */
#include "remote/s3_priv.h"
#include "text/xml.h"
#include "util/flow.h"

#include "util/banned.h"

#define MAX_PARTS 10000
#define PARTS_AT_ONCE 4

struct part {
	char sum[16]; /* base64 of its CRC-32C */
	char etag[128]; /* "": not there yet */
};

struct upload {
	struct mvc_s3 *s;
	const char *key;
	const struct mvc_body *body;
	uint64_t part_size;
	size_t n;
	struct part *parts;
	char id[1024];
	pthread_mutex_t reading; /* one thread at a time reads the body */
};

/* ---- what an earlier try left ---- */

struct found {
	struct upload *u;
	char key[1200], id[1024]; /* of the element being read */
	char etag[128], sum[16];
	uint64_t size;
	size_t number;
	char next[32];
	bool more;
};

static void
keep(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	/* Too long to be used is as good as not there. */
	if (n >= size)
		n = 0;
	memcpy(out, text, n);
	out[n] = 0;
}

static int
on_upload(void *arg, const char *name, const char *text)
{
	struct found *f = arg;
	size_t n = strlen(f->u->s->prefix);

	if (!strcmp(name, "Key"))
		keep(f->key, sizeof(f->key), text);
	else if (!strcmp(name, "UploadId"))
		keep(f->id, sizeof(f->id), text);
	else if (!strcmp(name, "Upload") &&
	    !strncmp(f->key, f->u->s->prefix, n) &&
	    !strcmp(f->key + n, f->u->key))
		memcpy(f->u->id, f->id, sizeof(f->id));
	return MVC_OK;
}

static uint64_t
size_of(const struct upload *u, size_t i)
{
	uint64_t from = u->part_size * i, left = u->body->size - from;

	return left < u->part_size ? left : u->part_size;
}

static int
on_part(void *arg, const char *name, const char *text)
{
	struct found *f = arg;
	struct upload *u = f->u;
	struct part *p;

	if (!strcmp(name, "PartNumber"))
		f->number = strtoul(text, NULL, 10);
	else if (!strcmp(name, "ETag"))
		keep(f->etag, sizeof(f->etag), text);
	else if (!strcmp(name, "Size"))
		f->size = strtoull(text, NULL, 10);
	else if (!strcmp(name, "ChecksumCRC32C"))
		keep(f->sum, sizeof(f->sum), text);
	else if (!strcmp(name, "NextPartNumberMarker"))
		keep(f->next, sizeof(f->next), text);
	else if (!strcmp(name, "IsTruncated"))
		f->more = !strcmp(text, "true");
	if (strcmp(name, "Part") != 0)
		return MVC_OK;
	if (f->number >= 1 && f->number <= u->n &&
	    size_of(u, f->number - 1) == f->size && f->sum[0]) {
		p = &u->parts[f->number - 1];
		memcpy(p->etag, f->etag, sizeof(p->etag));
		memcpy(p->sum, f->sum, sizeof(p->sum));
	}
	memset(f->etag, 0, sizeof(f->etag));
	memset(f->sum, 0, sizeof(f->sum));
	return MVC_OK;
}

static int
ask(struct upload *u, const char *what, const char *method, const char *key,
    const char *query, const struct mvc_xml_events *events, void *arg)
{
	struct mvc_s3_call call = {.what = what,
	    .method = method,
	    .key = key,
	    .query = query,
	    .headers = {!strcmp(method, "POST")
		    ? "x-amz-checksum-algorithm: CRC32C"
		    : NULL}};
	MVC_SCOPED(mvc_http_reply) reply;
	int err;

	mvc_http_reply_init(&reply);
	err = mvc_s3_call(u->s, &call, &reply);
	if (!err && reply.text.len)
		err =
		    mvc_xml_parse(reply.text.data, reply.text.len, events, arg);
	return err;
}

/* An unfinished upload of this key; none where that cannot be asked. */
static int
find_upload(struct upload *u)
{
	static const struct mvc_xml_events events = {.end = on_upload};
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_buf) whole = MVC_BUF_INIT(4096);
	struct found f = {.u = u};
	int err;

	err = mvc_buf_addf(&whole, "%s%s", u->s->prefix, u->key);
	if (!err)
		err = mvc_aws_query(&query, "prefix", whole.data);
	if (!err)
		err = mvc_buf_add_str(&query, "&uploads=");
	if (!err)
		err = ask(u, "list", "GET", NULL, query.data, &events, &f);
	/* Starting anew is always right. */
	return err == MVC_EAGAIN || err == MVC_ENOMEM ? err : MVC_OK;
}

static int
find_parts(struct upload *u)
{
	static const struct mvc_xml_events events = {.end = on_part};
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(4096);
	struct found f = {.u = u};
	int err;

	do {
		f.more = false;
		mvc_buf_clear(&query);
		err = MVC_OK;
		if (f.next[0])
			err =
			    mvc_aws_query(&query, "part-number-marker", f.next);
		if (!err)
			err = mvc_aws_query(&query, "uploadId", u->id);
		if (!err)
			err = ask(
			    u, "get", "GET", u->key, query.data, &events, &f);
	} while (!err && f.more && f.next[0]);
	if (err == MVC_EAGAIN || err == MVC_ENOMEM)
		return err;
	if (err)
		u->id[0] = 0;
	return MVC_OK;
}

static int
on_created(void *arg, const char *name, const char *text)
{
	struct upload *u = arg;

	if (!strcmp(name, "UploadId"))
		keep(u->id, sizeof(u->id), text);
	return MVC_OK;
}

static int
create(struct upload *u)
{
	static const struct mvc_xml_events events = {.end = on_created};
	int err;

	memset(u->parts, 0, u->n * sizeof(*u->parts));
	err = ask(u, "put", "POST", u->key, "uploads=", &events, u);
	if (!err && !u->id[0])
		err = mvc_fail(MVC_EIO,
		    "%s: put %s: the server gives no id for an upload",
		    u->s->url, u->key);
	return err;
}

/* ---- sending ---- */

struct job {
	size_t i;
};

/* Of a part that may be sent beside others. */
static int
read_locked(void *arg, uint64_t off, void *p, size_t n)
{
	struct upload *u = arg;
	int err;

	pthread_mutex_lock(&u->reading);
	err = u->body->read(u->body->arg, off, p, n);
	pthread_mutex_unlock(&u->reading);
	return err;
}

static int
send_part(void *arg, void *job, unsigned thread)
{
	struct upload *u = arg;
	size_t i = ((struct job *)job)->i;
	struct part *p = &u->parts[i];
	struct mvc_body body = {
	    .size = u->body->size, .read = read_locked, .arg = u, .fd = -1};
	char sum[64], query[1200 * 3];
	struct mvc_s3_call call = {.what = "put",
	    .method = "PUT",
	    .key = u->key,
	    .query = query,
	    .headers = {sum},
	    .body = &body,
	    .body_at = u->part_size * i,
	    .body_len = size_of(u, i)};
	MVC_SCOPED(mvc_buf) q = MVC_BUF_INIT(sizeof(query));
	MVC_SCOPED(mvc_http_reply) reply;
	const char *etag;
	int err;

	mvc_http_reply_init(&reply);
	err = mvc_buf_addf(&q, "partNumber=%zu", i + 1);
	if (!err)
		err = mvc_aws_query(&q, "uploadId", u->id);
	if (err)
		return err;
	memcpy(query, q.data, q.len + 1);
	snprintf(sum, sizeof(sum), "x-amz-checksum-crc32c: %s", p->sum);
	err = mvc_s3_call(u->s, &call, &reply);
	etag = err ? NULL : mvc_http_header(&reply, "etag");
	if (!err && !etag)
		err = mvc_fail(MVC_EIO, "%s: put %s: a part got no ETag",
		    u->s->url, u->key);
	if (!err)
		keep(p->etag, sizeof(p->etag), etag);
	return err;
}

static void
drop_job(void *arg, void *job)
{
	free(job);
}

/* Each part is read once in order for its sum, and again when it is sent. */
static int
queue_parts(struct upload *u, struct mvc_flow *flow)
{
	struct mvc_body body = {
	    .size = u->body->size, .read = read_locked, .arg = u, .fd = -1};
	struct mvc_s3_sum sum;
	int err = MVC_OK;

	for (size_t i = 0; i < u->n && !err; i++) {
		struct part *p = &u->parts[i];
		struct job *job;
		const char *value;

		err = mvc_s3_sum_body(
		    &sum, &body, u->part_size * i, size_of(u, i));
		if (err)
			return err;
		value = strchr(sum.header, ' ') + 1;
		if (p->etag[0] && !strcmp(p->sum, value))
			continue;
		p->etag[0] = 0;
		keep(p->sum, sizeof(p->sum), value);
		job = malloc(sizeof(*job));
		if (!job)
			return mvc_fail(MVC_ENOMEM, "no memory for a part");
		job->i = i;
		err = mvc_flow_push(flow, job);
	}
	return err;
}

static int
send_parts(struct upload *u)
{
	static const struct mvc_flow_ops ops = {
	    .work = send_part, .drop = drop_job};
	MVC_OWN(mvc_flow) *flow = NULL;
	int err;

	err = mvc_flow_new(&flow, PARTS_AT_ONCE, PARTS_AT_ONCE + 1, &ops, u);
	if (!err)
		err = queue_parts(u, flow);
	return err ? err : mvc_flow_wait(flow);
}

static int
make_list(struct mvc_buf *xml, const struct upload *u)
{
	int err = mvc_buf_add_str(xml, "<CompleteMultipartUpload>");

	for (size_t i = 0; i < u->n && !err; i++) {
		const char *etag = u->parts[i].etag;

		if (strpbrk(etag, "<>&"))
			return mvc_fail(MVC_EIO, "an ETag that is none");
		err = mvc_buf_addf(xml,
		    "<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag>"
		    "<ChecksumCRC32C>%s</ChecksumCRC32C></Part>",
		    i + 1, etag, u->parts[i].sum);
	}
	return err ? err : mvc_buf_add_str(xml, "</CompleteMultipartUpload>");
}

static int
complete(struct upload *u, unsigned flags)
{
	MVC_SCOPED(mvc_buf) xml = MVC_BUF_INIT(4u << 20);
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_http_reply) reply;
	struct mvc_body body;
	struct mvc_s3_call call = {.what = "put",
	    .method = "POST",
	    .key = u->key,
	    .headers = {"content-type: application/xml",
		flags & MVC_PUT_NEW ? "if-none-match: *" : NULL},
	    .body = &body};
	int err;

	mvc_http_reply_init(&reply);
	err = make_list(&xml, u);
	if (!err)
		err = mvc_aws_query(&query, "uploadId", u->id);
	if (err)
		return err;
	body = mvc_s3_memory(&xml);
	call.body_len = body.size;
	call.query = query.data;
	return mvc_s3_call(u->s, &call, &reply);
}

static int
run(struct upload *u, unsigned flags)
{
	int err = find_upload(u);

	if (!err && u->id[0])
		err = find_parts(u);
	if (!err && !u->id[0])
		err = create(u);
	if (!err)
		err = send_parts(u);
	return err ? err : complete(u, flags);
}

int
mvc_s3_put_parts(struct mvc_s3 *s, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	struct upload u = {.s = s, .key = key, .body = body};
	int err;

	/* The same size for the same body: a later try finds its parts. */
	u.part_size = MVC_S3_PART;
	while (body->size / u.part_size >= MAX_PARTS)
		u.part_size *= 2;
	u.n = (size_t)((body->size + u.part_size - 1) / u.part_size);
	u.parts = calloc(u.n, sizeof(*u.parts));
	if (!u.parts)
		return mvc_fail(MVC_ENOMEM, "no memory for an upload's parts");
	pthread_mutex_init(&u.reading, NULL);
	err = run(&u, flags);
	pthread_mutex_destroy(&u.reading);
	free(u.parts);
	return err;
}
