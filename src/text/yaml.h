/*
 * YAML 1.1 with the scalars of 1.2's core schema, as the same tree of values
 * that JSON gives: one document; keys are texts, none twice. Tags but those of
 * plain kinds and merge keys are refused by name, and so are aliases that unfold
 * to more than MVC_YAML_NODES values.
 */
#ifndef MVC_TEXT_YAML_H
#define MVC_TEXT_YAML_H

#include "text/jsontree.h"

#define MVC_YAML_NODES 100000

/* MVC_EINVALID says at which line and column. No document at all is an empty
 * object. */
int mvc_yaml_parse(struct mvc_jval **out, const char *p, size_t n) MVC_MUST;

/*
 * The same, and where in the text what of it stands: asked by a member's name as
 * the tree has it (mvc_jval_each_kept), or by a value; 0 where it is not known,
 * as of null, true and false. What aliases stand for is where its anchor is.
 * The tree must be as it was read.
 */
struct mvc_yaml_mark {
	unsigned line, column; /* from 1 */
};
struct mvc_yaml_marks;
void mvc_yaml_marks_free(struct mvc_yaml_marks *m);
MVC_OWN_DEFINE(mvc_yaml_marks)
int mvc_yaml_parse_marked(struct mvc_jval **out, struct mvc_yaml_marks **marks,
    const char *p, size_t n) MVC_MUST;
struct mvc_yaml_mark
mvc_yaml_where(const struct mvc_yaml_marks *m, const void *of);

#endif
