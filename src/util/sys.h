/*
 * The thin layer through which every system call that changes files goes.
 *
 * Each does what its namesake does, retries EINTR and finishes short writes,
 * and turns a failure into an error that names the file, or, when a disk is
 * full, where that is. All take a directory
 * handle (or AT_FDCWD) and a path relative to it; `path` is also what the
 * message names. Thread-safe. A failed fsync is final for its file: the caller
 * writes the file anew and never calls it again on the same bytes.
 */
#ifndef MVC_UTIL_SYS_H
#define MVC_UTIL_SYS_H

#include "util/error.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* MVC_ENOSPACE with a text: which disk is full, how much is free, what to do.
 * fd is an open folder, an open file, or AT_FDCWD. */
int mvc_sys_full(int fd, const char *path);

/* Errno as an error, of `path` below an open folder, or AT_FDCWD: where it is no
 * permission, the text has the whole name, what does not let us, and what to do.
 * errno stays. */
int mvc_sys_fail(int fd, const char *what, const char *path);

/* Whether `path` may be written, or in a folder made, ahead of trying it; a hint,
 * as for what is not there. MVC_EDENIED. */
int mvc_sys_can_write(int dirfd, const char *path) MVC_MUST;

/* Open; *fd is -1 on failure. O_CLOEXEC is added. */
int mvc_sys_open(
    int *fd, int dirfd, const char *path, int flags, mode_t mode) MVC_MUST;
/* Close a file that was written: an error here is a write error. */
int mvc_sys_close(int fd, const char *path) MVC_MUST;
/* Read up to n bytes, fewer only at the end of the file; *got says how many. */
int
mvc_sys_read(size_t *got, int fd, void *p, size_t n, const char *path) MVC_MUST;
int mvc_sys_pread(size_t *got, int fd, void *p, size_t n, uint64_t off,
    const char *path) MVC_MUST;
int mvc_sys_write(int fd, const void *p, size_t n, const char *path) MVC_MUST;
/* A signal handler's last words: what of them can be written. */
void mvc_sys_say(int fd, const char *text, size_t n);
/* What a socket, or a pipe that does not block, takes now of n bytes: *put. */
/* One that the other side closed is MVC_EAGAIN. */
int mvc_sys_push(size_t *put, int fd, const void *p, size_t n) MVC_MUST;
int mvc_sys_pwrite(
    int fd, const void *p, size_t n, uint64_t off, const char *path) MVC_MUST;
int mvc_sys_truncate(int fd, uint64_t size, const char *path) MVC_MUST;
int mvc_sys_fsync(int fd, const char *path) MVC_MUST;
/* fsync of the folder `path` below dirfd ("." is dirfd itself). */
int mvc_sys_fsync_dir(int dirfd, const char *path) MVC_MUST;
int mvc_sys_rename(
    int from_dirfd, const char *from, int to_dirfd, const char *to) MVC_MUST;
/* Hard link that fails with MVC_EEXISTS where `to` is there. */
int mvc_sys_link(
    int from_dirfd, const char *from, int to_dirfd, const char *to) MVC_MUST;
/* The same for a file that has no name yet (O_TMPFILE). */
int mvc_sys_link_fd(int fd, int to_dirfd, const char *to) MVC_MUST;
int mvc_sys_unlink(int dirfd, const char *path) MVC_MUST;
int mvc_sys_rmdir(int dirfd, const char *path) MVC_MUST;
int mvc_sys_mkdir(int dirfd, const char *path, mode_t mode) MVC_MUST;
int mvc_sys_symlink(const char *target, int dirfd, const char *path) MVC_MUST;
int mvc_sys_fchmod(int fd, mode_t mode, const char *path) MVC_MUST;
int mvc_sys_chmod(int dirfd, const char *path, mode_t mode) MVC_MUST;
/* Ask the system to begin writing a range to the disk; a hint. */
void mvc_sys_start_writing(int fd, uint64_t off, uint64_t n);

/*
 * Whether reads and writes pass the page cache by from now on (O_DIRECT): asked
 * for with `on`, true where the file system can. Then the memory, the place in
 * the file and the length of each must be multiples of 4096.
 */
bool mvc_sys_direct(int fd, bool on);

/* One read of such a file: how many bytes it gave, 0 where it failed. */
size_t mvc_sys_pread_direct(int fd, void *p, size_t n, uint64_t off);

/* Whether the page cache holds all of a range of a file; true as well where
 * the system does not tell. */
bool mvc_sys_cached(int fd, uint64_t off, uint64_t n);

/* Ask for room on the disk for a range, whatever the file's size; a hint. */
void mvc_sys_reserve(int fd, uint64_t off, uint64_t n);

/* Let `to` share all of from's bytes (a reflink); false where the file system
 * cannot, and nothing has happened. */
bool mvc_sys_clone(int to, int from);

/* How wide the terminal is (COLUMNS, else as it says); 80 when unknown. */
unsigned mvc_sys_columns(int fd);

#endif
