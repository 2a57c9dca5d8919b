#include "bundle/reader.h"

#include "bundle/libarchive.h"
#include "bundle/path.h"
#include "hash/digest.h"
#include "util/banned.h"

#define WINDOW (UINT32_C(128) << 10)

struct mvc_archive_reader {
	const struct mvc_libarchive *lib;
	struct archive *a;
	struct archive_entry *at; /* libarchive's */
	struct mvc_archive_source source;
	uint64_t off; /* where libarchive reads on */
	int failed; /* what a read of ours failed with */
	uint8_t *window;
	/* What was read of it from the start on without a gap. */
	struct mvc_digest digest;
	uint64_t digested;

	struct mvc_archive_entry entry;
	struct mvc_buf path, target;
	uint64_t left; /* of its bytes */
};

static int
fail(struct mvc_archive_reader *r)
{
	const char *text = r->lib->error_string(r->a);

	if (r->failed)
		return r->failed;
	return mvc_fail(MVC_ECORRUPT, "%s%s%s",
	    r->at && r->entry.path ? r->entry.path : "",
	    r->at && r->entry.path ? ": " : "",
	    text ? text : "it cannot be read");
}

static int
source_read(struct mvc_archive_reader *r, size_t *got)
{
	int err =
	    r->source.pread(r->source.arg, got, r->window, WINDOW, r->off);

	if (!err && r->off == r->digested) {
		mvc_digest_update(&r->digest, r->window, *got);
		r->digested += *got;
	}
	if (!err)
		r->off += *got;
	return err;
}

static la_ssize_t
on_read(struct archive *a, void *arg, const void **out)
{
	struct mvc_archive_reader *r = arg;
	size_t got = 0;

	(void)a;
	*out = r->window;
	r->failed = source_read(r, &got);
	return r->failed ? -1 : (la_ssize_t)got;
}

static la_int64_t
on_seek(struct archive *a, void *arg, la_int64_t off, int whence)
{
	struct mvc_archive_reader *r = arg;
	uint64_t from = whence == SEEK_END ? r->source.size
	    : whence == SEEK_CUR           ? r->off
					   : 0;

	(void)a;
	if (off < 0 ? (uint64_t)-off > from
		    : (uint64_t)off > r->source.size ||
		    from + (uint64_t)off > r->source.size)
		return ARCHIVE_FATAL;
	r->off = from + (uint64_t)off;
	return (la_int64_t)r->off;
}

/* A filter that libarchive was built without is a program that it would run:
 * ARCHIVE_WARN. */
static bool
set_up(const struct mvc_libarchive *l, struct mvc_archive_reader *r)
{
	return l->read_support_format_tar(r->a) == ARCHIVE_OK &&
	    l->read_support_format_zip_seekable(r->a) == ARCHIVE_OK &&
	    l->read_support_filter_gzip(r->a) == ARCHIVE_OK &&
	    l->read_support_filter_zstd(r->a) == ARCHIVE_OK &&
	    l->read_set_read_callback(r->a, on_read) == ARCHIVE_OK &&
	    l->read_set_seek_callback(r->a, on_seek) == ARCHIVE_OK &&
	    l->read_set_callback_data(r->a, r) == ARCHIVE_OK;
}

static int
open_archive(struct mvc_archive_reader *r)
{
	int err = mvc_digest_init(&r->digest);

	if (err)
		return err;
	err = mvc_libarchive_load(&r->lib);
	if (err)
		return err;
	r->a = r->lib->read_new();
	if (!r->a)
		return mvc_fail(MVC_ENOMEM, "no memory to read an archive");
	if (!set_up(r->lib, r))
		return mvc_fail(MVC_EVERSION,
		    "this libarchive was built without gzip or zstd");
	if (r->lib->read_open1(r->a) == ARCHIVE_OK)
		return MVC_OK;
	return r->failed ? r->failed
			 : mvc_fail(MVC_EINVALID,
			       "no archive that mvc knows: tar, plain or by "
			       "gzip or zstd, or zip");
}

int
mvc_archive_reader_new(
    struct mvc_archive_reader **out, const struct mvc_archive_source *source)
{
	MVC_OWN(mvc_archive_reader) *r = calloc(1, sizeof(*r));
	int err;

	*out = NULL;
	if (!r)
		return mvc_fail(MVC_ENOMEM, "no memory to read an archive");
	r->source = *source;
	r->path.max = r->target.max = MVC_ARCHIVE_PATH_MAX;
	r->window = malloc(WINDOW);
	if (!r->window)
		return mvc_fail(MVC_ENOMEM, "no memory to read an archive");
	err = open_archive(r);
	if (!err)
		*out = MVC_TAKE(r);
	return err;
}

void
mvc_archive_reader_free(struct mvc_archive_reader *r)
{
	if (!r)
		return;
	if (r->a)
		r->lib->read_free(r->a);
	mvc_digest_release(&r->digest);
	mvc_buf_release(&r->path);
	mvc_buf_release(&r->target);
	free(r->window);
	free(r);
}

static int
refuse(struct mvc_archive_reader *r, const char *why)
{
	return mvc_fail(MVC_EINVALID, "%s: %s", r->entry.path, why);
}

/* Other methods of zip allocate what the archive says. */
static bool
is_known_method(struct mvc_archive_reader *r)
{
	const char *s;

	if ((r->lib->format(r->a) & ARCHIVE_FORMAT_BASE_MASK) !=
	    ARCHIVE_FORMAT_ZIP)
		return true;
	s = r->lib->format_name(r->a);
	return s && (strstr(s, "(uncompressed)") || strstr(s, "(deflation)"));
}

static int
take_file(struct mvc_archive_reader *r)
{
	la_int64_t size = r->lib->entry_size(r->at);

	if (!r->lib->entry_size_is_set(r->at) || size < 0)
		return refuse(r, "its size is not known");
	if (r->lib->entry_is_encrypted(r->at))
		return refuse(r, "it is encrypted");
	if (!is_known_method(r))
		return refuse(r,
		    "it is compressed by a method that mvc does not read "
		    "(deflate is)");
	r->entry.size = r->left = (uint64_t)size;
	r->entry.kind =
	    r->lib->entry_perm(r->at) & 0100 ? MVC_ENTRY_EXEC : MVC_ENTRY_FILE;
	return MVC_OK;
}

static int
take_link(struct mvc_archive_reader *r)
{
	const char *target = r->lib->entry_symlink(r->at);
	const char *why = mvc_archive_link_fault(r->entry.path, target);

	if (why)
		return refuse(r, why);
	r->entry.kind = MVC_ENTRY_LINK;
	r->entry.target = target;
	return MVC_OK;
}

static int
take_other_name(struct mvc_archive_reader *r, const char *target)
{
	int err = mvc_archive_path(&r->target, target);

	if (err)
		return mvc_fail_prefix(err, "%s", r->entry.path);
	r->entry.target = r->target.data;
	return MVC_OK;
}

static int
take_kind(struct mvc_archive_reader *r)
{
	const char *other = r->lib->entry_hardlink(r->at);
	unsigned type = r->lib->entry_filetype(r->at);

	if (other)
		return take_other_name(r, other);
	if (type == AE_IFREG)
		return take_file(r);
	if (type == AE_IFLNK)
		return take_link(r);
	if (type != AE_IFDIR)
		return refuse(r,
		    type == AE_IFBLK || type == AE_IFCHR ? "it is a device"
			: type == AE_IFIFO               ? "it is a pipe"
							 : "it is no file");
	r->entry.kind = MVC_ENTRY_DIR;
	return MVC_OK;
}

static int
take_header(struct mvc_archive_reader *r)
{
	const char *path = r->lib->entry_pathname(r->at);
	int err;

	if (!path)
		return mvc_fail(MVC_EINVALID,
		    "a name in it is of no encoding that can be read");
	err = mvc_archive_path(&r->path, path);
	if (err)
		return err;
	r->entry.path = r->path.data;
	return take_kind(r);
}

static int
next_header(struct mvc_archive_reader *r)
{
	locale_t before = mvc_libarchive_enter(r->lib);
	int got = r->lib->read_next_header(r->a, &r->at);
	int err = MVC_OK;

	if (got == ARCHIVE_EOF)
		r->at = NULL;
	else if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
		err = fail(r);
	else
		err = take_header(r);
	mvc_libarchive_leave(before);
	return err;
}

int
mvc_archive_next(
    const struct mvc_archive_entry **out, struct mvc_archive_reader *r)
{
	int err;

	*out = NULL;
	do {
		memset(&r->entry, 0, sizeof(r->entry));
		r->left = 0;
		err = next_header(r);
		if (err || !r->at)
			return err;
		/* The folder of all may be named, as ".". */
	} while (!*r->entry.path && r->entry.kind == MVC_ENTRY_DIR);
	if (!*r->entry.path)
		return mvc_fail(MVC_EINVALID, "a file in it has no name");
	*out = &r->entry;
	return MVC_OK;
}

static int
check_end(struct mvc_archive_reader *r)
{
	char more;
	la_ssize_t got = r->lib->read_data(r->a, &more, 1);

	if (got < 0)
		return fail(r);
	return got ? refuse(r, "it is longer than it says") : MVC_OK;
}

int
mvc_archive_read(void *reader, void *p, size_t n)
{
	struct mvc_archive_reader *r = reader;
	char *at = p;

	if (n > r->left)
		return mvc_fail(MVC_EINVALID, "read past the end");
	r->left -= n;
	while (n) {
		la_ssize_t got = r->lib->read_data(r->a, at, n);

		if (got < 0)
			return fail(r);
		if (!got)
			return mvc_fail(MVC_ECORRUPT,
			    "%s: it is shorter than it says", r->entry.path);
		at += got;
		n -= (size_t)got;
	}
	return r->left ? MVC_OK : check_end(r);
}

int
mvc_archive_id(struct mvc_oid *out, struct mvc_archive_reader *r)
{
	size_t got = 1;
	int err = MVC_OK;

	r->off = r->digested;
	while (!err && got)
		err = source_read(r, &got);
	if (!err)
		mvc_digest_final(&r->digest, out);
	return err;
}
