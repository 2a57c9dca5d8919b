#include "lineage/values.h"

#include "lineage/mask.h"
#include "lineage/record_priv.h"
#include "text/csv.h"
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

static bool
is_table(const char *path)
{
	return ends(path, ".csv") || ends(path, ".tsv");
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

/* The value under the key at hand; NULL where it is not wanted. */
static int
take_one(struct mvc_run_value **out, struct reading *rd)
{
	*out = NULL;
	if (!rd->key.len || !is_wanted(rd))
		return MVC_OK;
	if (rd->out->n >= MVC_RECORD_LIST)
		return mvc_fail(MVC_ETOOBIG,
		    "more than %d values: mvc run -p %s:KEY names those that "
		    "count",
		    MVC_RECORD_LIST, rd->path);
	return mvc_run_values_add(out, rd->out, rd->path, rd->key.data);
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
	err = take_one(&out, rd);
	if (err || !out)
		return err;
	err = record_scalar(out, v);
	return err ? err : mask(out);
}

/* ---- tables ---- */

static int
take_cell(struct reading *rd, const char *cell)
{
	struct mvc_run_value *out;
	int err;

	err = take_one(&out, rd);
	if (err || !out)
		return err;
	switch (mvc_csv_scalar(cell, &out->whole, &out->real)) {
	case MVC_CSV_INT:
		out->type = MVC_RUN_INT;
		return MVC_OK;
	case MVC_CSV_REAL:
		out->type = MVC_RUN_REAL;
		return MVC_OK;
	case MVC_CSV_TEXT:
		break;
	}
	out->type = MVC_RUN_TEXT;
	out->text = strdup(cell);
	return out->text ? mask(out) : mvc_fail(MVC_ENOMEM, "no memory");
}

/* A row alone is its columns; of several each is one under its number. */
static int
take_table(struct reading *rd, const struct mvc_csv *t)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < t->rows; i++)
		for (size_t k = 0; !err && k < t->columns; k++) {
			mvc_buf_clear(&rd->key);
			if (t->rows > 1)
				err = mvc_buf_addf(&rd->key, "%zu.", i);
			if (!err)
				err = mvc_buf_add_str(
				    &rd->key, mvc_csv_name(t, k));
			if (!err)
				err = take_cell(rd, mvc_csv_at(t, i, k));
		}
	return err;
}

static int
read_table(struct reading *rd, const struct mvc_buf *text)
{
	MVC_SCOPED(mvc_csv) t = {.text = NULL};
	int err;

	err = mvc_csv_parse(&t, text->data ? text->data : "", text->len,
	    ends(rd->path, ".tsv") ? '\t' : ',');
	return err ? err : take_table(rd, &t);
}

static int
read_tree(struct reading *rd, const struct mvc_buf *text)
{
	MVC_OWN(mvc_jval) *doc = NULL;
	int err;

	err = is_yaml(rd->path)
	    ? mvc_yaml_parse(&doc, text->data, text->len)
	    : mvc_jval_parse(&doc, text->data ? text->data : "", text->len);
	return err ? err : take(rd, doc);
}

static int
read_all(struct reading *rd, const struct mvc_buf *text)
{
	MVC_OWN_MEM bool *met = calloc(rd->n + 1, sizeof(*met));
	int err;

	if (!met)
		return mvc_fail(MVC_ENOMEM, "no memory");
	rd->met = met;
	err = is_table(rd->path) ? read_table(rd, text) : read_tree(rd, text);
	for (size_t i = 0; !err && i < rd->n; i++)
		if (!met[i])
			err = mvc_fail(MVC_ENOTFOUND, "has no %s", rd->keys[i]);
	return err;
}

int
mvc_values_parse(struct mvc_run_values *out, const char *path,
    const struct mvc_buf *text, const char *const *keys, size_t n)
{
	struct reading rd = {.out = out,
	    .path = path,
	    .keys = keys,
	    .n = n,
	    .key = MVC_BUF_INIT(MVC_RECORD_STRING)};
	int err;

	if (!mvc_values_readable(path) && !is_table(path))
		return mvc_fail(MVC_EINVALID,
		    "%s: numbers are read from .json, .yaml, .yml, .csv and "
		    ".tsv",
		    path);
	err = read_all(&rd, text);
	mvc_buf_release(&rd.key);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

int
mvc_values_read(struct mvc_run_values *out, int top, const char *path,
    const char *const *keys, size_t n)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_VALUES_FILE_MAX);
	int err;

	if (!mvc_values_readable(path))
		return mvc_fail(MVC_EINVALID,
		    "%s: values are read from .json, .yaml and .yml", path);
	err = mvc_file_read_beneath(&text, top, path);
	return err ? err : mvc_values_parse(out, path, &text, keys, n);
}
