/* Between the files of checkout. */
#ifndef MVC_WORK_CHECKOUT_PRIV_H
#define MVC_WORK_CHECKOUT_PRIV_H

#include "util/dirref.h"
#include "work/checkout.h"
#include "work/scan.h"
#include "work/settle.h"

/* A root, from pointer to stat cache. */
struct co_root {
	char *path;
	struct mvc_names parts; /* to scan, in path order; mostly the root */
	size_t parts_done;
	bool gone; /* no pointer */
	bool disowned; /* and all of it stays: it is the user's */
	enum mvc_entry_kind kind; /* what shall be at path; 0: nothing */
	uint64_t size, files;
	struct mvc_oid oid;
	struct mvc_stat_entry record; /* work/base.h; path is the root's */
	bool had_record;
	unsigned was_partial; /* of MVC_STAT_PART */
	struct mvc_oid base; /* what the stat cache says lies here */
	/* What the stat cache has at a path is what shall be there, unless a
	 * target says otherwise. */
	bool trusted;
	bool unread; /* a part of what lies there could not be read */
	char *broken; /* why its tree cannot be read; owned */
	bool partial; /* result: not all of it is here */
	struct mvc_checkout_sums sums;
};

enum co_op {
	CO_TARGET, /* in the file of targets: what shall be at path */
	CO_PUT, /* write it */
	CO_CHECK, /* it may be there already: read it */
	CO_SAME, /* it is there: only the stat cache is to know */
	CO_DIR, /* a folder */
	CO_UNLINK,
	CO_RMDIR, /* if it is empty */
	CO_FORGET, /* only in the stat cache, with what is below */
	CO_KEPT, /* report */
};

enum co_flag {
	CO_WAS = 1, /* `was` is there */
	CO_KNOWN = 2, /* the stat cache knew of it: `known` */
	CO_FORGETS = 4, /* the stat cache forgets the path */
	CO_RESTORES = 8, /* mvc had put it here */
	CO_TORN = 32, /* may be cut off: a power cut */
	CO_MARKS = 16, /* the stat cache gets what should be there */
};

/* One line of the targets or the plan. */
struct co_rec {
	uint8_t op, flags;
	uint8_t kind; /* what shall be there; 0: nothing */
	uint8_t known_kind;
	uint32_t root;
	uint32_t path_len, target_len;
	uint64_t size;
	struct mvc_oid oid; /* links: of the target */
	struct mvc_oid known;
	struct mvc_stat_entry was; /* without its path */
	char *path, *target; /* borrowed */
	const char *text; /* static, why it was kept */
};

/* Records in a file without a name, written once, then read in order. */
struct co_spool;
int co_spool_new(struct co_spool **out, const char *git_dir) MVC_MUST;
void co_spool_free(struct co_spool *s);
static inline void
co_spool_freep(struct co_spool **s)
{
	co_spool_free(*s);
}
int co_spool_add(struct co_spool *s, const struct co_rec *rec) MVC_MUST;
/* From the first one; after all were added. */
int co_spool_rewind(struct co_spool *s) MVC_MUST;
/* *rec is NULL at the end, else good until the next call. */
int co_spool_next(struct co_rec **rec, struct co_spool *s) MVC_MUST;

struct checkout {
	struct mvc_work *w;
	const struct mvc_checkout_opts *o;
	const struct mvc_checkout_ops *ops;
	struct mvc_index *idx;
	struct co_root *roots; /* in path order */
	size_t n;
	/* What is dealt with after this run, and may lie in its roots. */
	struct co_root *others;
	size_t n_others;
	struct co_spool *targets, *plan;
	struct mvc_statupdate *update;
	struct mvc_settle settle;
	struct mvc_names passed; /* roots to leave out */
	bool all; /* every root */
	bool again; /* only data whose pointer went was dealt with */
	bool second; /* it was */
	bool folds; /* the file system, case */
	uint64_t steps, puts, bytes; /* planned */
	char tag[17]; /* of this run, in its temporaries' names */
	int intent; /* the locked file that says what it puts; -1: none */
	int64_t need; /* bytes that the disk must have */
	uint64_t largest; /* that replaces another file */
	int block; /* of the file system */
	uint64_t spare; /* bytes that the disk has beyond that */
};

/* What runs that were killed did is mvc's own; their temporaries go. */
int co_intent_adopt(struct checkout *c) MVC_MUST;
/* Say what is to be put, before the first change; and that it was, known to the
 * stat cache or not. */
int co_intent_begin(
    struct checkout *c, const struct co_root *roots, size_t n) MVC_MUST;
void co_intent_end(struct checkout *c, bool known);
/* Data goes with its pointer to another name. */
int co_rename(struct checkout *c, const char *const *paths, size_t n) MVC_MUST;
/* In the work tree or, at any stage, in the index. */
bool co_has_pointer(struct checkout *c, const char *root);
/* Git's sparse checkout left the pointer out: so does mvc its data. */
bool co_left_out(struct checkout *c, const char *root);
/* Which roots, and what the stat cache says of them. */
int co_resolve(struct checkout *c, const char *const *paths, size_t n) MVC_MUST;
int co_targets(struct checkout *c) MVC_MUST;
int co_plan(struct checkout *c) MVC_MUST;
/* Refuse two names that are one to this file system. Sets `folds`. */
int co_collide(struct checkout *c) MVC_MUST;
/* Room on the disk for the plan. */
int co_room(struct checkout *c) MVC_MUST;
int co_execute(struct checkout *c) MVC_MUST;

/* The folders from the work tree down to the one that work is in. */
struct co_way {
	struct co_level {
		struct mvc_dirref *dir;
		size_t len; /* of its path */
	} levels[2 * MVC_DEPTH_MAX];
	size_t depth;
	struct mvc_buf at; /* the path of the deepest level */
};
int co_way_begin(struct co_way *way, int top) MVC_MUST;
/* To the folder that path's last name is in; *name points to that. */
int co_way_enter(struct co_way *way, const char *path, const char **name,
    bool make) MVC_MUST;
/* The folder that was entered, borrowed. */
struct mvc_dirref *co_way_dir(const struct co_way *way);
/* Also one all zero. */
void co_way_release(struct co_way *way);

/* The last big files that were put. */
#define CO_CLONES 16
struct co_clones {
	struct {
		struct mvc_oid oid;
		int fd;
	} at[CO_CLONES];
	unsigned n; /* ever put */
};

/* One file, written beside and renamed. */
struct co_file {
	struct mvc_store *store;
	struct mvc_ready *ready; /* may be NULL */
	struct mvc_progress *progress;
	bool filemode, force, dry_run;
	uint64_t linger; /* a replaced file up to this size may */
	char tag[40]; /* for names of temporaries */
	unsigned serial;
	struct mvc_buf buf; /* scratch */
	struct co_clones clones;
};

/* What was just put may be cloned; fd stays the caller's. */
void co_clones_keep(struct co_clones *c, const struct co_rec *rec, int fd);
void co_clones_release(struct co_clones *c);
/* Make the empty file at fd a clone of an equal one, where that can be; its
 * bytes were checked then. */
int co_clone(bool *cloned, struct co_file *f, const struct co_rec *rec, int fd,
    const char *name) MVC_MUST;

enum co_done {
	CO_DONE_NOTHING, /* it was there */
	CO_DONE_PUT,
	CO_DONE_KEPT,
	CO_DONE_MISSING,
};
struct co_result {
	enum co_done done;
	bool update_cache, written;
	bool replaced; /* something was there */
	struct mvc_stat_entry now;
	/* What was replaced, or -1: to free a big file's blocks takes the disk
	 * a while, and begins when the last handle is closed. Owned. */
	int old;
	char *text; /* kept, missing: why; owned */
};
/* CO_PUT and CO_CHECK; `dirfd` holds it. */
int co_file_do(struct co_result *res, struct co_file *f, int dirfd,
    const char *name, const struct co_rec *rec) MVC_MUST;
/* Whether what is there is still as the plan saw it; *st as it is now, of
 * mode 0 where there is nothing. */
int co_file_as_seen(bool *same, struct stat *st, int dirfd, const char *name,
    const struct co_rec *rec) MVC_MUST;

#endif
