#include "work/source.h"
#include "util/buf.h"

#include <string.h>
#include "util/banned.h"

#define WORD_MAX 4096

void
mvc_source_words_release(struct mvc_source_words *s)
{
	free(s->url);
	free(s->rev);
	free(s->path);
	memset(s, 0, sizeof(*s));
}

static int
add_word(struct mvc_buf *b, const char *word)
{
	int err = MVC_OK;

	if (!*word)
		word = "-";
	for (const char *p = word; !err && *p; p++)
		err = (unsigned char)*p <= ' ' || *p == 0x7f || *p == '%'
		    ? mvc_buf_addf(b, "%%%02X", (unsigned char)*p)
		    : mvc_buf_add_char(b, *p);
	return err;
}

int
mvc_source_format(
    char **out, const char *url, const char *rev, const char *path)
{
	struct mvc_buf b = MVC_BUF_INIT(WORD_MAX);
	int err = add_word(&b, url);

	*out = NULL;
	if (!err)
		err = mvc_buf_add_char(&b, ' ');
	if (!err)
		err = add_word(&b, rev);
	if (!err)
		err = mvc_buf_add_char(&b, ' ');
	if (!err)
		err = add_word(&b, path);
	if (!err)
		*out = mvc_buf_take(&b);
	mvc_buf_release(&b);
	return err || *out ? err : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
digit(char c)
{
	const char *digits = "0123456789ABCDEF", *at;

	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static bool
decode(char *s)
{
	char *to = s;

	for (; *s; s++, to++) {
		*to = *s;
		if (*s != '%')
			continue;
		if (digit(s[1]) < 0 || digit(s[2]) < 0)
			return false;
		*to = (char)(digit(s[1]) << 4 | digit(s[2]));
		if (!*to)
			return false;
		s += 2;
	}
	*to = 0;
	return true;
}

static int
take_word(char **out, const char **text, bool last)
{
	size_t n = strcspn(*text, " ");
	bool ends = !(*text)[n];

	if (!n || ends != last)
		return mvc_fail(MVC_EINVALID, "it is not URL REV PATH");
	*out = strndup(*text, n);
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory");
	*text += n + !ends;
	return decode(*out)
	    ? MVC_OK
	    : mvc_fail(MVC_EINVALID, "it has a percent sign that says nothing");
}

int
mvc_source_parse(struct mvc_source_words *out, const char *text)
{
	const char *at = text;
	int err;

	memset(out, 0, sizeof(*out));
	err = take_word(&out->url, &at, false);
	if (!err)
		err = take_word(&out->rev, &at, false);
	if (!err)
		err = take_word(&out->path, &at, true);
	if (!err)
		return MVC_OK;
	mvc_source_words_release(out);
	return mvc_fail_prefix(err, "source %s", text);
}

bool
mvc_source_is_file(const struct mvc_source_words *s)
{
	return !strcmp(s->path, ".") &&
	    (!strncmp(s->url, "s3://", 5) || !strncmp(s->url, "https://", 8) ||
		!strncmp(s->url, "http://", 7));
}

const char *
mvc_source_commit(const struct mvc_source_words *s)
{
	const char *colon = strrchr(s->rev, ':');

	return colon ? colon + 1 : s->rev;
}

bool
mvc_source_is_git(const struct mvc_source_words *s)
{
	const char *commit = mvc_source_commit(s);
	size_t n = strspn(commit, "0123456789abcdef");

	return strcmp(s->path, ".") != 0 && !commit[n] && (n == 40 || n == 64);
}

int
mvc_source_name(char **out, const struct mvc_source_words *s)
{
	const char *colon = strrchr(s->rev, ':');

	*out = NULL;
	if (!colon)
		return MVC_OK;
	*out = strndup(s->rev, (size_t)(colon - s->rev));
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}
