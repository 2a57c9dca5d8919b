/* A cheap look at an object's bytes: which codecs are worth trying. */
#ifndef MVC_CHUNK_GUESS_H
#define MVC_CHUNK_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mvc_guess {
	unsigned planes; /* try planes of this many lanes: 0, 2 or 4 */
	uint8_t flat; /* bit k: lane k will not shrink */
	bool zstd; /* try one frame of all */
	bool repeats; /* strings come again, so a search for them pays */
};

/* `width` as in mvc_encode. Nothing to try: store raw. */
void mvc_guess(struct mvc_guess *g, const uint8_t *p, size_t n, unsigned width);

/* Whether a lane has stretches that come again at once: the same byte, or the
 * same few. */
bool mvc_has_runs(const uint8_t *lane, size_t n);

#endif
