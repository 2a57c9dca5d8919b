/* Between record_write.c and record_read.c: the words of the format. */
#ifndef MVC_LINEAGE_RECORD_PRIV_H
#define MVC_LINEAGE_RECORD_PRIV_H

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

#endif
