#include "store/store_priv.h"
#include "hash/digest.h"
#include "store/packcache.h"
#include "util/sys.h"
#include "util/banned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define FORMAT_MAX (64 << 10)

static const char *const folders[] = {
    "packs", "segments", "roots", "holders", "trash", "tmp", NULL};

/* Features that this mvc knows, in the words of `format`. */
static const char *const known_incompat[] = {"planes", NULL};
static const char *const known_ro_compat[] = {NULL};

static void
modes_of(struct mvc_folder *f, unsigned shared)
{
	f->exact = shared != 0;
	f->file = shared ? (shared & 0444) | 0400 : 0444;
	f->dir =
	    shared ? 02700 | (shared & 0777) | ((shared & 0444) >> 2) : 0777;
}

static int
write_format(const struct mvc_folder *f, unsigned shared)
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
	return mvc_folder_put(f, "format", text, strlen(text));
}

int
mvc_store_create(const char *path, unsigned shared)
{
	struct mvc_folder f = {.fd = -1, .path = (char *)path};
	int err;

	modes_of(&f, shared);
	err = mvc_file_mkdirs(AT_FDCWD, path, f.dir & 0777);
	if (err)
		return err;
	err = mvc_sys_open(&f.fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	if (mvc_file_absent(f.fd, "format")) {
		if (f.exact)
			err = mvc_sys_chmod(f.fd, ".", f.dir);
		for (int i = 0; !err && folders[i]; i++) {
			err = mvc_file_mkdirs(f.fd, folders[i], f.dir & 0777);
			if (!err && f.exact)
				err = mvc_sys_chmod(f.fd, folders[i], f.dir);
		}
		/* Last: without it there is no store. */
		if (!err)
			err = write_format(&f, shared);
	}
	close(f.fd);
	return err;
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

#define FORMAT_REMEDY ": move it away, and mvc init writes a new one"
/* Each of these lines stands once: what a damaged one said is not known. */
static const char *const format_keys[] = {
    "id", "ids", "shared", "compatible", "read-only", "incompatible"};
#define FORMAT_KEYS (sizeof(format_keys) / sizeof(*format_keys))

static int
take_line(struct mvc_store *s, unsigned *seen, const char *key, char *value)
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
		    "%s/format is damaged: its %s" FORMAT_REMEDY,
		    s->folder.path, key);
	*seen |= 1U << i;
	if (!strcmp(key, "id"))
		snprintf(s->id, sizeof(s->id), "%.32s", value);
	else if (!strcmp(key, "ids") && strcmp(value, "blake3"))
		return mvc_fail(MVC_EVERSION,
		    "the store's ids are \"%s\", which this mvc does not "
		    "know: use a newer one",
		    value);
	else if (!strcmp(key, "shared"))
		modes_of(&s->folder, (unsigned)strtoul(value, NULL, 8));
	else if (!strcmp(key, "incompatible"))
		return check_features(key, value, known_incompat);
	else if (!strcmp(key, "read-only"))
		snprintf(s->unwritable, sizeof(s->unwritable), "%s", value);
	return MVC_OK;
}

/* Whoever does not know a "read-only" feature may read, not write. */
int
mvc_store_check_writable(const struct mvc_store *s)
{
	char list[sizeof(s->unwritable)];

	memcpy(list, s->unwritable, sizeof(list));
	return check_features("read-only", list, known_ro_compat);
}

/* What is after "mvc store " in its line. */
static const char *
version_of(char *format)
{
	format[strcspn(format, "\n")] = 0;
	return format + 10;
}

static int
read_format(struct mvc_store *s)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(FORMAT_MAX);
	unsigned seen = 0;
	char *line, *next;
	int err;

	err = mvc_file_read(&b, s->folder.fd, "format");
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "%s is no mvc store (no file `format`)",
		    s->folder.path);
	if (err)
		return err;
	if (!b.data || strncmp(b.data, "mvc store ", 10))
		return mvc_fail(MVC_ECORRUPT,
		    "%s/format is damaged" FORMAT_REMEDY, s->folder.path);
	if (strncmp(b.data + 10, "1\n", 2))
		return mvc_fail(MVC_EVERSION,
		    "%s is a store of a later version (%.20s): use a newer mvc",
		    s->folder.path, version_of(b.data));
	for (line = b.data + 12; (next = strchr(line, '\n')); line = next) {
		char *value;

		*next++ = 0;
		value = line + strcspn(line, " ");
		if (*value)
			*value++ = 0;
		err = take_line(s, &seen, line, value);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < FORMAT_KEYS; i++)
		if (!(seen & 1U << i))
			return mvc_fail(MVC_ECORRUPT,
			    "%s/format is damaged: its %s is not there" FORMAT_REMEDY,
			    s->folder.path, format_keys[i]);
	return MVC_OK;
}

static int
source_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	return mvc_store_get(arg, kind, id, out);
}

int
mvc_store_open(struct mvc_store **out, struct mvc_ctx *ctx, const char *path)
{
	MVC_OWN(mvc_store) *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for a store");
	s->ctx = ctx;
	s->folder.fd = -1;
	pthread_rwlock_init(&s->segs_lock, NULL);
	pthread_mutex_init(&s->scratch_lock, NULL);
	s->source.get = source_get;
	s->source.arg = s;
	s->folder.path = strdup(path);
	if (!s->folder.path)
		return mvc_fail(MVC_ENOMEM, "no memory for a store");
	modes_of(&s->folder, 0);
	err = mvc_sys_open(
	    &s->folder.fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = read_format(s);
	if (!err)
		err = mvc_packcache_new(&s->packs, &s->folder);
	if (!err)
		err = mvc_store_refresh(s);
	if (!err)
		*out = MVC_TAKE(s);
	return err;
}

void
mvc_store_free(struct mvc_store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_segs; i++)
		mvc_segment_free(s->segs[i]);
	for (size_t i = 0; i < s->n_old; i++)
		mvc_segment_free(s->old[i]);
	for (size_t i = 0; i < s->n_hidden; i++)
		mvc_segment_free(s->hidden[i]);
	free(s->segs);
	free(s->old);
	free(s->hidden);
	while (s->scratch) {
		struct mvc_scratch *x = s->scratch;

		s->scratch = x->next;
		mvc_decoder_free(x->dec);
		mvc_buf_release(&x->packed);
		free(x->window);
		free(x);
	}
	mvc_packcache_free(s->packs);
	pthread_rwlock_destroy(&s->segs_lock);
	pthread_mutex_destroy(&s->scratch_lock);
	if (s->folder.fd >= 0)
		close(s->folder.fd);
	free(s->folder.path);
	free(s);
}

const char *
mvc_store_path(const struct mvc_store *s)
{
	return s->folder.path;
}

const char *
mvc_store_id(const struct mvc_store *s)
{
	return s->id;
}

const struct mvc_source *
mvc_store_source(struct mvc_store *s)
{
	return &s->source;
}

int
mvc_scratch_take(struct mvc_scratch **out, struct mvc_store *s)
{
	struct mvc_scratch *x;
	int err;

	pthread_mutex_lock(&s->scratch_lock);
	x = s->scratch;
	if (x)
		s->scratch = x->next;
	pthread_mutex_unlock(&s->scratch_lock);
	*out = x;
	if (x)
		return MVC_OK;
	x = calloc(1, sizeof(*x));
	if (!x)
		return mvc_fail(MVC_ENOMEM, "no memory for a decoder");
	x->packed.max = MVC_OBJECT_MAX;
	err = mvc_decoder_new(&x->dec);
	if (err) {
		free(x);
		return err;
	}
	*out = x;
	return MVC_OK;
}

void
mvc_scratch_give(struct mvc_store *s, struct mvc_scratch *x)
{
	pthread_mutex_lock(&s->scratch_lock);
	x->next = s->scratch;
	s->scratch = x;
	pthread_mutex_unlock(&s->scratch_lock);
}
