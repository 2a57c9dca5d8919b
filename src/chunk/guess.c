/*
 * Which codec: from the bytes' histogram by place modulo 4, over windows
 * spread through the object (2 KiB of it, whatever its size).
 *
 * The chance that two bytes drawn from a lane are equal says how far from
 * uniform it is: S = sum of c*c over the counts c; m + m(m-1)/256 is expected
 * of m uniform bytes, with a deviation of 3 % at m = 512. It needs neither
 * logarithms nor floating point, so the choice is the same on every machine.
 *
 * Every lane flat: compressed or encrypted data, raw. The chance is the same
 * whether drawn within a lane or from all bytes: text, or numbers of one
 * byte, one frame. It is higher within lanes: numbers, planes.
 */
#include "chunk/guess.h"

#include "chunk/format.h"
#include "util/bytes.h"

#include "util/banned.h"

/* Shorter ones are not worth a frame's head; shorter ones have no lanes. */
#define MIN_ANY 32
#define MIN_PLANES 512

#define WINDOW 64
#define WINDOWS 32

/* Where repeats are looked for: so many bytes in a row. */
#define REPEAT_SPAN 2048
#define REPEAT_BITS 11
#define REPEAT_SHARE 8 /* one place in so many */

/* Where runs are looked for: this many places, spread. */
#define RUN_PLACES 512
#define RUN_SHARE 32 /* one place in so many */

struct hist {
	uint16_t c[MVC_LANES_MAX][256];
};

static void
count_window(struct hist *h, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		h->c[0][p[i]]++;
		h->c[1][p[i + 1]]++;
		h->c[2][p[i + 2]]++;
		h->c[3][p[i + 3]]++;
	}
}

static void
sample(struct hist *h, const uint8_t *p, size_t n)
{
	size_t i, step = (n - WINDOW) / (WINDOWS - 1) & ~(size_t)3;

	memset(h, 0, sizeof(*h));
	if (n <= WINDOW * WINDOWS) {
		count_window(h, p, n);
		return;
	}
	for (i = 0; i < WINDOWS; i++)
		count_window(h, p + i * step, WINDOW);
}

struct draw {
	uint64_t m, s; /* bytes drawn, sum of squared counts */
};

/* A lane of the histogram with every `width` th after it. */
static struct draw
draw(const struct hist *h, unsigned lane, unsigned width)
{
	struct draw d = {0, 0};
	uint32_t c;
	unsigned i, k;

	for (i = 0; i < 256; i++) {
		c = 0;
		for (k = lane; k < MVC_LANES_MAX; k += width)
			c += h->c[k][i];
		d.m += c;
		d.s += c * c;
	}
	return d;
}

/*
 * Close to what chance makes of uniform bytes. Below, down to half, is
 * chance too; too even to be chance is a pattern, such as a ramp.
 */
static bool
is_flat(struct draw d)
{
	uint64_t expect = d.m + d.m * (d.m - 1) / 256;

	return d.s * 100 < expect * 120 && d.s * 100 > expect * 85;
}

/* The mean chance of a draw of two equal bytes within lanes, times 2^32. */
static uint64_t
chance(const struct hist *h, unsigned width)
{
	uint64_t sum = 0;
	struct draw d;
	unsigned k;

	for (k = 0; k < width; k++) {
		d = draw(h, k, width);
		if (d.m > 1)
			sum += ((d.s - d.m) << 32) / (d.m * (d.m - 1));
	}
	return sum / width;
}

static uint8_t
flat_lanes(const struct hist *h, unsigned width)
{
	unsigned k;
	uint8_t flat = 0;

	for (k = 0; k < width; k++)
		if (is_flat(draw(h, k, width)))
			flat |= (uint8_t)(1u << k);
	return flat;
}

/* Numbers of how many bytes, if planes would serve better than one frame. */
static unsigned
planes_of(const struct hist *h, size_t n)
{
	uint64_t one, two, four;

	if (n < MIN_PLANES)
		return 0;
	one = chance(h, 1);
	two = chance(h, 2);
	four = chance(h, 4);
	if (four * 8 > two * 9 && four * 7 > one * 8)
		return 4;
	return two * 7 > one * 8 ? 2 : 0;
}

/* Whether strings of 4 bytes often come again, in the middle of the object. */
static bool
has_repeats(const uint8_t *p, size_t n)
{
	uint16_t seen[1 << REPEAT_BITS];
	size_t i, found = 0;
	uint32_t v, at;

	if (n > REPEAT_SPAN) {
		p += (n - REPEAT_SPAN) / 2;
		n = REPEAT_SPAN;
	}
	memset(seen, 0, sizeof(seen));
	for (i = 0; i + 4 <= n; i++) {
		v = mvc_get32(p + i);
		at = v * UINT32_C(2654435761) >> (32 - REPEAT_BITS);
		found += mvc_get32(p + seen[at]) == v;
		seen[at] = (uint16_t)i;
	}
	return found * REPEAT_SHARE > n;
}

bool
mvc_has_runs(const uint8_t *lane, size_t n)
{
	size_t i, step, found = 0;

	if (n < 2 * sizeof(uint64_t))
		return true;
	n -= 2 * sizeof(uint64_t);
	step = n / RUN_PLACES + 1;
	for (i = 0; i <= n; i += step) {
		uint64_t v = mvc_get64(lane + i);

		found += v == mvc_get64(lane + i + 1) ||
		    v == mvc_get64(lane + i + 2) ||
		    v == mvc_get64(lane + i + 4) ||
		    v == mvc_get64(lane + i + 8);
	}
	return found * RUN_SHARE > n / step;
}

void
mvc_guess(struct mvc_guess *g, const uint8_t *p, size_t n, unsigned width)
{
	struct hist h;

	*g = (struct mvc_guess){0};
	if (n < MIN_ANY)
		return;
	sample(&h, p, n);
	if (flat_lanes(&h, MVC_LANES_MAX) == (1u << MVC_LANES_MAX) - 1)
		return;
	if (width == 2 || width == 4)
		g->planes = n < MIN_PLANES ? 0 : width;
	else if (width == 0)
		g->planes = planes_of(&h, n);
	if (g->planes)
		g->flat = flat_lanes(&h, g->planes);
	g->repeats = has_repeats(p, n);
	g->zstd = g->repeats || !g->planes;
}
