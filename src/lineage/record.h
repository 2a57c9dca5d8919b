/*
 * The record: the account of one run, as a committed text that is named by the
 * hash of its bytes. mvc-records(5) has the format.
 *
 *     .mvc/runs/aa/bbbb….json      JSON in one canonical form, so that the same
 *                                  record is the same bytes whoever writes it
 *
 * It is read as what somebody else wrote: every text, number and path of it is
 * checked, and nothing that it says is run or opened for being said. Members
 * that a later version added are passed over; what must not be passed over
 * comes with another version. Pure.
 */
#ifndef MVC_LINEAGE_RECORD_H
#define MVC_LINEAGE_RECORD_H

#include "git/gitid.h"
#include "hash/oid.h"
#include "work/pointer.h"
#include "work/work.h"

#define MVC_RECORD_MAX (1 << 20) /* bytes of a record's text */
#define MVC_RECORD_LIST 10000 /* entries of each of its lists */
#define MVC_RECORD_STRING 65536 /* bytes of each of its texts */
#define MVC_RECORD_PATH 4096

enum mvc_run_kind {
	MVC_RUN_DATA = 1, /* mvc has it, under its oid */
	MVC_RUN_GIT, /* Git has it, in the tree of the code */
	MVC_RUN_LOOSE, /* nobody keeps it: what it was is all that is known */
	MVC_RUN_FAILED, /* an output of a run that failed; may not be there */
};

/* An input or an output. */
struct mvc_run_file {
	char *path; /* relative to the work tree; owned */
	enum mvc_run_kind kind;
	enum mvc_pointer_type type; /* 0: FAILED */
	bool has_oid; /* always of DATA and LOOSE; of GIT unless a tree */
	struct mvc_oid oid;
	struct mvc_gitid git; /* of GIT: its blob or tree */
	uint64_t size;
	uint64_t files; /* trees; else 1 */
	bool changed; /* an input: while the run went on */
};

enum mvc_run_type {
	MVC_RUN_NULL, /* also a number that is none */
	MVC_RUN_BOOL,
	MVC_RUN_INT,
	MVC_RUN_REAL,
	MVC_RUN_TEXT,
};

/* A parameter, a metric, a seed. */
struct mvc_run_value {
	char *file; /* where it stands; "": nowhere; owned */
	char *key; /* "train.lr"; owned */
	enum mvc_run_type type;
	bool truth;
	int64_t whole;
	double real;
	char *text; /* owned, NULL unless TEXT */
	bool has_step;
	int64_t step; /* of a metric that is a series */
};

struct mvc_record {
	char *name; /* of the run, or of its stage; NULL: none */
	struct mvc_names command; /* its words */
	char *cwd; /* below the work tree; "": its top */
	bool failed;
	int exit; /* status, 0 to 255, */
	int signal; /* unless a signal ended it: then that */
	int64_t started; /* milliseconds since 1970 */
	uint64_t duration; /* milliseconds */
	char *who, *email, *host; /* NULL: not told */
	struct mvc_gitid commit; /* of the code; n 0: there was none */
	struct mvc_gitid tree; /* of the code as it was; n 0: not known */
	bool clean; /* the tree is the commit's own */
	struct mvc_names omitted; /* paths left out of it for their size */
	char *tracer; /* what saw which files were opened; NULL: nothing did */
	struct mvc_names undeclared; /* of those, what is no input; ascending */
	bool has_environment;
	struct mvc_oid environment; /* .mvc/env/ */
	struct mvc_run_files {
		struct mvc_run_file *v;
		size_t n;
	} inputs, outputs; /* ascending by path */
	struct mvc_run_values {
		struct mvc_run_value *v;
		size_t n;
	} params, metrics, seeds; /* ascending by file, key, step */
};
#define MVC_RECORD_INIT     \
	{                   \
		.failed = 0 \
	}
/* Free what it owns and start anew. */
void mvc_record_release(struct mvc_record *r);

/* One more, zeroed but for its path, its file and key; *out is good until the
 * next is added. */
int mvc_run_files_add(struct mvc_run_file **out, struct mvc_run_files *l,
    const char *path) MVC_MUST;
int mvc_run_values_add(struct mvc_run_value **out, struct mvc_run_values *l,
    const char *file, const char *key) MVC_MUST;
/* By file, key, step. */
int
mvc_run_value_cmp(const struct mvc_run_value *a, const struct mvc_run_value *b);
/* Lists into their order; of entries with the same name the last is kept. */
void mvc_record_sort(struct mvc_record *r);

/*
 * Append the text. What the parser would refuse is refused: MVC_EINVALID, and
 * MVC_ETOOBIG over the limits.
 */
int mvc_record_format(struct mvc_buf *out, const struct mvc_record *r) MVC_MUST;

/*
 * Read a text; `name` is for messages. MVC_EVERSION of a later version,
 * MVC_EINVALID for anything else that is not as mvc-records(5) has it. *out is
 * empty on failure.
 */
int mvc_record_parse(struct mvc_record *out, const char *name, const char *text,
    size_t n) MVC_MUST;

/* A text's id: plain BLAKE3, what b3sum prints. */
void mvc_record_id(struct mvc_oid *out, const struct mvc_buf *text);

/* Whether a path may stand in a record: relative, in one spelling, UTF-8, no
 * way out of the work tree or into .git. MVC_EINVALID says why not. */
int mvc_record_check_path(const char *path) MVC_MUST;

#endif
