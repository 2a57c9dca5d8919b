/* The strings of a small JSON object, such as a server's answer. */
#ifndef MVC_TEXT_JSONOBJECT_H
#define MVC_TEXT_JSONOBJECT_H

#include "util/error.h"

#include <stddef.h>

/*
 * Each member whose value is a string, good for the call; members that are no
 * strings are passed over. MVC_EINVALID where it is no JSON object; the text
 * says where and quotes nothing: it may be a secret.
 */
int mvc_json_object_strings(const char *p, size_t n,
    int (*each)(void *arg, const char *key, const char *value),
    void *arg) MVC_MUST;

#endif
