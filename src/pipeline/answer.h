/*
 * Freshness: whether a record of an earlier run says what a stage would make
 * now. There is no lock file: the same command, folder, inputs and parameters
 * are the answer's, whoever ran it and on whichever branch.
 */
#ifndef MVC_PIPELINE_ANSWER_H
#define MVC_PIPELINE_ANSWER_H

#include "lineage/record.h"
#include "pipeline/pipeline.h"

struct mvc_answer {
	bool found;
	struct mvc_oid id; /* of the record, which succeeded */
	struct mvc_record record;
	bool here; /* the work tree has just what it made */
	char *changed; /* an output with changes nobody recorded; or NULL */
	char why[256]; /* not found: what is another than it was */
};
void mvc_answer_release(struct mvc_answer *a);

/*
 * Ask the records in the work tree: first those that the outputs' pointers
 * name, then all. `now` is what a run of the stage would begin with.
 */
int mvc_answer_find(struct mvc_answer *out, struct mvc_work *w,
    const struct mvc_stage *s, const struct mvc_record *now) MVC_MUST;

/* Whether the store, or Git, has all outputs of an answer. */
int mvc_answer_holds(
    bool *holds, struct mvc_work *w, const struct mvc_answer *a) MVC_MUST;

/* A pointer to one of its outputs of the kind DATA. */
void mvc_answer_pointer(struct mvc_pointer *out, const struct mvc_answer *a,
    const struct mvc_run_file *f);

/* Pointers and files of Git's as the answer has them, written and staged as
 * one; the data is for mvc_checkout to bring. */
int mvc_answer_take(struct mvc_work *w, const struct mvc_answer *a) MVC_MUST;

/*
 * Before a stage runs: of its outputs that become data, what is as it was
 * recorded and in the store is removed, but for those that persist.
 * MVC_EINVALID where one has changes that are not recorded, unless `force`.
 */
int mvc_answer_clear(
    struct mvc_work *w, const struct mvc_stage *s, bool force) MVC_MUST;

#endif
