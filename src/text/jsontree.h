/*
 * A JSON text read whole, as a tree of values that can be asked.
 *
 * Strict: UTF-8, no member twice, no NUL in a string, at most MVC_JVAL_DEPTH
 * levels; whole numbers have 64 bits, others are doubles. Values belong to
 * their tree and are good as long as it.
 */
#ifndef MVC_TEXT_JSONTREE_H
#define MVC_TEXT_JSONTREE_H

#include "util/error.h"
#include "util/own.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MVC_JVAL_DEPTH 32

struct mvc_json;
struct mvc_jval;

enum mvc_jkind {
	MVC_JNULL,
	MVC_JBOOL,
	MVC_JINT,
	MVC_JREAL,
	MVC_JSTRING,
	MVC_JARRAY,
	MVC_JOBJECT,
};

/* MVC_EINVALID says where, and quotes nothing; the caller bounds n. */
int mvc_jval_parse(struct mvc_jval **out, const char *p, size_t n) MVC_MUST;
void mvc_jval_free(struct mvc_jval *v);
MVC_OWN_DEFINE(mvc_jval)

enum mvc_jkind mvc_jval_kind(const struct mvc_jval *v);
/* Of an array or object; 0 of others. */
size_t mvc_jval_count(const struct mvc_jval *v);
/* An array's i-th, i < count. */
const struct mvc_jval *mvc_jval_at(const struct mvc_jval *v, size_t i);
/* NULL where it is no object, or has no such member. */
const struct mvc_jval *mvc_jval_get(const struct mvc_jval *v, const char *key);
/* NULL where it is no string. */
const char *mvc_jval_str(const struct mvc_jval *v);
/* 0, false where they are of another kind; an INT is a number too. */
int64_t mvc_jval_int(const struct mvc_jval *v);
double mvc_jval_number(const struct mvc_jval *v);
bool mvc_jval_bool(const struct mvc_jval *v);

/* Each member of an object, keys ascending by their bytes. A nonzero answer
 * ends it and is returned. */
int mvc_jval_each(const struct mvc_jval *v,
    int (*each)(void *arg, const char *key, const struct mvc_jval *v),
    void *arg) MVC_MUST;

/* The same in the order of the text; the key is the object's own. */
int mvc_jval_each_kept(const struct mvc_jval *v,
    int (*each)(void *arg, const char *key, const struct mvc_jval *v),
    void *arg) MVC_MUST;
bool mvc_jval_eq(const struct mvc_jval *a, const struct mvc_jval *b);

/*
 * Trees that are made. What is put into one is shared with it, not copied, and
 * must not be changed any more; each holder frees its own.
 */
int mvc_jval_share(struct mvc_jval **out, const struct mvc_jval *v) MVC_MUST;
int mvc_jval_new_object(struct mvc_jval **out) MVC_MUST;
int mvc_jval_new_array(struct mvc_jval **out) MVC_MUST;
int mvc_jval_new_str(struct mvc_jval **out, const char *s) MVC_MUST;
/* A member that is there already is replaced in its place. */
int mvc_jval_put(struct mvc_jval *object, const char *key,
    const struct mvc_jval *v) MVC_MUST;
int mvc_jval_append(struct mvc_jval *array, const struct mvc_jval *v) MVC_MUST;

/* As a value of what is being written, keys ascending. */
int mvc_jval_write(struct mvc_json *j, const struct mvc_jval *v) MVC_MUST;

#endif
