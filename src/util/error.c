#include "util/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static __thread char error_text[MVC_ERROR_MAX];

static void
tame(char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\n') || *s == 0x7f)
			*s = '?';
}

static void
keep(const char *fmt, va_list ap)
{
	char text[MVC_ERROR_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	tame(text);
	memcpy(error_text, text, sizeof(text));
}

int
mvc_fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep(fmt, ap);
	va_end(ap);
	return code;
}

static int
code_of_errno(int e)
{
	switch (e) {
	case ENOENT:
	case ENOTDIR:
		return MVC_ENOTFOUND;
	case ENOMEM:
		return MVC_ENOMEM;
	case EACCES:
	case EPERM:
	case EROFS:
		return MVC_EDENIED;
	case ENOSPC:
	case EDQUOT:
		return MVC_ENOSPACE;
	case EEXIST:
		return MVC_EEXISTS;
	default:
		return MVC_EIO;
	}
}

int
mvc_fail_errno(const char *fmt, ...)
{
	int e = errno;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	keep(fmt, ap);
	va_end(ap);
	n = strlen(error_text);
	snprintf(error_text + n, sizeof(error_text) - n, ": %s", strerror(e));
	return code_of_errno(e);
}

int
mvc_fail_prefix(int code, const char *fmt, ...)
{
	char old[MVC_ERROR_MAX];
	size_t n;
	va_list ap;

	memcpy(old, error_text, sizeof(old));
	va_start(ap, fmt);
	keep(fmt, ap);
	va_end(ap);
	n = strlen(error_text);
	snprintf(error_text + n, sizeof(error_text) - n, ": %s", old);
	return code;
}

const char *
mvc_error_text(void)
{
	return error_text;
}

int
mvc_error_adopt(int code, const char *text)
{
	snprintf(error_text, sizeof(error_text), "%s", text);
	return code;
}
