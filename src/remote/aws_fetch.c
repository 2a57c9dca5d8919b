/* Credentials that are asked for: of a program, of a container's or an
 * instance's own address, of the token service. */
#include "remote/aws.h"
#include "hash/foreign.h"
#include "text/jsonobject.h"
#include "text/xml.h"
#include "util/file.h"
#include "util/run.h"

#include <fcntl.h>
#include <time.h>
#include "util/banned.h"

#define ANSWER_MAX (64u << 10)
#define WORDS_MAX 64

static int
take_string(void *arg, const char *key, const char *value)
{
	return mvc_aws_cred_take(arg, key, value);
}

/* What all of them end with: a JSON object, or nothing that could be used. */
static int
read_answer(
    struct mvc_aws_cred *out, const char *p, size_t n, const char *whose)
{
	int err = mvc_json_object_strings(p, n, take_string, out);

	if (!err && (!out->key_id || !out->secret))
		err = mvc_fail(MVC_EINVALID, "no AccessKeyId in it");
	return err ? mvc_fail_prefix(err, "credentials of %s", whose) : MVC_OK;
}

/* ---- credential_process ---- */

/* Words as a shell has them, with '…', "…" and backslashes, and nothing else of
 * a shell: in place. False for an open quote, or too many. */
static bool
split_words(char *s, const char *words[WORDS_MAX + 1])
{
	size_t n = 0;
	char *to = s;

	while (*s) {
		char quote = 0;

		while (*s == ' ' || *s == '\t')
			s++;
		if (!*s)
			break;
		if (n == WORDS_MAX)
			return false;
		words[n++] = to;
		for (; *s && (quote || (*s != ' ' && *s != '\t')); s++) {
			if (quote ? *s == quote : (*s == '"' || *s == '\''))
				quote = quote ? 0 : *s;
			else if (*s == '\\' && quote != '\'' && s[1])
				*to++ = *++s;
			else
				*to++ = *s;
		}
		if (quote)
			return false;
		s += *s != 0;
		*to++ = 0;
	}
	words[n] = NULL;
	return n > 0;
}

int
mvc_aws_fetch_process(struct mvc_aws_cred *out, const char *command)
{
	MVC_SCOPED(mvc_buf) said = MVC_BUF_INIT(ANSWER_MAX);
	const char *words[WORDS_MAX + 1];
	MVC_OWN_MEM char *copy = strdup(command);
	struct mvc_run run = {.argv = words, .out = &said};
	int err;

	if (!copy)
		return mvc_fail(MVC_ENOMEM, "no memory for a program's words");
	if (!split_words(copy, words))
		return mvc_fail(
		    MVC_EINVALID, "credential_process: no command line");
	err = mvc_run_check(&run);
	if (err)
		return mvc_fail_prefix(err, "credential_process");
	err = read_answer(out, said.data, said.len, "credential_process");
	if (said.len)
		explicit_bzero(said.data, said.len);
	return err;
}

/* ---- addresses on the machine ---- */

static int
ask(struct mvc_http *http, const char *method, const char *url,
    const char *const *headers, struct mvc_http_reply *rp)
{
	/* Where there is no such address, nobody should wait for it. */
	struct mvc_http_request rq = {.method = method,
	    .url = url,
	    .headers = headers,
	    .seconds = 2,
	    .direct = true};
	int err = mvc_http_do(http, &rq, rp);

	if (err || rp->status == 200)
		return err;
	return mvc_fail(rp->status == 404 ? MVC_ENOTFOUND : MVC_EIO,
	    "it answers %d", rp->status);
}

/* "Authorization: …" as the container's variables say; "" for none. */
static int
authorization(struct mvc_buf *out)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(ANSWER_MAX);
	const char *file =
	    mvc_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = mvc_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	int err = MVC_OK;

	if (file) {
		err = mvc_file_read(&text, AT_FDCWD, file);
		token = text.data;
	}
	if (err || !token)
		return err;
	if (token[strcspn(token, "\r\n")])
		return mvc_fail(
		    MVC_EINVALID, "the container's token has a line's end");
	return mvc_buf_addf(out, "Authorization: %s", token);
}

int
mvc_aws_fetch_container(
    struct mvc_aws_cred *out, struct mvc_http *http, const char *url)
{
	MVC_SCOPED(mvc_buf) auth = MVC_BUF_INIT(ANSWER_MAX);
	MVC_SCOPED(mvc_http_reply) rp;
	const char *headers[2] = {NULL, NULL};
	int err;

	mvc_http_reply_init(&rp);
	err = authorization(&auth);
	if (err)
		return err;
	headers[0] = auth.data;
	err = ask(http, "GET", url, headers, &rp);
	if (err)
		return mvc_fail_prefix(err, "credentials of the container");
	return read_answer(out, rp.text.data, rp.text.len, "the container");
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

int
mvc_aws_fetch_instance(struct mvc_aws_cred *out, struct mvc_http *http)
{
	const char *base = mvc_aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *ttl[] = {"X-aws-ec2-metadata-token-ttl-seconds: 300", NULL};
	const char *with[2] = {NULL, NULL};
	char url[512], token[512];
	MVC_SCOPED(mvc_http_reply) rp;
	size_t n;
	int err;

	mvc_http_reply_init(&rp);
	if (!base)
		base = "http://169.254.169.254";
	n = strlen(base);
	n -= n && base[n - 1] == '/';
	snprintf(url, sizeof(url), "%.*s/latest/api/token", (int)n, base);
	err = ask(http, "PUT", url, ttl, &rp);
	if (err)
		return err;
	if (!rp.text.len || rp.text.data[strcspn(rp.text.data, "\r\n")])
		return mvc_fail(MVC_EINVALID, "the instance gives no token");
	snprintf(
	    token, sizeof(token), "X-aws-ec2-metadata-token: %s", rp.text.data);
	with[0] = token;
	snprintf(url, sizeof(url), "%.*s" ROLES, (int)n, base);
	err = ask(http, "GET", url, with, &rp);
	if (err)
		return err;
	if (!rp.text.len)
		return mvc_fail(MVC_ENOTFOUND, "the instance has no role");
	snprintf(url, sizeof(url), "%.*s" ROLES "%.*s", (int)n, base,
	    (int)strcspn(rp.text.data, "\r\n /?#"), rp.text.data);
	err = ask(http, "GET", url, with, &rp);
	return err
	    ? err
	    : read_answer(out, rp.text.data, rp.text.len, "the instance");
}

/* ---- roles: the token service ---- */

static int
take_element(void *arg, const char *name, const char *text)
{
	return mvc_aws_cred_take(arg, name, text);
}

static int
add_field(struct mvc_buf *form, const char *name, const char *value)
{
	return value ? mvc_aws_query(form, name, value) : MVC_OK;
}

static int
make_form(struct mvc_buf *form, const struct mvc_aws_role *role)
{
	MVC_SCOPED(mvc_buf) token = MVC_BUF_INIT(ANSWER_MAX);
	int err = MVC_OK;

	if (role->token_file) {
		err = mvc_file_read(&token, AT_FDCWD, role->token_file);
		while (token.len && token.data[token.len - 1] == '\n')
			token.data[--token.len] = 0;
	}
	if (!err)
		err = add_field(form, "Action",
		    role->token_file ? "AssumeRoleWithWebIdentity"
				     : "AssumeRole");
	if (!err)
		err = add_field(form, "ExternalId", role->external_id);
	if (!err)
		err = add_field(form, "RoleArn", role->arn);
	if (!err)
		err = add_field(form, "RoleSessionName",
		    role->session ? role->session : "mvc");
	if (!err)
		err = add_field(form, "Version", "2011-06-15");
	return err ? err : add_field(form, "WebIdentityToken", token.data);
}

struct signed_form {
	char host[512], date[64], type[80];
	char payload[65];
	const char *headers[8];
	struct mvc_buf token, auth;
};

static int
sign_form(struct signed_form *f, const struct mvc_buf *form,
    const struct mvc_aws_role *role, const char *host)
{
	struct mvc_aws_request rq = {.method = "POST",
	    .path = "/",
	    .query = "",
	    .headers = f->headers,
	    .payload = f->payload,
	    .region = role->region,
	    .service = "sts",
	    .date = f->date + strlen("x-amz-date: ")};
	uint8_t hash[MVC_SHA256_SIZE];
	char date[17];
	size_t n = 0;
	int err;

	snprintf(f->type, sizeof(f->type),
	    "content-type: application/x-www-form-urlencoded");
	f->headers[n++] = f->type;
	if (!role->cred)
		return MVC_OK;
	snprintf(f->host, sizeof(f->host), "host: %s", host);
	mvc_aws_date(date, (int64_t)time(NULL));
	snprintf(f->date, sizeof(f->date), "x-amz-date: %s", date);
	f->headers[n++] = f->host;
	f->headers[n++] = f->date;
	err = mvc_sha256(hash, form->data, form->len);
	if (!err && role->cred->token)
		err = mvc_buf_addf(
		    &f->token, "x-amz-security-token: %s", role->cred->token);
	if (err)
		return err;
	if (f->token.len)
		f->headers[n++] = f->token.data;
	mvc_hex_of(f->payload, hash, sizeof(hash));
	err = mvc_buf_add_str(&f->auth, "Authorization: ");
	if (!err)
		err = mvc_aws_sign(&f->auth, &rq, role->cred);
	f->headers[n++] = f->auth.data;
	return err;
}

static int
read_form(void *arg, uint64_t off, void *p, size_t n)
{
	memcpy(p, (const char *)arg + off, n);
	return MVC_OK;
}

static int
post_form(struct mvc_http_reply *rp, struct mvc_http *http, const char *url,
    const struct mvc_aws_role *role, const struct mvc_buf *form)
{
	struct signed_form f = {
	    .token = MVC_BUF_INIT(ANSWER_MAX), .auth = MVC_BUF_INIT(8192)};
	struct mvc_body body = {
	    .size = form->len, .read = read_form, .arg = form->data, .fd = -1};
	struct mvc_http_request rq = {.method = "POST",
	    .url = url,
	    .headers = f.headers,
	    .body = &body,
	    .body_len = form->len,
	    .seconds = 30};
	int err = sign_form(&f, form, role, strstr(url, "://") + 3);

	if (!err)
		err = mvc_http_do(http, &rq, rp);
	mvc_buf_release(&f.token);
	mvc_buf_release(&f.auth);
	return err;
}

int
mvc_aws_fetch_role(struct mvc_aws_cred *out, struct mvc_http *http,
    const struct mvc_aws_role *role)
{
	static const struct mvc_xml_events events = {.end = take_element};
	const char *endpoint = mvc_aws_env("AWS_ENDPOINT_URL_STS");
	MVC_SCOPED(mvc_buf) form = MVC_BUF_INIT(ANSWER_MAX);
	MVC_SCOPED(mvc_http_reply) rp;
	char url[512];
	size_t n;
	int err;

	mvc_http_reply_init(&rp);
	if (endpoint)
		snprintf(url, sizeof(url), "%s", endpoint);
	else
		snprintf(url, sizeof(url), "https://sts.%s.amazonaws.com",
		    role->region);
	n = strlen(url);
	if (n && url[n - 1] == '/')
		url[n - 1] = 0;
	if (!strstr(url, "://"))
		return mvc_fail(MVC_EINVALID, "AWS_ENDPOINT_URL_STS is no URL");
	err = make_form(&form, role);
	if (!err)
		err = post_form(&rp, http, url, role, &form);
	if (!err && rp.status != 200)
		err = mvc_fail(
		    MVC_EDENIED, "the token service answers %d", rp.status);
	if (!err)
		err = mvc_xml_parse(rp.text.data, rp.text.len, &events, out);
	if (!err && (!out->key_id || !out->secret))
		err = mvc_fail(
		    MVC_EINVALID, "the token service gives no credentials");
	if (form.len)
		explicit_bzero(form.data, form.len);
	return err ? mvc_fail_prefix(err, "role %s", role->arn) : MVC_OK;
}
