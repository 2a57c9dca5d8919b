#include "scratch.h"

#include "work/statcache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* A model: paths "x/y" of a small alphabet, in path order. */
#define SIDE 12
struct model {
	bool there[SIDE][SIDE]; /* d/f */
	uint64_t size[SIDE][SIDE];
	bool dir[SIDE];
	unsigned root[SIDE]; /* 0: none */
};

static struct mvc_stat_entry
entry(const char *path, uint64_t size)
{
	struct mvc_stat_entry e = {.path = path,
	    .path_len = strlen(path),
	    .kind = MVC_ENTRY_FILE,
	    .size = size,
	    .modified = 5,
	    .changed = 6,
	    .inode = 7};

	e.oid.b[0] = (uint8_t)size;
	e.oid.b[31] = 1;
	return e;
}

static void
set_file(struct mvc_statupdate *u, const char *path, uint64_t size)
{
	struct mvc_stat_entry e = entry(path, size);

	cr_assert_eq(
	    mvc_statupdate_set(u, &e, false), 0, "%s", mvc_error_text());
}

static void
set_dir(struct mvc_statupdate *u, const char *path, unsigned flags)
{
	struct mvc_stat_entry e = {.path = path,
	    .path_len = strlen(path),
	    .kind = MVC_ENTRY_DIR,
	    .flags = flags};

	cr_assert_eq(mvc_statupdate_set(u, &e, false), 0);
}

static struct mvc_statcache *
reopen(struct mvc_statcache *old)
{
	struct mvc_statcache *c;

	mvc_statcache_free(old);
	cr_assert_eq(mvc_statcache_open(&c, "."), 0);
	return c;
}

static struct mvc_statupdate *
begin(struct mvc_statcache *c)
{
	struct mvc_statupdate *u;

	cr_assert_eq(mvc_statupdate_new(&u, c), 0);
	return u;
}

static void
commit(struct mvc_statupdate *u)
{
	cr_assert_eq(mvc_statupdate_commit(u), 0, "%s", mvc_error_text());
	mvc_statupdate_free(u);
}

static void
next(struct mvc_statcursor *k)
{
	cr_assert_eq(mvc_statcursor_next(k), 0);
}

/* All paths and sizes from `at` on, as "path=size ". */
static void
assert_shows(struct mvc_statcache *c, const char *at, const char *all)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;

	cr_assert_eq(mvc_statcursor_new(&k, c), 0);
	cr_assert_eq(mvc_statcursor_seek(k, at), 0);
	for (; (e = mvc_statcursor_at(k)); next(k))
		cr_assert_eq(mvc_buf_addf(&b, "%s=%d%s ", e->path, (int)e->size,
				 e->flags & MVC_STAT_RACY ? "?" : ""),
		    0);
	cr_assert_str_eq(b.data ? b.data : "", all);
}

Test(work_statcache, nothing_is_there_at_first, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);

	assert_shows(c, "", "");
	mvc_statcache_free(c);
}

Test(work_statcache, entries_come_back_in_path_order, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	struct mvc_oid oid = {{9}};

	set_file(u, "a/b", 1);
	set_file(u, "a/c/d", 2);
	set_file(u, "a-b", 3);
	set_file(u, "b", 4);
	cr_assert_eq(mvc_statupdate_root(u, "a", &oid, MVC_STAT_PARTIAL), 0);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "a=0 a/b=1 a/c/d=2 a-b=3 b=4 ");
	assert_shows(c, "a/c", "a/c/d=2 a-b=3 b=4 ");
	cr_assert_eq(mvc_statcursor_new(&k, c), 0);
	cr_assert_eq(mvc_statcursor_find(&e, k, "a"), 0);
	cr_assert(e && mvc_oid_eq(&e->oid, &oid));
	cr_assert_eq(e->flags, MVC_STAT_ROOT | MVC_STAT_PARTIAL);
	cr_assert_eq(mvc_statcursor_find(&e, k, "a/c/d"), 0);
	cr_assert(e && e->modified == 5 && e->changed == 6 && e->inode == 7);
	cr_assert_eq(e->oid.b[0], 2);
	cr_assert_eq(mvc_statcursor_find(&e, k, "a/c/x"), 0);
	cr_assert_null(e);
	mvc_statcache_free(c);
}

Test(work_statcache, what_is_no_file_is_moved_out_of_its_way,
    .init = scratch_enter, .fini = scratch_leave)
{
	static const char *const names[] = {
	    "mvc/statcache", "mvc/statcache.delta", "mvc/statcache.lock"};
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);
	char cmd[200];

	set_file(u, "a", 1);
	commit(u);
	for (size_t i = 0; i < 3; i++) {
		snprintf(cmd, sizeof(cmd),
		    "rm -f %s && mkdir -p %s/below && touch %s/below/x",
		    names[i], names[i], names[i]);
		cr_assert_eq(system(cmd), 0);
		c = reopen(c);
		u = begin(c);
		set_file(u, "b", 2);
		commit(u);
		c = reopen(c);
		assert_shows(c, "b", "b=2 ");
		snprintf(cmd, sizeof(cmd), "rm %s.aside-*/below/x", names[i]);
		cr_assert_eq(system(cmd), 0);
	}
	mvc_statcache_free(c);
}

Test(work_statcache, paths_must_ascend, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);
	struct mvc_stat_entry e = entry("a/b", 1);

	set_file(u, "a-b", 3);
	cr_assert_eq(mvc_statupdate_set(u, &e, false), MVC_EINVALID);
	mvc_statupdate_free(u);
	mvc_statcache_free(c);
}

Test(work_statcache, an_edit_writes_a_small_delta, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);
	struct stat before, after, delta;
	char path[32];

	for (int i = 0; i < 50000; i++) {
		snprintf(path, sizeof(path), "d/%06d", i);
		set_file(u, path, 1);
	}
	commit(u);
	cr_assert_eq(stat("mvc/statcache", &before), 0);
	c = reopen(c);
	u = begin(c);
	set_file(u, "d/010000", 2);
	cr_assert_eq(mvc_statupdate_remove(u, "d/010001"), 0);
	commit(u);
	cr_assert_eq(stat("mvc/statcache", &after), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
	cr_assert_eq(stat("mvc/statcache.delta", &delta), 0);
	cr_assert_lt(delta.st_size, 1000);
	c = reopen(c);
	u = begin(c);
	cr_assert_eq(mvc_statupdate_remove(u, "d/010002"), 0);
	set_file(u, "d/049998", 7);
	commit(u);
	c = reopen(c);
	{
		MVC_OWN(mvc_statcursor) *k = NULL;
		int n = 0;

		cr_assert_eq(mvc_statcursor_new(&k, c), 0);
		for (; mvc_statcursor_at(k); next(k))
			n++;
		cr_assert_eq(n, 49998);
		cr_assert_eq(mvc_statcursor_seek(k, "d/010000"), 0);
		cr_assert_eq(mvc_statcursor_at(k)->size, 2);
		next(k);
		cr_assert_str_eq(mvc_statcursor_at(k)->path, "d/010003");
	}
	assert_shows(c, "d/049998", "d/049998=7 d/049999=1 ");
	mvc_statcache_free(c);
}

Test(work_statcache, a_folder_that_is_dropped_or_hidden_shows_nothing_below,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);

	set_file(u, "a/x", 1);
	set_file(u, "a/y/z", 1);
	set_file(u, "b/x", 1);
	set_file(u, "b/y", 1);
	set_file(u, "c", 1);
	commit(u);
	c = reopen(c);
	u = begin(c);
	cr_assert_eq(mvc_statupdate_remove(u, "a"), 0);
	set_dir(u, "b", MVC_STAT_HIDE);
	set_file(u, "b/y", 2);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "b=0 b/y=2 c=1 ");
	assert_shows(c, "a/y", "b=0 b/y=2 c=1 ");
	assert_shows(c, "a/y/z", "b=0 b/y=2 c=1 ");
	/* Over the delta: what it hid must stay hidden. */
	u = begin(c);
	set_dir(u, "a", 0);
	set_file(u, "a/y/new", 3);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "a=0 a/y/new=3 b=0 b/y=2 c=1 ");
	assert_shows(c, "a/y/z", "b=0 b/y=2 c=1 ");
	mvc_statcache_free(c);
}

Test(work_statcache, a_file_does_not_show_once_something_is_below_its_path,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);

	set_file(u, "a", 1);
	set_file(u, "a.b", 2);
	set_file(u, "b", 3);
	commit(u);
	c = reopen(c);
	u = begin(c);
	set_file(u, "a/x", 4);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "a/x=4 a.b=2 b=3 ");
	assert_shows(c, "a", "a/x=4 a.b=2 b=3 ");
	/* Over the delta, and in a new base. */
	u = begin(c);
	set_file(u, "b/y", 5);
	commit(u);
	cr_assert_eq(unlink("mvc/statcache"), 0);
	c = reopen(c);
	u = begin(c);
	set_file(u, "c", 1);
	commit(u);
	c = reopen(c);
	u = begin(c);
	set_file(u, "c/z", 6);
	commit(u);
	c = reopen(c);
	u = begin(c);
	set_file(u, "c", 7);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "c=7 ");
	mvc_statcache_free(c);
}

Test(work_statcache, entries_changed_since_the_update_began_are_racy,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);
	struct mvc_stat_entry e = entry("b", 2);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	e.modified = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	set_file(u, "a", 1);
	cr_assert_eq(mvc_statupdate_set(u, &e, false), 0);
	e.path = "c";
	usleep(30000); /* so that the file is written clearly later */
	cr_assert_eq(mvc_statupdate_set(u, &e, true), 0);
	e.path = "d";
	e.changed = e.modified + 3600000000000;
	cr_assert_eq(mvc_statupdate_set(u, &e, true), 0);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "a=1 b=2? c=2 d=2? ");
	/* It stays so when it is taken over into another base. */
	u = begin(c);
	for (int i = 0; i < 3000; i++) {
		char path[16];

		snprintf(path, sizeof(path), "e%06d", i);
		set_file(u, path, 1);
	}
	commit(u);
	c = reopen(c);
	cr_assert_neq(access("mvc/statcache.delta", F_OK), 0);
	{
		MVC_OWN(mvc_statcursor) *k = NULL;
		const struct mvc_stat_entry *f;

		cr_assert_eq(mvc_statcursor_new(&k, c), 0);
		cr_assert_eq(mvc_statcursor_find(&f, k, "b"), 0);
		cr_assert(f && (f->flags & MVC_STAT_RACY));
		cr_assert_eq(mvc_statcursor_find(&f, k, "d"), 0);
		cr_assert(f && (f->flags & MVC_STAT_RACY));
	}
	mvc_statcache_free(c);
}

static void
flip(const char *path, long at)
{
	FILE *f = fopen(path, "r+b");
	int byte;

	cr_assert_not_null(f);
	fseek(f, at, SEEK_SET);
	byte = fgetc(f);
	fseek(f, at, SEEK_SET);
	fputc(byte ^ 0x40, f);
	fclose(f);
}

Test(work_statcache, any_damage_makes_it_as_if_absent, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);
	struct stat st;

	set_file(u, "a/x", 1);
	set_file(u, "a/y", 2);
	commit(u);
	cr_assert_eq(stat("mvc/statcache", &st), 0);
	for (long i = 0; i < st.st_size; i++) {
		flip("mvc/statcache", i);
		c = reopen(c);
		assert_shows(c, "", "");
		flip("mvc/statcache", i);
	}
	c = reopen(c);
	assert_shows(c, "", "a/x=1 a/y=2 ");
	for (long n = st.st_size - 1; n >= 0; n--) {
		cr_assert_eq(truncate("mvc/statcache", n), 0);
		c = reopen(c);
		assert_shows(c, "", "");
	}
	/* And is made anew. */
	u = begin(c);
	set_file(u, "b", 1);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "b=1 ");
	mvc_statcache_free(c);
}

Test(work_statcache, a_damaged_delta_does_not_let_the_old_base_show,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);

	set_file(u, "a", 1);
	commit(u);
	c = reopen(c);
	u = begin(c);
	set_file(u, "a", 2);
	commit(u);
	scratch_write("mvc/statcache.delta", "MVCstat1, and then nothing");
	c = reopen(c);
	assert_shows(c, "", "");
	mvc_statcache_free(c);
}

Test(work_statcache, a_delta_of_another_base_is_ignored, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c);

	set_file(u, "a", 1);
	commit(u);
	c = reopen(c);
	u = begin(c);
	set_file(u, "a", 2);
	commit(u);
	c = reopen(c);
	assert_shows(c, "", "a=2 ");
	cr_assert_eq(rename("mvc/statcache.delta", "mvc/old"), 0);
	cr_assert_eq(unlink("mvc/statcache"), 0);
	c = reopen(c);
	u = begin(c);
	set_file(u, "b", 1);
	commit(u);
	cr_assert_eq(rename("mvc/old", "mvc/statcache.delta"), 0);
	c = reopen(c);
	assert_shows(c, "", "b=1 ");
	mvc_statcache_free(c);
}

Test(work_statcache, two_updates_at_once_are_both_kept, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	struct mvc_statupdate *u = begin(c), *v = begin(c);

	set_file(u, "b", 1);
	set_file(v, "a", 2);
	commit(u);
	commit(v);
	c = reopen(c);
	assert_shows(c, "", "a=2 b=1 ");
	mvc_statcache_free(c);
}

Test(work_statcache, no_change_writes_nothing, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);

	commit(begin(c));
	cr_assert_neq(access("mvc", F_OK), 0);
	mvc_statcache_free(c);
}

static unsigned
dice(unsigned n)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)((x >> 16) % n);
}

/* One random transaction on cache and model. */
static void
random_update(struct mvc_statcache *c, struct model *m, unsigned round)
{
	struct mvc_statupdate *u = begin(c);
	char path[16];

	for (unsigned d = 0; d < SIDE; d++) {
		struct mvc_oid oid = {{(uint8_t)round, 1}};
		unsigned what = dice(8);

		snprintf(path, sizeof(path), "%c", 'a' + d);
		if (what == 0) {
			cr_assert_eq(mvc_statupdate_remove(u, path), 0);
			memset(m->there[d], 0, sizeof(m->there[d]));
			m->dir[d] = false;
			m->root[d] = 0;
			continue;
		}
		if (what == 1) {
			set_dir(u, path, MVC_STAT_HIDE);
			memset(m->there[d], 0, sizeof(m->there[d]));
			m->dir[d] = true;
			m->root[d] = 0;
		}
		if (what == 2) {
			cr_assert_eq(mvc_statupdate_root(u, path, &oid, 0), 0);
			m->dir[d] = true;
			m->root[d] = (uint8_t)round;
		}
		for (unsigned f = 0; f < SIDE; f++) {
			snprintf(path, sizeof(path), "%c/%c", 'a' + d, 'a' + f);
			what = dice(6);
			if (what == 0) {
				set_file(u, path, round + 1);
				m->there[d][f] = true;
				m->size[d][f] = round + 1;
			} else if (what == 1) {
				cr_assert_eq(mvc_statupdate_remove(u, path), 0);
				m->there[d][f] = false;
			}
		}
	}
	commit(u);
}

static void
assert_models(struct mvc_statcache *c, const struct model *m, unsigned from)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	char path[16];

	cr_assert_eq(mvc_statcursor_new(&k, c), 0);
	snprintf(path, sizeof(path), "%c/%c", 'a' + from, 'a' + from);
	cr_assert_eq(mvc_statcursor_seek(k, from ? path : ""), 0);
	for (unsigned d = from; d < SIDE; d++) {
		snprintf(path, sizeof(path), "%c", 'a' + d);
		e = mvc_statcursor_at(k);
		if (m->dir[d] && (d > from || from == 0)) {
			cr_assert(e && !strcmp(e->path, path), "%s", path);
			cr_assert_eq(e->oid.b[0], m->root[d]);
			next(k);
		}
		for (unsigned f = d == from ? from : 0; f < SIDE; f++) {
			if (!m->there[d][f])
				continue;
			snprintf(path, sizeof(path), "%c/%c", 'a' + d, 'a' + f);
			e = mvc_statcursor_at(k);
			cr_assert(e && !strcmp(e->path, path), "%s", path);
			cr_assert_eq(e->size, m->size[d][f]);
			next(k);
		}
	}
	cr_assert_null(mvc_statcursor_at(k));
}

Test(work_statcache, random_updates_agree_with_a_simple_model,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_statcache *c = reopen(NULL);
	static struct model m;

	for (unsigned round = 1; round < 200; round++) {
		random_update(c, &m, round);
		c = reopen(c);
		assert_models(c, &m, 0);
		assert_models(c, &m, 1 + dice(SIDE - 1));
		if (dice(20) == 0)
			cr_assert_eq(unlink("mvc/statcache.delta") +
				unlink("mvc/statcache"),
			    0);
		if (access("mvc/statcache", F_OK)) {
			memset(&m, 0, sizeof(m));
			c = reopen(c);
		}
	}
	mvc_statcache_free(c);
}
