#include "work/statpath.h"

#include <string.h>

#include "util/banned.h"

static inline int
rank_of(char c)
{
	return c == '/' ? 0 : (unsigned char)c;
}

size_t
mvc_statpath_common(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		if (memcmp(a + i, b + i, 8))
			break;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

int
mvc_statpath_cmp(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	size_t i = mvc_statpath_common(a, b, n);

	if (i < n)
		return rank_of(a[i]) - rank_of(b[i]);
	return a_len < b_len ? -1 : a_len > b_len;
}

bool
mvc_statpath_below(
    const char *path, size_t len, const char *dir, size_t dir_len)
{
	if (dir_len == 0)
		return len > 0;
	return len > dir_len && path[dir_len] == '/' &&
	    !memcmp(path, dir, dir_len);
}
