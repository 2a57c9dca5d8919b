/*
 * Which segments a store looks into: those that no other one covers, the
 * largest first.
 */
#include "store/format.h"
#include "store/store_priv.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

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

/* A damaged segment is passed over, with a warning: another may find what it
 * does, and fsck rebuilds it. */
static int
choose(struct mvc_segment **segs, size_t *n, struct mvc_store *s,
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

static int
refresh(struct mvc_store *s, struct listing *l)
{
	struct mvc_segment **segs;
	size_t n = 0;
	int err;

	err = list_segments(l, &s->folder);
	if (!err)
		err = make_room(s, s->n_segs + l->n);
	if (err)
		return err;
	segs = calloc(l->n + 1, sizeof(struct mvc_segment *));
	if (!segs)
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	err = choose(segs, &n, s, l);
	/* After a failure the old ones are gone too: what was opened is all
	 * there is. */
	for (size_t i = 0; i < s->n_segs; i++)
		retire(s, s->segs[i]);
	free(s->segs);
	s->segs = segs;
	s->n_segs = drop_covered(s, segs, n);
	return err;
}

int
mvc_store_refresh(struct mvc_store *s)
{
	struct listing l = {NULL, 0};
	int err;

	pthread_rwlock_wrlock(&s->segs_lock);
	err = refresh(s, &l);
	pthread_rwlock_unlock(&s->segs_lock);
	free(l.at);
	return err;
}
