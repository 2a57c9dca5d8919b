/*
 * A line is an array of JSON: ["loss",0.25], or with a step, ["loss",0.25,12].
 * A record has room for some thousand of them; of longer series every n-th is
 * taken, and the last: once counted, once taken.
 */
#include "lineage/recording.h"

#include "lineage/mask.h"
#include "lineage/record_priv.h"
#include "lineage/recording_priv.h"
#include "text/json.h"
#include "text/jsontree.h"
#include "text/utf8.h"
#include "util/ctx.h"
#include "util/sys.h"

#include <strings.h>

#include "util/banned.h"

#define KEY_MAX 1024
#define TEXT_MAX 4096
/* Of at most 90 bytes each that leaves room for the rest of a record. */
#define KEPT 6000
#define NAMES (KEPT / 2) /* the last of each may come on top */

static int
check_text(const char *s, size_t most, const char *what)
{
	size_t n = strlen(s), k;
	uint32_t c;

	if (n > most)
		return mvc_fail(
		    MVC_EINVALID, "a %s of more than %zu bytes", what, most);
	for (size_t at = 0; at < n; at += k) {
		k = mvc_utf8_next(&c, s + at, n - at);
		if (!k)
			return mvc_fail(MVC_EINVALID, "a %s is no UTF-8", what);
	}
	return MVC_OK;
}

int
recording_key(char **out, const char *word)
{
	const char *equals = strchr(word, '=');
	int err;

	*out = NULL;
	if (!equals || equals == word)
		return mvc_fail(
		    MVC_EINVALID, "'%s': KEY=VALUE is needed", word);
	*out = strndup(word, (size_t)(equals - word));
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = check_text(*out, KEY_MAX, "key");
	return err ? err : check_text(equals + 1, TEXT_MAX, "value");
}

/* What is no number as JSON has them, and is meant as one. */
static bool
is_no_number(const char *text)
{
	text += *text == '-' || *text == '+';
	return !strcasecmp(text, "nan") || !strcasecmp(text, "inf") ||
	    !strcasecmp(text, "infinity");
}

int
recording_value(struct mvc_run_value *v, const char *text)
{
	MVC_OWN_MEM char *list = NULL;
	MVC_OWN(mvc_jval) *doc = NULL;
	const struct mvc_jval *one;

	if (asprintf(&list, "[%s]", text) < 0) {
		list = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	if (is_no_number(text))
		return MVC_OK;
	if (!mvc_jval_parse(&doc, list, strlen(list)) &&
	    mvc_jval_count(doc) == 1) {
		one = mvc_jval_at(doc, 0);
		if (mvc_jval_kind(one) < MVC_JSTRING)
			return record_scalar(v, one);
	}
	v->type = MVC_RUN_TEXT;
	v->text = strdup(text);
	return v->text ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

/* ---- logged ---- */

int
mvc_recording_metrics_open(int *fd, struct mvc_repo *r, const char *token)
{
	MVC_OWN_FD int folder = -1;
	int err = recording_open(&folder, r, token);

	*fd = -1;
	return err ? err
		   : mvc_sys_open(fd, folder, RECORDING_METRICS,
			 O_WRONLY | O_CREAT | O_APPEND, 0666);
}

static void
put_value(struct mvc_json *j, const struct mvc_run_value *v)
{
	switch (v->type) {
	case MVC_RUN_BOOL:
		mvc_json_bool(j, v->truth);
		break;
	case MVC_RUN_INT:
		mvc_json_i64(j, v->whole);
		break;
	case MVC_RUN_REAL:
		mvc_json_double(j, v->real);
		break;
	case MVC_RUN_TEXT:
		mvc_json_str(
		    j, mvc_mask_is(v->key, v->text) ? MVC_MASK : v->text);
		break;
	case MVC_RUN_NULL:
		mvc_json_null(j);
		break;
	}
}

/* In one write, so that lines of several writers stay whole. It begins with a
 * line's end: one that was torn before it ends there. */
static int
write_line(int fd, const struct mvc_run_value *v, const int64_t *step)
{
	MVC_SCOPED(mvc_buf) line = MVC_BUF_INIT(1 << 16);
	struct mvc_json j;
	int err = mvc_buf_add_char(&line, '\n');

	mvc_json_init_buf(&j, &line);
	mvc_json_array(&j);
	mvc_json_str(&j, v->key);
	put_value(&j, v);
	if (step)
		mvc_json_i64(&j, *step);
	mvc_json_end(&j);
	mvc_json_newline(&j);
	if (!err)
		err = mvc_json_finish(&j);
	return err ? err : mvc_sys_write(fd, line.data, line.len, "a metric");
}

int
mvc_recording_metric(int fd, const char *word, const int64_t *step)
{
	struct mvc_run_value v = {.type = MVC_RUN_NULL};
	int err = recording_key(&v.key, word);

	if (!err)
		err = recording_value(&v, word + strlen(v.key) + 1);
	if (!err)
		err = write_line(fd, &v, step);
	free(v.key);
	free(v.text);
	return err;
}

/* ---- read ---- */

struct series {
	char *key;
	size_t n, at; /* how many there are, were taken */
};

struct log {
	struct mvc_record *r;
	struct series *v; /* by key */
	size_t n, lines, room; /* room: what a series may have */
	bool counted, thinned;
};

static struct series *
find(struct log *l, const char *key, size_t *at)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(l->v[mid].key, key);

		if (c == 0)
			return &l->v[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*at = low;
	return NULL;
}

static int
count(struct log *l, const char *key)
{
	size_t at;
	struct series *s = find(l, key, &at), *v;

	l->lines++;
	if (s) {
		s->n++;
		return MVC_OK;
	}
	if (l->n >= NAMES)
		return mvc_fail(MVC_ETOOBIG,
		    "metrics with more than %d names: what is many is a "
		    "series with --step, or a file with -m",
		    NAMES);
	v = realloc(l->v, (l->n + 1) * sizeof(*v));
	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory for metrics");
	l->v = v;
	memmove(v + at + 1, v + at, (l->n - at) * sizeof(*v));
	v[at] = (struct series){.key = strdup(key), .n = 1};
	l->n++;
	return v[at].key ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

/* Whether the next of a series is one of `room` evenly spaced, or the last. */
static bool
is_taken(struct log *l, struct series *s)
{
	size_t i = s->at++;

	if (l->lines <= KEPT || s->n <= l->room || s->at == s->n)
		return true;
	l->thinned = true;
	return i * l->room / s->n != (i + 1) * l->room / s->n;
}

static int
take(struct log *l, const char *key, const struct mvc_jval *doc)
{
	struct mvc_run_value *v;
	size_t at;
	struct series *s = find(l, key, &at);
	int err;

	/* Also what another adds meanwhile. */
	if (!s || s->at == s->n || !is_taken(l, s))
		return MVC_OK;
	err = mvc_run_values_add(&v, &l->r->metrics, "", key);
	if (!err)
		err = record_scalar(v, mvc_jval_at(doc, 1));
	if (!err && mvc_jval_count(doc) == 3) {
		v->has_step = true;
		v->step = mvc_jval_int(mvc_jval_at(doc, 2));
	}
	return err;
}

/* Others' ends, torn lines and empty ones say nothing. */
static int
read_line(struct log *l, const char *line, size_t n)
{
	MVC_OWN(mvc_jval) *doc = NULL;
	size_t parts;
	const char *key;

	if (n < 2 || mvc_jval_parse(&doc, line, n))
		return MVC_OK;
	parts = mvc_jval_count(doc);
	if (mvc_jval_kind(doc) != MVC_JARRAY || parts < 2 || parts > 3)
		return MVC_OK;
	key = mvc_jval_str(mvc_jval_at(doc, 0));
	if (!key || mvc_jval_kind(mvc_jval_at(doc, 1)) >= MVC_JARRAY)
		return MVC_OK;
	return l->counted ? take(l, key, doc) : count(l, key);
}

static int
read_all(struct log *l, int folder)
{
	MVC_OWN_MEM char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int fd, err = mvc_sys_open(&fd, folder, RECORDING_METRICS, O_RDONLY, 0);
	FILE *f;

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return mvc_fail_errno("read metrics");
	}
	while (!err && (n = getline(&line, &cap, f)) > 0)
		err = read_line(l, line, (size_t)n);
	if (!err && ferror(f))
		err = mvc_fail_errno("read metrics");
	fclose(f);
	return err;
}

int
recording_read_metrics(struct mvc_record *r, struct mvc_ctx *ctx, int fd)
{
	struct log l = {.r = r};
	int err = read_all(&l, fd);

	l.counted = true;
	l.room = l.n ? KEPT / l.n : 0;
	if (!err)
		err = read_all(&l, fd);
	if (!err && l.thinned)
		mvc_warn(ctx,
		    "%zu metrics are more than a record takes: of long series "
		    "it has every n-th, and the last",
		    l.lines);
	for (size_t i = 0; i < l.n; i++)
		free(l.v[i].key);
	free(l.v);
	return err;
}
