/*
 * Which segments a store looks into: those that no other one covers, the
 * largest first.
 *
 * Others replace segments meanwhile: a new one comes before what it covers
 * goes, so that somewhere everything is listed at any moment. A listing counts
 * when nothing changed while it was made (the folder's times say so, or a
 * second listing), and when all that it lists could be opened. "It is not
 * there" is said only of a listing that is still the folder's.
 */
#include "hash/digest.h"
#include "store/format.h"
#include "store/store_priv.h"
#include "util/clock.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

/* Listings that do not agree before it gives up. */
#define ATTEMPTS 1000

struct listed {
	struct mvc_oid name;
	off_t size;
};

struct listing {
	struct listed *at;
	size_t n;
};

static int
larger_first(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return mvc_oid_cmp(&x->name, &y->name);
}

static int
list_add(void *arg, int fd, const char *name)
{
	struct listing *l = arg;
	struct mvc_oid oid;
	struct listed *t;
	struct stat st;

	/* Unknown files are ignored, and kept. */
	if (strlen(name) != MVC_OID_HEX ||
	    mvc_oid_parse(&oid, name, MVC_OID_HEX))
		return MVC_OK;
	if (fstatat(fd, name, &st, 0) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", name);
	if ((l->n & (l->n + 1)) == 0) {
		t = realloc(l->at, (2 * l->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for segments");
		l->at = t;
	}
	l->at[l->n].name = oid;
	l->at[l->n++].size = st.st_size;
	return MVC_OK;
}

static int
list_segments(struct listing *l, const struct mvc_folder *f)
{
	int err = mvc_folder_each(f, "segments", list_add, l);

	if (!err && l->n)
		qsort(l->at, l->n, sizeof(*l->at), larger_first);
	return err;
}

bool
mvc_segment_covers_name(const struct mvc_segment *s, const struct mvc_oid *name)
{
	uint32_t lo = 0, hi = mvc_segment_covers(s);

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct mvc_oid at;
		int c;

		mvc_segment_cover_at(s, mid, &at);
		c = mvc_oid_cmp(name, &at);
		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

bool
mvc_store_covers(struct mvc_store *s, const struct mvc_oid *segment)
{
	bool covered = false;

	pthread_rwlock_rdlock(&s->segs_lock);
	for (size_t i = 0; i < s->n_segs && !covered; i++)
		covered = mvc_segment_covers_name(s->segs[i], segment);
	pthread_rwlock_unlock(&s->segs_lock);
	return covered;
}

/* Take over an open one, or open it. */
static int
obtain(
    struct mvc_segment **out, struct mvc_store *s, const struct mvc_oid *name)
{
	for (size_t i = 0; i < s->n_segs; i++) {
		if (!s->segs[i] ||
		    !mvc_oid_eq(mvc_segment_name(s->segs[i]), name))
			continue;
		*out = MVC_TAKE(s->segs[i]);
		return MVC_OK;
	}
	return mvc_segment_open(out, &s->folder, name);
}

/* The folder's times; `settled`: any change from now on shows in them. */
static struct mvc_stamp
read_stamp(const struct mvc_store *s)
{
	struct mvc_stamp stamp = {.settled = false};
	int64_t now = mvc_clock_ns(MVC_CLOCK_FILES);
	struct stat st;

	if (fstatat(s->folder.fd, "segments", &st, 0) < 0)
		return stamp;
	stamp.modified = mvc_ns_of(&st.st_mtim);
	stamp.changed = mvc_ns_of(&st.st_ctim);
	stamp.settled = stamp.modified < now && stamp.changed < now;
	return stamp;
}

/* Nothing was added or removed between the two. */
static bool
is_same(const struct mvc_stamp *a, const struct mvc_stamp *b)
{
	return a->settled && a->modified == b->modified &&
	    a->changed == b->changed;
}

static void
name_listing(struct mvc_oid *out, const struct listing *l)
{
	mvc_blake3(out, l->at, l->n * sizeof(*l->at));
}

/* List until a listing counts. */
static int
list_surely(struct listing *l, struct mvc_oid *id, struct mvc_stamp *stamp,
    const struct mvc_store *s)
{
	struct mvc_oid before = {{0}};
	int err = MVC_OK;

	for (int i = 0; !err && i < ATTEMPTS; i++) {
		struct mvc_stamp after;

		l->n = 0;
		*stamp = read_stamp(s);
		err = list_segments(l, &s->folder);
		after = read_stamp(s);
		name_listing(id, l);
		if (is_same(stamp, &after) ||
		    (i > 0 && mvc_oid_eq(id, &before)))
			return err;
		before = *id;
	}
	return err ? err
		   : mvc_fail(MVC_EAGAIN,
			 "the indexes of %s keep changing: try again later",
			 s->folder.path);
}

/* A damaged segment is passed over, with a warning: another may find what it
 * does, and fsck rebuilds it. *gone: one was removed since it was listed. */
static int
choose(struct mvc_segment **segs, size_t *n, bool *gone, struct mvc_store *s,
    const struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		bool covered = false;
		int err;

		for (size_t j = 0; j < *n && !covered; j++)
			covered =
			    mvc_segment_covers_name(segs[j], &l->at[i].name);
		if (covered)
			continue;
		err = obtain(&segs[*n], s, &l->at[i].name);
		*gone |= err == MVC_ENOTFOUND;
		if (err == MVC_ECORRUPT)
			mvc_warn(
			    s->ctx, "%s; run `mvc fsck`", mvc_error_text());
		else if (err && err != MVC_ENOTFOUND)
			return err;
		if (!err)
			(*n)++;
	}
	return MVC_OK;
}

/* What is no longer looked into is kept open: a reader may hold it. */
static void
retire(struct mvc_store *s, struct mvc_segment *seg)
{
	if (seg)
		s->old[s->n_old++] = seg;
}

static int
make_room(struct mvc_store *s, size_t n)
{
	struct mvc_segment **old;

	old = realloc(s->old, (s->n_old + n + 1) * sizeof(*old));
	if (!old)
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	s->old = old;
	return MVC_OK;
}

/* A collection's segment may be smaller than one that it covers. */
static size_t
drop_covered(struct mvc_store *s, struct mvc_segment **segs, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool covered = false;

		for (size_t j = i + 1; j < n && !covered; j++)
			covered = mvc_segment_covers_name(
			    segs[j], mvc_segment_name(segs[i]));
		if (covered)
			retire(s, segs[i]);
		else
			segs[kept++] = segs[i];
	}
	return kept;
}

static void
forget_hidden(struct mvc_store *s)
{
	for (size_t i = 0; i < s->n_hidden; i++)
		retire(s, s->hidden[i]);
	free(s->hidden);
	s->hidden = NULL;
	s->n_hidden = 0;
	s->hidden_known = false;
}

/* Look into what is listed. */
static int
take_listing(struct mvc_store *s, const struct listing *l, bool *gone)
{
	struct mvc_segment **segs;
	size_t n = 0;
	int err = make_room(s, s->n_segs + s->n_hidden + l->n);

	if (err)
		return err;
	segs = calloc(l->n + 1, sizeof(struct mvc_segment *));
	if (!segs)
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	err = choose(segs, &n, gone, s, l);
	/* After a failure the old ones are gone too: what was opened is all
	 * there is. */
	for (size_t i = 0; i < s->n_segs; i++)
		retire(s, s->segs[i]);
	forget_hidden(s);
	free(s->segs);
	s->segs = segs;
	s->n_segs = drop_covered(s, segs, n);
	return err;
}

static int
refresh(struct mvc_store *s, struct listing *l)
{
	struct mvc_stamp stamp;
	struct mvc_oid id;
	int err = MVC_OK;

	for (int i = 0; !err && i < ATTEMPTS; i++) {
		bool gone = false;

		err = list_surely(l, &id, &stamp, s);
		if (err)
			return err;
		if (!s->listings || !mvc_oid_eq(&id, &s->listing)) {
			s->stamp.settled = false;
			memset(&s->listing, 0, sizeof(s->listing));
			s->listings++;
			err = take_listing(s, l, &gone);
		}
		if (err || gone)
			continue;
		s->stamp = stamp;
		s->listing = id;
		return MVC_OK;
	}
	return err ? err
		   : mvc_fail(MVC_EAGAIN,
			 "the indexes of %s keep changing: try again later",
			 s->folder.path);
}

static bool
is_fresh(struct mvc_store *s, uint64_t *listing)
{
	struct mvc_stamp now = read_stamp(s);
	bool fresh;

	pthread_rwlock_rdlock(&s->segs_lock);
	fresh = is_same(&s->stamp, &now);
	*listing = s->listings;
	pthread_rwlock_unlock(&s->segs_lock);
	return fresh;
}

int
mvc_store_refreshed(struct mvc_store *s, uint64_t *listing)
{
	struct listing l = {NULL, 0};
	int err;

	if (is_fresh(s, listing))
		return MVC_OK;
	pthread_rwlock_wrlock(&s->segs_lock);
	err = refresh(s, &l);
	*listing = s->listings;
	pthread_rwlock_unlock(&s->segs_lock);
	free(l.at);
	return err;
}

int
mvc_store_refresh(struct mvc_store *s)
{
	uint64_t listing;

	return mvc_store_refreshed(s, &listing);
}

/* Whether a segment that covers this one lists the pack; those that were
 * merged list their packs by name. */
static bool
lists_pack(const struct mvc_segment *s, const struct mvc_oid *name)
{
	uint32_t lo = 0, hi = mvc_segment_packs(s);

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct mvc_segment_pack at;
		int c;

		mvc_segment_pack_at(s, mid, &at);
		c = mvc_oid_cmp(name, &at.name);
		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

static bool
has_more(const struct mvc_store *s, const struct mvc_segment *seg)
{
	for (uint32_t i = 0; i < mvc_segment_packs(seg); i++) {
		struct mvc_segment_pack p;
		bool listed = false;

		mvc_segment_pack_at(seg, i, &p);
		for (size_t j = 0; j < s->n_segs && !listed; j++)
			listed = lists_pack(s->segs[j], &p.name);
		if (!listed)
			return true;
	}
	return false;
}

static bool
is_looked_into(const struct mvc_store *s, const struct mvc_oid *name)
{
	for (size_t i = 0; i < s->n_segs; i++)
		if (mvc_oid_eq(mvc_segment_name(s->segs[i]), name))
			return true;
	return false;
}

static int
find_hidden(struct mvc_store *s, const struct listing *l)
{
	s->hidden = calloc(l->n + 1, sizeof(struct mvc_segment *));
	if (!s->hidden)
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	for (size_t i = 0; i < l->n; i++) {
		struct mvc_segment *seg;
		int err;

		if (is_looked_into(s, &l->at[i].name))
			continue;
		err = mvc_segment_open(&seg, &s->folder, &l->at[i].name);
		if (err == MVC_ENOMEM)
			return err;
		/* Gone, or damaged: of others it is told when it is listed. */
		if (err)
			continue;
		if (has_more(s, seg))
			s->hidden[s->n_hidden++] = seg;
		else
			mvc_segment_free(seg);
	}
	s->hidden_known = true;
	return MVC_OK;
}

int
mvc_store_find_hidden(struct mvc_store *s)
{
	struct listing l = {NULL, 0};
	int err = MVC_OK;

	pthread_rwlock_wrlock(&s->segs_lock);
	if (!s->hidden_known)
		err = list_segments(&l, &s->folder);
	if (!err && !s->hidden_known)
		err = find_hidden(s, &l);
	pthread_rwlock_unlock(&s->segs_lock);
	free(l.at);
	return err;
}
