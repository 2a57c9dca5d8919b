/*
 * Whole files: read with a cap, replaced durably.
 *
 * A durable write is: temporary beside the target, checked write, fsync and
 * close, rename, fsync of the folder. A crash at any moment leaves the old
 * file or the new one; a temporary that a crash leaves begins with
 * MVC_TMP_PREFIX.
 */
#ifndef MVC_UTIL_FILE_H
#define MVC_UTIL_FILE_H

#include "util/buf.h"

#include <stdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MVC_TMP_PREFIX ".mvc-tmp-"

/* Append the file's bytes to out; MVC_ETOOBIG past out's maximum. */
int mvc_file_read(struct mvc_buf *out, int dirfd, const char *path) MVC_MUST;

/* The same of what lies below the folder, as mvc_beneath_open() has it: no link
 * is followed. */
int mvc_file_read_beneath(
    struct mvc_buf *out, int dirfd, const char *path) MVC_MUST;

/* Replace (or make) the file durably; parents must be there. */
int mvc_file_replace(
    int dirfd, const char *path, const void *p, size_t n, mode_t mode) MVC_MUST;

/* Make the folder and its parents, each new one fsynced into its parent. */
int mvc_file_mkdirs(int dirfd, const char *path, mode_t mode) MVC_MUST;

/*
 * Let others at a file or folder of ours whatever umask made of it: `bits` are
 * added (0660; folders get the matching x, and setgid), for writing only where
 * its owner may. Only the owner can, and need: a failure is not told. 0 adds
 * nothing.
 */
void mvc_file_share(int dirfd, const char *path, mode_t bits);
/* The bits for what is made in a folder shared as Git shares its own (it hands
 * its group on); 0 elsewhere. */
mode_t mvc_file_shared_bits(int dirfd, const char *folder);

struct dirent;
/* Whether an entry of the open folder is a folder, and no link to one; false
 * where it has gone. */
bool mvc_file_is_folder(int dirfd, const struct dirent *e);
bool mvc_file_exists(int dirfd, const char *path);
/* Whether it is certain that nothing is there. Where it cannot be told, neither
 * this nor the other is true: what then is tried says why. */
bool mvc_file_absent(int dirfd, const char *path);

/* For reading by lines; NULL with errno. */
FILE *mvc_file_stream(const char *path);

/* Remove it if that can be, without a word: an error may be on its way, whose
 * text stays. What is left is found by gc. */
void mvc_file_discard(int dirfd, const char *path);

/*
 * A file being written: opened under a temporary name in the folder of its
 * target, visible only once committed.
 */
struct mvc_tmpfile {
	int fd; /* write here; -1 when there is none */
	int dirfd; /* borrowed */
	char name[512]; /* the temporary, relative to dirfd */
};
#define MVC_TMPFILE_INIT   \
	{                  \
		-1, -1, "" \
	}

/*
 * Make an empty temporary in `folder` ("." or relative) of dirfd, which must
 * stay open until commit or release.
 */
int mvc_tmpfile_open(
    struct mvc_tmpfile *t, int dirfd, const char *folder, mode_t mode) MVC_MUST;
/*
 * fsync when `sync`, close, rename to path (relative to to_dirfd). The caller
 * fsyncs the folder, once for all of a batch. On failure the temporary goes.
 */
int mvc_tmpfile_commit(
    struct mvc_tmpfile *t, int to_dirfd, const char *path, bool sync) MVC_MUST;
/* Close and remove what was not committed. */
void mvc_tmpfile_release(struct mvc_tmpfile *t);

/* Fill p with n random bytes from the system. */
int mvc_random(void *p, size_t n) MVC_MUST;

#endif
