/*
 * place URL COMMAND: a place for data by its backend alone, for tests.
 *
 *     put KEY FILE [new]    get KEY [OFF N]    stat KEY    list [PREFIX [AFTER]]
 *     del KEY...            clock
 *     cut KEY FILE          a put of twice the file's bytes, which ends where
 *                           the file does
 *     speed FOLDER N        put and get N objects of what FOLDER holds (files
 *                           0, 1, …), four at a time: seconds for each
 *
 * Prints the error's text and exits with 1 where it fails.
 */
#include "remote/remote.h"
#include "util/ctx.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct mvc_backend *b;

static int
read_file(void *arg, uint64_t off, void *p, size_t n)
{
	int fd = *(int *)arg;

	for (size_t at = 0; at < n;) {
		ssize_t r =
		    pread(fd, (char *)p + at, n - at, (off_t)(off + at));

		if (r <= 0)
			return mvc_fail(MVC_EIO, "the file is shorter");
		at += (size_t)r;
	}
	return MVC_OK;
}

static int
put(const char *key, const char *path, uint64_t times, unsigned flags)
{
	struct mvc_body body = {.read = read_file};
	struct stat st;
	int fd = open(path, O_RDONLY), err;

	if (fd < 0 || fstat(fd, &st) < 0)
		return mvc_fail_errno("open %s", path);
	body.size = (uint64_t)st.st_size * times;
	body.arg = &fd;
	body.fd = fd;
	err = mvc_backend_put(b, key, &body, flags);
	close(fd);
	return err;
}

static int
write_out(void *arg, const void *p, size_t n)
{
	return fwrite(p, 1, n, arg) == n ? MVC_OK : mvc_fail(MVC_EIO, "write");
}

static int
drop(void *arg, const void *p, size_t n)
{
	*(uint64_t *)arg += n;
	return MVC_OK;
}

static int
print_key(void *arg, const char *key, const struct mvc_keystat *st)
{
	printf("%s %llu\n", key, (unsigned long long)st->size);
	return MVC_OK;
}

struct share {
	const char *folder;
	int from, n;
	bool get;
	int err;
	char text[500];
};

static void *
work(void *arg)
{
	struct share *s = arg;
	char key[64], path[4096];
	uint64_t got = 0;

	for (int i = s->from; i < s->n && !s->err; i += 4) {
		snprintf(key, sizeof(key), "packs/%d", i);
		snprintf(path, sizeof(path), "%s/%d", s->folder, i);
		if (s->get)
			s->err =
			    mvc_backend_get(b, key, 0, MVC_TO_END, drop, &got);
		else
			s->err = put(key, path, 1, 0);
	}
	if (s->err)
		snprintf(s->text, sizeof(s->text), "%s", mvc_error_text());
	return NULL;
}

static int
speed(const char *folder, int n, bool get)
{
	struct share s[4];
	pthread_t t[4];
	struct timespec from, to;
	int err = MVC_OK;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 4; i++) {
		struct share one = {
		    .folder = folder, .from = i, .n = n, .get = get};

		s[i] = one;
		pthread_create(&t[i], NULL, work, &s[i]);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		if (s[i].err)
			err = mvc_error_adopt(s[i].err, s[i].text);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%s %.3f\n", get ? "get" : "put",
	    (double)(to.tv_sec - from.tv_sec) +
		(double)(to.tv_nsec - from.tv_nsec) / 1e9);
	return err;
}

static int
stat_key(const char *key)
{
	struct mvc_keystat st;
	int err = mvc_backend_stat(b, key, &st);

	if (!err)
		printf("%llu\n", (unsigned long long)st.size);
	return err;
}

static int
tell_clock(void)
{
	int64_t now;
	int err = mvc_backend_clock(b, &now);

	if (!err)
		printf("%lld\n", (long long)now);
	return err;
}

static int
run(int argc, char **argv)
{
	const char *what = argv[2];

	if (!strcmp(what, "put") && argc >= 5)
		return put(argv[3], argv[4], 1, argc > 5 ? MVC_PUT_NEW : 0);
	if (!strcmp(what, "cut") && argc == 5)
		return put(argv[3], argv[4], 2, 0);
	if (!strcmp(what, "get") && argc == 4)
		return mvc_backend_get(
		    b, argv[3], 0, MVC_TO_END, write_out, stdout);
	if (!strcmp(what, "get") && argc == 6)
		return mvc_backend_get(b, argv[3], strtoull(argv[4], NULL, 10),
		    strtoull(argv[5], NULL, 10), write_out, stdout);
	if (!strcmp(what, "stat") && argc == 4)
		return stat_key(argv[3]);
	if (!strcmp(what, "list"))
		return mvc_backend_list(b, argc > 3 ? argv[3] : "",
		    argc > 4 ? argv[4] : NULL, print_key, NULL);
	if (!strcmp(what, "del"))
		return mvc_backend_del(
		    b, (const char *const *)argv + 3, (size_t)argc - 3);
	if (!strcmp(what, "clock"))
		return tell_clock();
	if (!strcmp(what, "speed") && argc == 5) {
		int err = speed(argv[3], atoi(argv[4]), false);

		return err ? err : speed(argv[3], atoi(argv[4]), true);
	}
	return mvc_fail(MVC_EUSAGE, "what?");
}

int
main(int argc, char **argv)
{
	struct mvc_remote_place place = {.make = true};
	struct mvc_ctx ctx;
	int err;

	if (argc < 3)
		return 2;
	mvc_ctx_init(&ctx);
	place.url = argv[1];
	err = mvc_remote_open(&b, &ctx, &place);
	if (!err)
		err = run(argc, argv);
	if (err)
		fprintf(stderr, "%s\n", mvc_error_text());
	fflush(stdout);
	if (b && getenv("PLACE_COUNT"))
		fprintf(
		    stderr, "%llu requests\n", (unsigned long long)b->requests);
	mvc_backend_free(b);
	return err != 0;
}
