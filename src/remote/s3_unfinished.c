/*
 * Uploads in parts that were begun and never completed: they are under no key,
 * take room, and only who lists them finds them.
 *
 *     a page of them ─ old ones below the prefix ─┬─ list parts: their bytes
 *          ▲                                      └─ abort
 *          └── the next one
 */
#include "remote/s3_priv.h"
#include "text/xml.h"

#include "util/banned.h"

struct old {
	char key[MVC_KEY_MAX + 1]; /* without the bucket's prefix */
	char *id;
	int64_t begun;
};

struct page {
	struct mvc_s3 *s;
	int64_t before;
	struct old *at;
	size_t n;
	/* Of the element being read. */
	char *key, *id;
	int64_t begun;
	/* Where the next one begins. */
	char *next_key, *next_id;
	bool more;
};

static void
page_release(struct page *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->at[i].id);
	free(p->at);
	free(p->key);
	free(p->id);
	free(p->next_key);
	free(p->next_id);
}

static int
set(char **out, const char *text)
{
	free(*out);
	*out = strdup(text);
	return *out ? MVC_OK
		    : mvc_fail(MVC_ENOMEM, "no memory for a list of uploads");
}

static int
take_upload(struct page *p)
{
	size_t n = strlen(p->s->prefix);
	struct old *t;

	if (!p->key || !p->id || strncmp(p->key, p->s->prefix, n) ||
	    !mvc_key_is_sane(p->key + n) || p->begun >= p->before)
		return MVC_OK;
	t = realloc(p->at, (p->n + 1) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for a list of uploads");
	p->at = t;
	t += p->n++;
	snprintf(t->key, sizeof(t->key), "%s", p->key + n);
	t->id = MVC_TAKE(p->id);
	t->begun = p->begun;
	return MVC_OK;
}

static int
on_upload(void *arg, const char *name, const char *text)
{
	struct page *p = arg;

	if (!strcmp(name, "Key"))
		return set(&p->key, text);
	if (!strcmp(name, "UploadId"))
		return set(&p->id, text);
	if (!strcmp(name, "Initiated"))
		return mvc_aws_time(&p->begun, text);
	if (!strcmp(name, "NextKeyMarker"))
		return set(&p->next_key, text);
	if (!strcmp(name, "NextUploadIdMarker"))
		return set(&p->next_id, text);
	if (!strcmp(name, "IsTruncated"))
		p->more = !strcmp(text, "true");
	if (strcmp(name, "Upload") != 0)
		return MVC_OK;
	return take_upload(p);
}

/* The sizes of its parts. */
static int
on_size(void *arg, const char *name, const char *text)
{
	if (!strcmp(name, "Size"))
		*(uint64_t *)arg += strtoull(text, NULL, 10);
	return MVC_OK;
}

static int
ask(struct mvc_s3 *s, const char *key, const char *query,
    const struct mvc_xml_events *events, void *arg)
{
	struct mvc_s3_call call = {.what = key ? "list parts" : "list uploads",
	    .method = "GET",
	    .key = key,
	    .query = query};
	MVC_SCOPED(mvc_http_reply) reply;
	int err;

	mvc_http_reply_init(&reply);
	err = mvc_s3_call(s, &call, &reply);
	return err
	    ? err
	    : mvc_xml_parse(reply.text.data, reply.text.len, events, arg);
}

static int
read_page(struct page *p, const char *prefix, const struct page *last)
{
	static const struct mvc_xml_events events = {.end = on_upload};
	MVC_SCOPED(mvc_buf) whole = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(16384);
	int err = mvc_buf_addf(&whole, "%s%s", p->s->prefix, prefix);

	if (!err && last)
		err = mvc_aws_query(&query, "key-marker", last->next_key);
	if (!err)
		err = mvc_aws_query(&query, "prefix", whole.data);
	if (!err && last && last->next_id)
		err = mvc_aws_query(&query, "upload-id-marker", last->next_id);
	if (!err)
		err = mvc_aws_query(&query, "uploads", "");
	return err ? err : ask(p->s, NULL, query.data, &events, p);
}

/* What it holds; a server's first thousand parts are said to be all. */
static int
size_of(uint64_t *out, struct mvc_s3 *s, const struct old *o)
{
	static const struct mvc_xml_events events = {.end = on_size};
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(4096);
	int err = mvc_aws_query(&query, "uploadId", o->id);

	*out = 0;
	return err ? err : ask(s, o->key, query.data, &events, out);
}

static int
abort_one(struct mvc_s3 *s, const struct old *o)
{
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_http_reply) reply;
	struct mvc_s3_call call = {.what = "abort",
	    .method = "DELETE",
	    .key = o->key,
	    .missing_ok = true};
	int err = mvc_aws_query(&query, "uploadId", o->id);

	mvc_http_reply_init(&reply);
	call.query = query.data;
	return err ? err : mvc_s3_call(s, &call, &reply);
}

static int
remove_old(const struct page *p, bool act, mvc_key_fn each, void *arg)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < p->n; i++) {
		struct mvc_keystat st = {.modified = p->at[i].begun};

		err = size_of(&st.size, p->s, &p->at[i]);
		/* Completed, or aborted by somebody else. */
		if (err == MVC_ENOTFOUND) {
			err = MVC_OK;
			continue;
		}
		if (!err)
			err = each(arg, p->at[i].key, &st);
		if (!err && act)
			err = abort_one(p->s, &p->at[i]);
	}
	return err;
}

/* A server that goes round in a circle has no end. */
static int
check_next(const struct page *last, const struct page *p)
{
	int order = strcmp(last->next_key, p->next_key);

	if (order < 0 ||
	    (!order && last->next_id && p->next_id &&
		strcmp(last->next_id, p->next_id)))
		return MVC_OK;
	return mvc_fail(MVC_EIO,
	    "%s: the server's list of uploads goes back to where it was",
	    p->s->url);
}

static int
each_page(
    struct page *last, const char *prefix, bool act, mvc_key_fn each, void *arg)
{
	int err = read_page(last, prefix, NULL);

	if (!err)
		err = remove_old(last, act, each, arg);
	while (!err && last->more && last->next_key) {
		struct page p = {.s = last->s, .before = last->before};

		err = read_page(&p, prefix, last);
		if (!err && p.more && p.next_key)
			err = check_next(last, &p);
		page_release(last);
		*last = p;
		if (!err)
			err = remove_old(last, act, each, arg);
	}
	return err;
}

int
mvc_s3_unfinished(struct mvc_backend *b, const char *prefix, int64_t before,
    bool act, mvc_key_fn each, void *arg)
{
	struct mvc_s3 *s = (struct mvc_s3 *)b;
	struct page p = {.s = s, .before = before};
	int err = each_page(&p, prefix, act, each, arg);

	page_release(&p);
	if (!err || err == MVC_EAGAIN || err == MVC_ENOMEM)
		return err;
	/* It only takes room; some servers, and some keys, cannot. */
	mvc_warn(s->ctx, "%s", mvc_error_text());
	return MVC_OK;
}
