#include "scratch.h"

#include "hash/digest.h"
#include "store/store_priv.h"
#include "store/writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct mvc_ctx ctx;

static struct mvc_store *
open_store(void)
{
	struct mvc_store *s;

	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(mvc_store_open(&s, &ctx, "s"), 0, "%s", mvc_error_text());
	return s;
}

/* Store a chunk in a session of its own. */
static void
store_number(struct mvc_store *s, int n, struct mvc_oid *id)
{
	struct mvc_writer *w;

	mvc_blake3(id, &n, sizeof(n));
	cr_assert_eq(mvc_writer_new(&w, s), 0, "%s", mvc_error_text());
	cr_assert_eq(mvc_writer_put(w, MVC_CHUNK, id, &n, sizeof(n)), 0);
	cr_assert_eq(mvc_writer_flush(w), 0);
	mvc_writer_free(w);
}

static bool
has(struct mvc_store *s, const struct mvc_oid *id)
{
	bool there;

	cr_assert_eq(
	    mvc_store_has(s, MVC_CHUNK, id, &there), 0, "%s", mvc_error_text());
	return there;
}

Test(store_segments, what_another_process_adds_is_found, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_store *a = open_store(), *b = open_store();
	struct mvc_oid id;

	mvc_blake3(&id, "x", 1);
	for (int i = 0; i < 20; i++) {
		cr_assert_not(has(a, &id));
		store_number(b, i, &id);
		cr_assert(has(a, &id));
		mvc_blake3(&id, &i, 1);
	}
	mvc_store_free(a);
	mvc_store_free(b);
}

/* What was listed is not listed again while nothing changed. */
Test(store_segments, an_old_listing_is_kept_while_it_is_right,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_store *s = open_store();
	struct mvc_oid id;
	uint64_t first, second;

	store_number(s, 1, &id);
	usleep(30000);
	cr_assert_eq(mvc_store_refreshed(s, &first), 0);
	cr_assert(s->stamp.settled);
	cr_assert_eq(mvc_store_refreshed(s, &second), 0);
	cr_assert_eq(first, second);
	store_number(s, 2, &id);
	cr_assert_eq(mvc_store_refreshed(s, &second), 0);
	cr_assert_neq(first, second);
	mvc_store_free(s);
}

/* Puts one of two equal segments there, then takes the other one away. */
static void
replace_while(pid_t parent, char name[2][80])
{
	char to[2][100];

	for (int i = 0; i < 2; i++)
		snprintf(to[i], sizeof(to[i]), "s/segments/%.79s", name[i]);
	for (int i = 0; getppid() == parent; i ^= 1) {
		(void)!link(name[i], to[i]);
		(void)!unlink(to[!i]);
		usleep(20);
	}
}

Test(store_segments, one_that_is_replaced_hides_nothing_at_any_moment,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_store *s = open_store();
	struct mvc_oid id, merged;
	char name[2][80], first[100];
	pid_t child, parent = getpid();

	store_number(s, 1, &id);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(mvc_segment_merge(&merged, &s->folder, s->segs, 1,
				 (uint64_t)i, NULL, NULL),
		    0);
		snprintf(
		    name[i], sizeof(name[i]), "%s", mvc_oid_hex(&merged).s);
		cr_assert_eq(renameat(s->folder.fd, mvc_segment_path(&merged).s,
				 AT_FDCWD, name[i]),
		    0);
	}
	cr_assert_eq(unlinkat(s->folder.fd,
			 mvc_segment_path(mvc_segment_name(s->segs[0])).s, 0),
	    0);
	mvc_store_free(s);
	snprintf(first, sizeof(first), "s/segments/%.79s", name[1]);
	cr_assert_eq(link(name[1], first), 0);
	child = fork();
	if (child == 0) {
		replace_while(parent, name);
		_exit(0);
	}
	for (int i = 0; i < 5000; i++) {
		s = open_store();
		cr_assert(has(s, &id), "look %d", i);
		mvc_store_free(s);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
