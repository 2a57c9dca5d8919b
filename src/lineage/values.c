#include "lineage/values.h"

#include "lineage/mask.h"
#include "lineage/record_priv.h"
#include "text/jsontree.h"
#include "text/yaml.h"
#include "util/file.h"

#include "util/banned.h"

struct reading {
	struct mvc_run_values *out;
	const char *path;
	const char *const *keys; /* wanted */
	bool *met; /* of each: something */
	size_t n;
	struct mvc_buf key; /* of the value at hand */
};

static bool
ends(const char *path, const char *suffix)
{
	size_t n = strlen(path), k = strlen(suffix);

	return n > k && !strcmp(path + n - k, suffix);
}

static bool
is_yaml(const char *path)
{
	return ends(path, ".yaml") || ends(path, ".yml");
}

bool
mvc_values_readable(const char *path)
{
	return ends(path, ".json") || is_yaml(path);
}

static bool
is_wanted(struct reading *rd)
{
	bool wanted = rd->n == 0;

	for (size_t i = 0; i < rd->n; i++) {
		size_t k = strlen(rd->keys[i]);

		if (strncmp(rd->key.data, rd->keys[i], k) ||
		    (rd->key.data[k] && rd->key.data[k] != '.'))
			continue;
		rd->met[i] = true;
		wanted = true;
	}
	return wanted;
}

/* Secrets are not told. */
static int
mask(struct mvc_run_value *v)
{
	char *masked;

	if (v->type != MVC_RUN_TEXT || !mvc_mask_is(v->key, v->text))
		return MVC_OK;
	masked = strdup(MVC_MASK);
	if (!masked)
		return mvc_fail(MVC_ENOMEM, "no memory");
	free(v->text);
	v->text = masked;
	return MVC_OK;
}

static int take(struct reading *rd, const struct mvc_jval *v);

static int
take_member(void *arg, const char *name, const struct mvc_jval *v)
{
	struct reading *rd = arg;
	size_t before = rd->key.len;
	int err = MVC_OK;

	if (before)
		err = mvc_buf_add_char(&rd->key, '.');
	if (!err)
		err = mvc_buf_add_str(&rd->key, name);
	if (!err)
		err = take(rd, v);
	rd->key.len = before;
	rd->key.data[before] = 0;
	return err;
}

static int
take_elements(struct reading *rd, const struct mvc_jval *v)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < mvc_jval_count(v); i++) {
		char name[24];

		snprintf(name, sizeof(name), "%zu", i);
		err = take_member(rd, name, mvc_jval_at(v, i));
	}
	return err;
}

static int
take(struct reading *rd, const struct mvc_jval *v)
{
	struct mvc_run_value *out;
	int err;

	if (mvc_jval_kind(v) == MVC_JOBJECT)
		return mvc_jval_each(v, take_member, rd);
	if (mvc_jval_kind(v) == MVC_JARRAY)
		return take_elements(rd, v);
	if (!rd->key.len || !is_wanted(rd))
		return MVC_OK;
	if (rd->out->n >= MVC_RECORD_LIST)
		return mvc_fail(MVC_ETOOBIG,
		    "more than %d values: name those that count, as in -p "
		    "%s:KEY",
		    MVC_RECORD_LIST, rd->path);
	err = mvc_run_values_add(&out, rd->out, rd->path, rd->key.data);
	if (!err)
		err = record_scalar(out, v);
	return err ? err : mask(out);
}

static int
read_all(struct reading *rd, const struct mvc_buf *text)
{
	MVC_OWN(mvc_jval) *doc = NULL;
	MVC_OWN_MEM bool *met = calloc(rd->n + 1, sizeof(*met));
	int err;

	if (!met)
		return mvc_fail(MVC_ENOMEM, "no memory");
	rd->met = met;
	err = is_yaml(rd->path)
	    ? mvc_yaml_parse(&doc, text->data, text->len)
	    : mvc_jval_parse(&doc, text->data ? text->data : "", text->len);
	if (!err)
		err = take(rd, doc);
	for (size_t i = 0; !err && i < rd->n; i++)
		if (!met[i])
			err = mvc_fail(MVC_ENOTFOUND, "has no %s", rd->keys[i]);
	return err;
}

int
mvc_values_read(struct mvc_run_values *out, int top, const char *path,
    const char *const *keys, size_t n)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_VALUES_FILE_MAX);
	struct reading rd = {.out = out,
	    .path = path,
	    .keys = keys,
	    .n = n,
	    .key = MVC_BUF_INIT(MVC_RECORD_STRING)};
	int err;

	if (!mvc_values_readable(path))
		return mvc_fail(MVC_EINVALID,
		    "%s: values are read from .json, .yaml and .yml", path);
	err = mvc_file_read_beneath(&text, top, path);
	if (err)
		return err;
	err = read_all(&rd, &text);
	mvc_buf_release(&rd.key);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}
