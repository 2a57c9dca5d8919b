#include "store/formatfile.h"
#include "util/file.h"
#include "util/banned.h"

#define FORMAT_MAX (64 << 10)
#define FORMAT_REMEDY ": move it away, and mvc init writes a new one"

/* Features that this mvc knows, in the words of `format`. */
static const char *const known_incompat[] = {"planes", NULL};
static const char *const known_ro_compat[] = {NULL};

int
mvc_formatfile_save(struct mvc_backend *b, unsigned shared, unsigned flags)
{
	uint8_t id[16];
	char hex[33], text[256];
	int err;

	err = mvc_random(id, sizeof(id));
	if (err)
		return err;
	mvc_hex_of(hex, id, sizeof(id));
	snprintf(text, sizeof(text),
	    "mvc store 1\nid %s\nids blake3\nshared %03o\ncompatible\n"
	    "read-only\nincompatible planes\n",
	    hex, shared);
	return mvc_backend_save(b, "format", text, strlen(text), flags);
}

static int
check_features(const char *what, char *list, const char *const *known)
{
	char *word, *save = NULL;

	for (word = strtok_r(list, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		int i = 0;

		while (known[i] && strcmp(known[i], word))
			i++;
		if (!known[i])
			return mvc_fail(MVC_EVERSION,
			    "the store uses the %s feature \"%s\", which "
			    "this mvc does not know: use a newer one",
			    what, word);
	}
	return MVC_OK;
}

/* Each of these lines stands once: what a damaged one said is not known. */
static const char *const format_keys[] = {
    "id", "ids", "shared", "compatible", "read-only", "incompatible"};
#define FORMAT_KEYS (sizeof(format_keys) / sizeof(*format_keys))

static int
take_line(struct mvc_formatfile *f, const char *url, unsigned *seen,
    const char *key, char *value)
{
	unsigned i = 0;
	uint8_t id[16];

	while (i < FORMAT_KEYS && strcmp(key, format_keys[i]))
		i++;
	if (i == FORMAT_KEYS)
		return MVC_OK;
	if (*seen & 1U << i ||
	    (!strcmp(key, "id") &&
		mvc_hex_parse(id, sizeof(id), value, strlen(value))) ||
	    (!strcmp(key, "shared") &&
		(strlen(value) != 3 || strspn(value, "01234567") != 3)))
		return mvc_fail(MVC_ECORRUPT,
		    "%s/format is damaged: its %s" FORMAT_REMEDY, url, key);
	*seen |= 1U << i;
	if (!strcmp(key, "id"))
		snprintf(f->id, sizeof(f->id), "%.32s", value);
	else if (!strcmp(key, "ids") && strcmp(value, "blake3"))
		return mvc_fail(MVC_EVERSION,
		    "the store's ids are \"%s\", which this mvc does not "
		    "know: use a newer one",
		    value);
	else if (!strcmp(key, "shared"))
		f->shared = (unsigned)strtoul(value, NULL, 8);
	else if (!strcmp(key, "incompatible"))
		return check_features(key, value, known_incompat);
	else if (!strcmp(key, "read-only"))
		snprintf(f->unwritable, sizeof(f->unwritable), "%s", value);
	return MVC_OK;
}

int
mvc_formatfile_check_writable(const struct mvc_formatfile *f)
{
	char list[sizeof(f->unwritable)];

	memcpy(list, f->unwritable, sizeof(list));
	return check_features("read-only", list, known_ro_compat);
}

/* What is after "mvc store " in its line. */
static const char *
version_of(char *format)
{
	format[strcspn(format, "\n")] = 0;
	return format + 10;
}

int
mvc_formatfile_load(struct mvc_formatfile *out, struct mvc_backend *at)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(FORMAT_MAX);
	unsigned seen = 0;
	char *line, *next;
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_backend_load(at, "format", &b);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(
		    err, "%s is no mvc store (no file `format`)", at->url);
	if (err)
		return err;
	if (!b.data || strncmp(b.data, "mvc store ", 10))
		return mvc_fail(MVC_ECORRUPT,
		    "%s/format is damaged" FORMAT_REMEDY, at->url);
	if (strncmp(b.data + 10, "1\n", 2))
		return mvc_fail(MVC_EVERSION,
		    "%s is a store of a later version (%.20s): use a newer mvc",
		    at->url, version_of(b.data));
	for (line = b.data + 12; (next = strchr(line, '\n')); line = next) {
		char *value;

		*next++ = 0;
		value = line + strcspn(line, " ");
		if (*value)
			*value++ = 0;
		err = take_line(out, at->url, &seen, line, value);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < FORMAT_KEYS; i++)
		if (!(seen & 1U << i))
			return mvc_fail(MVC_ECORRUPT,
			    "%s/format is damaged: its %s is not there" FORMAT_REMEDY,
			    at->url, format_keys[i]);
	return MVC_OK;
}
