/*
 * ${…} in texts, as DVC has it: a path of names and indices into a tree of
 * values, "${train.lr}", "${layers[0]}", "\${" for the characters themselves.
 * Pure.
 */
#ifndef MVC_PIPELINE_TEMPLATE_H
#define MVC_PIPELINE_TEMPLATE_H

#include "text/jsontree.h"
#include "util/buf.h"

/* Whether a text has any. */
bool mvc_template_is(const char *text);

/*
 * A text that is one ${…} and nothing else: *out (borrowed of scope) is what it
 * stands for; NULL where the text is another. MVC_EINVALID where there is no
 * such value, or it is malformed.
 */
int mvc_template_value(const struct mvc_jval **out, const char *text,
    const struct mvc_jval *scope) MVC_MUST;

/*
 * Append the text with each replaced by its value. Objects become options,
 * "--a.b 1", where `options` (a command), else MVC_EINVALID, as are lists.
 */
int mvc_template_resolve(struct mvc_buf *out, const char *text,
    const struct mvc_jval *scope, bool options) MVC_MUST;

/* Append a value as ${…} does. */
int mvc_template_text(
    struct mvc_buf *out, const struct mvc_jval *v, bool options) MVC_MUST;

/* Members of b added to those of a, objects with the same name to each other;
 * MVC_EEXISTS where both have a value of the name, which is said. */
int mvc_template_merge(struct mvc_jval **out, const struct mvc_jval *a,
    const struct mvc_jval *b) MVC_MUST;

#endif
