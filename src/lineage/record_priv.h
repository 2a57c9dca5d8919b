/* Between record_write.c, record_read.c and values.c: the words of the format,
 * and how a value is read. */
#ifndef MVC_LINEAGE_RECORD_PRIV_H
#define MVC_LINEAGE_RECORD_PRIV_H

#include "lineage/record.h"

struct mvc_jval;

/* The first member, which sorts before all others, and its value. */
#define RECORD_FORMAT_KEY "$mvc"
#define RECORD_FORMAT "record 1"
/* How every record of any version begins. */
#define RECORD_HEAD "{\n\t\"$mvc\": \"record "

/* By enum mvc_run_kind, enum mvc_pointer_type; 0 is none. */
#define RECORD_KINDS                                 \
	{                                            \
		"", "data", "git", "loose", "failed" \
	}
#define RECORD_TYPES                             \
	{                                        \
		"", "file", "executable", "tree" \
	}

/* Take a scalar; NULL, arrays and objects are MVC_EINVALID. */
int record_scalar(struct mvc_run_value *out, const struct mvc_jval *v) MVC_MUST;

#endif
