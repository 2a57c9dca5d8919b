/*
 * struct mvc_cmd: a command is a table; parsing, usage, help and completion
 * come from it. "Adding a command" in HACKING.md lists the steps.
 */
#ifndef MVC_CMD_CMD_H
#define MVC_CMD_CMD_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mvc_env;

enum mvc_opt_kind {
	MVC_OPT_KIND_END,
	MVC_OPT_KIND_FLAG,
	MVC_OPT_KIND_SET,
	MVC_OPT_KIND_STR,
	MVC_OPT_KIND_INT,
	MVC_OPT_KIND_SIZE,
	MVC_OPT_KIND_LIST,
	MVC_OPT_KIND_HELP,
};

struct mvc_opt {
	enum mvc_opt_kind kind;
	char letter; /* 0: none */
	const char *name; /* long, without "--" */
	size_t at; /* of the field in the struct of arguments */
	const char *arg; /* what its value is called, NULL: takes none */
	const char *help;
	int value; /* KIND_SET: what the field becomes */
};

/* The values of an option that may be given often. */
struct mvc_strings {
	const char **v;
	size_t n;
};

/* The field's offset; does not compile unless the field is of that type. */
#define MVC_OPT_AT(T, field, type) \
	(offsetof(T, field) + 0 * sizeof(&((T *)NULL)->field == (type *)NULL))

/* bool */
#define MVC_OPT_FLAG(letter, name, T, field, help)                           \
	{                                                                    \
		MVC_OPT_KIND_FLAG, letter, name, MVC_OPT_AT(T, field, bool), \
		    NULL, help, 1                                            \
	}
/* int, set to a value: several options choose one of a kind */
#define MVC_OPT_SET(letter, name, T, field, value, help)                   \
	{                                                                  \
		MVC_OPT_KIND_SET, letter, name, MVC_OPT_AT(T, field, int), \
		    NULL, help, value                                      \
	}
/* const char *, NULL when not given */
#define MVC_OPT_STR(letter, name, T, field, arg, help)               \
	{                                                            \
		MVC_OPT_KIND_STR, letter, name,                      \
		    MVC_OPT_AT(T, field, const char *), arg, help, 0 \
	}
/* int64_t, a whole number */
#define MVC_OPT_INT(letter, name, T, field, arg, help)                         \
	{                                                                      \
		MVC_OPT_KIND_INT, letter, name, MVC_OPT_AT(T, field, int64_t), \
		    arg, help, 0                                               \
	}
/* uint64_t: bytes, with k, M, G, T (1024, as in Git) or kB, MB, GB, TB */
#define MVC_OPT_SIZE(letter, name, T, field, arg, help)          \
	{                                                        \
		MVC_OPT_KIND_SIZE, letter, name,                 \
		    MVC_OPT_AT(T, field, uint64_t), arg, help, 0 \
	}
/* struct mvc_strings */
#define MVC_OPT_LIST(letter, name, T, field, arg, help)                    \
	{                                                                  \
		MVC_OPT_KIND_LIST, letter, name,                           \
		    MVC_OPT_AT(T, field, struct mvc_strings), arg, help, 0 \
	}
#define MVC_OPT_END                      \
	{                                \
		.kind = MVC_OPT_KIND_END \
	}

enum mvc_cmd_flags {
	MVC_CMD_NEED_REPO = 1, /* env->repo is open before run() */
	MVC_CMD_NEED_WORKTREE = 3, /* the same, and it has a work tree */
	MVC_CMD_NEED_STORE = 5, /* the same, and env->store is open */
	MVC_CMD_JSON = 8, /* has --json */
	MVC_CMD_JOBS = 16, /* has -j N */
	MVC_CMD_DRY_RUN = 32, /* has -n, --dry-run */
	MVC_CMD_FIRST_WORD = 64, /* options end at the first word (run) */
	MVC_CMD_HIDDEN = 128, /* not in `mvc help` and completions */
};

enum mvc_cmd_group {
	MVC_GROUP_SETUP,
	MVC_GROUP_DAILY,
	MVC_GROUP_SHARING,
	MVC_GROUP_WORK,
	MVC_GROUP_TRUST,
	MVC_GROUP_PLUMBING,
};

/* What `mvc CMD VERB …` does, for commands that have verbs. */
struct mvc_verb {
	const char *name; /* NULL ends the list */
	const char *usage;
	const char *summary;
	int min, max; /* words after the verb; max -1: any number */
	int (*run)(struct mvc_env *env, const void *args);
};

struct mvc_cmd {
	const char *name;
	const char *summary; /* a line, lower case, no full stop */
	const char *usage; /* after the name: "[-u] PATH..."; '\n' between
			      * alternatives; NULL: takes no words */
	enum mvc_cmd_group group;
	unsigned flags;
	int min, max; /* words; max -1: any number */
	const struct mvc_opt *opts; /* NULL: only the common ones */
	size_t args_size; /* of the struct that they fill, zeroed first */
	const struct mvc_verb *verbs;
	/* The words are env->argv[0 .. argc-1]. Called for commands with verbs
	 * when the first word is none (NULL: that is an error). Its result
	 * becomes the exit status (mvc_exit_of). */
	int (*run)(struct mvc_env *env, const void *args);
};

/* In name order, NULL at the end. */
extern const struct mvc_cmd *const mvc_cmds[];

/* NULL when there is none. */
const struct mvc_cmd *mvc_cmd_find(const char *name);

/* 0 done, 1 the answer is no, 75 try again, 128 failed, 129 usage. For
 * MVC_EFINDING the command has said itself what it found. */
int mvc_exit_of(int code);

#endif
