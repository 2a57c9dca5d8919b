#include "store/trash.h"
#include "hash/digest.h"
#include "store/lines.h"
#include "util/banned.h"

#include <inttypes.h>

/* A list names at most this many; a collector writes several. */
#define NAMES_MAX 1000000
/* Seconds: 35,000 years, so that no sum of such spans and a clock wraps. */
#define SPAN_MAX (UINT64_C(1) << 40)
#define FOLDER "trash/"
#define LIST_MAX (UINT64_C(160) << 20)

static const char *const kind_names[] = {"pack", "segment", "root"};

void
mvc_trash_list_release(struct mvc_trash_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->names[i].key);
	free(l->names);
	l->names = NULL;
	l->n = 0;
}

static void
hash_key(struct mvc_oid *out, const char *key)
{
	mvc_blake3(out, key, strlen(key));
}

static int
add_name(struct mvc_trash_list *l, enum mvc_trash_kind kind, const char *value)
{
	struct mvc_trash_name *t;

	if (l->n >= NAMES_MAX)
		return mvc_fail(MVC_ETOOBIG, "it names too much");
	if ((l->n & (l->n + 1)) == 0) {
		t = realloc(l->names, (2 * l->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for it");
		l->names = t;
	}
	t = &l->names[l->n];
	t->kind = kind;
	t->key = NULL;
	if (kind != MVC_TRASH_ROOT) {
		if (mvc_oid_parse(&t->oid, value, strlen(value)))
			return MVC_ECORRUPT;
	} else {
		t->key = strdup(value);
		if (!t->key)
			return mvc_fail(MVC_ENOMEM, "no memory for it");
		hash_key(&t->oid, value);
	}
	l->n++;
	return MVC_OK;
}

/* A span said already is not said again; sums of two do not wrap. */
static int
take_span(uint64_t *out, bool *said, const char *value)
{
	int err = mvc_lines_u64(out, value);

	if (!err && (*said || *out > SPAN_MAX))
		err = mvc_fail(MVC_ECORRUPT,
		    "it says a time twice, or one that is no time");
	*said = true;
	return err;
}

struct reading {
	struct mvc_trash_list *l;
	bool grace, keep;
};

static int
take_line(void *arg, const char *key, const char *value)
{
	struct reading *in = arg;

	if (!strcmp(key, "grace"))
		return take_span(&in->l->grace, &in->grace, value);
	if (!strcmp(key, "keep"))
		return take_span(&in->l->keep, &in->keep, value);
	for (int k = MVC_TRASH_PACK; k <= MVC_TRASH_ROOT; k++)
		if (!strcmp(key, kind_names[k]))
			return add_name(in->l, k, value);
	return mvc_fail(MVC_EVERSION, "it has an unknown line \"%.40s\"", key);
}

int
mvc_trash_list_parse(struct mvc_trash_list *out, const char *text, size_t n)
{
	struct reading in = {.l = out};
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_lines_parse("trash", text, n, take_line, &in);
	/* Without its grace it would be swept at once. */
	if (!err && (!in.grace || !in.keep))
		err = mvc_fail(MVC_ECORRUPT, "it lacks a line");
	if (err)
		mvc_trash_list_release(out);
	return err;
}

int
mvc_trash_list_format(struct mvc_buf *out, const struct mvc_trash_list *l)
{
	int err;

	err = mvc_lines_begin(out, "trash");
	if (!err)
		err = mvc_buf_addf(out, "grace %" PRIu64 "\nkeep %" PRIu64 "\n",
		    l->grace, l->keep);
	for (size_t i = 0; !err && i < l->n; i++) {
		const struct mvc_trash_name *t = &l->names[i];

		err = mvc_buf_addf(out, "%s %s\n", kind_names[t->kind],
		    t->key ? t->key : mvc_oid_hex(&t->oid).s);
	}
	return err ? err : mvc_lines_end(out);
}

void
mvc_trash_release(struct mvc_trash *t)
{
	for (size_t i = 0; i < t->n_lists; i++)
		mvc_trash_list_release(&t->lists[i]);
	free(t->lists);
	free(t->names);
	memset(t, 0, sizeof(*t));
}

static int
read_list(struct mvc_trash_list *out, struct mvc_backend *b, const char *key,
    int64_t made)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(LIST_MAX);
	int err;

	err = mvc_backend_load(b, key, &text);
	if (err)
		return err;
	err = mvc_trash_list_parse(out, text.data ? text.data : "", text.len);
	if (err)
		return mvc_fail_prefix(err, "%s", key);
	snprintf(out->id, sizeof(out->id), "%.32s", key + strlen(FOLDER));
	out->made = made;
	return MVC_OK;
}

int
mvc_trash_list_read(
    struct mvc_trash_list *out, struct mvc_backend *b, const char *id)
{
	struct mvc_keystat st;
	char key[64];
	int err;

	snprintf(key, sizeof(key), FOLDER "%.32s", id);
	err = mvc_backend_stat(b, key, &st);
	return err ? err : read_list(out, b, key, st.modified);
}

static int
name_cmp(const void *a, const void *b)
{
	const struct mvc_trash_name *x = *(void *const *)a;
	const struct mvc_trash_name *y = *(void *const *)b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return mvc_oid_cmp(&x->oid, &y->oid);
}

int
mvc_trash_choose(struct mvc_trash *out, const struct mvc_trash *from,
    bool (*choose)(void *arg, const struct mvc_trash_list *l), void *arg)
{
	size_t total = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < from->n_lists; i++)
		if (choose(arg, &from->lists[i]))
			total += from->lists[i].n;
	out->names = calloc(total + 1, sizeof(*out->names));
	if (!out->names)
		return mvc_fail(MVC_ENOMEM, "no memory for trash lists");
	for (size_t i = 0; i < from->n_lists; i++)
		if (choose(arg, &from->lists[i]))
			for (size_t j = 0; j < from->lists[i].n; j++)
				out->names[out->n++] = &from->lists[i].names[j];
	qsort(out->names, out->n, sizeof(*out->names), name_cmp);
	return MVC_OK;
}

static bool
every(void *arg, const struct mvc_trash_list *l)
{
	return true;
}

static int
sort_names(struct mvc_trash *t)
{
	struct mvc_trash all;
	int err = mvc_trash_choose(&all, t, every, NULL);

	if (err)
		return err;
	t->names = all.names;
	t->n = all.n;
	return MVC_OK;
}

bool
mvc_trash_is_id(const char *name)
{
	return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32;
}

struct loading {
	struct mvc_trash *out;
	struct mvc_backend *b;
};

static int
load_one(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct loading *in = arg;
	struct mvc_trash *t = in->out;
	struct mvc_trash_list *l;
	int err;

	if (!mvc_trash_is_id(key + strlen(FOLDER)))
		return MVC_OK;
	l = realloc(t->lists, (t->n_lists + 1) * sizeof(*l));
	if (!l)
		return mvc_fail(MVC_ENOMEM, "no memory for trash lists");
	t->lists = l;
	err = read_list(l + t->n_lists, in->b, key, st->modified);
	t->n_lists += !err;
	/* Another collector removed it meanwhile. */
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

int
mvc_trash_load(struct mvc_trash *out, struct mvc_backend *b)
{
	struct loading in = {out, b};
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_backend_list(b, FOLDER, NULL, load_one, &in);
	if (!err)
		err = sort_names(out);
	if (err)
		mvc_trash_release(out);
	return err;
}

bool
mvc_trash_has(const struct mvc_trash *t, enum mvc_trash_kind kind,
    const struct mvc_oid *oid)
{
	struct mvc_trash_name key = {.kind = kind, .oid = *oid};
	const struct mvc_trash_name *k = &key;

	return t->n &&
	    bsearch(&k, t->names, t->n, sizeof(*t->names), name_cmp) != NULL;
}

bool
mvc_trash_has_root(const struct mvc_trash *t, const char *key)
{
	struct mvc_oid oid;

	hash_key(&oid, key);
	return mvc_trash_has(t, MVC_TRASH_ROOT, &oid);
}
