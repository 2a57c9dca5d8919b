#include "remote/probe.h"
#include "util/clock.h"
#include "util/file.h"

#include <stdio.h>
#include "util/banned.h"

#define SIZE (8u << 20)
/* Of several answers the fastest is the line's. */
#define ASKED 3

struct probe {
	struct mvc_probe *out;
	struct mvc_backend *b;
	char key[64];
	uint8_t *p;
	uint64_t seen; /* bytes that came back and were right */
	bool listed;
};

static uint64_t
now_ns(void)
{
	return (uint64_t)mvc_clock_ns(CLOCK_MONOTONIC);
}

/* Write down how a step went; true where it went well. */
static bool
note(struct probe *p, const char *what, int err, uint64_t ns, uint64_t bytes)
{
	struct mvc_probe_step *s = &p->out->steps[p->out->n++];

	s->what = what;
	s->err = err;
	s->ns = ns;
	s->bytes = bytes;
	if (err) {
		snprintf(s->text, sizeof(s->text), "%s", mvc_error_text());
		p->out->failed++;
	}
	return !err;
}

static bool
reach(struct probe *p)
{
	uint64_t best = UINT64_MAX;
	struct mvc_keystat st;
	int err = MVC_OK;

	for (int i = 0; i < ASKED && !err; i++) {
		uint64_t from = now_ns(), ns;

		err = mvc_backend_stat(p->b, "format", &st);
		ns = now_ns() - from;
		best = ns < best ? ns : best;
		if (err == MVC_ENOTFOUND)
			err = MVC_OK;
	}
	return note(p, "latency", err, best, 0);
}

static int
is_it(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct probe *p = arg;

	if (!strcmp(key, p->key) && st->size == SIZE)
		p->listed = true;
	return MVC_OK;
}

static int
compare(void *arg, const void *q, size_t n)
{
	struct probe *p = arg;

	if (n > SIZE - p->seen || memcmp(p->p + p->seen, q, n) != 0)
		return mvc_fail(MVC_ECORRUPT,
		    "%s: what comes back is not what was written", p->b->url);
	p->seen += n;
	return MVC_OK;
}

static bool
write_it(struct probe *p)
{
	uint64_t from = now_ns();
	int err = mvc_backend_save(p->b, p->key, p->p, SIZE, MVC_PUT_NEW);

	return note(p, "write", err, now_ns() - from, SIZE);
}

static void
list_it(struct probe *p)
{
	uint64_t from = now_ns();
	int err = mvc_backend_list(p->b, "tmp/", NULL, is_it, p);

	if (!err && !p->listed)
		err = mvc_fail(MVC_ECORRUPT,
		    "%s: what was just written is not listed", p->b->url);
	note(p, "list", err, now_ns() - from, 0);
}

static void
read_it(struct probe *p)
{
	uint64_t from = now_ns();
	uint8_t part[100];
	int err;

	err = mvc_backend_get(p->b, p->key, 0, MVC_TO_END, compare, p);
	if (!err && p->seen != SIZE)
		err = mvc_fail(MVC_ECORRUPT,
		    "%s: less comes back than was written", p->b->url);
	if (!note(p, "read", err, now_ns() - from, SIZE))
		return;
	from = now_ns();
	err = mvc_backend_read(p->b, p->key, SIZE / 2 - 7, part, sizeof(part));
	if (!err && memcmp(part, p->p + SIZE / 2 - 7, sizeof(part)) != 0)
		err = mvc_fail(MVC_ECORRUPT,
		    "%s: a part comes back that was not asked for", p->b->url);
	note(p, "range", err, now_ns() - from, sizeof(part));
}

static void
delete_it(struct probe *p)
{
	const char *key = p->key;
	uint64_t from = now_ns();
	int err = mvc_backend_del(p->b, &key, 1);

	note(p, "delete", err, now_ns() - from, 0);
}

int
mvc_probe(struct mvc_probe *out, struct mvc_backend *b)
{
	struct probe p = {.out = out, .b = b};
	MVC_OWN_MEM uint8_t *bytes = malloc(SIZE);
	uint64_t salt;
	int err;

	memset(out, 0, sizeof(*out));
	if (!bytes)
		return mvc_fail(MVC_ENOMEM, "no memory for a probe");
	p.p = bytes;
	err = mvc_random(bytes, SIZE);
	if (!err)
		err = mvc_random(&salt, sizeof(salt));
	if (err)
		return err;
	snprintf(p.key, sizeof(p.key), "tmp/probe-%016llx",
	    (unsigned long long)salt);
	if (!reach(&p) || !(b->can & MVC_CAN_WRITE) || !write_it(&p))
		return MVC_OK;
	if (b->can & MVC_CAN_LIST)
		list_it(&p);
	read_it(&p);
	delete_it(&p);
	return MVC_OK;
}
