/*
 * noise BYTES SEED: bytes that look random and do not compress, the same for
 * the same seed on every machine, for the command tests.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t
next(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	/* splitmix64's finaliser: no state is bad, seed 0 included */
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int
main(int argc, char **argv)
{
	unsigned char block[4096];
	uint64_t left, x;
	size_t n;

	if (argc != 3) {
		fprintf(stderr, "usage: noise BYTES SEED\n");
		return 2;
	}
	left = strtoull(argv[1], NULL, 10);
	x = strtoull(argv[2], NULL, 10);
	for (; left; left -= n) {
		for (size_t i = 0; i < sizeof(block); i += 8) {
			uint64_t z = next(&x);

			for (int k = 0; k < 8; k++)
				block[i + k] = (unsigned char)(z >> 8 * k);
		}
		n = left < sizeof(block) ? left : sizeof(block);
		if (fwrite(block, 1, n, stdout) != n)
			return 1;
	}
	return fclose(stdout) ? 1 : 0;
}
