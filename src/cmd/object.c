#include "cmd/object.h"
#include "chunk/codec.h"
#include "cmd/env.h"
#include "hash/digest.h"
#include "store/store.h"
#include "util/banned.h"

/* Ids that an ambiguous one is said to mean. */
#define CANDIDATES 8

const char *
mvc_kind_word(enum mvc_kind kind)
{
	static const char *const words[] = {
	    "?", "chunk", "recipe", "part", "tree"};

	return kind <= MVC_KIND_LAST ? words[kind] : words[0];
}

static const char *const entry_words[] = {
    "?", "file", "executable", "symlink", "tree"};

const char *
mvc_entry_word(enum mvc_entry_kind kind)
{
	return kind <= MVC_ENTRY_DIR ? entry_words[kind] : entry_words[0];
}

enum mvc_entry_kind
mvc_entry_kind_of(const char *word, size_t n)
{
	for (int k = MVC_ENTRY_FILE; k <= MVC_ENTRY_DIR; k++)
		if (strlen(entry_words[k]) == n &&
		    !memcmp(entry_words[k], word, n))
			return (enum mvc_entry_kind)k;
	return 0;
}

struct candidates {
	struct mvc_oid ids[CANDIDATES];
	enum mvc_kind kinds[CANDIDATES];
	size_t n;
};

/* One id may be listed often: by several segments, as a chunk and a recipe. */
static int
add_candidate(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct candidates *c = arg;

	for (size_t i = 0; i < c->n; i++)
		if (mvc_oid_eq(&c->ids[i], id))
			return MVC_OK;
	if (c->n == CANDIDATES)
		return 1;
	c->ids[c->n] = *id;
	c->kinds[c->n++] = kind;
	return MVC_OK;
}

static int
ambiguous(const struct candidates *c, const char *digits)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);

	for (size_t i = 0; i < c->n; i++)
		if (mvc_buf_addf(&b, "%s%s %.16s", i ? ", " : "",
			mvc_kind_word(c->kinds[i]), mvc_oid_hex(&c->ids[i]).s))
			break;
	return mvc_fail(MVC_ECONFLICT, "%s is ambiguous: %s%s", digits, b.data,
	    c->n == CANDIDATES ? ", …" : "");
}

int
mvc_id_find(struct mvc_oid *out, struct mvc_env *env, enum mvc_kind kind,
    const char *digits)
{
	struct candidates c = {.n = 0};
	size_t n = strlen(digits);
	int err;

	if (n < MVC_ABBREV_MIN || n > MVC_OID_HEX ||
	    strspn(digits, "0123456789abcdef") != n)
		return mvc_fail(MVC_EINVALID,
		    "%s is no id: %d to 64 lower-case hex digits", digits,
		    MVC_ABBREV_MIN);
	if (n == MVC_OID_HEX)
		return mvc_oid_parse(out, digits, n);
	err = mvc_store_find_prefix(
	    env->store, kind, digits, SIZE_MAX, add_candidate, &c);
	if (err < 0)
		return err;
	if (c.n == 0)
		return mvc_fail(
		    MVC_ENOTFOUND, "%s is not in the store", digits);
	if (c.n > 1)
		return ambiguous(&c, digits);
	*out = c.ids[0];
	return MVC_OK;
}

/* The character after a backslash at *p, which is moved to its last byte. */
static int
unescape(const char **p, const char *end)
{
	static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr\"\"\\\\";
	int c = 0;

	for (const char *l = letters; *l; l += 2)
		if (*p < end && **p == l[1])
			return l[0];
	for (int i = 0; i < 3; i++) {
		if (*p + i >= end || (*p)[i] < '0' || (*p)[i] > '7')
			return -1;
		c = c * 8 + ((*p)[i] - '0');
	}
	*p += 2;
	return c > 0 && c < 256 ? c : -1;
}

int
mvc_name_unquote(struct mvc_buf *out, const char *p, size_t n)
{
	const char *end = p + n;
	int c, err = MVC_OK;

	mvc_buf_clear(out);
	if (n == 0 || *p != '"')
		return mvc_buf_add(out, p, n);
	if (n < 2 || end[-1] != '"')
		return mvc_fail(MVC_EINVALID, "a name without its last quote");
	end--;
	for (p++; !err && p < end; p++) {
		c = (unsigned char)*p;
		if (c == '\\') {
			p++;
			c = unescape(&p, end);
		}
		if (c < 0)
			return mvc_fail(MVC_EINVALID, "an unknown escape");
		err = mvc_buf_add_char(out, (char)c);
	}
	return err;
}
