#include "scratch.h"

#include "store/folder.h"
#include "tree/edit.h"
#include "tree/sorter.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct seen {
	unsigned n;
	char last[100];
	uint64_t last_size;
};

static int
on_each(void *arg, const char *path, const struct mvc_entry *e)
{
	struct seen *s = arg;
	int cmp = s->n ? mvc_path_cmp(s->last, path) : -1;
	char want[40];

	cr_assert(cmp < 0 || (cmp == 0 && s->last_size < e->size));
	cr_assert_eq(e->kind, MVC_ENTRY_LINK);
	snprintf(want, sizeof(want), "to-%llu", (unsigned long long)e->size);
	cr_assert_eq(e->target_len, strlen(want));
	cr_assert_eq(memcmp(e->target, want, e->target_len), 0);
	cr_assert_eq(e->id.b[0], (uint8_t)e->size);
	snprintf(s->last, sizeof(s->last), "%s", path);
	s->last_size = e->size;
	s->n++;
	return 0;
}

/* The size of each is how late it came; every tenth path comes twice. */
static void
sort(size_t memory, unsigned n, const struct mvc_folder *f)
{
	struct mvc_tree_sorter *s;
	struct seen seen = {0};

	cr_assert_eq(mvc_tree_sorter_new(&s, f, memory), 0);
	for (unsigned i = 0; i < n + n / 10; i++) {
		unsigned k = (i < n ? i : (i - n) * 10) * 7919 % n;
		struct mvc_entry e = {.kind = MVC_ENTRY_LINK, .size = i};
		char path[100], target[40];

		snprintf(path, sizeof(path), "d%u%s/%.*s%u", k % 13,
		    k % 3 ? "/e" : "-", (int)(k % 50),
		    "a-rather-long-name-that-takes-some-room-in-the-record", k);
		snprintf(target, sizeof(target), "to-%u", i);
		e.target = target;
		e.target_len = strlen(target);
		e.id.b[0] = (uint8_t)i;
		cr_assert_eq(mvc_tree_sorter_add(s, path, &e), 0);
	}
	cr_assert_eq(
	    mvc_tree_sorter_each(s, on_each, &seen), 0, "%s", mvc_error_text());
	cr_assert_eq(seen.n, n + n / 10);
	mvc_tree_sorter_free(s);
}

Test(tree_sorter, what_comes_in_any_order_goes_in_path_order,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_folder f = {.path = (char *)".", .file = 0600, .dir = 0700};

	cr_assert_eq(mkdir("tmp", 0700), 0);
	f.fd = open(".", O_RDONLY | O_DIRECTORY);
	sort(1 << 20, 1, &f);
	sort(64 << 20, 3000, &f);
	sort(200 << 10, 3000, &f); /* several windows a run */
	sort(2 << 10, 3000, &f); /* hundreds of runs */
	cr_assert_eq(rmdir("tmp"), 0, "something was left");
	close(f.fd);
}
