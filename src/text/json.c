#include "text/json.h"
#include "text/utf8.h"
#include "util/banned.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

void
mvc_json_init(struct mvc_json *j,
    int (*write)(void *arg, const void *p, size_t n), void *arg)
{
	memset(j, 0, sizeof(*j));
	j->write = write;
	j->arg = arg;
}

static int
write_buf(void *arg, const void *p, size_t n)
{
	return mvc_buf_add(arg, p, n);
}

void
mvc_json_init_buf(struct mvc_json *j, struct mvc_buf *b)
{
	mvc_json_init(j, write_buf, b);
}

static void
flush(struct mvc_json *j)
{
	if (!j->err && j->n) {
		j->err = j->write(j->arg, j->chunk, j->n);
		if (j->err)
			snprintf(
			    j->text, sizeof(j->text), "%s", mvc_error_text());
	}
	j->n = 0;
}

static void
put(struct mvc_json *j, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		size_t some = sizeof(j->chunk) - j->n;

		if (some > n)
			some = n;
		memcpy(j->chunk + j->n, at, some);
		j->n += some;
		at += some;
		n -= some;
		if (j->n == sizeof(j->chunk))
			flush(j);
	}
}

static void
put_text(struct mvc_json *j, const char *s)
{
	put(j, s, strlen(s));
}

/* Where a member of the innermost object or array begins, or it ends. */
static void
new_line(struct mvc_json *j)
{
	static const char tabs[MVC_JSON_DEPTH] =
	    "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"
	    "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"
	    "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t";

	if (!j->pretty)
		return;
	put(j, "\n", 1);
	put(j, tabs, j->depth);
}

/* Before each value: the comma, unless a key has written it. */
static void
begin(struct mvc_json *j)
{
	uint64_t bit = UINT64_C(1) << j->depth % 64;

	if (j->depth == 0)
		return;
	assert(j->keyed == !!(j->objects & bit));
	if (!j->keyed && (j->filled & bit))
		put(j, ",", 1);
	if (!j->keyed)
		new_line(j);
	j->filled |= bit;
	j->keyed = false;
}

static void
open_level(struct mvc_json *j, bool object)
{
	uint64_t bit;

	begin(j);
	put(j, object ? "{" : "[", 1);
	assert(j->depth < MVC_JSON_DEPTH - 1);
	bit = UINT64_C(1) << ++j->depth;
	j->filled &= ~bit;
	j->objects = object ? j->objects | bit : j->objects & ~bit;
}

void
mvc_json_object(struct mvc_json *j)
{
	open_level(j, true);
}

void
mvc_json_array(struct mvc_json *j)
{
	open_level(j, false);
}

void
mvc_json_end(struct mvc_json *j)
{
	unsigned level = j->depth;

	assert(level > 0 && !j->keyed);
	j->depth--;
	if (j->filled >> level & 1)
		new_line(j);
	put(j, j->objects >> level & 1 ? "}" : "]", 1);
}

static void
put_escape(struct mvc_json *j, uint32_t c)
{
	static const char letters[] = "\bb\tt\nn\ff\rr\"\"\\\\";
	char s[8];

	for (const char *l = letters; *l; l += 2)
		if ((unsigned char)*l == c) {
			put(j, "\\", 1);
			put(j, l + 1, 1);
			return;
		}
	snprintf(s, sizeof(s), "\\u%04x", (unsigned)c & 0xffff);
	put_text(j, s);
}

/* C0, DEL and C1: JSON lets some through, terminals obey them. */
static bool
is_escaped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '"' || c == '\\';
}

static void
put_string(struct mvc_json *j, const char *p, size_t n)
{
	uint32_t c;

	put(j, "\"", 1);
	for (size_t i = 0, len; i < n; i += len ? len : 1) {
		len = mvc_utf8_next(&c, p + i, n - i);
		if (len == 0)
			put_escape(j, 0xdc00 | (uint8_t)p[i]);
		else if (is_escaped(c))
			put_escape(j, c);
		else
			put(j, p + i, len);
	}
	put(j, "\"", 1);
}

void
mvc_json_key(struct mvc_json *j, const char *key)
{
	uint64_t bit = UINT64_C(1) << j->depth % 64;

	assert(j->depth > 0 && (j->objects & bit) && !j->keyed);
	if (j->filled & bit)
		put(j, ",", 1);
	new_line(j);
	j->filled |= bit;
	put_string(j, key, strlen(key));
	put(j, j->pretty ? ": " : ":", j->pretty ? 2 : 1);
	j->keyed = true;
}

void
mvc_json_bytes(struct mvc_json *j, const void *p, size_t n)
{
	begin(j);
	put_string(j, p, n);
}

void
mvc_json_str(struct mvc_json *j, const char *s)
{
	if (s)
		mvc_json_bytes(j, s, strlen(s));
	else
		mvc_json_null(j);
}

static void
put_value(struct mvc_json *j, const char *text)
{
	begin(j);
	put_text(j, text);
}

void
mvc_json_u64(struct mvc_json *j, uint64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRIu64, v);
	put_value(j, s);
}

void
mvc_json_i64(struct mvc_json *j, int64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRId64, v);
	put_value(j, s);
}

void
mvc_json_bool(struct mvc_json *j, bool v)
{
	put_value(j, v ? "true" : "false");
}

void
mvc_json_null(struct mvc_json *j)
{
	put_value(j, "null");
}

void
mvc_json_double(struct mvc_json *j, double v)
{
	char s[40];

	if (!isfinite(v)) {
		mvc_json_null(j);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(s, sizeof(s), "%.*g", digits, v);
		if (strtod(s, NULL) == v)
			break;
	}
	put_value(j, s);
}

void
mvc_json_key_str(struct mvc_json *j, const char *key, const char *s)
{
	mvc_json_key(j, key);
	mvc_json_str(j, s);
}

void
mvc_json_key_u64(struct mvc_json *j, const char *key, uint64_t v)
{
	mvc_json_key(j, key);
	mvc_json_u64(j, v);
}

void
mvc_json_key_bool(struct mvc_json *j, const char *key, bool v)
{
	mvc_json_key(j, key);
	mvc_json_bool(j, v);
}

void
mvc_json_newline(struct mvc_json *j)
{
	put(j, "\n", 1);
}

int
mvc_json_finish(struct mvc_json *j)
{
	assert(j->err || j->depth == 0);
	flush(j);
	return j->err ? mvc_error_adopt(j->err, j->text) : MVC_OK;
}
