#include "tree/path.h"

#include "tree/edit.h"

#include "util/banned.h"

int
mvc_path_push(struct mvc_buf *path, const struct mvc_entry *e, size_t *was)
{
	int err = MVC_OK;

	*was = path->len;
	if (path->len)
		err = mvc_buf_add_char(path, '/');
	return err ? err : mvc_buf_add(path, e->name, e->name_len);
}

void
mvc_path_pop(struct mvc_buf *path, size_t was)
{
	path->len = was;
	path->data[was] = 0;
}

int
mvc_path_depth(const struct mvc_buf *path, unsigned depth)
{
	if (depth <= MVC_DEPTH_MAX)
		return MVC_OK;
	return mvc_fail(MVC_ECORRUPT,
	    "a tree has more than %d directories within each other: %.100s…",
	    MVC_DEPTH_MAX, path->data ? path->data : "");
}

bool
mvc_entry_eq(const struct mvc_entry *a, const struct mvc_entry *b)
{
	if (!a || !b)
		return a == b;
	return a->kind == b->kind && mvc_oid_eq(&a->id, &b->id) &&
	    a->target_len == b->target_len &&
	    (!a->target_len || !memcmp(a->target, b->target, a->target_len));
}

/* '/' counts as 1, the end as 0, all others as more. */
static int
weight(char c)
{
	return c == 0 ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

int
mvc_path_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return weight(*a) - weight(*b);
}
