#include "lineage/numbers.h"

#include "git/history.h"
#include "lineage/runs.h"
#include "lineage/values.h"
#include "util/file.h"
#include "work/view.h"

#include <math.h>

#include "util/banned.h"

/* ---- files ---- */

int
mvc_numbers_text(struct mvc_buf *out, struct mvc_view *v, const char *path)
{
	return v->history ? mvc_rev_read(out, v->repo, &v->commit, path)
			  : mvc_file_read_beneath(out, v->top, path);
}

int
mvc_numbers_read(
    struct mvc_run_values *out, struct mvc_view *v, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_VALUES_FILE_MAX);
	int err = mvc_numbers_text(&text, v, path);

	if (!err)
		err = mvc_values_parse(out, path, &text, NULL, 0);
	return err && err != MVC_ENOTFOUND
	    ? mvc_fail_prefix(err, "%s", mvc_view_name(v).s)
	    : err;
}

static int
record_of(struct mvc_record *out, struct mvc_view *v, const struct mvc_oid *id)
{
	/* Every line may have one byte more. */
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_RECORD_MAX);
	int err = mvc_numbers_text(&text, v, mvc_runs_path_of(id).s);

	*out = (struct mvc_record)MVC_RECORD_INIT;
	return err ? err : mvc_runs_parse(out, id, &text);
}

static int
add_files(struct mvc_names *out, const struct mvc_run_values *l)
{
	const char *last = "";
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++) {
		if (!strcmp(l->v[i].file, last))
			continue;
		last = l->v[i].file;
		err = mvc_names_add(out, last);
	}
	return err;
}

static int
by_id(const void *a, const void *b)
{
	return mvc_oid_cmp(a, b);
}

/* The runs that made what is tracked, each once. */
static int
runs_of(struct mvc_oid **out, size_t *n, const struct mvc_tracked_list *l)
{
	struct mvc_oid *ids = calloc(l->n + 1, sizeof(*ids));
	size_t kept = 0;

	*out = ids;
	*n = 0;
	if (!ids)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < l->n; i++)
		if (!l->v[i].err && l->v[i].pointer.has_run)
			ids[(*n)++] = l->v[i].pointer.run;
	if (*n)
		qsort(ids, *n, sizeof(*ids), by_id);
	for (size_t i = 0; i < *n; i++)
		if (!kept || !mvc_oid_eq(&ids[kept - 1], &ids[i]))
			ids[kept++] = ids[i];
	*n = kept;
	return MVC_OK;
}

int
mvc_numbers_find(
    struct mvc_names *out, struct mvc_view *v, enum mvc_numbers which)
{
	MVC_SCOPED(mvc_tracked_list) l = {.n = 0};
	MVC_OWN_MEM struct mvc_oid *ids = NULL;
	size_t n = 0;
	int err;

	if (which == MVC_NUMBERS_PLOTS)
		return MVC_OK;
	err = mvc_view_list(&l, v, "");
	if (!err)
		err = runs_of(&ids, &n, &l);
	for (size_t i = 0; !err && i < n; i++) {
		MVC_SCOPED(mvc_record) r;

		err = record_of(&r, v, &ids[i]);
		if (err == MVC_ENOTFOUND)
			err = MVC_OK;
		else if (!err)
			err = add_files(out,
			    which == MVC_NUMBERS_METRICS ? &r.metrics
							 : &r.params);
	}
	mvc_names_sort(out);
	return err;
}

/* ---- numbers ---- */

struct mvc_number
mvc_number_of(double v)
{
	struct mvc_number n;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(n.s, sizeof(n.s), "%.*g", digits, v);
		if (strtod(n.s, NULL) == v)
			break;
	}
	return n;
}

/* Digits behind the point; -1: it is written with an exponent. */
static int
decimals(double v)
{
	const struct mvc_number n = mvc_number_of(v);
	const char *point = strchr(n.s, '.');

	if (strpbrk(n.s, "en"))
		return -1;
	return point ? (int)strlen(point + 1) : 0;
}

struct mvc_number
mvc_number_change(double a, double b)
{
	int of_a = decimals(a), of_b = decimals(b);
	int most = of_a > of_b ? of_a : of_b;
	struct mvc_number n;
	char *end;

	if (of_a < 0 || of_b < 0)
		return mvc_number_of(b - a);
	snprintf(n.s, sizeof(n.s), "%.*f", most, b - a);
	end = n.s + strlen(n.s);
	while (most && end[-1] == '0' && most--)
		*--end = 0;
	if (end > n.s && end[-1] == '.')
		*--end = 0;
	return n;
}
