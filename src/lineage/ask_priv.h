/* Between ask.c, ask_up.c and ask_down.c. */
#ifndef MVC_LINEAGE_ASK_PRIV_H
#define MVC_LINEAGE_ASK_PRIV_H

#include "lineage/ask.h"

/* The number of a node like this, which is new or not; path and source are
 * copied. */
int mvc_ask_node(
    uint32_t *out, struct mvc_lineage *l, const struct mvc_node *like) MVC_MUST;
int mvc_ask_edge(struct mvc_lineage *l, uint32_t from, uint32_t to,
    enum mvc_edge_kind kind) MVC_MUST;
int mvc_ask_gap(struct mvc_lineage *l, enum mvc_gap_kind kind, uint32_t node,
    const char *fmt, ...) MVC_MUST MVC_PRINTF(4, 5);

/* One step from a node, up and down. */
int mvc_ask_up(struct mvc_lineage *l, uint32_t node) MVC_MUST;
int mvc_ask_down(struct mvc_lineage *l, uint32_t node) MVC_MUST;

/* Gaps for what comes of itself. */
int mvc_ask_cycles(struct mvc_lineage *l) MVC_MUST;

/* Whether the view has another text in the place of a record. */
bool mvc_ask_is_edited(const struct mvc_lineage *l, const struct mvc_oid *id);

/* A run as a node, an edge to or from it. */
int mvc_ask_run_node(uint32_t *out, struct mvc_lineage *l,
    const struct mvc_oid *id, unsigned depth) MVC_MUST;
/* The version of data that pointers had, at a path if there; NONE. */
uint32_t mvc_ask_version(
    const struct mvc_ledger *g, const struct mvc_oid *oid, const char *path);
/* Take a version's run and source. */
void mvc_ask_take_version(struct mvc_node *n, const struct mvc_ledger *g,
    const struct mvc_ledger_version *v);
/* What the ledger knows of a run's output or input, as a node. */
struct mvc_node
mvc_ask_file_node(const struct mvc_ledger *g, const struct mvc_ledger_file *f);
struct mvc_node
mvc_ask_data_node(const struct mvc_ledger *g, const struct mvc_oid *key,
    const char *path, enum mvc_run_kind kind, enum mvc_pointer_type type);
/* Fill in what made data, as of a moment (ms), where that is not known yet. */
void
mvc_ask_origin(struct mvc_node *n, const struct mvc_ledger *g, int64_t before);

#endif
