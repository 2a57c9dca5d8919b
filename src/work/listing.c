#include "work/listing.h"
#include "util/file.h"
#include "util/sys.h"

#include <dirent.h>
#include <errno.h>

#include "util/banned.h"

/* A folder's names may take this much memory. */
#define TEXT_MAX ((size_t)UINT32_MAX)

struct mvc_listing *
mvc_listing_hold(struct mvc_listing *l)
{
	atomic_fetch_add(&l->refs, 1);
	return l;
}

void
mvc_listing_drop(struct mvc_listing *l)
{
	if (!l || atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	mvc_dirref_drop(l->dir);
	free(l->path);
	free(l->v);
	free(l->text);
	free(l);
}

static int
add_name(struct mvc_listing *l, size_t *cap, struct mvc_buf *text,
    const struct dirent *d)
{
	struct mvc_listed *v = l->v;

	if (l->n == *cap) {
		*cap = *cap ? 2 * *cap : 64;
		v = realloc(v, *cap * sizeof(*v));
		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for names");
		l->v = v;
	}
	v[l->n].at = (uint32_t)text->len;
	v[l->n].dir = mvc_file_is_folder(l->dir->fd, d);
	l->n++;
	if (!strcmp(d->d_name, MVC_IGNORE_FILE))
		l->has_rules = true;
	return mvc_buf_add(text, d->d_name, strlen(d->d_name) + 1);
}

static bool
is_wanted(const char *name)
{
	if (name[0] != '.')
		return true;
	return strcmp(name, ".") && strcmp(name, "..") &&
	    strncmp(name, MVC_TMP_PREFIX, strlen(MVC_TMP_PREFIX));
}

static int
read_names(struct mvc_listing *l, struct mvc_buf *text)
{
	struct dirent *d;
	size_t cap = 0;
	int fd, err = MVC_OK;
	DIR *dir;

	err = mvc_sys_open(&fd, l->dir->fd, ".", O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return mvc_fail_prefix(err, "%s", l->path);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return mvc_fail_errno("open folder %s", l->path);
	}
	while (!err) {
		errno = 0;
		d = readdir(dir);
		if (!d)
			break;
		if (is_wanted(d->d_name))
			err = add_name(l, &cap, text, d);
	}
	if (!err && errno)
		err = mvc_fail_errno("read folder %s", l->path);
	closedir(dir);
	return err;
}

static int
by_name(const void *a, const void *b, void *text)
{
	const struct mvc_listed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return strcmp((char *)text + x->at, (char *)text + y->at);
}

/* Fewer are compared in no time. */
#define RADIX_MIN 1024

/* One pass of sort_by_key: by one byte of the key, what is equal stays. */
static void
sort_by_byte(struct mvc_listed *to, const struct mvc_listed *from, size_t n,
    const size_t *count, unsigned shift)
{
	size_t at[256];

	at[0] = 0;
	for (unsigned c = 1; c < 256; c++)
		at[c] = at[c - 1] + count[c - 1];
	for (size_t i = 0; i < n; i++)
		to[at[from[i].key >> shift & 0xff]++] = from[i];
}

/*
 * By the keys alone, a byte at a time from the last one: as many passes over
 * the names as bytes differ. False: no memory, nothing is sorted.
 */
static bool
sort_by_key(struct mvc_listing *l)
{
	struct mvc_listed *other = malloc(l->n * sizeof(*other)), *t;
	size_t count[8][256] = {{0}};

	if (!other)
		return false;
	for (size_t i = 0; i < l->n; i++)
		for (unsigned k = 0; k < 8; k++)
			count[k][l->v[i].key >> 8 * k & 0xff]++;
	for (unsigned k = 0; k < 8; k++) {
		if (count[k][l->v[0].key >> 8 * k & 0xff] == l->n)
			continue;
		sort_by_byte(other, l->v, l->n, count[k], 8 * k);
		t = l->v;
		l->v = other;
		other = t;
	}
	free(other);
	return true;
}

/* How many in a row have the key of the one at i. */
static size_t
same_key(const struct mvc_listing *l, size_t i)
{
	size_t n = 1;

	while (i + n < l->n && l->v[i + n].key == l->v[i].key)
		n++;
	return n;
}

/*
 * Eight bytes of each name, after what all have in common, decide nearly every
 * comparison: a million names are sorted in a tenth of a second.
 */
static void
sort_names(struct mvc_listing *l)
{
	size_t n, shared = SIZE_MAX;
	bool sorted = false;

	for (size_t i = 0; i < l->n; i++) {
		const char *a = mvc_listing_name(l, 0);
		const char *b = mvc_listing_name(l, i);
		size_t k = 0;

		while (k < shared && a[k] && a[k] == b[k])
			k++;
		shared = k;
	}
	for (size_t i = 0; i < l->n; i++) {
		const char *s = mvc_listing_name(l, i) + shared;

		l->v[i].key = 0;
		for (int k = 0; k < 8 && s[k]; k++)
			l->v[i].key |= (uint64_t)(unsigned char)s[k]
			    << (56 - 8 * k);
	}
	if (l->n >= RADIX_MIN)
		sorted = sort_by_key(l);
	for (size_t i = 0; i < l->n; i += n) {
		n = sorted ? same_key(l, i) : l->n;
		if (n > 1)
			qsort_r(l->v + i, n, sizeof(*l->v), by_name, l->text);
	}
}

/* Names asked for ahead of their turn. */
#define AHEAD 16

/*
 * The names in the order in which they will be used: else each of a million is
 * waited for, a fifth of all the time. Without memory for it they stay.
 */
static void
lay_out(struct mvc_listing *l, size_t size)
{
	char *text = malloc(size + 1), *to = text;

	if (!text)
		return;
	for (size_t i = 0; i < l->n; i++) {
		const char *name = mvc_listing_name(l, i);
		size_t n;

		if (i + AHEAD < l->n)
			__builtin_prefetch(mvc_listing_name(l, i + AHEAD));
		n = strlen(name) + 1;
		memcpy(to, name, n);
		l->v[i].at = (uint32_t)(to - text);
		to += n;
	}
	free(l->text);
	l->text = text;
}

static int
new_listing(struct mvc_listing **out, struct mvc_dirref *dir, const char *path)
{
	struct mvc_listing *l = calloc(1, sizeof(*l));

	*out = NULL;
	if (!l)
		return mvc_fail(MVC_ENOMEM, "no memory for names");
	atomic_init(&l->refs, 1);
	l->dir = mvc_dirref_hold(dir);
	l->path = strdup(path);
	if (!l->path) {
		mvc_listing_drop(l);
		return mvc_fail(MVC_ENOMEM, "no memory for names");
	}
	*out = l;
	return MVC_OK;
}

int
mvc_listing_read(
    struct mvc_listing **out, struct mvc_dirref *dir, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	struct mvc_listing *l;
	size_t size;
	int err;

	*out = NULL;
	err = new_listing(&l, dir, path);
	if (err)
		return err;
	err = read_names(l, &text);
	if (err) {
		mvc_listing_drop(l);
		return err;
	}
	size = text.len;
	l->text = mvc_buf_take(&text);
	sort_names(l);
	lay_out(l, size);
	*out = l;
	return MVC_OK;
}

int
mvc_listing_one(struct mvc_listing **out, struct mvc_dirref *dir,
    const char *path, const char *name)
{
	struct mvc_listing *l;
	int err = new_listing(&l, dir, path);

	*out = NULL;
	if (err)
		return err;
	l->n = 1;
	l->v = calloc(1, sizeof(*l->v));
	l->text = strdup(name);
	if (!l->v || !l->text) {
		mvc_listing_drop(l);
		return mvc_fail(MVC_ENOMEM, "no memory for names");
	}
	*out = l;
	return MVC_OK;
}

int
mvc_listing_rules(
    struct mvc_ignore *ig, int dirfd, const char *path, bool *pushed)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_IGNORE_MAX);
	MVC_OWN_FD int fd = -1;
	struct mvc_rules *r;
	struct stat st;
	size_t got;
	int err;

	*pushed = false;
	err = mvc_sys_open(
	    &fd, dirfd, MVC_IGNORE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (err == MVC_ENOTFOUND || (err && errno == ELOOP))
		return MVC_OK;
	if (err == MVC_EDENIED)
		return err;
	if (err || fstat(fd, &st) < 0)
		return mvc_fail_errno("open %s/%s", path, MVC_IGNORE_FILE);
	if (!S_ISREG(st.st_mode))
		return MVC_OK;
	if (st.st_size > MVC_IGNORE_MAX)
		return mvc_fail(MVC_ETOOBIG, "%s%s%s: over %d bytes of rules",
		    path, *path ? "/" : "", MVC_IGNORE_FILE, MVC_IGNORE_MAX);
	err = mvc_buf_reserve(&text, (size_t)st.st_size);
	if (!err)
		err = mvc_sys_read(
		    &got, fd, text.data, (size_t)st.st_size, MVC_IGNORE_FILE);
	if (!err)
		err = mvc_rules_parse(&r, path, text.data, got);
	if (!err)
		err = mvc_ignore_push(ig, r);
	*pushed = !err;
	return err;
}
