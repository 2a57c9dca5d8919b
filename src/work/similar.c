#include "work/similar.h"
#include "util/banned.h"

struct known {
	struct mvc_oid chunk;
	size_t file;
};

/* Bytes that the new file shares with an old one. */
struct score {
	size_t file;
	uint64_t bytes;
};

struct mvc_similar {
	struct known *known;
	size_t n, cap;
	bool sorted;
	struct score *scores;
	size_t n_scores, scores_cap;
};

int
mvc_similar_new(struct mvc_similar **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for renames");
}

void
mvc_similar_free(struct mvc_similar *s)
{
	if (!s)
		return;
	free(s->known);
	free(s->scores);
	free(s);
}

int
mvc_similar_add(struct mvc_similar *s, size_t file, const struct mvc_oid *chunk)
{
	if (s->n == MVC_SIMILAR_MAX)
		return MVC_OK;
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct known *v = reallocarray(s->known, cap, sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for renames");
		s->known = v;
		s->cap = cap;
	}
	s->known[s->n++] = (struct known){*chunk, file};
	s->sorted = false;
	return MVC_OK;
}

static int
by_chunk(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	int cmp = mvc_oid_cmp(&x->chunk, &y->chunk);

	return cmp ? cmp : x->file < y->file ? -1 : x->file > y->file;
}

static const struct known *
find(const struct mvc_similar *s, const struct mvc_oid *chunk)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mvc_oid_cmp(&s->known[mid].chunk, chunk) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && mvc_oid_eq(&s->known[lo].chunk, chunk)
	    ? &s->known[lo]
	    : NULL;
}

/* Few old files share with one new one. */
static struct score *
score_of(struct mvc_similar *s, size_t file)
{
	struct score *v;

	for (size_t i = 0; i < s->n_scores; i++)
		if (s->scores[i].file == file)
			return &s->scores[i];
	if (s->n_scores == s->scores_cap) {
		size_t cap = s->scores_cap ? 2 * s->scores_cap : 16;

		v = reallocarray(s->scores, cap, sizeof(*v));
		if (!v)
			return NULL;
		s->scores = v;
		s->scores_cap = cap;
	}
	v = &s->scores[s->n_scores++];
	*v = (struct score){file, 0};
	return v;
}

int
mvc_similar_count(
    struct mvc_similar *s, const struct mvc_oid *chunk, uint64_t len)
{
	const struct known *k;
	struct score *score;

	if (!s->n)
		return MVC_OK;
	if (!s->sorted)
		qsort(s->known, s->n, sizeof(*s->known), by_chunk);
	s->sorted = true;
	k = find(s, chunk);
	if (!k)
		return MVC_OK;
	score = score_of(s, k->file);
	if (!score)
		return mvc_fail(MVC_ENOMEM, "no memory for renames");
	score->bytes += len;
	return MVC_OK;
}

uint64_t
mvc_similar_best(struct mvc_similar *s, size_t *file)
{
	struct score best = {0, 0};

	for (size_t i = 0; i < s->n_scores; i++)
		if (s->scores[i].bytes > best.bytes)
			best = s->scores[i];
	s->n_scores = 0;
	*file = best.file;
	return best.bytes;
}
