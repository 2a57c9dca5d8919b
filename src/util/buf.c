#include "util/buf.h"
#include "util/banned.h"

#include <stdarg.h>

void
mvc_buf_release(struct mvc_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

void
mvc_buf_clear(struct mvc_buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = 0;
}

int
mvc_buf_reserve(struct mvc_buf *b, size_t n)
{
	size_t cap;
	char *data;

	if (n > b->max || b->len > b->max - n)
		return mvc_fail(MVC_ETOOBIG,
		    "more than %zu bytes where no more are allowed", b->max);
	if (b->cap > b->len + n)
		return MVC_OK;
	cap = b->len + n + 1;
	if (cap < b->cap + b->cap / 2)
		cap = b->cap + b->cap / 2;
	if (cap < 64)
		cap = 64;
	data = realloc(b->data, cap);
	if (!data)
		return mvc_fail(MVC_ENOMEM, "no memory for %zu bytes", cap);
	b->data = data;
	b->cap = cap;
	b->data[b->len] = 0;
	return MVC_OK;
}

int
mvc_buf_add(struct mvc_buf *b, const void *p, size_t n)
{
	int err = mvc_buf_reserve(b, n);

	if (err)
		return err;
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = 0;
	return MVC_OK;
}

int
mvc_buf_add_str(struct mvc_buf *b, const char *s)
{
	return mvc_buf_add(b, s, strlen(s));
}

int
mvc_buf_add_char(struct mvc_buf *b, char c)
{
	return mvc_buf_add(b, &c, 1);
}

int
mvc_buf_addf(struct mvc_buf *b, const char *fmt, ...)
{
	int n, err;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return mvc_fail_errno("format a text");
	err = mvc_buf_reserve(b, (size_t)n);
	if (err)
		return err;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return MVC_OK;
}

char *
mvc_buf_take(struct mvc_buf *b)
{
	char *s = b->data;

	if (!s)
		return calloc(1, 1);
	b->data = NULL;
	b->len = b->cap = 0;
	return s;
}
