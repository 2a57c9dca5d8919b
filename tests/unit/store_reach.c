#include "store/reach.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/*
 * A tree as deep as one may be, made as it is read: each folder has the next
 * one as its first entry, and then as many empty files as a node may have.
 */
#define NAME 200
#define WIDE 4096

static size_t gets, files;
static unsigned deepest;

static void
fill(struct mvc_entry *e, char names[WIDE][NAME + 1], unsigned depth)
{
	for (int i = 0; i < WIDE; i++) {
		snprintf(names[i], NAME + 1, "%0*d", NAME, i);
		e[i] = (struct mvc_entry){.kind = MVC_ENTRY_FILE,
		    .name = names[i],
		    .name_len = NAME,
		    .files = 1};
	}
	if (depth == MVC_DEPTH_MAX)
		return;
	e[0].kind = MVC_ENTRY_DIR;
	e[0].id.b[0] = (uint8_t)((depth + 1) >> 8);
	e[0].id.b[1] = (uint8_t)(depth + 1);
}

static int
get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	static char names[WIDE][NAME + 1];
	static struct mvc_entry e[WIDE];

	gets++;
	fill(e, names, (unsigned)id->b[0] << 8 | id->b[1]);
	mvc_buf_clear(out);
	return mvc_tree_encode(out, 0, e, WIDE);
}

static int
object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	unsigned depth = (unsigned)id->b[0] << 8 | id->b[1];

	if (depth > deepest)
		deepest = depth;
	return MVC_OK;
}

static int
file(void *arg, const char *path, const struct mvc_entry *e)
{
	files++;
	return MVC_OK;
}

static long
peak_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

Test(store_reach, deep_and_wide_trees_take_bounded_memory)
{
	static const struct mvc_reach_ops ops = {
	    .object = object, .file = file};
	struct mvc_source source = {.get = get};
	struct mvc_oid top = {{0}};
	long peak = 0;

	cr_assert_eq(mvc_reach(&source, true, &top, 0, &ops, NULL), MVC_OK,
	    "%s", mvc_error_text());
	cr_assert_eq(deepest, MVC_DEPTH_MAX);
	cr_assert_eq(files, (size_t)WIDE * (MVC_DEPTH_MAX + 1) - MVC_DEPTH_MAX);
	/* At most once on the way down and once on the way up. */
	cr_assert_leq(gets, 2 * (MVC_DEPTH_MAX + 1));
	peak = peak_kb();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	cr_assert_lt(peak, 150 << 10, "%ld KB", peak);
#endif
}
