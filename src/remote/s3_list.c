/* Listing and deleting: the calls that speak XML. */
#include "remote/s3_priv.h"
#include "hash/foreign.h"
#include "text/xml.h"

#include "util/banned.h"

#define PAGE_KEYS 1000
#define DELETE_KEYS 1000

struct reader {
	struct mvc_s3_page *page;
	const char *prefix;
	mvc_key_fn each;
	void *arg;
	bool encoded; /* keys are percent-encoded */
	bool inside; /* of a Contents */
	char key[3 * 1024 + 1];
	bool has_key;
	struct mvc_keystat st;
};

void
mvc_s3_page_release(struct mvc_s3_page *page)
{
	free(page->token);
	page->token = NULL;
}

static int
on_open(void *arg, const char *name)
{
	struct reader *r = arg;

	if (strcmp(name, "Contents") != 0)
		return MVC_OK;
	r->inside = true;
	r->has_key = false;
	memset(&r->st, 0, sizeof(r->st));
	return MVC_OK;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '%' && digit(s[1]) >= 0 && digit(s[2]) >= 0) {
			*to++ = (char)(digit(s[1]) << 4 | digit(s[2]));
			s += 2;
		} else {
			*to++ = *s == '+' ? ' ' : *s;
		}
	}
	*to = 0;
}

static int
take_field(struct reader *r, const char *name, const char *text)
{
	char *end;

	if (!strcmp(name, "Key")) {
		if (strlen(text) >= sizeof(r->key))
			return mvc_fail(MVC_EINVALID, "a key is too long");
		memcpy(r->key, text, strlen(text) + 1);
		r->has_key = true;
	} else if (!strcmp(name, "Size")) {
		r->st.size = strtoull(text, &end, 10);
		if (*end || end == text)
			return mvc_fail(MVC_EINVALID, "a size that is none");
	} else if (!strcmp(name, "LastModified")) {
		return mvc_aws_time(&r->st.modified, text);
	}
	return MVC_OK;
}

/* Keys that a store cannot have are somebody else's. */
static int
give(struct reader *r)
{
	size_t n = strlen(r->prefix);

	r->inside = false;
	r->page->keys++;
	if (!r->has_key)
		return mvc_fail(MVC_EINVALID, "an object without a key");
	if (r->encoded)
		decode(r->key);
	if (strncmp(r->key, r->prefix, n) || !mvc_key_is_sane(r->key + n))
		return MVC_OK;
	return r->each(r->arg, r->key + n, &r->st);
}

static int
on_close(void *arg, const char *name, const char *text)
{
	struct reader *r = arg;

	if (!strcmp(name, "Contents"))
		return r->inside ? give(r) : MVC_OK;
	if (r->inside)
		return take_field(r, name, text);
	if (!strcmp(name, "EncodingType"))
		r->encoded = !strcmp(text, "url");
	else if (!strcmp(name, "IsTruncated"))
		r->page->more = !strcmp(text, "true");
	if (strcmp(name, "NextContinuationToken") != 0)
		return MVC_OK;
	free(r->page->token);
	r->page->token = strdup(text);
	return r->page->token ? MVC_OK
			      : mvc_fail(MVC_ENOMEM, "no memory to list");
}

/* EncodingType may come behind the keys that it is about. */
static bool
says_encoded(const char *p, size_t n)
{
	static const char mark[] = "<EncodingType>url</EncodingType>";

	return memmem(p, n, mark, sizeof(mark) - 1) != NULL;
}

int
mvc_s3_page_read(struct mvc_s3_page *page, const char *p, size_t n,
    const char *prefix, mvc_key_fn each, void *arg)
{
	static const struct mvc_xml_events events = {on_open, on_close};
	struct reader r = {
	    .page = page, .prefix = prefix, .each = each, .arg = arg};

	r.encoded = says_encoded(p, n);
	return mvc_xml_parse(p, n, &events, &r);
}

/* Its names in the order that a signature wants. */
static int
make_query(struct mvc_buf *q, struct mvc_s3 *s, const char *prefix,
    const char *after, const char *token)
{
	MVC_SCOPED(mvc_buf) whole = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_buf) start = MVC_BUF_INIT(4096);
	int err = mvc_buf_addf(&whole, "%s%s", s->prefix, prefix);

	mvc_buf_clear(q);
	if (!err && token)
		err = mvc_aws_query(q, "continuation-token", token);
	if (!err)
		err = mvc_aws_query(q, "encoding-type", "url");
	if (!err)
		err = mvc_aws_query(q, "list-type", "2");
	if (!err)
		err = mvc_aws_query(q, "max-keys", "1000");
	if (!err && whole.len)
		err = mvc_aws_query(q, "prefix", whole.data);
	if (err || token || !after)
		return err;
	err = mvc_buf_addf(&start, "%s%s", s->prefix, after);
	return err ? err : mvc_aws_query(q, "start-after", start.data);
}

/* Keys must come in order: whoever merges lists relies on it. */
struct ordered {
	struct mvc_s3 *s;
	mvc_key_fn each;
	void *arg;
	char last[MVC_KEY_MAX + 1];
};

static int
in_order(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct ordered *o = arg;

	if (strlen(key) > MVC_KEY_MAX)
		return MVC_OK;
	if (strcmp(key, o->last) <= 0)
		return mvc_fail(MVC_ECORRUPT,
		    "%s: the server lists %s after %s: mvc needs a bucket "
		    "that lists in order (no directory bucket)",
		    o->s->url, key, o->last);
	memcpy(o->last, key, strlen(key) + 1);
	return o->each(o->arg, key, st);
}

static int
list_page(struct ordered *o, struct mvc_s3_page *page, const char *query)
{
	struct mvc_s3_call call = {
	    .what = "list", .method = "GET", .query = query};
	MVC_SCOPED(mvc_http_reply) reply;
	int err;

	mvc_http_reply_init(&reply);
	err = mvc_s3_call(o->s, &call, &reply);
	if (err)
		return err;
	mvc_s3_page_release(page);
	memset(page, 0, sizeof(*page));
	err = mvc_s3_page_read(
	    page, reply.text.data, reply.text.len, o->s->prefix, in_order, o);
	if (err == MVC_EINVALID)
		return mvc_fail_prefix(err, "%s: the server's list", o->s->url);
	return err;
}

int
mvc_s3_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	struct mvc_s3 *s = (struct mvc_s3 *)b;
	struct ordered o = {.s = s, .each = each, .arg = arg};
	MVC_SCOPED(mvc_buf) query = MVC_BUF_INIT(16384);
	struct mvc_s3_page page = {0};
	int err;

	do {
		err = make_query(&query, s, prefix, after, page.token);
		if (!err)
			err = list_page(&o, &page, query.data);
		if (!err && page.more && !page.token)
			err = mvc_fail(MVC_EIO,
			    "%s: the server says that its list goes on, and "
			    "not where",
			    s->url);
	} while (!err && page.more);
	mvc_s3_page_release(&page);
	return err;
}

/* ---- deleting ---- */

static int
delete_one(struct mvc_s3 *s, const char *key)
{
	struct mvc_s3_call call = {.what = "delete",
	    .method = "DELETE",
	    .key = key,
	    .missing_ok = true};
	MVC_SCOPED(mvc_http_reply) reply;

	mvc_http_reply_init(&reply);
	return mvc_s3_call(s, &call, &reply);
}

/* Keys are sane (mvc_key_is_sane), a prefix may hold what XML escapes. */
static int
add_escaped(struct mvc_buf *b, const char *text)
{
	int err = MVC_OK;

	for (; *text && !err; text++) {
		if (*text == '&' || *text == '<' || *text == '>')
			err = mvc_buf_addf(b, "&#%d;", *text);
		else
			err = mvc_buf_add_char(b, *text);
	}
	return err;
}

static int
make_delete(
    struct mvc_buf *b, struct mvc_s3 *s, const char *const *keys, size_t n)
{
	int err = mvc_buf_add_str(b, "<Delete><Quiet>true</Quiet>");

	for (size_t i = 0; i < n && !err; i++) {
		err = mvc_buf_add_str(b, "<Object><Key>");
		if (!err)
			err = add_escaped(b, s->prefix);
		if (!err)
			err = add_escaped(b, keys[i]);
		if (!err)
			err = mvc_buf_add_str(b, "</Key></Object>");
	}
	return err ? err : mvc_buf_add_str(b, "</Delete>");
}

/* An <Error> for each key that stayed. */
struct stayed {
	char key[1024], code[64];
	char last_key[1024];
	size_t n;
};

static int
on_stayed(void *arg, const char *name, const char *text)
{
	struct stayed *d = arg;

	if (!strcmp(name, "Key"))
		snprintf(d->last_key, sizeof(d->last_key), "%s", text);
	else if (!strcmp(name, "Code"))
		snprintf(d->code, sizeof(d->code), "%s", text);
	if (strcmp(name, "Error") != 0 || !strcmp(d->code, "NoSuchKey"))
		return MVC_OK;
	if (!d->n++)
		memcpy(d->key, d->last_key, sizeof(d->key));
	return MVC_OK;
}

static int
judge_delete(struct mvc_s3 *s, const struct mvc_http_reply *reply)
{
	static const struct mvc_xml_events events = {.end = on_stayed};
	struct stayed d = {.n = 0};
	int err = MVC_OK;

	if (reply->text.len)
		err = mvc_xml_parse(
		    reply->text.data, reply->text.len, &events, &d);
	if (err)
		return mvc_fail_prefix(
		    err, "%s: the server's answer to a delete", s->url);
	if (!d.n)
		return MVC_OK;
	return mvc_fail(!strcmp(d.code, "AccessDenied") ? MVC_EDENIED : MVC_EIO,
	    "%s: delete %s: %s (%zu keys stay); s3:DeleteObject on its keys "
	    "is needed",
	    s->url, d.key, d.code, d.n);
}

static int
delete_many(struct mvc_s3 *s, const char *const *keys, size_t n)
{
	MVC_SCOPED(mvc_buf) xml = MVC_BUF_INIT(8u << 20);
	MVC_SCOPED(mvc_http_reply) reply;
	uint8_t sha[MVC_SHA256_SIZE], md5[MVC_MD5_SIZE];
	char hex[2 * MVC_SHA256_SIZE + 1], check[48] = "content-md5: ";
	struct mvc_s3_call call = {.what = "delete",
	    .method = "POST",
	    .query = "delete=",
	    .payload = hex,
	    .headers = {check, "content-type: application/xml"}};
	struct mvc_body body;
	int err;

	mvc_http_reply_init(&reply);
	err = make_delete(&xml, s, keys, n);
	if (!err)
		err = mvc_sha256(sha, xml.data, xml.len);
	if (!err)
		err = mvc_md5(md5, xml.data, xml.len);
	if (err)
		return err;
	mvc_hex_of(hex, sha, sizeof(sha));
	mvc_base64(check + strlen(check), md5, sizeof(md5));
	body = mvc_s3_memory(&xml);
	call.body = &body;
	call.body_len = body.size;
	err = mvc_s3_call(s, &call, &reply);
	return err ? err : judge_delete(s, &reply);
}

int
mvc_s3_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	struct mvc_s3 *s = (struct mvc_s3 *)b;
	int err = MVC_OK;

	for (size_t at = 0; at < n && !err; at += DELETE_KEYS) {
		size_t k = n - at < DELETE_KEYS ? n - at : DELETE_KEYS;

		if (k == 1)
			err = delete_one(s, keys[at]);
		else
			err = delete_many(s, keys + at, k);
	}
	return err;
}
