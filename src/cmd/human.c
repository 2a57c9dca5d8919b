#include "cmd/human.h"
#include "text/utf8.h"
#include "util/banned.h"

#include <inttypes.h>
#include <stdbool.h>

struct mvc_text
mvc_human_size(uint64_t bytes)
{
	static const char units[][3] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	struct mvc_text t;
	double v = (double)bytes / 1000;
	size_t i = 0;

	if (bytes < 1000) {
		snprintf(t.s, sizeof(t.s), "%" PRIu64 " B", bytes);
		return t;
	}
	/* Limits at which rounding would need one more digit. */
	for (; v >= 999.5 && i < 5; i++)
		v /= 1000;
	snprintf(
	    t.s, sizeof(t.s), v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[i]);
	return t;
}

struct mvc_text
mvc_human_count(uint64_t n)
{
	char digits[24];
	struct mvc_text t;
	size_t len, to = 0;

	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			t.s[to++] = ',';
		t.s[to++] = digits[i];
	}
	t.s[to] = 0;
	return t;
}

struct mvc_text
mvc_human_files(uint64_t n)
{
	struct mvc_text count = mvc_human_count(n), t;

	snprintf(t.s, sizeof(t.s), "%.30s file%s", count.s, n == 1 ? "" : "s");
	return t;
}

struct mvc_text
mvc_human_time(uint64_t ns)
{
	struct mvc_text t;
	uint64_t tenths = (ns + 50000000) / 100000000;
	uint64_t s = (ns + 500000000) / 1000000000;

	if (ns < 100000000)
		snprintf(t.s, sizeof(t.s), "%" PRIu64 " ms",
		    (ns + 500000) / 1000000);
	else if (tenths < 100)
		snprintf(t.s, sizeof(t.s), "%" PRIu64 ".%" PRIu64 " s",
		    tenths / 10, tenths % 10);
	else if (s < 60)
		snprintf(t.s, sizeof(t.s), "%" PRIu64 " s", s);
	else if (s < 600)
		snprintf(t.s, sizeof(t.s), "%" PRIu64 " min %" PRIu64 " s",
		    s / 60, s % 60);
	else if (s < 3600)
		snprintf(t.s, sizeof(t.s), "%" PRIu64 " min", s / 60);
	else
		snprintf(t.s, sizeof(t.s), "%" PRIu64 " h %" PRIu64 " min",
		    s / 3600, s / 60 % 60);
	return t;
}

struct mvc_text
mvc_human_rate(uint64_t bytes, uint64_t ns)
{
	struct mvc_text size, t;

	size = mvc_human_size(
	    ns ? (uint64_t)((double)bytes * 1e9 / (double)ns) : 0);
	snprintf(t.s, sizeof(t.s), "%.30s/s", size.s);
	return t;
}

/* Neither a control character nor one that reorders what stands around it, nor
 * one without a width, by which two names look the same. */
static bool
is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x34f, 0x34f},
	    {0x61c, 0x61c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
	    {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
	    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfeff, 0xfeff},
	    {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}

static bool
is_plain(uint32_t c)
{
	return is_printable(c) && c != '"' && c != '\\';
}

static int
add_escaped(struct mvc_buf *out, unsigned char c)
{
	static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr\"\"\\\\";

	for (const char *l = letters; *l; l += 2)
		if ((unsigned char)*l == c)
			return mvc_buf_addf(out, "\\%c", l[1]);
	return mvc_buf_addf(out, "\\%03o", c);
}

/* All of it, with what is not `plain` escaped. */
static int
add_text(struct mvc_buf *out, const char *s, size_t n, bool (*plain)(uint32_t))
{
	uint32_t c;
	size_t len;
	int err = MVC_OK;

	for (size_t i = 0; i < n && !err; i += len) {
		len = mvc_utf8_next(&c, s + i, n - i);
		if (len && plain(c)) {
			err = mvc_buf_add(out, s + i, len);
			continue;
		}
		len = len ? len : 1;
		for (size_t k = 0; k < len && !err; k++)
			err = add_escaped(out, (unsigned char)s[i + k]);
	}
	return err;
}

int
mvc_human_text(struct mvc_buf *out, const char *text)
{
	return add_text(out, text, strlen(text), is_printable);
}

int
mvc_human_name(struct mvc_buf *out, const char *name, size_t n)
{
	uint32_t c;
	size_t i, len = 1;
	int err;

	for (i = 0; i < n; i += len) {
		len = mvc_utf8_next(&c, name + i, n - i);
		if (!len || !is_plain(c))
			break;
	}
	if (i == n)
		return mvc_buf_add(out, name, n);
	err = mvc_buf_add_char(out, '"');
	if (!err)
		err = add_text(out, name, n, is_plain);
	return err ? err : mvc_buf_add_char(out, '"');
}
