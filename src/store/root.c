#include "store/root.h"
#include "store/lines.h"
#include "store/store_priv.h"
#include "util/file.h"
#include "util/banned.h"

#include <inttypes.h>

#define SEGMENTS_MAX 65536
#define ROOT_MAX (UINT64_C(8) << 20)

void
mvc_root_release(struct mvc_root *r)
{
	free(r->segments);
	memset(r, 0, sizeof(*r));
}

static int
append_segment(struct mvc_root *r, const struct mvc_oid *name)
{
	struct mvc_oid *s;

	if (r->n_segments >= SEGMENTS_MAX)
		return mvc_fail(MVC_ETOOBIG, "a root names too many segments");
	if ((r->n_segments & (r->n_segments + 1)) == 0) {
		s = realloc(r->segments, (2 * r->n_segments + 2) * sizeof(*s));
		if (!s)
			return mvc_fail(MVC_ENOMEM, "no memory for a root");
		r->segments = s;
	}
	r->segments[r->n_segments++] = *name;
	return MVC_OK;
}

int
mvc_root_add_segment(struct mvc_root *r, const struct mvc_oid *name)
{
	for (size_t i = 0; i < r->n_segments; i++)
		if (mvc_oid_eq(&r->segments[i], name))
			return MVC_OK;
	return append_segment(r, name);
}

/* What a root must say once, and, the last, may say. */
static const char *const keys[] = {
    "oid", "type", "claim", "size", "files", "packed"};
enum {
	KEY_OID,
	KEY_TYPE,
	KEY_CLAIM,
	KEY_SIZE,
	KEY_FILES,
	KEY_PACKED,
	KEYS,
	MUST = (1 << KEY_PACKED) - 1
};

struct reading {
	struct mvc_root *r;
	unsigned seen; /* bit i: key i was there */
};

static int
one_of(bool *second, const char *value, const char *a, const char *b)
{
	*second = !strcmp(value, b);
	if (*second || !strcmp(value, a))
		return MVC_OK;
	return mvc_fail(
	    MVC_EVERSION, "\"%.20s\" is neither %s nor %s", value, a, b);
}

static int
take_oid(struct mvc_oid *out, const char *value)
{
	return mvc_oid_parse(out, value, strlen(value)) ? MVC_ECORRUPT : MVC_OK;
}

static int
take_value(struct mvc_root *r, int key, const char *value)
{
	switch (key) {
	case KEY_OID:
		return take_oid(&r->oid, value);
	case KEY_TYPE:
		return one_of(&r->tree, value, "file", "tree");
	case KEY_CLAIM:
		return one_of(&r->part, value, "whole", "part");
	case KEY_SIZE:
		return mvc_lines_u64(&r->size, value);
	case KEY_FILES:
		return mvc_lines_u64(&r->files, value);
	default:
		return mvc_lines_u64(&r->packed, value);
	}
}

static int
take_line(void *arg, const char *key, const char *value)
{
	struct reading *in = arg;
	struct mvc_oid oid;
	int k = 0;

	if (!strcmp(key, "segment")) {
		/* Twice the same is harmless; looking for it in a hostile
		 * list is not. */
		int err = take_oid(&oid, value);

		return err ? err : append_segment(in->r, &oid);
	}
	while (k < KEYS && strcmp(key, keys[k]))
		k++;
	if (k == KEYS)
		return mvc_fail(
		    MVC_EVERSION, "it has an unknown line \"%.40s\"", key);
	if (in->seen >> k & 1)
		return mvc_fail(MVC_ECORRUPT, "it says its %s twice", key);
	in->seen |= 1u << k;
	return take_value(in->r, k, value);
}

int
mvc_root_parse(struct mvc_root *out, const char *text, size_t n)
{
	struct reading in = {.r = out};
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_lines_parse("root", text, n, take_line, &in);
	if (!err && (in.seen & MUST) != MUST)
		err = mvc_fail(MVC_ECORRUPT, "it lacks a line");
	if (err)
		mvc_root_release(out);
	return err;
}

int
mvc_root_format(struct mvc_buf *out, const struct mvc_root *r)
{
	int err;

	err = mvc_lines_begin(out, "root");
	if (!err)
		err = mvc_buf_addf(out,
		    "oid %s\ntype %s\nclaim %s\nsize %" PRIu64
		    "\nfiles %" PRIu64 "\n",
		    mvc_oid_hex(&r->oid).s, r->tree ? "tree" : "file",
		    r->part ? "part" : "whole", r->size, r->files);
	if (!err && r->packed)
		err = mvc_buf_addf(out, "packed %" PRIu64 "\n", r->packed);
	for (size_t i = 0; !err && i < r->n_segments; i++)
		err = mvc_buf_addf(
		    out, "segment %s\n", mvc_oid_hex(&r->segments[i]).s);
	return err ? err : mvc_lines_end(out);
}

int
mvc_root_read(struct mvc_root *out, struct mvc_backend *at, const char *key)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(ROOT_MAX);
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_backend_load(at, key, &b);
	if (err)
		return err;
	err = mvc_root_parse(out, b.data ? b.data : "", b.len);
	return err ? mvc_fail_prefix(err, "%s", key) : MVC_OK;
}

int
mvc_root_put(struct mvc_backend *at, const char *key, const struct mvc_root *r)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(ROOT_MAX);
	int err = mvc_root_format(&b, r);

	return err ? err : mvc_backend_save(at, key, b.data, b.len, 0);
}

struct mvc_root_key
mvc_root_key(const char *holder, const struct mvc_oid *oid, const char *salt)
{
	struct mvc_root_key k;

	snprintf(k.s, sizeof(k.s), "roots/%.32s/%s%s%.16s", holder,
	    mvc_oid_hex(oid).s, salt ? "~" : "", salt ? salt : "");
	return k;
}

/* Looking for a key OID~SALT that does not stand in the trash. */
struct salted {
	struct mvc_root_key *key;
	const struct mvc_root_key *plain;
	const struct mvc_trash *trash; /* NULL: any */
};

#define FOUND 1
#define PASSED 2

static int
is_salted(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct salted *s = arg;
	size_t n = strlen(s->plain->s);

	if (strncmp(key, s->plain->s, n))
		return PASSED;
	if (key[n] != '~' || strlen(key) > n + 17 ||
	    (s->trash && mvc_trash_has_root(s->trash, key + 6)))
		return 0;
	snprintf(s->key->s, sizeof(s->key->s), "%s", key);
	return FOUND;
}

static int
find_salted(struct mvc_root_key *out, struct mvc_backend *b, const char *holder,
    const struct mvc_oid *oid, const struct mvc_trash *trash)
{
	struct mvc_root_key plain = *out;
	struct salted s = {out, &plain, trash};
	char folder[64];
	int r;

	snprintf(folder, sizeof(folder), "roots/%.32s/", holder);
	r = mvc_backend_lists(b, folder)
	    ? mvc_backend_list(b, folder, plain.s, is_salted, &s)
	    : PASSED;
	/* Who published it has no roots/index. */
	if (r == MVC_ENOTFOUND)
		r = PASSED;
	if (r == 0 || r == PASSED)
		return mvc_fail(
		    MVC_ENOTFOUND, "no root for %.12s", mvc_oid_hex(oid).s);
	return r < 0 ? r : MVC_OK;
}

int
mvc_root_find(struct mvc_root *out, struct mvc_root_key *key,
    struct mvc_backend *b, const char *holder, const struct mvc_oid *oid,
    const struct mvc_trash *trash)
{
	int err;

	*key = mvc_root_key(holder, oid, NULL);
	memset(out, 0, sizeof(*out));
	if (!trash || !mvc_trash_has_root(trash, key->s + 6)) {
		err = mvc_root_read(out, b, key->s);
		if (err != MVC_ENOTFOUND)
			return err;
	}
	err = find_salted(key, b, holder, oid, trash);
	return err ? err : mvc_root_read(out, b, key->s);
}

int
mvc_root_new_key(struct mvc_root_key *out, const char *holder,
    const struct mvc_oid *oid, const struct mvc_trash *trash)
{
	uint64_t salt;
	char hex[17];
	int err;

	*out = mvc_root_key(holder, oid, NULL);
	if (!mvc_trash_has_root(trash, out->s + 6))
		return MVC_OK;
	err = mvc_random(&salt, sizeof(salt));
	if (err)
		return err;
	mvc_hex_of(hex, &salt, sizeof(salt));
	*out = mvc_root_key(holder, oid, hex);
	return MVC_OK;
}

int
mvc_root_get(struct mvc_root *out, struct mvc_store *s, const char *holder,
    const struct mvc_oid *oid)
{
	struct mvc_root_key key;

	return mvc_root_find(out, &key, &s->backend.b, holder, oid, NULL);
}

int
mvc_holder_describe(
    struct mvc_backend *at, const char *holder, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(64 << 10);
	char key[64];
	int err;

	snprintf(key, sizeof(key), "holders/%.32s", holder);
	err = mvc_backend_load(at, key, &b);
	if (!err && b.data && !strcmp(b.data, text))
		return MVC_OK;
	return mvc_backend_save(at, key, text, strlen(text), 0);
}
