/*
 * struct mvc_lineage: an answer: what something came from, or what came from
 * it, as nodes and edges. Each edge is a sentence: FROM used TO, FROM generated
 * TO, FROM derived (from) TO.
 *
 * What made some data is, in this order: the run that the pointer names, its
 * import, the latest run before its use that made the same bytes at the same
 * path, at any path. Down, the bytes alone decide. What is not known stands in
 * `gaps`.
 */
#ifndef MVC_LINEAGE_ASK_H
#define MVC_LINEAGE_ASK_H

#include "lineage/ledger.h"

struct mvc_pointer;
struct mvc_repo;
struct mvc_view;

enum mvc_node_kind {
	MVC_NODE_DATA = 1,
	MVC_NODE_RUN,
};

struct mvc_node {
	enum mvc_node_kind kind;
	unsigned depth; /* runs between it and what was asked for */
	bool cut; /* what is beyond was not asked for */
	/* A run: its id. Data: its oid, or with `git` Git's id. */
	struct mvc_oid id;
	/* Of data: */
	char *path; /* "" : asked for by its id alone; owned */
	bool git, model;
	uint8_t type; /* enum mvc_pointer_type; 0: not known */
	bool has_run;
	struct mvc_oid run; /* that made it */
	char *source; /* imported; NULL: not; owned */
	bool has_imported; /* changed since it came from there: */
	struct mvc_oid imported;
	uint32_t derived; /* what had these bytes before it, in ledger.files */
	uint32_t version; /* in the ledger, NONE: no pointer had it */
	uint64_t size, files; /* of a version */
	/* Of a run: */
	uint32_t record; /* in the ledger; NONE */
};

enum mvc_edge_kind {
	MVC_EDGE_USED = 1,
	MVC_EDGE_GENERATED,
	MVC_EDGE_DERIVED,
};

struct mvc_edge {
	uint32_t from, to; /* nodes */
	enum mvc_edge_kind kind;
};

enum mvc_gap_kind {
	MVC_GAP_NO_RECORD = 1, /* a model, and no run that made it */
	MVC_GAP_RECORD_MISSING, /* named, and nowhere */
	MVC_GAP_RECORD_CHANGED, /* its bytes are not what its name says */
	MVC_GAP_RECORD_INVALID,
	MVC_GAP_RECORD_LATER, /* of a later version */
	MVC_GAP_RECORD_DENIES, /* it made something else */
	MVC_GAP_INPUT_UNKNOWN, /* no pointer has had it */
	MVC_GAP_INPUT_LOOSE, /* nobody keeps it */
	MVC_GAP_INPUT_CHANGED, /* while the run went on */
	MVC_GAP_CODE_MISSING, /* not in this repository */
	MVC_GAP_CYCLE, /* it comes of itself */
	MVC_GAP_SHALLOW, /* history ends here */
	MVC_GAP_POINTER, /* it cannot be read */
};
/* "no-record". */
const char *mvc_gap_word(enum mvc_gap_kind kind);

struct mvc_gap {
	enum mvc_gap_kind kind;
	uint32_t node; /* NONE: of none */
	char *text; /* a sentence; owned */
};

struct mvc_lineage {
	struct mvc_repo *repo; /* borrowed, as all below */
	const struct mvc_ledger *ledger;
	struct mvc_view *view; /* what is asked of; NULL: all history */
	bool down;
	unsigned depth; /* of runs; UINT_MAX: all */
	struct mvc_node *nodes; /* those asked for first */
	struct mvc_edge *edges;
	struct mvc_gap *gaps;
	uint32_t n_nodes, n_edges, n_gaps, n_asked;
	uint32_t *slots; /* nodes by what they are: number + 1; 0: empty */
	size_t n_slots;
};
void mvc_lineage_release(struct mvc_lineage *l);

/* Ask of a tracked path of the view, of data by its id, or of a run. Before
 * mvc_lineage_walk, any number of times. */
int mvc_lineage_ask_path(struct mvc_lineage *l, const char *path,
    const struct mvc_pointer *p) MVC_MUST;
int
mvc_lineage_ask_oid(struct mvc_lineage *l, const struct mvc_oid *oid) MVC_MUST;
int
mvc_lineage_ask_run(struct mvc_lineage *l, const struct mvc_oid *run) MVC_MUST;

/* A tracked path whose pointer cannot be read, and why: a gap. */
int mvc_lineage_broken(
    struct mvc_lineage *l, const char *path, const char *why) MVC_MUST;

int mvc_lineage_walk(struct mvc_lineage *l) MVC_MUST;

/* A run's record, from where it is: MVC_ENOTFOUND, or as the ledger's state of
 * it. */
int mvc_lineage_record(struct mvc_record *out, const struct mvc_lineage *l,
    const struct mvc_node *run) MVC_MUST;

#endif
