#include "store/rootindex.h"
#include "store/lines.h"
#include "util/banned.h"

#define FOLDER "roots/"
/* Names of 115 bytes at most, with their key. */
#define NAMES_MAX 1000000
#define INDEX_MAX (UINT64_C(128) << 20)
/* Others write it too, each one only when it put something. */
#define ROUNDS 20

void
mvc_rootindex_release(struct mvc_rootindex *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->names[i]);
	free(x->names);
	x->names = NULL;
	x->n = 0;
}

static size_t
hex(const char *s)
{
	return strspn(s, "0123456789abcdef");
}

/* HOLDER/OID or HOLDER/OID~SALT */
static bool
is_name(const char *s)
{
	const char *salt = s + 33 + MVC_OID_HEX;

	if (hex(s) != 32 || s[32] != '/' || hex(s + 33) != MVC_OID_HEX)
		return false;
	return !*salt ||
	    (*salt == '~' && salt[1] && hex(salt + 1) == strlen(salt + 1) &&
		strlen(salt) <= 17);
}

bool
mvc_root_key_ok(const char *key)
{
	return !strncmp(key, FOLDER, strlen(FOLDER)) &&
	    is_name(key + strlen(FOLDER));
}

/* They come in order. */
static int
add_name(struct mvc_rootindex *x, const char *name)
{
	char **t = x->names;

	if (x->n >= NAMES_MAX)
		return mvc_fail(MVC_ETOOBIG, "it names too much");
	if (x->n && strcmp(t[x->n - 1], name) >= 0)
		return mvc_fail(MVC_ECORRUPT, "its names are out of order");
	if ((x->n & (x->n + 1)) == 0)
		t = realloc(x->names, (2 * x->n + 2) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for roots");
	x->names = t;
	t[x->n] = strdup(name);
	if (!t[x->n])
		return mvc_fail(MVC_ENOMEM, "no memory for roots");
	x->n++;
	return MVC_OK;
}

static int
take_line(void *arg, const char *key, const char *value)
{
	if (strcmp(key, "root") != 0)
		return mvc_fail(
		    MVC_EVERSION, "it has an unknown line \"%.40s\"", key);
	if (!is_name(value))
		return mvc_fail(MVC_ECORRUPT, "\"%.120s\" is no root", value);
	return add_name(arg, value);
}

int
mvc_rootindex_parse(struct mvc_rootindex *out, const char *text, size_t n)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_lines_parse("index", text, n, take_line, out);
	if (err)
		mvc_rootindex_release(out);
	return err;
}

int
mvc_rootindex_format(struct mvc_buf *out, const struct mvc_rootindex *x)
{
	int err = mvc_lines_begin(out, "index");

	for (size_t i = 0; !err && i < x->n; i++)
		err = mvc_buf_addf(out, "root %s\n", x->names[i]);
	return err ? err : mvc_lines_end(out);
}

int
mvc_rootindex_read(struct mvc_rootindex *out, struct mvc_backend *b)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(INDEX_MAX);
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_backend_load(b, MVC_ROOTINDEX_KEY, &text);
	if (err)
		return err;
	err = mvc_rootindex_parse(out, text.data ? text.data : "", text.len);
	return err ? mvc_fail_prefix(err, "%s: %s", b->url, MVC_ROOTINDEX_KEY)
		   : MVC_OK;
}

static int
take_key(void *arg, const char *key, const struct mvc_keystat *st)
{
	return mvc_root_key_ok(key) ? add_name(arg, key + strlen(FOLDER))
				    : MVC_OK;
}

static int
list_into(struct mvc_buf *out, struct mvc_backend *b)
{
	struct mvc_rootindex x = {.n = 0};
	int err = mvc_backend_list(b, FOLDER, NULL, take_key, &x);

	mvc_buf_clear(out);
	if (!err)
		err = mvc_rootindex_format(out, &x);
	mvc_rootindex_release(&x);
	return err;
}

int
mvc_rootindex_refresh(struct mvc_backend *b, bool make)
{
	MVC_SCOPED(mvc_buf) is = MVC_BUF_INIT(INDEX_MAX);
	MVC_SCOPED(mvc_buf) want = MVC_BUF_INIT(INDEX_MAX);
	int err;

	err = mvc_backend_check_writable(b);
	if (err)
		return err;
	/* Whatever is wrong with what is there, it is written anew. */
	err = mvc_backend_load(b, MVC_ROOTINDEX_KEY, &is);
	if (err && (err != MVC_ENOTFOUND || !make))
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	for (int i = 0; i < ROUNDS; i++) {
		err = list_into(&want, b);
		if (err ||
		    (is.len == want.len && !memcmp(is.data, want.data, is.len)))
			return err;
		err = mvc_backend_save(
		    b, MVC_ROOTINDEX_KEY, want.data, want.len, 0);
		mvc_buf_clear(&is);
		if (!err)
			err = mvc_buf_add(&is, want.data, want.len);
		if (err)
			return err;
	}
	return mvc_fail(MVC_EAGAIN, "%s: others write %s all the time", b->url,
	    MVC_ROOTINDEX_KEY);
}
