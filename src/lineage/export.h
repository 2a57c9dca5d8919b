/* A lineage in the words of others. */
#ifndef MVC_LINEAGE_EXPORT_H
#define MVC_LINEAGE_EXPORT_H

#include "lineage/ask.h"

struct mvc_json;

/* As contrib/lineage.schema.json describes it. */
int mvc_lineage_json(struct mvc_json *j, const struct mvc_lineage *l) MVC_MUST;

/* Its gaps alone, as a member "gaps" of an object. */
int
mvc_lineage_json_gaps(struct mvc_json *j, const struct mvc_lineage *l) MVC_MUST;

/* Graphviz' language, and Mermaid's. Whatever is in names, they hold no other
 * text of those languages. */
int mvc_lineage_dot(struct mvc_buf *out, const struct mvc_lineage *l) MVC_MUST;
int
mvc_lineage_mermaid(struct mvc_buf *out, const struct mvc_lineage *l) MVC_MUST;

#endif
