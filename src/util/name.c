/*
 * A name is folded (lower case, code points that some file system ignores left
 * out) and then read as NTFS reads it: a stream after ':', trailing dots and
 * spaces dropped, '\' between components. This refuses a little more than any
 * one file system would take for .git.
 */
#include "util/name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/banned.h"

#define NAME_MAX_BYTES 255

/*
 * Unicode's Default_Ignorable_Code_Point. HFS+ ignores some of them, a folder
 * of ext4 or f2fs that folds case ignores all.
 */
static const struct {
	uint32_t from, to;
} ignorable[] = {
    {0xad, 0xad},
    {0x34f, 0x34f},
    {0x61c, 0x61c},
    {0x115f, 0x1160},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x200b, 0x200f},
    {0x202a, 0x202e},
    {0x2060, 0x206f},
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff0, 0xfff8},
    {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
};

static bool
is_ignorable(uint32_t c)
{
	for (size_t i = 0; i < sizeof(ignorable) / sizeof(*ignorable); i++)
		if (c >= ignorable[i].from && c <= ignorable[i].to)
			return true;
	return false;
}

/* The bytes of the UTF-8 sequence at s and its code point; 1 where there is no
 * well-formed one. Overlong forms do no harm: their code point is no letter. */
static size_t
code_point(const unsigned char *s, size_t n, uint32_t *c)
{
	size_t len = s[0] < 0xc0 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	*c = s[0];
	if (len == 1 || len > n)
		return 1;
	*c &= 0x7f >> len;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	return len;
}

/* Fold the name into out, which has room for its bytes and a NUL. */
static void
fold(char *out, const unsigned char *s, size_t n)
{
	while (n) {
		uint32_t c;
		size_t len = code_point(s, n, &c);

		if (len == 1)
			*out++ =
			    (char)(*s >= 'A' && *s <= 'Z' ? *s | 0x20 : *s);
		else if (!is_ignorable(c))
			*out++ = '?';
		s += len;
		n -= len;
	}
	*out = 0;
}

/* Whether the component at s, to its end or a '\', is .git's. */
static bool
is_dotgit(const char *s)
{
	if (strncmp(s, ".git", 4) == 0)
		s += 4;
	else if (strncmp(s, "git~1", 5) == 0)
		s += 5;
	else
		return false;
	s += strspn(s, ". ");
	return !*s || *s == ':' || *s == '\\';
}

static bool
has_dotgit(const char *name, size_t len)
{
	char folded[NAME_MAX_BYTES + 1];
	const char *s = folded;

	fold(folded, (const unsigned char *)name, len);
	while (s && !is_dotgit(s)) {
		s = strchr(s, '\\');
		if (s)
			s++;
	}
	return s;
}

/* Most names are plain: none of what has_dotgit() looks for can be in them. */
static bool
is_plain(const char *name, size_t len)
{
	unsigned char c = (unsigned char)name[0];

	return c != '.' && c != 'g' && c != 'G' && c < 0x80 &&
	    !memchr(name, '\\', len);
}

int
mvc_name_check(const char *name, size_t len)
{
	int shown = (int)(len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES);

	if (!len)
		return mvc_fail(MVC_EINVALID, "an empty name is not allowed");
	if (len > NAME_MAX_BYTES)
		return mvc_fail(MVC_EINVALID,
		    "the name '%.*s…' is longer than 255 bytes", shown, name);
	if (memchr(name, '/', len) || memchr(name, 0, len))
		return mvc_fail(MVC_EINVALID,
		    "the name '%.*s' has a '/' or a NUL in it", shown, name);
	if (is_plain(name, len))
		return MVC_OK;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return mvc_fail(MVC_EINVALID, "the name '%.*s' is not allowed",
		    shown, name);
	if (has_dotgit(name, len))
		return mvc_fail(MVC_EINVALID,
		    "the name '%.*s' is .git, or would be on some file "
		    "systems: rename it",
		    shown, name);
	return MVC_OK;
}
