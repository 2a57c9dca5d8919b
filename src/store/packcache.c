#include "store/packcache.h"
#include "util/sys.h"
#include "util/banned.h"

#include <pthread.h>

/* Packs open at a time, by one or two handles; well below the usual limit of
 * 1,024. */
#define SLOTS 192
/* Entries of cached indexes in all: about 50 MiB. */
#define ENTRIES_MAX (UINT64_C(600) << 10)

struct slot {
	struct mvc_oid name;
	int fd, direct; /* direct: -1 unless it was asked for */
	bool there, checked; /* checked: ix.n and ix.entries_at are known */
	struct mvc_pack_index ix; /* entries: NULL where there are too many */
	unsigned users;
	uint64_t used;
};

struct mvc_packcache {
	const struct mvc_folder *folder;
	pthread_mutex_t lock;
	uint64_t clock, entries;
	struct slot slots[SLOTS];
};

int
mvc_packcache_new(struct mvc_packcache **out, const struct mvc_folder *f)
{
	struct mvc_packcache *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return mvc_fail(MVC_ENOMEM, "no memory for open packs");
	c->folder = f;
	pthread_mutex_init(&c->lock, NULL);
	return MVC_OK;
}

static void
empty(struct mvc_packcache *c, struct slot *s)
{
	if (!s->there)
		return;
	if (s->ix.entries)
		c->entries -= s->ix.n;
	mvc_pack_index_release(&s->ix);
	close(s->fd);
	if (s->direct >= 0)
		close(s->direct);
	s->there = false;
}

void
mvc_packcache_free(struct mvc_packcache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		empty(c, &c->slots[i]);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct slot *
find(struct mvc_packcache *c, const struct mvc_oid *name)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (c->slots[i].there && mvc_oid_eq(&c->slots[i].name, name))
			return &c->slots[i];
	return NULL;
}

/* An empty slot, or the least recently used one that nobody uses. */
static struct slot *
make_room(struct mvc_packcache *c)
{
	struct slot *oldest = NULL;

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &c->slots[i];

		if (!s->there)
			return s;
		if (!s->users && (!oldest || s->used < oldest->used))
			oldest = s;
	}
	if (oldest)
		empty(c, oldest);
	return oldest;
}

static int
open_slot(
    struct slot **out, struct mvc_packcache *c, const struct mvc_oid *name)
{
	struct slot *s = make_room(c);
	int err;

	if (!s)
		return mvc_fail(MVC_ENOMEM, "too many packs in use at once");
	err = mvc_sys_open(&s->fd, c->folder->fd, mvc_pack_path(name).s,
	    O_RDONLY | O_NONBLOCK, 0);
	if (err)
		return err;
	s->name = *name;
	s->direct = -1;
	s->there = true;
	s->checked = false;
	memset(&s->ix, 0, sizeof(s->ix));
	s->users = 0;
	*out = s;
	return MVC_OK;
}

/*
 * Indexes are kept as long as there is room, and what comes later is searched
 * in its file: in a store of a million small files each lookup is in another
 * pack, and making room would mean to read and check an index for each.
 */
static int
check_index(struct mvc_packcache *c, struct slot *s)
{
	uint32_t n;
	int err;

	if (s->checked)
		return MVC_OK;
	err = mvc_pack_index_read(
	    &s->ix, s->fd, mvc_pack_path(&s->name).s, &s->name);
	if (err)
		return err;
	s->checked = true;
	n = s->ix.n;
	if (c->entries + n > ENTRIES_MAX) {
		mvc_pack_index_release(&s->ix);
		s->ix.n = n;
	} else {
		c->entries += n;
	}
	return MVC_OK;
}

int
mvc_packcache_take(struct mvc_packuse *out, struct mvc_packcache *c,
    const struct mvc_oid *name, bool index)
{
	struct slot *s;
	int err = MVC_OK;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&c->lock);
	s = find(c, name);
	if (!s)
		err = open_slot(&s, c, name);
	if (!err && index)
		err = check_index(c, s);
	if (!err) {
		s->users++;
		s->used = ++c->clock;
		out->fd = s->fd;
		out->slot = s;
	}
	pthread_mutex_unlock(&c->lock);
	return err;
}

int
mvc_packcache_find(struct mvc_pack_entry *out, struct mvc_packcache *c,
    const struct mvc_packuse *u, enum mvc_kind kind, const struct mvc_oid *id)
{
	const struct slot *s = u->slot; /* its index stays while it is used */
	const struct mvc_pack_entry *e;

	if (!s->ix.entries)
		return mvc_pack_index_search(
		    out, s->fd, s->ix.entries_at, s->ix.n, kind, id);
	e = mvc_pack_index_find(&s->ix, kind, id);
	if (!e)
		return MVC_ENOTFOUND;
	*out = *e;
	return MVC_OK;
}

int
mvc_packcache_direct(struct mvc_packcache *c, const struct mvc_packuse *u)
{
	struct slot *s = u->slot;
	int fd;

	pthread_mutex_lock(&c->lock);
	fd = s->direct;
	if (fd < 0 &&
	    mvc_sys_open(&fd, c->folder->fd, mvc_pack_path(&s->name).s,
		O_RDONLY, 0) == MVC_OK &&
	    !mvc_sys_direct(fd, true)) {
		close(fd);
		fd = -1;
	}
	s->direct = fd;
	pthread_mutex_unlock(&c->lock);
	return fd;
}

void
mvc_packcache_give(struct mvc_packcache *c, struct mvc_packuse *u)
{
	struct slot *s = u->slot;

	if (!s)
		return;
	pthread_mutex_lock(&c->lock);
	s->users--;
	pthread_mutex_unlock(&c->lock);
	u->slot = NULL;
}
