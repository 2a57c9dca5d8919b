#include "bundle/writer.h"

#include "bundle/libarchive.h"
#include "text/utf8.h"
#include "util/banned.h"

/* What put() gets at once. */
#define BLOCK (128 << 10)
/* 1980-01-01 UTC, the first day that zip knows. */
#define TAR_TIME 315532800

struct mvc_archive_writer {
	const struct mvc_libarchive *lib;
	enum mvc_archive_format format;
	struct archive *a;
	struct archive_entry *e;
	int (*put)(void *arg, const void *p, size_t n);
	void *arg;
	int failed; /* what put() failed with */
	bool dropping; /* not finished: nothing more goes to put() */
	uint64_t left; /* of the file's bytes */
	struct mvc_buf target;
};

enum mvc_archive_format
mvc_archive_format_of(const char *name, size_t *stem)
{
	static const struct {
		const char *suffix;
		enum mvc_archive_format format;
	} known[] = {
	    {"tar", MVC_ARCHIVE_TAR},
	    {"tar.gz", MVC_ARCHIVE_TAR_GZ},
	    {"tgz", MVC_ARCHIVE_TAR_GZ},
	    {"tar.zst", MVC_ARCHIVE_TAR_ZST},
	    {"tzst", MVC_ARCHIVE_TAR_ZST},
	    {"zip", MVC_ARCHIVE_ZIP},
	};
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t k = strlen(known[i].suffix);

		if (n < k || strcmp(name + n - k, known[i].suffix) ||
		    (n > k && name[n - k - 1] != '.'))
			continue;
		if (stem)
			*stem = n > k ? n - k - 1 : 0;
		return known[i].format;
	}
	return 0;
}

static int
fail(struct mvc_archive_writer *w)
{
	const char *text = w->lib->error_string(w->a);

	if (w->failed)
		return w->failed;
	return mvc_fail(
	    MVC_EIO, "write an archive: %s", text ? text : "it failed");
}

static la_ssize_t
on_write(struct archive *a, void *arg, const void *p, size_t n)
{
	struct mvc_archive_writer *w = arg;

	(void)a;
	/* A zip forgets its compressor if what it ends with is refused; a tar
	 * would fill up a file that is cut off. */
	if (w->dropping)
		return w->format == MVC_ARCHIVE_ZIP ? (la_ssize_t)n : -1;
	if (!w->failed)
		w->failed = w->put(w->arg, p, n);
	return w->failed ? -1 : (la_ssize_t)n;
}

/* A filter that libarchive was built without is a program that it would run:
 * ARCHIVE_WARN. */
static bool
set_filter(struct mvc_archive_writer *w)
{
	const struct mvc_libarchive *l = w->lib;

	if (w->format == MVC_ARCHIVE_TAR_GZ)
		return l->write_add_filter_gzip(w->a) == ARCHIVE_OK &&
		    l->write_set_filter_option(
			w->a, "gzip", "compression-level", "6") == ARCHIVE_OK &&
		    l->write_set_filter_option(
			w->a, "gzip", "timestamp", NULL) == ARCHIVE_OK;
	if (w->format == MVC_ARCHIVE_TAR_ZST)
		return l->write_add_filter_zstd(w->a) == ARCHIVE_OK &&
		    l->write_set_filter_option(
			w->a, "zstd", "compression-level", "3") == ARCHIVE_OK;
	return l->write_add_filter_none(w->a) == ARCHIVE_OK;
}

static bool
set_format(struct mvc_archive_writer *w)
{
	const struct mvc_libarchive *l = w->lib;

	if (w->format != MVC_ARCHIVE_ZIP)
		return l->write_set_format_gnutar(w->a) == ARCHIVE_OK;
	return l->write_set_format_zip(w->a) == ARCHIVE_OK &&
	    l->write_set_format_option(w->a, "zip", "compression-level", "6") ==
	    ARCHIVE_OK;
}

static int
open_archive(struct mvc_archive_writer *w)
{
	const struct mvc_libarchive *l;
	int err = mvc_libarchive_load(&w->lib);

	if (err)
		return err;
	l = w->lib;
	w->a = l->write_new();
	w->e = l->entry_new();
	if (!w->a || !w->e)
		return mvc_fail(MVC_ENOMEM, "no memory to write an archive");
	if (!set_format(w) || !set_filter(w))
		return mvc_fail(MVC_EVERSION,
		    "this libarchive cannot write that: it was built without "
		    "gzip or zstd, or is too old");
	if (l->write_set_bytes_per_block(w->a, BLOCK) != ARCHIVE_OK ||
	    l->write_set_bytes_in_last_block(w->a, 1) != ARCHIVE_OK ||
	    l->write_open(w->a, w, NULL, on_write, NULL) != ARCHIVE_OK)
		return fail(w);
	return MVC_OK;
}

int
mvc_archive_writer_new(struct mvc_archive_writer **out,
    enum mvc_archive_format format,
    int (*put)(void *arg, const void *p, size_t n), void *arg)
{
	MVC_OWN(mvc_archive_writer) *w = calloc(1, sizeof(*w));
	int err;

	*out = NULL;
	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory to write an archive");
	w->format = format;
	w->put = put;
	w->arg = arg;
	w->target.max = MVC_TARGET_MAX;
	err = open_archive(w);
	if (!err)
		*out = MVC_TAKE(w);
	return err;
}

void
mvc_archive_writer_free(struct mvc_archive_writer *w)
{
	if (!w)
		return;
	/* libarchive closes it, as archive_write_fail() would forget what its
	 * filters hold. */
	w->dropping = true;
	if (w->a)
		w->lib->write_free(w->a);
	if (w->e)
		w->lib->entry_free(w->e);
	mvc_buf_release(&w->target);
	free(w);
}

static int
set_kind(struct mvc_archive_writer *w, const struct mvc_entry *e)
{
	const struct mvc_libarchive *l = w->lib;
	int err;

	l->entry_set_size(w->e, 0);
	w->left = 0;
	switch (e->kind) {
	case MVC_ENTRY_DIR:
		l->entry_set_filetype(w->e, AE_IFDIR);
		l->entry_set_perm(w->e, 0755);
		return MVC_OK;
	case MVC_ENTRY_LINK:
		l->entry_set_filetype(w->e, AE_IFLNK);
		l->entry_set_perm(w->e, 0777);
		mvc_buf_clear(&w->target);
		err = mvc_buf_add(&w->target, e->target, e->target_len);
		if (!err)
			l->entry_copy_symlink(w->e, w->target.data);
		return err;
	default:
		l->entry_set_filetype(w->e, AE_IFREG);
		l->entry_set_perm(
		    w->e, e->kind == MVC_ENTRY_EXEC ? 0755 : 0644);
		l->entry_set_size(w->e, (la_int64_t)e->size);
		w->left = e->size;
		return MVC_OK;
	}
}

static int
write_header(struct mvc_archive_writer *w)
{
	locale_t before = mvc_libarchive_enter(w->lib);
	int got = w->lib->write_header(w->a, w->e);

	mvc_libarchive_leave(before);
	return got == ARCHIVE_OK ? MVC_OK : fail(w);
}

static bool
is_utf8(const char *s)
{
	size_t n = strlen(s), k;
	uint32_t c;

	for (; n; s += k, n -= k) {
		k = mvc_utf8_next(&c, s, n);
		if (!k)
			return false;
	}
	return true;
}

int
mvc_archive_writer_add(
    struct mvc_archive_writer *w, const char *path, const struct mvc_entry *e)
{
	int err;

	if (w->format == MVC_ARCHIVE_ZIP && !is_utf8(path))
		return mvc_fail(MVC_EINVALID,
		    "%s: a name that is no UTF-8 cannot be in a zip archive: "
		    "take tar",
		    path);
	if (e->size > INT64_MAX)
		return mvc_fail(MVC_ETOOBIG, "%s is too long", path);
	w->lib->entry_clear(w->e);
	w->lib->entry_copy_pathname(w->e, path);
	/* Without one, zip writes the first that it knows, in any zone. */
	if (w->format != MVC_ARCHIVE_ZIP)
		w->lib->entry_set_mtime(w->e, TAR_TIME, 0);
	err = set_kind(w, e);
	if (!err)
		err = write_header(w);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

int
mvc_archive_writer_put(struct mvc_archive_writer *w, const void *p, size_t n)
{
	const char *at = p;

	if (n > w->left)
		return mvc_fail(MVC_EINVALID, "more bytes than were said");
	w->left -= n;
	while (n) {
		la_ssize_t put = w->lib->write_data(w->a, at, n);

		if (put <= 0)
			return fail(w);
		at += put;
		n -= (size_t)put;
	}
	return MVC_OK;
}

int
mvc_archive_writer_finish(struct mvc_archive_writer *w)
{
	int got = w->lib->write_close(w->a);

	if (w->failed || got != ARCHIVE_OK)
		return fail(w);
	return MVC_OK;
}
