#include "store/formatfile.h"
#include "store/lines.h"
#include "util/file.h"
#include "util/banned.h"

#define FORMAT_MAX (64 << 10)

/* Features that this mvc knows, in the words of `format`. */
static const char *const known_incompat[] = {"planes", NULL};
static const char *const known_ro_compat[] = {NULL};

int
mvc_formatfile_save(struct mvc_backend *b, unsigned shared, unsigned flags)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(FORMAT_MAX);
	uint8_t id[16];
	char hex[33];
	int err;

	err = mvc_random(id, sizeof(id));
	if (!err)
		err = mvc_lines_begin(&text, "store");
	mvc_hex_of(hex, id, sizeof(id));
	if (!err)
		err = mvc_buf_addf(&text,
		    "id %s\nids blake3\nshared %03o\nincompatible planes\n",
		    hex, shared);
	if (!err)
		err = mvc_lines_end(&text);
	return err ? err
		   : mvc_backend_save(b, "format", text.data, text.len, flags);
}

static int
check_features(const char *what, const char *features, const char *const *known)
{
	MVC_OWN_MEM char *list = strdup(features);
	char *word, *save = NULL;

	if (!list)
		return mvc_fail(MVC_ENOMEM, "no memory for a list");
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

static int
take_line(void *arg, const char *key, const char *value)
{
	struct mvc_formatfile *f = arg;
	uint8_t id[16];

	if (!strcmp(key, "id")) {
		if (mvc_hex_parse(id, sizeof(id), value, strlen(value)))
			return mvc_fail(MVC_ECORRUPT, "its id is none");
		snprintf(f->id, sizeof(f->id), "%.32s", value);
	} else if (!strcmp(key, "ids") && strcmp(value, "blake3")) {
		return mvc_fail(MVC_EVERSION,
		    "the store's ids are \"%s\", which this mvc does not "
		    "know: use a newer one",
		    value);
	} else if (!strcmp(key, "shared")) {
		if (strlen(value) != 3 || strspn(value, "01234567") != 3)
			return mvc_fail(MVC_ECORRUPT, "its modes are none");
		f->shared = (unsigned)strtoul(value, NULL, 8);
	} else if (!strcmp(key, "incompatible")) {
		return check_features(key, value, known_incompat);
	} else if (!strcmp(key, "read-only")) {
		snprintf(f->unwritable, sizeof(f->unwritable), "%s", value);
	}
	return MVC_OK;
}

int
mvc_formatfile_check_writable(const struct mvc_formatfile *f)
{
	return check_features("read-only", f->unwritable, known_ro_compat);
}

int
mvc_formatfile_load(struct mvc_formatfile *out, struct mvc_backend *at)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(FORMAT_MAX);
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_backend_load(at, "format", &b);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(
		    err, "%s is no mvc store (no file `format`)", at->url);
	if (err)
		return err;
	err = mvc_lines_parse(
	    "store", b.data ? b.data : "", b.len, take_line, out);
	if (!err && !out->id[0])
		err = mvc_fail(MVC_ECORRUPT, "it has no id");
	if (err == MVC_ECORRUPT)
		return mvc_fail(err,
		    "%s/format is damaged: move it away, and mvc init writes a "
		    "new one",
		    at->url);
	return err == MVC_EVERSION ? mvc_fail_prefix(err, "%s/format", at->url)
				   : err;
}
