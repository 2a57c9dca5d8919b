#include "remote/s3_priv.h"
#include "text/xml.h"

#include "util/banned.h"

static void
keep(char *out, size_t size, const char *text)
{
	size_t n;

	snprintf(out, size, "%s", text);
	n = strlen(out);
	if (n && out[n - 1] == '.')
		out[n - 1] = 0;
}

static int
take_element(void *arg, const char *name, const char *text)
{
	struct mvc_s3_error *e = arg;

	if (!strcmp(name, "Code"))
		keep(e->code, sizeof(e->code), text);
	else if (!strcmp(name, "Message"))
		keep(e->message, sizeof(e->message), text);
	else if (!strcmp(name, "Region"))
		keep(e->region, sizeof(e->region), text);
	return MVC_OK;
}

void
mvc_s3_error_read(struct mvc_s3_error *out, const char *p, size_t n)
{
	static const struct mvc_xml_events events = {.end = take_element};

	memset(out, 0, sizeof(*out));
	/* A proxy's page is no XML: then the status says it all. */
	if (n && mvc_xml_parse(p, n, &events, out))
		memset(out, 0, sizeof(*out));
}

/* What may be done about it; NULL where its message says enough. */
static const char *
remedy(const struct mvc_s3_call *call, int status, const char *code)
{
	static const struct {
		const char *code, *remedy;
	} known[] = {
	    {"NoSuchBucket", "make it, or look at the remote's URL"},
	    {"InvalidAccessKeyId", "the server does not know the key"},
	    {"SignatureDoesNotMatch",
		"the secret key is not the one that belongs to the key's id"},
	    {"RequestTimeTooSkewed", "this machine's clock is wrong"},
	    {"InvalidToken", "the session's token is not one"},
	    {"ExpiredToken", "sign in again"},
	    {"QuotaExceeded", "the bucket is full"},
	    {"XMinioStorageFull", "the server's disks are full"},
	    {"EntityTooLarge", "the server takes no object of this size"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(code, known[i].code))
			return known[i].remedy;
	if (status != 403)
		return NULL;
	if (!strcmp(call->what, "list uploads"))
		return "s3:ListBucketMultipartUploads on the bucket is needed";
	if (!strcmp(call->what, "list parts"))
		return "s3:ListMultipartUploadParts on its keys is needed";
	if (!strcmp(call->what, "abort"))
		return "s3:AbortMultipartUpload on its keys is needed";
	if (!strcmp(call->what, "list"))
		return "s3:ListBucket on the bucket is needed";
	if (!strcmp(call->what, "delete"))
		return "s3:DeleteObject on its keys is needed";
	if (!strcmp(call->what, "put"))
		return "s3:PutObject on its keys is needed";
	return "s3:GetObject on its keys is needed, and s3:ListBucket for "
	       "what may not be there";
}

static int
code_of(int status, const char *code)
{
	if (!strcmp(code, "NoSuchBucket"))
		return MVC_EINVALID;
	if (status == 404)
		return MVC_ENOTFOUND;
	if (status == 412 || status == 409)
		return MVC_EEXISTS;
	if (status == 401 || status == 403)
		return MVC_EDENIED;
	if (status == 416)
		return MVC_ECORRUPT;
	if (status == 507 || !strcmp(code, "QuotaExceeded") ||
	    !strcmp(code, "XMinioStorageFull"))
		return MVC_ENOSPACE;
	if (status >= 500 || status == 429 || status == 408)
		return MVC_EAGAIN;
	return MVC_EIO;
}

int
mvc_s3_error_fail(struct mvc_s3 *s, const struct mvc_s3_call *call, int status,
    const struct mvc_s3_error *e)
{
	const char *help = remedy(call, status, e->code);
	char said[512], with[300] = "";

	if (e->code[0])
		snprintf(said, sizeof(said), "%s%s%s", e->code,
		    e->message[0] ? ": " : "", e->message);
	else if (status == 404)
		snprintf(said, sizeof(said), "there is none");
	else
		snprintf(said, sizeof(said), "it answers %d", status);
	if (status == 401 || status == 403)
		snprintf(with, sizeof(with), " (credentials: %s)",
		    mvc_aws_chain_source(s->chain));
	return mvc_fail(code_of(status, e->code), "%s: %s%s%s: %s%s%s%s",
	    s->url, call->what, call->key ? " " : "",
	    call->key ? call->key : "", said, with, help ? "; " : "",
	    help ? help : "");
}
