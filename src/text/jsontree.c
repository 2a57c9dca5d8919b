#include "text/jsontree.h"

#include "text/json.h"

#include <jansson.h>
#include "util/banned.h"

/* A tree's values are jansson's, seen through our name. */
static json_t *
in(const struct mvc_jval *v)
{
	return (json_t *)(uintptr_t)v;
}

static const struct mvc_jval *
out_of(const json_t *v)
{
	return (const struct mvc_jval *)v;
}

static bool
is_shallow(json_t *v, unsigned depth)
{
	const char *key;
	json_t *member;
	size_t i;

	if (!json_is_object(v) && !json_is_array(v))
		return true;
	if (depth == 0)
		return false;
	for (i = 0; i < json_array_size(v); i++)
		if (!is_shallow(json_array_get(v, i), depth - 1))
			return false;
	json_object_foreach(v, key, member)
	{
		if (!is_shallow(member, depth - 1))
			return false;
	}
	return true;
}

int
mvc_jval_parse(struct mvc_jval **out, const char *p, size_t n)
{
	json_error_t fault;
	json_t *v =
	    json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);

	*out = NULL;
	if (!v)
		return mvc_fail(MVC_EINVALID, "no JSON from line %d, column %d",
		    fault.line, fault.column);
	if (!is_shallow(v, MVC_JVAL_DEPTH)) {
		json_decref(v);
		return mvc_fail(MVC_EINVALID, "JSON of more than %d levels",
		    MVC_JVAL_DEPTH);
	}
	*out = (struct mvc_jval *)v;
	return MVC_OK;
}

void
mvc_jval_free(struct mvc_jval *v)
{
	json_decref(in(v));
}

enum mvc_jkind
mvc_jval_kind(const struct mvc_jval *v)
{
	switch (json_typeof(in(v))) {
	case JSON_OBJECT:
		return MVC_JOBJECT;
	case JSON_ARRAY:
		return MVC_JARRAY;
	case JSON_STRING:
		return MVC_JSTRING;
	case JSON_INTEGER:
		return MVC_JINT;
	case JSON_REAL:
		return MVC_JREAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return MVC_JBOOL;
	default:
		return MVC_JNULL;
	}
}

size_t
mvc_jval_count(const struct mvc_jval *v)
{
	return json_is_object(in(v)) ? json_object_size(in(v))
				     : json_array_size(in(v));
}

const struct mvc_jval *
mvc_jval_at(const struct mvc_jval *v, size_t i)
{
	return out_of(json_array_get(in(v), i));
}

const struct mvc_jval *
mvc_jval_get(const struct mvc_jval *v, const char *key)
{
	return out_of(json_object_get(in(v), key));
}

const char *
mvc_jval_str(const struct mvc_jval *v)
{
	return json_string_value(in(v));
}

int64_t
mvc_jval_int(const struct mvc_jval *v)
{
	return json_integer_value(in(v));
}

double
mvc_jval_number(const struct mvc_jval *v)
{
	return json_number_value(in(v));
}

bool
mvc_jval_bool(const struct mvc_jval *v)
{
	return json_is_true(in(v));
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
mvc_jval_each(const struct mvc_jval *v,
    int (*each)(void *arg, const char *key, const struct mvc_jval *v),
    void *arg)
{
	size_t n = json_object_size(in(v)), k = 0;
	MVC_OWN_MEM const char **keys = calloc(n + 1, sizeof(*keys));
	const char *key;
	json_t *member;
	int err = MVC_OK;

	if (!keys)
		return mvc_fail(MVC_ENOMEM, "no memory");
	json_object_foreach(in(v), key, member) keys[k++] = key;
	qsort(keys, n, sizeof(*keys), by_bytes);
	for (k = 0; !err && k < n; k++)
		err = each(arg, keys[k], mvc_jval_get(v, keys[k]));
	return err;
}

int
mvc_jval_each_kept(const struct mvc_jval *v,
    int (*each)(void *arg, const char *key, const struct mvc_jval *v),
    void *arg)
{
	const char *key;
	json_t *member;
	int err = MVC_OK;

	json_object_foreach(in(v), key, member)
	{
		err = each(arg, key, out_of(member));
		if (err)
			break;
	}
	return err;
}

bool
mvc_jval_eq(const struct mvc_jval *a, const struct mvc_jval *b)
{
	return json_equal(in(a), in(b));
}

/* ---- made ---- */

static int
made(struct mvc_jval **out, json_t *v)
{
	*out = (struct mvc_jval *)v;
	return v ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

int
mvc_jval_share(struct mvc_jval **out, const struct mvc_jval *v)
{
	return made(out, json_incref(in(v)));
}

int
mvc_jval_new_object(struct mvc_jval **out)
{
	return made(out, json_object());
}

int
mvc_jval_new_array(struct mvc_jval **out)
{
	return made(out, json_array());
}

int
mvc_jval_new_str(struct mvc_jval **out, const char *s)
{
	return made(out, json_string(s));
}

int
mvc_jval_put(struct mvc_jval *object, const char *key, const struct mvc_jval *v)
{
	return json_object_set(in(object), key, in(v)) < 0
	    ? mvc_fail(MVC_ENOMEM, "no memory")
	    : MVC_OK;
}

int
mvc_jval_append(struct mvc_jval *array, const struct mvc_jval *v)
{
	return json_array_append(in(array), in(v)) < 0
	    ? mvc_fail(MVC_ENOMEM, "no memory")
	    : MVC_OK;
}

static int
write_member(void *arg, const char *key, const struct mvc_jval *v)
{
	mvc_json_key(arg, key);
	return mvc_jval_write(arg, v);
}

static int
write_list(struct mvc_json *j, const struct mvc_jval *v)
{
	int err = MVC_OK;

	if (mvc_jval_kind(v) == MVC_JOBJECT) {
		mvc_json_object(j);
		err = mvc_jval_each(v, write_member, j);
	} else {
		mvc_json_array(j);
		for (size_t i = 0; !err && i < mvc_jval_count(v); i++)
			err = mvc_jval_write(j, mvc_jval_at(v, i));
	}
	if (!err)
		mvc_json_end(j);
	return err;
}

int
mvc_jval_write(struct mvc_json *j, const struct mvc_jval *v)
{
	switch (mvc_jval_kind(v)) {
	case MVC_JOBJECT:
	case MVC_JARRAY:
		return write_list(j, v);
	case MVC_JSTRING:
		mvc_json_str(j, mvc_jval_str(v));
		break;
	case MVC_JINT:
		mvc_json_i64(j, mvc_jval_int(v));
		break;
	case MVC_JREAL:
		/* There is no -0 among whole numbers, as which it is read. */
		mvc_json_double(
		    j, mvc_jval_number(v) == 0 ? 0 : mvc_jval_number(v));
		break;
	case MVC_JBOOL:
		mvc_json_bool(j, mvc_jval_bool(v));
		break;
	default:
		mvc_json_null(j);
	}
	return MVC_OK;
}
