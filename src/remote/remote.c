#include "remote/remote.h"
#include "remote/backends.h"
#include "store/formatfile.h"
#include "util/file.h"
#include "util/banned.h"

static const struct {
	const char *scheme;
	enum mvc_url_kind kind;
} schemes[] = {
    {"file://", MVC_URL_DIR},
    {"s3://", MVC_URL_S3},
    {"ssh://", MVC_URL_SSH},
    {"https://", MVC_URL_HTTP},
    {"http://", MVC_URL_HTTP},
};

static const struct {
	int (*open)(struct mvc_backend **out, struct mvc_ctx *ctx,
	    const struct mvc_remote_place *place);
	/* mvc_remote_file; may be NULL. */
	int (*file)(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
	    const struct mvc_remote_place *place, const char *known,
	    mvc_take_fn take, void *arg);
} backends[] = {
    [MVC_URL_DIR] = {mvc_dir_open, NULL},
    [MVC_URL_S3] = {mvc_s3_open, mvc_s3_file},
    [MVC_URL_SSH] = {mvc_ssh_open, NULL},
    [MVC_URL_HTTP] = {mvc_web_open, mvc_web_file},
};

static bool
has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

int
mvc_url_kind(enum mvc_url_kind *out, const char *url)
{
	size_t colon = strcspn(url, ":/");

	if (!*url || has_control(url) || url[0] == '-')
		return mvc_fail(MVC_EINVALID, "\"%s\" is no place", url);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (!strncmp(
			url, schemes[i].scheme, strlen(schemes[i].scheme))) {
			*out = schemes[i].kind;
			return MVC_OK;
		}
	/* [::1]:PATH is a host. */
	if (strstr(url, "://") ||
	    (strstr(url, "::") && !memchr(url, '[', colon)))
		return mvc_fail(MVC_EINVALID,
		    "%s: mvc knows paths, file://, s3://, ssh://, HOST:PATH "
		    "and https://",
		    url);
	*out = url[colon] == ':' ? MVC_URL_SSH : MVC_URL_DIR;
	return MVC_OK;
}

int
mvc_url_no_secret(const char *url)
{
	const char *host = strstr(url, "://"), *at;
	bool ssh = !strncmp(url, "ssh://", 6), secret;

	if (!host || !strncmp(url, "file://", 7))
		return MVC_OK;
	host += 3;
	at = memchr(host, '@', strcspn(host, "/?#"));
	secret = at && (!ssh || memchr(host, ':', (size_t)(at - host)));
	/* Signed URLs have theirs behind the '?'. */
	if (secret || (!ssh && strpbrk(host, "?#")))
		return mvc_fail(MVC_EINVALID,
		    "the URL holds more than a place: user, password, key or "
		    "token belong where ssh, the AWS tools or the proxy have "
		    "them (mvc-remotes(7))");
	return MVC_OK;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
mvc_url_decode(char *s)
{
	char *to = s;

	for (; *s; s++, to++) {
		*to = *s;
		if (*s != '%')
			continue;
		if (hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
			return false;
		*to = (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
		if (!*to)
			return false;
		s += 2;
	}
	*to = 0;
	return true;
}

int
mvc_url_path(char **out, const char *url)
{
	const char *path = url;

	*out = NULL;
	if (!strncmp(url, "file://", 7)) {
		path = url + 7;
		if (!strncmp(path, "localhost/", 10))
			path += 9;
		if (*path != '/')
			return mvc_fail(
			    MVC_EINVALID, "%s: write file:///PATH", url);
	}
	*out = strdup(path);
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (path == url || mvc_url_decode(*out))
		return MVC_OK;
	free(*out);
	*out = NULL;
	return mvc_fail(MVC_EINVALID, "%s is no URL of a folder", url);
}

int
mvc_remote_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place)
{
	enum mvc_url_kind kind;
	int err;

	*out = NULL;
	err = mvc_url_kind(&kind, place->url);
	if (err)
		return err;
	return backends[kind].open(out, ctx, place);
}

int
mvc_remote_file(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
    const struct mvc_remote_place *place, const char *known, mvc_take_fn take,
    void *arg)
{
	enum mvc_url_kind kind;
	int err = mvc_url_kind(&kind, place->url);

	if (err)
		return err;
	if (!backends[kind].file)
		return mvc_fail(MVC_EINVALID,
		    "%s: single files come from s3:// and https:// only",
		    place->url);
	return backends[kind].file(version, ctx, place, known, take, arg);
}

static int
not_empty(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct mvc_backend *b = arg;
	bool made;
	int err;

	/* Of whoever was killed before the store had its format. */
	if (!strncmp(key, "tmp/" MVC_TMP_PREFIX, strlen("tmp/" MVC_TMP_PREFIX)))
		return MVC_OK;
	err = mvc_backend_has(b, "format", &made);
	/* Another made one meanwhile. */
	if (err || made)
		return err ? err : 1;
	return mvc_fail(MVC_EINVALID,
	    "%s is no mvc store, and not empty (%s is there): name a place of "
	    "its own",
	    b->url, key);
}

int
mvc_remote_format(struct mvc_formatfile *out, struct mvc_backend *b, bool make)
{
	int err = mvc_formatfile_load(out, b);

	if (err != MVC_ENOTFOUND || !make)
		return err;
	err = mvc_backend_list(b, "", NULL, not_empty, b);
	if (!err)
		err = mvc_formatfile_save(b, b->shared, MVC_PUT_NEW);
	if (err < 0 && err != MVC_EEXISTS)
		return err;
	return mvc_formatfile_load(out, b);
}
