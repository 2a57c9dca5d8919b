#include "store/lines.h"
#include "hash/digest.h"
#include "util/banned.h"

#include <inttypes.h>

/* "end " and 64 digits and a newline. */
#define END_LEN (4 + MVC_OID_HEX + 1)

int
mvc_lines_begin(struct mvc_buf *out, const char *what)
{
	mvc_buf_clear(out);
	return mvc_buf_addf(out, "mvc %s 1\n", what);
}

int
mvc_lines_end(struct mvc_buf *out)
{
	struct mvc_oid oid;

	mvc_blake3(&oid, out->data, out->len);
	return mvc_buf_addf(out, "end %s\n", mvc_oid_hex(&oid).s);
}

int
mvc_lines_u64(uint64_t *out, const char *value)
{
	uint64_t v = 0;

	if (!*value || (value[0] == '0' && value[1]))
		return mvc_fail(MVC_ECORRUPT, "\"%.40s\" is no number", value);
	for (const char *s = value; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return mvc_fail(
			    MVC_ECORRUPT, "\"%.40s\" is no number", value);
	}
	*out = v;
	return MVC_OK;
}

/* Check the last line; *n becomes the length of what is before it. */
static int
check_end(const char *text, size_t *n)
{
	struct mvc_oid is, said;
	const char *end;

	if (*n < END_LEN)
		return mvc_fail(MVC_ECORRUPT, "it is cut short");
	*n -= END_LEN;
	end = text + *n;
	if (memcmp(end, "end ", 4) || end[END_LEN - 1] != '\n' ||
	    mvc_oid_parse(&said, end + 4, MVC_OID_HEX))
		return mvc_fail(MVC_ECORRUPT, "it is cut short");
	mvc_blake3(&is, text, *n);
	if (!mvc_oid_eq(&is, &said))
		return mvc_fail(MVC_ECORRUPT, "it is damaged");
	return MVC_OK;
}

/*
 * The end is the hash of version 1's bytes: one that holds with these in place
 * of the version's says that they are damaged.
 */
static bool
is_version_1(char *text, size_t n, char *version)
{
	if (text + n - version < 2)
		return false;
	memcpy(version, "1\n", 2);
	return check_end(text, &n) == MVC_OK;
}

/* A line cut short names no version. */
static bool
is_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && s[n] == '\n';
}

static int
check_head(char **rest, char *text, size_t len, const char *what)
{
	char want[64];
	size_t n;

	snprintf(want, sizeof(want), "mvc %s ", what);
	n = strlen(want);
	if (strncmp(text, want, n))
		return mvc_fail(MVC_ECORRUPT, "it is no %s", what);
	if (strncmp(text + n, "1\n", 2))
		return !is_number(text + n) || is_version_1(text, len, text + n)
		    ? mvc_fail(MVC_ECORRUPT, "it is damaged")
		    : mvc_fail(MVC_EVERSION,
			  "it is of a later version: use a newer mvc");
	*rest = text + n + 2;
	return MVC_OK;
}

int
mvc_lines_parse(const char *what, const char *text, size_t n,
    int (*each)(void *arg, const char *key, const char *value), void *arg)
{
	MVC_OWN_MEM char *copy = NULL;
	char *line = NULL, *next;
	int err;

	/* The head first: of a later version the end may look different. */
	copy = malloc(n + 1);
	if (!copy)
		return mvc_fail(MVC_ENOMEM, "no memory for a %s", what);
	memcpy(copy, text, n);
	copy[n] = 0;
	err = check_head(&line, copy, n, what);
	if (!err)
		err = check_end(text, &n);
	if (err)
		return err;
	if (memchr(copy, 0, n))
		return mvc_fail(MVC_ECORRUPT, "it holds a NUL");
	copy[n] = 0;
	for (; *line; line = next) {
		char *space = strchr(line, ' ');

		next = strchr(line, '\n');
		if (!next || !space || space > next)
			return mvc_fail(MVC_ECORRUPT, "a line is malformed");
		*next++ = 0;
		*space = 0;
		err = each(arg, line, space + 1);
		if (err)
			return err;
	}
	return MVC_OK;
}
