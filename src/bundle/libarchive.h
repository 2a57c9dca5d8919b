/*
 * Inside room bundle: libarchive, loaded when the first archive is read or
 * written. With what it stands on (XML, ICU, three compressors) it would cost
 * every command some milliseconds of start-up. A static build links it
 * (MVC_LINK_ARCHIVE).
 */
#ifndef MVC_BUNDLE_LIBARCHIVE_H
#define MVC_BUNDLE_LIBARCHIVE_H

#include "util/error.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

/* Every function that we call, as X(name). */
#define MVC_ARCHIVE_FUNCTIONS(X)            \
	X(entry_clear)                      \
	X(entry_copy_pathname)              \
	X(entry_copy_symlink)               \
	X(entry_filetype)                   \
	X(entry_free)                       \
	X(entry_hardlink)                   \
	X(entry_is_encrypted)               \
	X(entry_new)                        \
	X(entry_pathname)                   \
	X(entry_perm)                       \
	X(entry_set_filetype)               \
	X(entry_set_mtime)                  \
	X(entry_set_perm)                   \
	X(entry_set_size)                   \
	X(entry_size)                       \
	X(entry_size_is_set)                \
	X(entry_symlink)                    \
	X(error_string)                     \
	X(format)                           \
	X(format_name)                      \
	X(read_data)                        \
	X(read_free)                        \
	X(read_new)                         \
	X(read_next_header)                 \
	X(read_open1)                       \
	X(read_set_callback_data)           \
	X(read_set_read_callback)           \
	X(read_set_seek_callback)           \
	X(read_set_skip_callback)           \
	X(read_support_filter_gzip)         \
	X(read_support_filter_zstd)         \
	X(read_support_format_tar)          \
	X(read_support_format_zip_seekable) \
	X(write_add_filter_gzip)            \
	X(write_add_filter_none)            \
	X(write_add_filter_zstd)            \
	X(write_close)                      \
	X(write_data)                       \
	X(write_free)                       \
	X(write_header)                     \
	X(write_new)                        \
	X(write_open)                       \
	X(write_set_bytes_in_last_block)    \
	X(write_set_bytes_per_block)        \
	X(write_set_filter_option)          \
	X(write_set_format_gnutar)          \
	X(write_set_format_option)          \
	X(write_set_format_zip)

struct mvc_libarchive {
#define X(name) __typeof__(&archive_##name) name;
	MVC_ARCHIVE_FUNCTIONS(X)
#undef X
	locale_t utf8; /* 0: this system has none */
};

/* Static storage. MVC_ENOTFOUND where the system has none: says what to
 * install. Thread-safe. */
int mvc_libarchive_load(const struct mvc_libarchive **out) MVC_MUST;

/*
 * libarchive takes names apart by the thread's locale; ours are bytes, mostly
 * UTF-8. Around each call that reads or writes a header: what is returned is
 * given back.
 */
locale_t mvc_libarchive_enter(const struct mvc_libarchive *lib);
void mvc_libarchive_leave(locale_t before);

#endif
