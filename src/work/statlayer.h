/*
 * One layer of the stat cache: a sorted file of entries, each with its path.
 *
 *     header 64: "MVCstat1", version u32, 0 u32, id u64, base u64, time i64,
 *                index offset u64, blocks u64, 8 bytes of BLAKE3 of the 56
 *                before and of the index
 *     blocks:    records, up to 32 KiB and the record that passes it
 *     index:     a block's offset u64, 8 bytes of BLAKE3 of the block
 *
 *     record:    bytes shared with the path before u16, further bytes u16,
 *                kind u8, flags u8, [size u64, mtime i64, ctime i64, inode
 *                u64 unless a directory], [id 32 if any], further bytes
 *
 * Little-endian. Paths ascend (work/statpath.h); the first of a block shares
 * nothing. It is read by pread, block by block, each checked: a damaged file
 * ends early. That the system does not read it is an error.
 */
#ifndef MVC_WORK_STATLAYER_H
#define MVC_WORK_STATLAYER_H

#include "object/tree.h"
#include "util/file.h"
#include "work/statpath.h"

#define MVC_STAT_PATH_MAX 65535
#define MVC_STAT_BLOCK 32768
#define MVC_STAT_RECORD_MAX (6 + 32 + 32 + MVC_STAT_PATH_MAX)
#define MVC_STAT_BLOCK_MAX (MVC_STAT_BLOCK + MVC_STAT_RECORD_MAX)
#define MVC_STAT_HEADER 64

enum mvc_stat_flag {
	MVC_STAT_ROOT = 1, /* here a pointer's data lies */
	MVC_STAT_PARTIAL = 2, /* and not all of it was put here */
	MVC_STAT_RACY = 4, /* may have changed since: read it to know */
	MVC_STAT_GONE = 8, /* lower layers' entries here and below: no */
	MVC_STAT_HIDE = 16, /* lower layers' entries below: no */
	MVC_STAT_SURE = 32, /* read from the disk since (work/settle.h) */
	MVC_STAT_MIXED = 64, /* PARTIAL, and some of it of other versions */
};
#define MVC_STAT_FLAGS 127
/* How much of the version that is recorded at a root is there. */
#define MVC_STAT_PART (MVC_STAT_PARTIAL | MVC_STAT_MIXED)

/* What mvc put at a path, or recorded from there. */
struct mvc_stat_entry {
	const char *path; /* NUL-terminated; borrowed */
	size_t path_len;
	enum mvc_entry_kind kind;
	unsigned flags;
	uint64_t size;
	int64_t modified, changed; /* mtime, ctime in nanoseconds */
	uint64_t inode;
	struct mvc_oid oid; /* links: BLAKE3 of the target */
};

struct mvc_statlayer;
/* Takes the handle over. MVC_ECORRUPT for anything odd in it. */
int mvc_statlayer_open(struct mvc_statlayer **out, int fd) MVC_MUST;
void mvc_statlayer_free(struct mvc_statlayer *l);
MVC_OWN_DEFINE(mvc_statlayer)
uint64_t mvc_statlayer_id(const struct mvc_statlayer *l);
uint64_t mvc_statlayer_base(const struct mvc_statlayer *l);
uint64_t mvc_statlayer_size(const struct mvc_statlayer *l);

/* A position in a layer. */
struct mvc_statpos {
	struct mvc_statlayer *layer;
	bool valid; /* e is an entry; else the end */
	int err; /* a block could not be read (damage is no error) */
	struct mvc_stat_entry e; /* good until the position changes */
	uint64_t block;
	size_t at, block_len; /* in buf */
	uint8_t *buf;
	char *path;
};
int mvc_statpos_init(struct mvc_statpos *p, struct mvc_statlayer *l) MVC_MUST;
void mvc_statpos_release(struct mvc_statpos *p);
/* To the first entry at or after a path. */
void mvc_statpos_seek(struct mvc_statpos *p, const char *path, size_t len);
void mvc_statpos_next(struct mvc_statpos *p);

/* Writes a layer under a temporary name. */
struct mvc_statwriter;
int mvc_statwriter_new(struct mvc_statwriter **out, int dirfd) MVC_MUST;
void mvc_statwriter_free(struct mvc_statwriter *w);
MVC_OWN_DEFINE(mvc_statwriter)
/* MVC_EINVALID unless paths ascend. */
int mvc_statwriter_add(
    struct mvc_statwriter *w, const struct mvc_stat_entry *e) MVC_MUST;
/*
 * Complete it. Its time is that of the last write, so an entry that is not
 * older may have changed since it was recorded.
 */
int mvc_statwriter_finish(struct mvc_statwriter *w, uint64_t base) MVC_MUST;
uint64_t mvc_statwriter_size(const struct mvc_statwriter *w);
/* Give it its name. */
int mvc_statwriter_commit(struct mvc_statwriter *w, const char *name) MVC_MUST;
/* Read back what was finished; its time is the end of time. */
int mvc_statwriter_reopen(
    struct mvc_statlayer **out, struct mvc_statwriter *w) MVC_MUST;

#endif
