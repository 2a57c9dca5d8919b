/*
 * What checkouts wrote, and may not be on the disk yet.
 *
 *     GITDIR/mvc/checkout-running     lines "BOOT BEGIN END", nanoseconds of
 *                                     the files' clock; END 0: not finished
 *
 * A checkout does not wait for the disk. Its line is durable before it writes,
 * and when it ends; while the same boot lasts it means nothing. Under another
 * boot id the machine may have stopped before the data was on the disk: a file
 * of that time that is not as the stat cache knows it may be cut off, and must
 * not pass for the user's edit (its bytes tell: work/torn.h); one whose stat is
 * as the cache knows it may be zeros, and is read before it is trusted (once:
 * MVC_STAT_SURE). A checkout of everything sees to such files, and drops the
 * line. Where the system has no boot id nothing is doubted.
 */
#ifndef MVC_WORK_SETTLE_H
#define MVC_WORK_SETTLE_H

#include "work/statlayer.h"

#define MVC_SETTLE_MAX 16

struct mvc_settle {
	char boot[64]; /* "" where there is none */
	size_t n;
	struct mvc_settle_line {
		char boot[64];
		int64_t begin, end;
	} lines[MVC_SETTLE_MAX];
};

/* What is on record; absence is nothing, damage doubts everything. */
void mvc_settle_read(struct mvc_settle *out, const char *git_dir);
/* Whether another boot's checkout may have left something unfinished. */
bool mvc_settle_doubts_any(const struct mvc_settle *s);
/* Whether such a checkout may have written this, by its mtime. */
bool
mvc_settle_doubts(const struct mvc_settle *s, const struct mvc_stat_entry *now);

/* A checkout begins to write, durably; and has finished. With `all` the lines
 * of other boots are done with. */
int mvc_settle_begin(struct mvc_settle *s, const char *git_dir) MVC_MUST;
int
mvc_settle_end(struct mvc_settle *s, const char *git_dir, bool all) MVC_MUST;

#endif
