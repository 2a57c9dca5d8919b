#include "work/pointer.h"
#include "util/name.h"

#include <assert.h>
#include <inttypes.h>
#include <strings.h>

#include "util/banned.h"

/* In the order in which they are written; the index is compared. */
enum key {
	KEY_IDS,
	KEY_OID,
	KEY_TYPE,
	KEY_SIZE,
	KEY_FILES,
	KEY_RUN,
	KEY_SOURCE,
	KEY_IMPORTED,
	KEY_LABEL,
	KEY_OTHER,
};
static const char *const key_names[] = {"ids", "oid", "type", "size", "files",
    "run", "source", "imported", "label"};

static const char *const type_names[] = {"", "file", "executable", "tree"};

struct parser {
	struct mvc_pointer *p;
	const char *name;
	unsigned line;
	unsigned seen; /* bit i: key i was there */
	int last; /* the last known key, -1 at first */
};

static void
lines_release(struct mvc_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

static int
lines_add(struct mvc_lines *l, const char *s, size_t n)
{
	char **v = realloc(l->v, (l->n + 1) * sizeof(*v));

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory for a pointer");
	l->v = v;
	v[l->n] = strndup(s, n);
	if (!v[l->n])
		return mvc_fail(MVC_ENOMEM, "no memory for a pointer");
	l->n++;
	return MVC_OK;
}

static int
lines_copy(struct mvc_lines *out, const struct mvc_lines *l)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++)
		err = lines_add(out, l->v[i], strlen(l->v[i]));
	return err;
}

void
mvc_pointer_release(struct mvc_pointer *p)
{
	free(p->source);
	lines_release(&p->labels);
	lines_release(&p->others);
	memset(p, 0, sizeof(*p));
}

static int
bad(const struct parser *ps, const char *what)
{
	return mvc_fail(
	    MVC_EINVALID, "%s: line %u: %s", ps->name, ps->line, what);
}

static bool
starts(const char *s, size_t n, const char *with)
{
	size_t w = strlen(with);

	return n >= w && memcmp(s, with, w) == 0;
}

static bool
is_marker(const char *s, size_t n)
{
	return starts(s, n, "<<<<<<< ") || starts(s, n, ">>>>>>> ") ||
	    starts(s, n, "||||||| ") || (n == 7 && starts(s, n, "======="));
}

/* The end of the line at s (before its LF and CR), *next after it. NULL where
 * no LF ends it. */
static const char *
line_end(const char *s, const char *end, const char **next)
{
	const char *lf = memchr(s, '\n', (size_t)(end - s));

	if (!lf)
		return NULL;
	*next = lf + 1;
	return lf > s && lf[-1] == '\r' ? lf - 1 : lf;
}

static int
check_markers(const char *name, const char *text, size_t n)
{
	const char *end = text + n, *next, *eol;
	unsigned line = 1;

	for (const char *s = text; s < end; s = next, line++) {
		eol = line_end(s, end, &next);
		if (!eol)
			break;
		if (is_marker(s, (size_t)(eol - s)))
			return mvc_fail(MVC_ECONFLICT,
			    "%s: line %u: Git left a merge conflict here: "
			    "choose with mvc checkout --ours, --theirs or "
			    "--merge",
			    name, line);
	}
	return MVC_OK;
}

static int
check_bytes(const struct parser *ps, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return bad(ps, "a control character");
	return MVC_OK;
}

static int
parse_number(const struct parser *ps, uint64_t *out, const char *s, size_t n)
{
	uint64_t v = 0;

	if (n == 0 || n > 20 || (n > 1 && s[0] == '0'))
		return bad(ps, "not a decimal number");
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(s[i] - '0');

		if (d > 9)
			return bad(ps, "not a decimal number");
		if (v > (UINT64_MAX - d) / 10)
			return bad(ps, "a number over 2^64 - 1");
		v = v * 10 + d;
	}
	*out = v;
	return MVC_OK;
}

static int
parse_oid(const struct parser *ps, struct mvc_oid *out, const char *s, size_t n)
{
	if (mvc_oid_parse(out, s, n))
		return bad(ps, "an id is 64 lower-case hex digits");
	return MVC_OK;
}

static int
parse_type(const struct parser *ps, const char *s, size_t n)
{
	for (int t = MVC_POINTER_FILE; t <= MVC_POINTER_TREE; t++) {
		if (n != strlen(type_names[t]) || memcmp(s, type_names[t], n))
			continue;
		ps->p->type = (enum mvc_pointer_type)t;
		return MVC_OK;
	}
	return bad(ps, "type is file, executable or tree");
}

/* Length of the key if "KEY=VALUE" is well-formed, else 0. */
static size_t
label_key(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '=')
			return i;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			(i > 0 && memchr("._-", c, 3))))
			return 0;
	}
	return 0;
}

/* The index of the label with this key, or n. */
static size_t
label_find(const struct mvc_lines *l, const char *key, size_t key_len)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!strncmp(l->v[i], key, key_len) && l->v[i][key_len] == '=')
			break;
	return i;
}

static int
parse_label(const struct parser *ps, const char *s, size_t n)
{
	size_t key = label_key(s, n);

	if (key == 0)
		return bad(ps,
		    "a label is KEY=VALUE, its key of letters, "
		    "digits, '.', '_' and '-'");
	if (label_find(&ps->p->labels, s, key) < ps->p->labels.n)
		return bad(ps, "a label that is there twice");
	return lines_add(&ps->p->labels, s, n);
}

static int
parse_source(const struct parser *ps, const char *s, size_t n)
{
	ps->p->source = strndup(s, n);
	if (!ps->p->source)
		return mvc_fail(MVC_ENOMEM, "no memory for a pointer");
	return MVC_OK;
}

static int
parse_value(const struct parser *ps, enum key key, const char *s, size_t n)
{
	struct mvc_pointer *p = ps->p;

	switch (key) {
	case KEY_IDS:
		return mvc_fail(MVC_EVERSION,
		    "%s: line %u: keyed ids are not known to this version "
		    "of mvc: use a later one",
		    ps->name, ps->line);
	case KEY_OID:
		return parse_oid(ps, &p->oid, s, n);
	case KEY_TYPE:
		return parse_type(ps, s, n);
	case KEY_SIZE:
		return parse_number(ps, &p->size, s, n);
	case KEY_FILES:
		return parse_number(ps, &p->files, s, n);
	case KEY_RUN:
		p->has_run = true;
		return parse_oid(ps, &p->run, s, n);
	case KEY_SOURCE:
		return parse_source(ps, s, n);
	case KEY_IMPORTED:
		p->has_imported = true;
		return parse_oid(ps, &p->imported, s, n);
	case KEY_LABEL:
		return parse_label(ps, s, n);
	default:
		return bad(ps, "unknown key");
	}
}

static enum key
key_of(const char *s, size_t n)
{
	int k;

	for (k = 0; k < KEY_OTHER; k++)
		if (n == strlen(key_names[k]) && !memcmp(s, key_names[k], n))
			break;
	return (enum key)k;
}

static bool
is_key(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(i > 0 && s[i] >= '0' && s[i] <= '9') ||
			(i > 0 && s[i] == '-')))
			return false;
	return n > 0;
}

static int
parse_line(struct parser *ps, const char *s, size_t n)
{
	const char *space = memchr(s, ' ', n);
	size_t key_len = space ? (size_t)(space - s) : 0;
	enum key key;
	int err;

	err = check_bytes(ps, s, n);
	if (err)
		return err;
	if (!is_key(s, key_len) || key_len + 1 == n)
		return bad(ps, "not a key, a space and a value");
	key = key_of(s, key_len);
	if (key == KEY_OTHER)
		return lines_add(&ps->p->others, s, n);
	if (ps->seen >> key & 1 && key != KEY_LABEL)
		return bad(ps, "a key that is there twice");
	if ((int)key < ps->last)
		return bad(ps, "a key out of order");
	ps->last = (int)key;
	ps->seen |= 1u << key;
	return parse_value(ps, key, space + 1, n - key_len - 1);
}

/* "mvc pointer N" */
static int
parse_first(const struct parser *ps, const char *s, size_t n)
{
	static const char first[] = "mvc pointer ";
	uint64_t version;
	int err;

	if (!starts(s, n, first))
		return mvc_fail(MVC_EINVALID,
		    "%s: not an mvc pointer (its first line is not \"mvc "
		    "pointer 1\")",
		    ps->name);
	err = parse_number(ps, &version, s + strlen(first), n - strlen(first));
	if (err)
		return err;
	if (version > 1)
		return mvc_fail(MVC_EVERSION,
		    "%s: pointer version %" PRIu64 " is later than this mvc "
		    "knows: use a later one",
		    ps->name, version);
	return version == 1 ? MVC_OK : bad(ps, "no such version");
}

static int
check_whole(const struct parser *ps)
{
	struct mvc_pointer *p = ps->p;

	for (int k = KEY_OID; k <= KEY_FILES; k++) {
		if (k == KEY_FILES && p->type != MVC_POINTER_TREE)
			continue;
		if (!(ps->seen >> k & 1))
			return mvc_fail(MVC_EINVALID,
			    "%s: no line \"%s …\": was the file cut off?",
			    ps->name, key_names[k]);
	}
	if (p->type == MVC_POINTER_TREE)
		return MVC_OK;
	if (ps->seen >> KEY_FILES & 1 && p->files != 1)
		return mvc_fail(MVC_EINVALID,
		    "%s: a single file cannot have %" PRIu64 " files", ps->name,
		    p->files);
	p->files = 1;
	return MVC_OK;
}

static int
parse(struct parser *ps, const char *text, size_t n)
{
	const char *end = text + n, *next = text, *eol;
	enum mvc_foreign foreign = mvc_foreign_of(text, n);
	int err;

	if (n > MVC_POINTER_MAX)
		return mvc_fail(MVC_EINVALID,
		    "%s: longer than %d bytes: not a pointer", ps->name,
		    MVC_POINTER_MAX);
	if (n == 0)
		return mvc_fail(
		    MVC_EINVALID, "%s: empty: not a pointer", ps->name);
	if (foreign != MVC_FOREIGN_NONE && foreign != MVC_FOREIGN_MVC)
		return mvc_fail(MVC_EINVALID,
		    "%s: this is %s, not an mvc pointer", ps->name,
		    mvc_foreign_name(foreign));
	err = check_markers(ps->name, text, n);
	for (const char *s = text; !err && s < end; s = next) {
		ps->line++;
		eol = line_end(s, end, &next);
		if (!eol && ps->line > 1)
			return bad(ps, "no end of line: was the file cut off?");
		if (!eol)
			eol = next = end;
		err = ps->line == 1 ? parse_first(ps, s, (size_t)(eol - s))
				    : parse_line(ps, s, (size_t)(eol - s));
	}
	return err ? err : check_whole(ps);
}

int
mvc_pointer_parse(
    struct mvc_pointer *out, const char *name, const char *text, size_t n)
{
	struct parser ps = {.p = out, .name = name, .last = -1};
	int err;

	memset(out, 0, sizeof(*out));
	err = parse(&ps, text, n);
	if (err)
		mvc_pointer_release(out);
	return err;
}

int
mvc_pointer_format(struct mvc_buf *out, const struct mvc_pointer *p)
{
	size_t start = out->len;
	int err;

	assert(p->type >= MVC_POINTER_FILE && p->type <= MVC_POINTER_TREE);
	err = mvc_buf_addf(out,
	    "mvc pointer 1\noid %s\ntype %s\nsize %" PRIu64 "\n",
	    mvc_oid_hex(&p->oid).s, type_names[p->type], p->size);
	if (!err && p->type == MVC_POINTER_TREE)
		err = mvc_buf_addf(out, "files %" PRIu64 "\n", p->files);
	if (!err && p->has_run)
		err = mvc_buf_addf(out, "run %s\n", mvc_oid_hex(&p->run).s);
	if (!err && p->source)
		err = mvc_buf_addf(out, "source %s\n", p->source);
	if (!err && p->has_imported)
		err = mvc_buf_addf(
		    out, "imported %s\n", mvc_oid_hex(&p->imported).s);
	for (size_t i = 0; !err && i < p->labels.n; i++)
		err = mvc_buf_addf(out, "label %s\n", p->labels.v[i]);
	for (size_t i = 0; !err && i < p->others.n; i++)
		err = mvc_buf_addf(out, "%s\n", p->others.v[i]);
	if (!err && out->len - start > MVC_POINTER_MAX)
		return mvc_fail(MVC_ETOOBIG,
		    "a pointer of over %d bytes: remove some labels",
		    MVC_POINTER_MAX);
	return err;
}

int
mvc_pointer_copy(struct mvc_pointer *out, const struct mvc_pointer *p)
{
	struct mvc_pointer c = *p;
	int err;

	memset(&c.labels, 0, sizeof(c.labels));
	memset(&c.others, 0, sizeof(c.others));
	c.source = p->source ? strdup(p->source) : NULL;
	err = lines_copy(&c.labels, &p->labels);
	if (!err)
		err = lines_copy(&c.others, &p->others);
	if (!err && p->source && !c.source)
		err = mvc_fail(MVC_ENOMEM, "no memory for a pointer");
	if (err)
		mvc_pointer_release(&c);
	*out = c;
	return err;
}

void
mvc_pointer_keep_origin(struct mvc_pointer *now, const struct mvc_oid *was)
{
	if (!now->has_imported)
		now->imported = *was;
	now->has_imported =
	    now->source && !mvc_oid_eq(&now->oid, &now->imported);
}

int
mvc_pointer_label(struct mvc_pointer *p, const char *key, const char *value)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_POINTER_MAX);
	struct parser ps = {.p = p, .name = "label", .line = 1};
	struct mvc_lines *l = &p->labels;
	size_t at = label_find(l, key, strlen(key));
	int err;

	err = mvc_buf_addf(&b, "%s=%s", key, value ? value : "");
	if (!err)
		err = check_bytes(&ps, b.data, b.len);
	if (err)
		return err;
	if (!key[0] || label_key(b.data, b.len) != strlen(key))
		return mvc_fail(MVC_EINVALID,
		    "label %s: a key has letters, digits, '.', '_' and '-'",
		    key);
	if (value && at < l->n) {
		free(l->v[at]);
		l->v[at] = mvc_buf_take(&b);
		return MVC_OK;
	}
	if (value)
		return lines_add(l, b.data, b.len);
	if (at < l->n) {
		free(l->v[at]);
		l->n--;
		memmove(l->v + at, l->v + at + 1, (l->n - at) * sizeof(*l->v));
	}
	return MVC_OK;
}

int
mvc_pointer_copy_labels(struct mvc_pointer *to, const struct mvc_pointer *from)
{
	return lines_copy(&to->labels, &from->labels);
}

int
mvc_pointer_add_other(struct mvc_pointer *p, const char *line)
{
	return lines_add(&p->others, line, strlen(line));
}

const char *
mvc_pointer_get_label(const struct mvc_pointer *p, const char *key)
{
	size_t n = strlen(key), at = label_find(&p->labels, key, n);

	return at < p->labels.n ? p->labels.v[at] + n + 1 : NULL;
}

bool
mvc_pointer_is_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t n = strlen(name), s = strlen(MVC_POINTER_SUFFIX);

	return n > s && !strcmp(name + n - s, MVC_POINTER_SUFFIX);
}

static bool
is_own_file(const char *name)
{
	static const char *const own[] = {
	    ".gitattributes", ".gitignore", ".gitmodules", ".mvcignore"};

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!strcasecmp(name, own[i]))
			return true;
	return false;
}

int
mvc_data_check_path(const char *path)
{
	const char *at = path;
	size_t n = strcspn(at, "/");
	int err = mvc_name_check(at, n);

	if (!err && n == 4 && !strncasecmp(at, ".mvc", n))
		return mvc_fail(MVC_EINVALID, "%s is mvc's own folder", path);
	while (!err && at[n]) {
		at += n + 1;
		n = strcspn(at, "/");
		err = mvc_name_check(at, n);
	}
	if (!err && (is_own_file(at) || mvc_pointer_is_path(at)))
		return mvc_fail(MVC_EINVALID,
		    "%s is a name for files of Git's and mvc's own", path);
	return err;
}

int
mvc_pointer_check_path(const char *path)
{
	size_t n = strlen(path) - strlen(MVC_POINTER_SUFFIX);
	MVC_OWN_MEM char *data = strndup(path, n);
	int err;

	if (!data)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_data_check_path(data);
	return err ? mvc_fail_prefix(err,
			 "%s: no data is put there (git rm --cached it)", path)
		   : MVC_OK;
}

enum mvc_foreign
mvc_foreign_of(const char *p, size_t n)
{
	if (starts(p, n, "mvc pointer "))
		return MVC_FOREIGN_MVC;
	if (starts(p, n, "version https://git-lfs.github.com/spec/") ||
	    starts(p, n, "version https://hawser.github.com/spec/"))
		return MVC_FOREIGN_LFS;
	if (starts(p, n, "/annex/objects/"))
		return MVC_FOREIGN_ANNEX;
	if ((starts(p, n, "outs:\n- ") || starts(p, n, "outs:\r\n- ") ||
		(starts(p, n, "md5: ") && memmem(p, n, "\nouts:", 6))) &&
	    memmem(p, n, "path: ", 6))
		return MVC_FOREIGN_DVC;
	return MVC_FOREIGN_NONE;
}

const char *
mvc_foreign_name(enum mvc_foreign f)
{
	switch (f) {
	case MVC_FOREIGN_MVC:
		return "an mvc pointer";
	case MVC_FOREIGN_LFS:
		return "a git-lfs pointer";
	case MVC_FOREIGN_DVC:
		return "a DVC file";
	case MVC_FOREIGN_ANNEX:
		return "a git-annex pointer";
	default:
		return "plain data";
	}
}
