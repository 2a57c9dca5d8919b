/*
 * GNU vectors of 16 bytes: every machine of ours has them, compilers turn the
 * shuffles into unpack and pack instructions. Four lanes are two rounds of
 * the shuffles of two.
 */
#include "chunk/lanes.h"

#include <string.h>

#include "util/banned.h"

typedef uint8_t vec __attribute__((vector_size(16)));
#define V sizeof(vec)

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else /* also before GCC 12 */
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vec){__VA_ARGS__})
#endif

#define EVEN(a, b) \
	SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD(a, b) \
	SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define ZIP_LOW(a, b) \
	SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b)                                                      \
	SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, \
	    15, 31)

static inline vec
get(const uint8_t *p)
{
	vec v;

	memcpy(&v, p, V);
	return v;
}

static inline void
put(uint8_t *p, vec v)
{
	memcpy(p, &v, V);
}

/* What is less than a vector, from number i on. */
static void
split_rest(
    uint8_t *const *lanes, const uint8_t *p, size_t i, size_t q, unsigned width)
{
	unsigned k;

	for (; i < q; i++)
		for (k = 0; k < width; k++)
			lanes[k][i] = p[i * width + k];
}

static size_t
split2(uint8_t *const *lanes, const uint8_t *p, size_t q)
{
	size_t i;
	vec a, b;

	for (i = 0; q - i >= V; i += V) {
		a = get(p + 2 * i);
		b = get(p + 2 * i + V);
		put(lanes[0] + i, EVEN(a, b));
		put(lanes[1] + i, ODD(a, b));
	}
	return i;
}

static size_t
split4(uint8_t *const *lanes, const uint8_t *p, size_t q)
{
	size_t i;
	vec a, b, c, d, even, odd;

	for (i = 0; q - i >= V; i += V) {
		a = get(p + 4 * i);
		b = get(p + 4 * i + V);
		c = get(p + 4 * i + 2 * V);
		d = get(p + 4 * i + 3 * V);
		even = EVEN(a, b);
		odd = EVEN(c, d);
		put(lanes[0] + i, EVEN(even, odd));
		put(lanes[2] + i, ODD(even, odd));
		even = ODD(a, b);
		odd = ODD(c, d);
		put(lanes[1] + i, EVEN(even, odd));
		put(lanes[3] + i, ODD(even, odd));
	}
	return i;
}

void
mvc_lanes_split(
    uint8_t *const *lanes, const uint8_t *p, size_t q, unsigned width)
{
	size_t i = width == 2 ? split2(lanes, p, q) : split4(lanes, p, q);

	split_rest(lanes, p, i, q, width);
}

static size_t
merge2(uint8_t *p, const uint8_t *const *lanes, size_t q)
{
	size_t i;
	vec a, b;

	for (i = 0; q - i >= V; i += V) {
		a = get(lanes[0] + i);
		b = get(lanes[1] + i);
		put(p + 2 * i, ZIP_LOW(a, b));
		put(p + 2 * i + V, ZIP_HIGH(a, b));
	}
	return i;
}

static size_t
merge4(uint8_t *p, const uint8_t *const *lanes, size_t q)
{
	size_t i;
	vec a, b, c, d, even, odd;

	for (i = 0; q - i >= V; i += V) {
		a = get(lanes[0] + i);
		b = get(lanes[1] + i);
		c = get(lanes[2] + i);
		d = get(lanes[3] + i);
		even = ZIP_LOW(a, c);
		odd = ZIP_LOW(b, d);
		put(p + 4 * i, ZIP_LOW(even, odd));
		put(p + 4 * i + V, ZIP_HIGH(even, odd));
		even = ZIP_HIGH(a, c);
		odd = ZIP_HIGH(b, d);
		put(p + 4 * i + 2 * V, ZIP_LOW(even, odd));
		put(p + 4 * i + 3 * V, ZIP_HIGH(even, odd));
	}
	return i;
}

void
mvc_lanes_merge(
    uint8_t *p, const uint8_t *const *lanes, size_t q, unsigned width)
{
	size_t i = width == 2 ? merge2(p, lanes, q) : merge4(p, lanes, q);
	unsigned k;

	for (; i < q; i++)
		for (k = 0; k < width; k++)
			p[i * width + k] = lanes[k][i];
}
