/*
 * Git's ignore syntax (gitignore(5)), for .mvcignore and sparse patterns. Pure.
 *
 * Of the rules of one file the last that matches a path decides; of several
 * files the deepest that has one. What lies in an excluded folder is excluded,
 * which is for the caller to see to, by not looking into it.
 */
#ifndef MVC_WORK_IGNOREFILE_H
#define MVC_WORK_IGNOREFILE_H

#include "util/error.h"
#include "util/own.h"

#include <stdbool.h>
#include <stddef.h>

/* The longest text of rules that is read. */
#define MVC_IGNORE_MAX (1 << 20)

struct mvc_rules;
/* `base` is the folder that holds the file, relative to what paths are
 * relative to; "" for the top. MVC_ETOOBIG. */
int mvc_rules_parse(struct mvc_rules **out, const char *base, const char *text,
    size_t n) MVC_MUST;
void mvc_rules_free(struct mvc_rules *r);
MVC_OWN_DEFINE(mvc_rules)

enum mvc_rule_says {
	MVC_RULE_NOTHING = 0,
	MVC_RULE_EXCLUDE = 1,
	MVC_RULE_INCLUDE = 2, /* the rule begins with '!' */
};
/* What the rules say of just this path (not of folders above it). */
enum mvc_rule_says
mvc_rules_ask(const struct mvc_rules *r, const char *path, bool is_dir);

/* Which rule it is, for messages; the strings live as long as r. */
struct mvc_rule_found {
	const char *base; /* the folder of the rules' file, "" for the top */
	const char *text; /* as it stands there, without a '/' at its end */
	bool dir_only; /* which it had */
	unsigned line;
};
enum mvc_rule_says mvc_rules_find(const struct mvc_rules *r, const char *path,
    bool is_dir, struct mvc_rule_found *found);

/* The files in force in a folder, the top one first. */
struct mvc_ignore {
	struct mvc_rules **rules;
	size_t n;
};
#define MVC_IGNORE_INIT \
	{               \
		NULL, 0 \
	}
void mvc_ignore_release(struct mvc_ignore *ig);
/* Takes the rules over. */
int mvc_ignore_push(struct mvc_ignore *ig, struct mvc_rules *r) MVC_MUST;
void mvc_ignore_pop(struct mvc_ignore *ig);
bool
mvc_ignore_excludes(const struct mvc_ignore *ig, const char *path, bool is_dir);
/* The rule that decides, in *found; false where none does. */
bool mvc_ignore_find(const struct mvc_ignore *ig, const char *path, bool is_dir,
    struct mvc_rule_found *found, bool *excludes);

/* Git's wildmatch; with `pathname` only "**" matches '/'. */
bool mvc_wildmatch(const char *pattern, const char *text, bool pathname);

#endif
