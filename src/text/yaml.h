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

#endif
