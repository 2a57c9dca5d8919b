/*
 * INI files as the AWS tools keep their settings in them (~/.aws/config):
 *
 *     [profile lab]            section "profile lab"
 *     region = eu-west-1       key "region"
 *     s3 =
 *       addressing_style=path  key "s3.addressing_style": a line further in
 *     # comment, ; comment     whole lines; " #" and " ;" end a value
 */
#ifndef MVC_TEXT_INI_H
#define MVC_TEXT_INI_H

#include "util/error.h"

#include <stddef.h>

/* Of a section's name, a key (both parts) and a value. */
#define MVC_INI_MAX 4096

struct mvc_ini_var {
	const char *section; /* "" before the first */
	const char *key; /* in lower case */
	const char *value;
};

/* Each variable in file order, strings good for the call. MVC_EINVALID names
 * the line and nothing that stands in it: it may be a secret. */
int mvc_ini_parse(const char *p, size_t n,
    int (*each)(void *arg, const struct mvc_ini_var *v), void *arg) MVC_MUST;

#endif
