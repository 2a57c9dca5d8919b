#include "scratch.h"

#include "hash/digest.h"
#include "store/blob.h"
#include "store/fsck.h"
#include "store/root.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define HOLDER "0123456789abcdef0123456789abcdef"
#define SIZE 30000
#define FILES 4

static struct mvc_ctx ctx;
static struct mvc_fsck_pointer files[FILES];
static int n_files = FILES;
static bool offer; /* heal() has the bytes */
static char said[8192];

static struct mvc_store *
open_store(void)
{
	struct mvc_store *s;

	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(mvc_store_open(&s, &ctx, "s"), 0, "%s", mvc_error_text());
	return s;
}

/* Four files of one chunk each, in one pack. */
static void
fill(void)
{
	static const char *const names[FILES] = {
	    "a.mvc", "b.mvc", "c.mvc", "d.mvc"};
	struct mvc_store *s = open_store();
	struct mvc_writer *w;
	uint8_t p[SIZE];

	cr_assert_eq(mvc_writer_new(&w, s), 0);
	for (int i = 0; i < n_files; i++) {
		scratch_noise(p, SIZE, (unsigned)i);
		files[i].name = names[i];
		files[i].size = SIZE;
		files[i].files = 1;
		mvc_blake3(&files[i].oid, p, SIZE);
		cr_assert_eq(
		    mvc_writer_put(w, MVC_CHUNK, &files[i].oid, p, SIZE), 0);
	}
	for (int i = 0; i < n_files; i++) {
		struct mvc_claim c = {
		    .oid = files[i].oid, .size = SIZE, .files = 1};

		cr_assert_eq(mvc_writer_claim(w, HOLDER, &c, 1), 0);
	}
	mvc_writer_free(w);
	mvc_store_free(s);
}

static void
note(void *arg, const char *text)
{
	strncat(said, text, sizeof(said) - strlen(said) - 2);
	strncat(said, "\n", 2);
}

static int
heal(void *arg, struct mvc_writer *w, const struct mvc_fsck_pointer *pointer,
    const char *path, const struct mvc_entry *e, bool *healed)
{
	uint8_t p[SIZE];

	*healed = offer;
	if (!offer)
		return 0;
	scratch_noise(p, SIZE, (unsigned)(pointer - files));
	return mvc_writer_put(w, MVC_CHUNK, &e->id, p, SIZE);
}

static int
fsck(bool full, bool repair, struct mvc_fsck *out)
{
	struct mvc_store *s = open_store();
	int err;

	memset(out, 0, sizeof(*out));
	said[0] = 0;
	out->store = s;
	out->holder = HOLDER;
	out->full = full;
	out->repair = repair;
	out->pointers = files;
	out->n_pointers = (size_t)n_files;
	out->finding = note;
	out->heal = heal;
	err = mvc_fsck(out);
	mvc_store_free(s);
	return err;
}

static int
readable(void)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_store *s = open_store();
	int n = 0;

	for (int i = 0; i < n_files; i++)
		n += !mvc_blob_get(s, &files[i].oid, SIZE, &b);
	mvc_buf_release(&b);
	mvc_store_free(s);
	return n;
}

static void
shell(const char *command)
{
	cr_assert_eq(system(command), 0, "%s", command);
}

/* Invert a byte at `at` of the file that the glob finds (< 0: from its end). */
static void
flip(const char *glob, long at)
{
	char command[600];

	snprintf(command, sizeof(command),
	    "f=$(ls %s | head -n 1); chmod u+w \"$f\"; python3 - \"$f\" %ld "
	    "<<'E'\n"
	    "import sys\n"
	    "n=int(sys.argv[2]); b=bytearray(open(sys.argv[1],'rb').read())\n"
	    "b[n]^=0xff; open(sys.argv[1],'wb').write(b)\n"
	    "E\n",
	    glob, at);
	shell(command);
}

Test(store_fsck, a_whole_store_is_clean, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	cr_assert_eq(fsck(true, true, &f), 0, "%s", said);
	cr_assert_eq(f.objects, FILES);
	cr_assert_eq(f.damaged, 0);
	cr_assert_str_eq(said, "");
}

Test(store_fsck, a_damaged_chunk_is_named_with_its_pointer,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	flip("s/packs/*/*.pack", 100);
	cr_assert_eq(fsck(false, false, &f), 0, "form only: %s", said);
	cr_assert_eq(fsck(true, false, &f), MVC_EFINDING);
	cr_assert_not_null(strstr(said, "missing content: a.mvc"), "%s", said);
	cr_assert_eq(f.missing, 1);
	shell("test ! -e s/lost");
}

Test(store_fsck, repair_sets_the_pack_aside_and_keeps_what_is_whole,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	flip("s/packs/*/*.pack", 100);
	cr_assert_eq(fsck(true, true, &f), MVC_EFINDING);
	cr_assert_eq(f.missing, 1);
	cr_assert_eq(readable(), FILES - 1);
	shell("ls s/lost/packs-*.pack");
	/* Damage is over, the loss stays known. */
	cr_assert_eq(fsck(true, true, &f), MVC_EFINDING);
	cr_assert_eq(f.damaged, 0, "%s", said);
	cr_assert_eq(f.missing, 1);
}

Test(store_fsck, what_the_caller_still_has_is_healed, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	flip("s/packs/*/*.pack", 100);
	offer = true;
	cr_assert_eq(fsck(true, true, &f), 0, "%s", said);
	cr_assert_not_null(strstr(said, "healed: a.mvc"), "%s", said);
	cr_assert_eq(readable(), FILES);
	cr_assert_eq(fsck(true, true, &f), 0, "%s", said);
	cr_assert_str_eq(said, "");
}

Test(store_fsck, a_pack_without_index_gives_its_objects_back,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	flip("s/packs/*/*.pack", -70);
	cr_assert_eq(fsck(false, true, &f), 0, "%s", said);
	cr_assert_eq(readable(), FILES);
	cr_assert_eq(fsck(true, true, &f), 0);
	cr_assert_str_eq(said, "");
}

Test(store_fsck, a_lost_segment_is_rebuilt_from_the_packs,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	shell("rm -f s/segments/*");
	cr_assert_eq(readable(), 0);
	cr_assert_eq(fsck(false, true, &f), 0, "%s", said);
	cr_assert_eq(readable(), FILES);
	cr_assert_eq(fsck(true, true, &f), 0);
	cr_assert_str_eq(said, "");
}

Test(store_fsck, a_damaged_segment_is_rebuilt, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	flip("s/segments/*", -10);
	cr_assert_eq(fsck(false, true, &f), 0, "%s", said);
	cr_assert_eq(readable(), FILES);
	cr_assert_eq(fsck(true, true, &f), 0);
	cr_assert_str_eq(said, "");
}

/* The version is no reason to stop while the checks say it is damage. */
Test(store_fsck, a_damaged_version_is_damage, .init = scratch_enter,
    .fini = scratch_leave)
{
	static const struct {
		const char *glob;
		long at;
	} versions[] = {{"s/segments/*", 7}, {"s/packs/*/*.pack", 7},
	    {"s/packs/*/*.pack", -1}, {"s/roots/*/*", 9}};
	struct mvc_fsck f;

	fill();
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		flip(versions[i].glob, versions[i].at);
		cr_assert_eq(
		    fsck(false, true, &f), 0, "%s: %s", said, mvc_error_text());
		cr_assert_neq(f.damaged, 0);
		cr_assert_eq(readable(), FILES);
		cr_assert_eq(fsck(true, true, &f), 0);
		cr_assert_str_eq(said, "");
	}
}

/* What cannot be read condemns nothing, and must not stop who writes. */
Test(store_fsck, a_damaged_trash_list_is_set_aside, .init = scratch_enter,
    .fini = scratch_leave)
{
	const char *id = "s/trash/0123456789abcdef0123456789abcdef";
	struct mvc_fsck f;
	struct mvc_store *s;
	struct mvc_writer *w;

	fill();
	scratch_write(id, "mvc trash 1\ngrace 86400\nkeep 86400\nend 0\n");
	s = open_store();
	cr_assert_eq(mvc_writer_new(&w, s), MVC_ECORRUPT);
	mvc_store_free(s);
	cr_assert_eq(fsck(false, false, &f), MVC_EFINDING);
	cr_assert_eq(fsck(false, true, &f), 0, "%s", mvc_error_text());
	cr_assert_not_null(strstr(said, "trash"));
	s = open_store();
	cr_assert_eq(mvc_writer_new(&w, s), 0);
	mvc_writer_free(w);
	mvc_store_free(s);
	cr_assert_eq(fsck(true, true, &f), 0);
	cr_assert_str_eq(said, "");
}

Test(store_fsck, a_damaged_root_is_claimed_again, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_root root;
	struct mvc_fsck f;
	struct mvc_store *s;

	fill();
	flip("s/roots/*/*", 30);
	cr_assert_eq(fsck(false, true, &f), 0, "%s", said);
	s = open_store();
	for (int i = 0; i < n_files; i++) {
		cr_assert_eq(mvc_root_get(&root, s, HOLDER, &files[i].oid), 0);
		mvc_root_release(&root);
	}
	mvc_store_free(s);
	cr_assert_eq(fsck(true, true, &f), 0);
	cr_assert_str_eq(said, "");
}

Test(store_fsck, a_lost_pack_is_named, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_fsck f;

	fill();
	shell("rm -f s/packs/*/*.pack");
	cr_assert_eq(fsck(false, true, &f), MVC_EFINDING);
	cr_assert_eq(f.missing, FILES, "%s", said);
	offer = true;
	cr_assert_eq(fsck(false, true, &f), 0, "%s", said);
	cr_assert_eq(readable(), FILES);
}

/* What is copied from a damaged pack has its name again, where that is the
 * hash of the same index: it must not be set aside with it. */
Test(store_fsck, a_pack_of_one_object_is_repaired, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_fsck f;

	n_files = 1;
	fill();
	flip("s/packs/*/*.pack", -60);
	cr_assert_eq(fsck(true, true, &f), 0, "%s", said);
	cr_assert_eq(readable(), 1);
	cr_assert_eq(fsck(true, false, &f), 0, "%s", said);
}
