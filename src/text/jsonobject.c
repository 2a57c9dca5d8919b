#include "text/jsonobject.h"

#include <jansson.h>
#include "util/banned.h"

int
mvc_json_object_strings(const char *p, size_t n,
    int (*each)(void *arg, const char *key, const char *value), void *arg)
{
	json_error_t fault;
	json_t *doc, *value;
	const char *key;
	int err = MVC_OK;

	doc = json_loadb(p, n, JSON_REJECT_DUPLICATES, &fault);
	if (!doc)
		return mvc_fail(MVC_EINVALID, "no JSON from line %d, column %d",
		    fault.line, fault.column);
	if (!json_is_object(doc))
		err = mvc_fail(MVC_EINVALID, "JSON, but no object");
	if (!err)
		json_object_foreach(
		    doc, key, value) if (!err && json_is_string(value)) err =
		    each(arg, key, json_string_value(value));
	json_decref(doc);
	return err;
}
