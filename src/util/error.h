/*
 * Errors: a code that is returned and a text made once, where the fault is.
 *
 * A function that can fail returns 0 or one of the negative codes below. The
 * one that finds the fault calls mvc_fail*(), which keeps the text for this
 * thread and returns the code; callers pass the code up untouched. A text
 * names the thing, says what was wrong with it and what to do.
 */
#ifndef MVC_UTIL_ERROR_H
#define MVC_UTIL_ERROR_H

#include <stdarg.h>

enum mvc_code {
	MVC_OK = 0,
	MVC_EIO = -1, /* a system call failed */
	MVC_ENOMEM = -2, /* no memory */
	MVC_ENOTFOUND = -3, /* no such thing */
	MVC_ECORRUPT = -4, /* bytes are not what their id or format says */
	MVC_EINVALID = -5, /* malformed input, or not allowed where it is */
	MVC_EEXISTS = -6, /* it is there already */
	MVC_ETOOBIG = -7, /* over a limit */
	MVC_EVERSION = -8, /* of a later version, or an unknown feature */
	MVC_EDENIED = -9, /* no permission */
	MVC_ECHANGED = -10, /* changed while it was being read */
	MVC_ENOSPACE = -11, /* the disk is, or would be, full */
	MVC_EAGAIN = -12, /* try again later (network, lock) */
	MVC_ECONFLICT = -13, /* two versions, somebody must choose */
	MVC_EUSAGE = -14, /* the command's words are off */
	MVC_EFINDING = -15, /* the answer is no: differs, missing, damaged */
};

/* On each fallible prototype: ignoring the result warns. */
#define MVC_MUST __attribute__((warn_unused_result))
#define MVC_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* The longest text kept, with its NUL; longer ones are cut. */
#define MVC_ERROR_MAX 2048

/*
 * Set this thread's error text and return code. Control characters in the
 * finished text are replaced by '?', so that hostile names cannot reach a
 * terminal.
 */
int mvc_fail(int code, const char *fmt, ...) MVC_PRINTF(2, 3);

/*
 * The same with ": " and strerror(errno) after it; the code follows errno:
 * ENOENT is MVC_ENOTFOUND, ENOMEM MVC_ENOMEM, EACCES, EPERM and EROFS
 * MVC_EDENIED, ENOSPC and EDQUOT MVC_ENOSPACE, EEXIST MVC_EEXISTS, the others
 * MVC_EIO.
 */
int mvc_fail_errno(const char *fmt, ...) MVC_PRINTF(1, 2);

/* Put "PREFIX: " before this thread's text, which must be set; returns code. */
int mvc_fail_prefix(int code, const char *fmt, ...) MVC_PRINTF(2, 3);

/* This thread's text, "" if none; good until its next mvc_fail*(). */
const char *mvc_error_text(void);

/* Set this thread's text as it stands, from a worker that failed elsewhere. */
int mvc_error_adopt(int code, const char *text);

#endif
