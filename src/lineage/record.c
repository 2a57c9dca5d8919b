#include "lineage/record.h"

#include "hash/digest.h"
#include "text/utf8.h"
#include "util/name.h"

#include "util/banned.h"

static void
files_release(struct mvc_run_files *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
}

static void
value_release(struct mvc_run_value *v)
{
	free(v->file);
	free(v->key);
	free(v->text);
}

static void
values_release(struct mvc_run_values *l)
{
	for (size_t i = 0; i < l->n; i++)
		value_release(&l->v[i]);
	free(l->v);
}

void
mvc_record_release(struct mvc_record *r)
{
	free(r->name);
	free(r->cwd);
	free(r->who);
	free(r->email);
	free(r->host);
	free(r->tracer);
	mvc_names_release(&r->undeclared);
	mvc_names_release(&r->command);
	mvc_names_release(&r->omitted);
	files_release(&r->inputs);
	files_release(&r->outputs);
	values_release(&r->params);
	values_release(&r->metrics);
	values_release(&r->seeds);
	memset(r, 0, sizeof(*r));
}

/* Room for one more of a list that doubles when it is full. */
static int
grow(void *v, size_t n, size_t size)
{
	void **list = v, *bigger;

	if (n & (n - 1))
		return MVC_OK;
	bigger = reallocarray(*list, n ? 2 * n : 1, size);
	if (!bigger)
		return mvc_fail(MVC_ENOMEM, "no memory for a record");
	*list = bigger;
	return MVC_OK;
}

int
mvc_run_files_add(
    struct mvc_run_file **out, struct mvc_run_files *l, const char *path)
{
	int err = grow(&l->v, l->n, sizeof(*l->v));

	if (err)
		return err;
	*out = &l->v[l->n];
	memset(*out, 0, sizeof(**out));
	(*out)->path = strdup(path);
	if (!(*out)->path)
		return mvc_fail(MVC_ENOMEM, "no memory for a record");
	l->n++;
	return MVC_OK;
}

int
mvc_run_values_add(struct mvc_run_value **out, struct mvc_run_values *l,
    const char *file, const char *key)
{
	int err = grow(&l->v, l->n, sizeof(*l->v));

	if (err)
		return err;
	*out = &l->v[l->n];
	memset(*out, 0, sizeof(**out));
	(*out)->file = strdup(file);
	(*out)->key = strdup(key);
	if (!(*out)->file || !(*out)->key) {
		value_release(*out);
		return mvc_fail(MVC_ENOMEM, "no memory for a record");
	}
	l->n++;
	return MVC_OK;
}

static int
files_cmp(const void *a, const void *b)
{
	const struct mvc_run_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int
mvc_run_value_cmp(const struct mvc_run_value *x, const struct mvc_run_value *y)
{
	int c = strcmp(x->file, y->file);

	if (!c)
		c = strcmp(x->key, y->key);
	if (!c && x->has_step != y->has_step)
		return x->has_step ? 1 : -1;
	if (!c && x->has_step && x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return c;
}

static void
file_drop(void *f)
{
	free(((struct mvc_run_file *)f)->path);
}

static void
value_drop(void *v)
{
	value_release(v);
}

static int
values_cmp(const void *a, const void *b)
{
	return mvc_run_value_cmp(a, b);
}

/* By insertion: lists are short and mostly in order, and of equals the last
 * shall win, which qsort() does not know. */
static void
sort(void *list, size_t *n, size_t size,
    int (*cmp)(const void *a, const void *b), void (*drop)(void *entry))
{
	char one[sizeof(struct mvc_run_value) + sizeof(struct mvc_run_file)];
	char *v = list;
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		size_t at = kept;

		memcpy(one, v + i * size, size);
		while (at > 0 && cmp(v + (at - 1) * size, one) > 0)
			at--;
		if (at > 0 && cmp(v + (at - 1) * size, one) == 0) {
			drop(v + (at - 1) * size);
			memcpy(v + (at - 1) * size, one, size);
			continue;
		}
		memmove(v + (at + 1) * size, v + at * size, (kept - at) * size);
		memcpy(v + at * size, one, size);
		kept++;
	}
	*n = kept;
}

static void
sort_files(struct mvc_run_files *l)
{
	sort(l->v, &l->n, sizeof(*l->v), files_cmp, file_drop);
}

static void
sort_values(struct mvc_run_values *l)
{
	sort(l->v, &l->n, sizeof(*l->v), values_cmp, value_drop);
}

void
mvc_record_sort(struct mvc_record *r)
{
	mvc_names_sort(&r->omitted);
	mvc_names_sort(&r->undeclared);
	sort_files(&r->inputs);
	sort_files(&r->outputs);
	sort_values(&r->params);
	sort_values(&r->metrics);
	sort_values(&r->seeds);
}

static int
check_name(const char *name, size_t n)
{
	uint32_t c;

	for (size_t i = 0, k; i < n; i += k) {
		k = mvc_utf8_next(&c, name + i, n - i);
		if (k == 0)
			return mvc_fail(MVC_EINVALID, "is no UTF-8");
	}
	return mvc_name_check(name, n);
}

int
mvc_record_check_path(const char *path)
{
	const char *at = path;
	int err = MVC_OK;

	if (strlen(path) > MVC_RECORD_PATH)
		return mvc_fail(MVC_EINVALID, "%.40s…: too long", path);
	while (!err) {
		size_t n = strcspn(at, "/");

		err = check_name(at, n);
		if (err || !at[n])
			break;
		at += n + 1;
	}
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

void
mvc_record_id(struct mvc_oid *out, const struct mvc_buf *text)
{
	mvc_blake3(out, text->data, text->len);
}
