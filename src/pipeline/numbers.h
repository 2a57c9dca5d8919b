/* The files of numbers that a pipeline names, in any revision. */
#ifndef MVC_PIPELINE_NUMBERS_H
#define MVC_PIPELINE_NUMBERS_H

#include "lineage/numbers.h"

/* As mvc_numbers_find(), by the mvc.yaml, else dvc.yaml, that lies there in the
 * folder or the nearest one above it; no such file names nothing. */
int mvc_pipeline_numbers(struct mvc_names *out, struct mvc_view *v,
    const char *folder, enum mvc_numbers which) MVC_MUST;

#endif
