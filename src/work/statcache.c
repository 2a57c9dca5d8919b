/*
 * Up to four layers are seen as one: base < delta < changes < roots. Of equal
 * paths the highest layer's entry counts; one that is no directory, is GONE or
 * has HIDE keeps everything below it in lower layers from showing. One that is
 * no directory does not show where a higher layer has something below it.
 */
#include "work/statcache_priv.h"
#include "util/clock.h"
#include "util/sys.h"

#include "util/banned.h"

struct mvc_statcursor {
	struct mvc_statpos pos[STATCACHE_LAYERS];
	int n;
	int win; /* whose entry shows, -1 at the end */
	bool keep; /* GONE shows: for writing a delta */
	struct mvc_stat_entry e;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
}

bool
mvc_stat_same(
    const struct mvc_stat_entry *e, const struct stat *st, bool trust_mode)
{
	struct mvc_stat_entry now;

	mvc_stat_fill(&now, st);
	if (!trust_mode && now.kind == MVC_ENTRY_EXEC)
		now.kind = MVC_ENTRY_FILE;
	if (now.kind != e->kind &&
	    !(!trust_mode && e->kind == MVC_ENTRY_EXEC &&
		now.kind == MVC_ENTRY_FILE))
		return false;
	return now.size == e->size && now.modified == e->modified &&
	    now.changed == e->changed && now.inode == e->inode;
}

bool
mvc_stat_within(const struct mvc_stat_entry *e, const char *path, size_t len)
{
	return (e->path_len == len && !memcmp(e->path, path, len)) ||
	    mvc_statpath_below(e->path, e->path_len, path, len);
}

void
mvc_stat_fill(struct mvc_stat_entry *e, const struct stat *st)
{
	e->kind = S_ISDIR(st->st_mode) ? MVC_ENTRY_DIR
	    : S_ISLNK(st->st_mode)     ? MVC_ENTRY_LINK
	    : (st->st_mode & 0100)     ? MVC_ENTRY_EXEC
				       : MVC_ENTRY_FILE;
	e->size = (uint64_t)st->st_size;
	e->modified = mvc_ns_of(&st->st_mtim);
	e->changed = mvc_ns_of(&st->st_ctim);
	e->inode = (uint64_t)st->st_ino;
}

/* A layer by its name, NULL where there is none; MVC_ECORRUPT where it is not
 * sound, or not ours to read. */
static int
open_layer(struct mvc_statlayer **out, int dirfd, const char *name)
{
	struct stat st;
	int fd, err;

	*out = NULL;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		return MVC_ECORRUPT;
	err = mvc_sys_open(
	    &fd, dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK
		    : err == MVC_EDENIED    ? MVC_ECORRUPT
					    : err;
	return mvc_statlayer_open(out, fd);
}

int
statcache_layers(
    struct mvc_statlayer **base, struct mvc_statlayer **delta, int dirfd)
{
	int err;

	*delta = NULL;
	err = open_layer(base, dirfd, STATCACHE_BASE);
	if (!err && *base)
		err = open_layer(delta, dirfd, STATCACHE_DELTA);
	if (err) {
		mvc_statlayer_free(MVC_TAKE(*base));
		return err == MVC_ECORRUPT ? MVC_OK : err;
	}
	if (*delta && mvc_statlayer_base(*delta) != mvc_statlayer_id(*base))
		mvc_statlayer_free(MVC_TAKE(*delta));
	return MVC_OK;
}

static int
open_folder(int *fd, const char *git_dir)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	int err = mvc_buf_addf(&path, "%s/mvc", git_dir);

	return err
	    ? err
	    : mvc_sys_open(fd, AT_FDCWD, path.data, O_RDONLY | O_DIRECTORY, 0);
}

int
mvc_statcache_open(struct mvc_statcache **out, const char *git_dir)
{
	MVC_OWN(mvc_statcache) *c = calloc(1, sizeof(*c));
	MVC_OWN_FD int dirfd = -1;
	int err;

	*out = NULL;
	if (!c)
		return no_memory();
	c->git_dir = strdup(git_dir);
	if (!c->git_dir)
		return no_memory();
	err = open_folder(&dirfd, git_dir);
	if (!err)
		err = statcache_layers(&c->base, &c->delta, dirfd);
	if (err && err != MVC_ENOTFOUND && err != MVC_EDENIED)
		return err;
	*out = MVC_TAKE(c);
	return MVC_OK;
}

void
mvc_statcache_free(struct mvc_statcache *c)
{
	if (!c)
		return;
	mvc_statlayer_free(c->base);
	mvc_statlayer_free(c->delta);
	free(c->git_dir);
	free(c);
}

/* Cursors. */

static bool
hides(const struct mvc_stat_entry *e)
{
	return e->kind != MVC_ENTRY_DIR ||
	    (e->flags & (MVC_STAT_GONE | MVC_STAT_HIDE));
}

/* Pass over everything at and below path. */
static void
pass_below(struct mvc_statpos *p, const char *path, size_t len)
{
	char *after;
	int near = 16;

	while (p->valid && near-- &&
	    ((p->e.path_len == len && !memcmp(p->e.path, path, len)) ||
		mvc_statpath_below(p->e.path, p->e.path_len, path, len)))
		mvc_statpos_next(p);
	if (!p->valid || near >= 0)
		return;
	/* In path order, "x\1" comes after everything below "x". */
	after = malloc(len + 1);
	if (!after) {
		p->valid = false;
		p->err = no_memory();
		return;
	}
	memcpy(after, path, len);
	after[len] = 1;
	mvc_statpos_seek(p, after, len + 1);
	free(after);
}

static bool
at_path(const struct mvc_statpos *p, const struct mvc_stat_entry *e)
{
	return p->valid && p->e.path_len == e->path_len &&
	    !memcmp(p->e.path, e->path, e->path_len);
}

static int
lowest(const struct mvc_statcursor *k)
{
	int win = -1;

	for (int i = 0; i < k->n; i++) {
		const struct mvc_stat_entry *e = &k->pos[i].e;

		if (!k->pos[i].valid)
			continue;
		if (win < 0 ||
		    mvc_statpath_cmp(e->path, e->path_len, k->pos[win].e.path,
			k->pos[win].e.path_len) <= 0)
			win = i;
	}
	return win;
}

/* Whether the entry is no directory where a higher layer, which is later, knows
 * of one: d/a of what was a file, when d/a/x is recorded. */
static bool
is_outgrown(const struct mvc_statcursor *k)
{
	for (int i = k->win + 1; i < k->n && k->e.kind != MVC_ENTRY_DIR; i++) {
		const struct mvc_statpos *p = &k->pos[i];

		if (p->valid &&
		    mvc_statpath_below(
			p->e.path, p->e.path_len, k->e.path, k->e.path_len))
			return true;
	}
	return false;
}

/* Find the entry that shows, moving lower layers past what it hides. */
static void
settle(struct mvc_statcursor *k)
{
	for (;;) {
		bool hidden = false;

		k->win = lowest(k);
		if (k->win < 0)
			return;
		k->e = k->pos[k->win].e;
		for (int i = k->win; i >= 0; i--) {
			if (!at_path(&k->pos[i], &k->e))
				continue;
			if (hides(&k->pos[i].e)) {
				hidden = true;
				for (int j = 0; j < i; j++)
					pass_below(&k->pos[j], k->e.path,
					    k->e.path_len);
			}
			if (i != k->win)
				mvc_statpos_next(&k->pos[i]);
		}
		if (hidden && k->e.kind == MVC_ENTRY_DIR &&
		    !(k->e.flags & MVC_STAT_GONE))
			k->e.flags |= MVC_STAT_HIDE;
		if (is_outgrown(k)) {
			k->e.kind = MVC_ENTRY_DIR;
			k->e.flags = MVC_STAT_GONE;
		}
		if (k->keep || !(k->e.flags & MVC_STAT_GONE))
			return;
		mvc_statpos_next(&k->pos[k->win]);
	}
}

/* That of the layer that could not be read. */
static int
error_of(const struct mvc_statcursor *k)
{
	for (int i = 0; i < k->n; i++)
		if (k->pos[i].err)
			return k->pos[i].err;
	return MVC_OK;
}

int
statcache_cursor(struct mvc_statcursor **out, struct mvc_statlayer **layers,
    int n, bool keep)
{
	MVC_OWN(mvc_statcursor) *k = calloc(1, sizeof(*k));
	int err;

	*out = NULL;
	if (!k)
		return no_memory();
	k->keep = keep;
	for (int i = 0; i < n; i++) {
		if (!layers[i])
			continue;
		err = mvc_statpos_init(&k->pos[k->n], layers[i]);
		if (err)
			return err;
		mvc_statpos_next(&k->pos[k->n++]);
	}
	settle(k);
	err = error_of(k);
	if (!err)
		*out = MVC_TAKE(k);
	return err;
}

int
mvc_statcursor_new(struct mvc_statcursor **out, struct mvc_statcache *c)
{
	struct mvc_statlayer *layers[] = {c->base, c->delta};

	return statcache_cursor(out, layers, 2, false);
}

void
mvc_statcursor_free(struct mvc_statcursor *k)
{
	if (!k)
		return;
	for (int i = 0; i < k->n; i++)
		mvc_statpos_release(&k->pos[i]);
	free(k);
}

/* A seek jumps over the folders above the path, which may hide it. */
static void
hide_from_above(struct mvc_statcursor *k, int i, const char *path)
{
	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		struct mvc_statpos *p = &k->pos[i];
		size_t len = (size_t)(s - path);

		mvc_statpos_seek(p, path, len);
		if (!p->valid || p->e.path_len != len ||
		    memcmp(p->e.path, path, len) || !hides(&p->e))
			continue;
		for (int j = 0; j < i; j++)
			pass_below(&k->pos[j], path, len);
	}
}

int
mvc_statcursor_seek(struct mvc_statcursor *k, const char *path)
{
	size_t len = strlen(path);

	for (int i = 0; i < k->n; i++) {
		if (i > 0)
			hide_from_above(k, i, path);
		mvc_statpos_seek(&k->pos[i], path, len);
	}
	settle(k);
	return error_of(k);
}

int
mvc_statcursor_next(struct mvc_statcursor *k)
{
	if (k->win >= 0) {
		mvc_statpos_next(&k->pos[k->win]);
		settle(k);
	}
	return error_of(k);
}

const struct mvc_stat_entry *
mvc_statcursor_at(const struct mvc_statcursor *k)
{
	return k->win < 0 ? NULL : &k->e;
}

int
mvc_statcursor_find(const struct mvc_stat_entry **out, struct mvc_statcursor *k,
    const char *path)
{
	int err = mvc_statcursor_seek(k, path);

	*out = mvc_statcursor_at(k);
	if (*out && strcmp((*out)->path, path))
		*out = NULL;
	return err;
}
