/*
 * Runs a fuzz target without a fuzzer, in make check: every seed, then a
 * short walk of random mutations that is the same every time.
 *
 *   fuzz-NAME [FILE...]      those files, or tests/fuzz/seeds/NAME/ and the
 *                            mutations (FUZZ_RUNS, FUZZ_SECONDS change how many)
 *
 * The input that is being tried lies in crash-NAME until it came through.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define INPUT_CAP (1 << 20)
#define MAX_SEEDS 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t *data;
	size_t size;
};

static struct input seeds[MAX_SEEDS];
static size_t seed_count;
static uint64_t state = 0x9e3779b97f4a7c15u;
static char crash_path[PATH_MAX];

static size_t
rnd(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? (size_t)((state >> 16) % n) : 0;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* A copy of just the right size, so that a sanitizer sees a read past it. */
static void
try_input(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	FILE *f;

	if (!copy)
		die("malloc");
	memcpy(copy, data, size);
	f = fopen(crash_path, "wb");
	if (f) {
		fwrite(data, 1, size, f);
		fclose(f);
	}
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
load(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input *in = &seeds[seed_count];

	if (!f)
		die(path);
	in->data = malloc(INPUT_CAP);
	if (!in->data)
		die("malloc");
	in->size = fread(in->data, 1, INPUT_CAP, f);
	fclose(f);
	seed_count++;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
load_folder(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, by_name);

	for (int i = 0; i < n; i++) {
		char path[2 * PATH_MAX];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (!stat(path, &st) && S_ISREG(st.st_mode) &&
		    seed_count < MAX_SEEDS)
			load(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* Numbers that length checks get wrong. */
static void
plant_number(uint8_t *p, size_t room)
{
	static const uint64_t odd[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff,
	    0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
	    0x8000000000000000, 0xffffffffffffffff};
	uint64_t v = odd[rnd(sizeof(odd) / sizeof(odd[0]))];
	size_t n = (size_t)1 << rnd(4);

	for (size_t i = 0; i < n && i < room; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
mutate_once(uint8_t *p, size_t *n)
{
	size_t at = rnd(*n), len = rnd(64);

	switch (*n ? rnd(8) : 5) {
	case 0:
		p[at] ^= (uint8_t)(1 << rnd(8));
		break;
	case 1:
		p[at] = (uint8_t)rnd(256);
		break;
	case 2:
		plant_number(p + at, *n - at);
		break;
	case 3: /* cut short */
		*n = at;
		break;
	case 4: /* leave bytes out */
		len = len < *n - at ? len : *n - at;
		memmove(p + at, p + at + len, *n - at - len);
		*n -= len;
		break;
	case 5: /* put bytes in */
		len = len < INPUT_CAP - *n ? len : INPUT_CAP - *n;
		memmove(p + at + len, p + at, *n - at);
		for (size_t i = 0; i < len; i++)
			p[at + i] = (uint8_t)rnd(256);
		*n += len;
		break;
	case 6: /* say it twice */
		len = len < *n - at ? len : *n - at;
		len = len < INPUT_CAP - *n ? len : INPUT_CAP - *n;
		memmove(p + at + len, p + at, *n - at);
		*n += len;
		break;
	default: /* a digit of a text number */
		for (size_t i = at; i < *n; i++)
			if (p[i] >= '0' && p[i] <= '9') {
				p[i] = (uint8_t)('0' + rnd(10));
				break;
			}
	}
}

static void
mutations(long runs, long seconds)
{
	static uint8_t p[INPUT_CAP];
	time_t end = time(NULL) + seconds;

	for (long i = 0; i < runs && time(NULL) < end; i++) {
		size_t n = 0, steps = 1 + rnd(6);

		if (seed_count && rnd(16)) {
			const struct input *in = &seeds[rnd(seed_count)];

			n = in->size;
			memcpy(p, in->data, n);
		}
		while (steps--)
			mutate_once(p, &n);
		try_input(p, n);
	}
}

static long
setting(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s ? strtol(s, NULL, 10) : otherwise;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	const char *top = getenv("srcdir");
	char folder[PATH_MAX];

	name = name ? name + 1 : argv[0];
	if (!strncmp(name, "lt-", 3))
		name += 3;
	if (!strncmp(name, "fuzz-", 5))
		name += 5;
	snprintf(crash_path, sizeof(crash_path), "crash-%s", name);
	for (int i = 1; i < argc; i++)
		load(argv[i]);
	if (argc == 1) {
		snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s",
		    top ? top : ".", name);
		load_folder(folder);
	}
	for (size_t i = 0; i < seed_count; i++)
		try_input(seeds[i].data, seeds[i].size);
	if (argc == 1)
		mutations(
		    setting("FUZZ_RUNS", 2000), setting("FUZZ_SECONDS", 20));
	unlink(crash_path);
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].data);
	printf("fuzz-%s: %zu seeds came through\n", name, seed_count);
	return 0;
}
