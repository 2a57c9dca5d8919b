/*
 * struct mvc_ledger: what all history says of runs and of tracked data, as
 * arrays that refer to each other by number: commits, the versions of
 * pointers, records, and what records used and made. It is built from Git's
 * history alone, kept in .git/mvc/lineage/ledger, and brought up to date by the
 * commits that are new.
 *
 * It grows only; commits that no ref reaches any more stay in it until it is
 * built anew, which happens when they are the most of it. For one thread at a
 * time.
 */
#ifndef MVC_LINEAGE_LEDGER_H
#define MVC_LINEAGE_LEDGER_H

#include "git/gitid.h"
#include "hash/oid.h"
#include "lineage/record.h"

/* Bytes of the file, and with it of what is in memory. */
#define MVC_LEDGER_MAX ((size_t)1 << 30)
#define MVC_LEDGER_NONE UINT32_MAX

struct mvc_repo;

struct mvc_ledger_commit {
	struct mvc_gitid id;
	int64_t time; /* seconds since 1970 */
	uint32_t parents, n; /* the first of its n in ledger.parents */
	bool boundary; /* history ends here, for this clone */
};

/* A pointer that a commit brought in. */
struct mvc_ledger_version {
	uint32_t path; /* without the suffix; a text, mvc_ledger_text */
	uint32_t commit;
	uint32_t source; /* text; NONE */
	uint8_t type; /* enum mvc_pointer_type; 0: it cannot be read */
	bool model; /* labelled kind=model */
	bool has_run, has_imported;
	struct mvc_oid oid, run, imported;
	uint64_t size, files;
};

enum mvc_ledger_state {
	MVC_LEDGER_GOOD = 1,
	MVC_LEDGER_CHANGED, /* its bytes are not what its name says */
	MVC_LEDGER_INVALID,
	MVC_LEDGER_LATER, /* of a later version */
};

struct mvc_ledger_record {
	struct mvc_oid id;
	uint8_t state; /* GOOD if any commit has it so */
	bool failed;
	int64_t started; /* ms */
	uint32_t files, n; /* the first of its n in ledger.files */
	uint32_t commit; /* one with it in this state; NONE: not committed */
};

/* A record that a commit brought in. */
struct mvc_ledger_arrival {
	uint32_t record, commit;
};

/* An input or an output. */
struct mvc_ledger_file {
	struct mvc_oid key; /* mvc_ledger_key */
	uint32_t path; /* text */
	uint32_t record;
	bool output;
	uint8_t kind; /* enum mvc_run_kind */
	uint8_t type; /* enum mvc_pointer_type */
};

struct mvc_ledger {
	struct mvc_ledger_commit *commits; /* parents before children */
	uint32_t *parents;
	struct mvc_ledger_version *versions;
	struct mvc_ledger_record *records;
	struct mvc_ledger_arrival *arrivals;
	struct mvc_ledger_file *files;
	uint32_t n_commits, n_parents, n_versions, n_records, n_arrivals,
	    n_files;
	struct mvc_buf texts; /* each with a NUL */
	struct mvc_oid
	    ends; /* where history ends, as an id; of a shallow clone */
	/* Numbers in an order; good unless `unsorted`. */
	uint32_t *commits_by_id, *records_by_id;
	uint32_t *arrivals_by_record; /* then by commit */
	uint32_t *versions_by_oid; /* then by path, commit */
	uint32_t *made; /* outputs by key, path, started, record's id */
	uint32_t *used; /* inputs likewise */
	uint32_t n_known, n_made, n_used; /* of the last three */
	bool unsorted;
};
#define MVC_LEDGER_INIT                                \
	{                                              \
		.texts = MVC_BUF_INIT(MVC_LEDGER_MAX), \
	}
void mvc_ledger_release(struct mvc_ledger *g);

/*
 * All history of HEAD, every ref and `also` (NULL: nothing more): read, brought
 * up to date and written again. A ledger that cannot be written is used all the
 * same.
 */
int mvc_ledger_open(struct mvc_ledger *out, struct mvc_repo *repo,
    const struct mvc_gitid *also) MVC_MUST;

/* What lies in .mvc/runs/ of the work tree and is not committed, too. */
int mvc_ledger_add_here(struct mvc_ledger *g, int top) MVC_MUST;

/* What a reader of a record answered (mvc_runs_parse), as a state. */
enum mvc_ledger_state mvc_ledger_state_of(int err);

static inline const char *
mvc_ledger_text(const struct mvc_ledger *g, uint32_t text)
{
	return g->texts.data + text;
}

/* What a file of a record was, as 32 bytes: its oid, else Git's id. */
void mvc_ledger_key(struct mvc_oid *out, const struct mvc_run_file *f);

/* NONE where it is not there. */
uint32_t
mvc_ledger_find_commit(const struct mvc_ledger *g, const struct mvc_gitid *id);
uint32_t
mvc_ledger_find_record(const struct mvc_ledger *g, const struct mvc_oid *id);

/* The places in versions_by_oid, made or used where an id stands. */
struct mvc_ledger_range {
	uint32_t begin, end;
};
struct mvc_ledger_range
mvc_ledger_find_versions(const struct mvc_ledger *g, const struct mvc_oid *oid);
struct mvc_ledger_range
mvc_ledger_find_made(const struct mvc_ledger *g, const struct mvc_oid *key);
struct mvc_ledger_range
mvc_ledger_find_used(const struct mvc_ledger *g, const struct mvc_oid *key);
/* The places in arrivals_by_record of a record. */
struct mvc_ledger_range
mvc_ledger_find_arrivals(const struct mvc_ledger *g, uint32_t record);

/* A bit for each commit that these reach, for free(). */
int mvc_ledger_reach(uint8_t **out, const struct mvc_ledger *g,
    const uint32_t *tips, size_t n) MVC_MUST;
static inline bool
mvc_ledger_reaches(const uint8_t *bits, uint32_t commit)
{
	return bits[commit / 8] >> (commit % 8) & 1;
}

/* Make the orders good again. */
int mvc_ledger_sort(struct mvc_ledger *g) MVC_MUST;

/* ---- building it ---- */

/* The number of a text, which is kept once while the ledger is being built. */
struct mvc_ledger_texts {
	uint32_t *slots; /* number + 1; 0: empty */
	size_t n, size;
};
int mvc_ledger_add_text(uint32_t *out, struct mvc_ledger *g,
    struct mvc_ledger_texts *t, const char *s) MVC_MUST;

/* What an array of n has room for; and room for one more. */
static inline size_t
mvc_ledger_room(uint32_t n)
{
	size_t room = 8;

	while (room < n)
		room *= 2;
	return room;
}
int mvc_ledger_grow(void *array, uint32_t n, size_t size) MVC_MUST;

/* ---- as bytes ---- */

int mvc_ledger_encode(struct mvc_buf *out, const struct mvc_ledger *g) MVC_MUST;
/* MVC_ECORRUPT: not a whole ledger of this version, whose numbers all lie
 * within. *out is empty then. */
int mvc_ledger_decode(struct mvc_ledger *out, const void *p, size_t n) MVC_MUST;

#endif
