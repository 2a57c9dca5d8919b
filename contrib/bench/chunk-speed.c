/*
 * How fast the chunk room is on a file: make contrib/bench/chunk-speed, then
 * contrib/bench/chunk-speed FILE [WIDTH]. WIDTH is 2 or 4 for raw numbers of
 * that many bytes, cut every 128 KiB; without it the file is cut by content.
 */
#include "chunk/codec.h"
#include "chunk/cutter.h"
#include "util/buf.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
cut(struct mvc_offsets *cuts, const uint8_t *p, size_t n)
{
	MVC_SCOPED(mvc_offsets) all = {0};
	struct mvc_gear gear;
	double from, scan;
	int err;

	mvc_gear_init(&gear);
	from = now();
	err = mvc_gear_scan(&gear, &all, p, 0, n, 0);
	scan = now() - from;
	from = now();
	if (!err)
		err = mvc_cut_all(&gear, NULL, cuts, p, n);
	printf("gear scan %.2f GB/s, serial cut %.2f GB/s\n",
	    (double)n / scan / 1e9, (double)n / (now() - from) / 1e9);
	return err;
}

static int
code(const struct mvc_offsets *cuts, const uint8_t *p, unsigned width)
{
	static uint8_t back[MVC_CHUNK_MAX];
	MVC_OWN(mvc_encoder) *e = NULL;
	MVC_OWN(mvc_decoder) *d = NULL;
	struct mvc_encoded out;
	size_t i, at = 0, len, codecs[4] = {0};
	double t0, t1, encode = 0, decode = 0, packed = 0;
	int err = mvc_encoder_new(&e);

	if (!err)
		err = mvc_decoder_new(&d);
	for (i = 0; i < cuts->n && !err; i++, at += len) {
		len = cuts->at[i] - at;
		t0 = now();
		err = mvc_encode(e, &out, p + at, len, width);
		t1 = now();
		if (!err)
			err =
			    mvc_decode(d, back, len, out.codec, out.p, out.len);
		encode += t1 - t0;
		decode += now() - t1;
		packed += (double)out.len;
		codecs[out.codec]++;
	}
	printf("%zu chunks (raw %zu, zstd %zu, planes2 %zu, planes4 %zu): "
	       "%.1f %%, encode %.2f GB/s, decode %.2f GB/s\n",
	    cuts->n, codecs[0], codecs[1], codecs[2], codecs[3],
	    100 * packed / (double)at, (double)at / encode / 1e9,
	    (double)at / decode / 1e9);
	return err;
}

int
main(int argc, char **argv)
{
	MVC_SCOPED(mvc_buf) file = MVC_BUF_INIT((size_t)2 << 30);
	MVC_SCOPED(mvc_offsets) cuts = {0};
	unsigned width = argc > 2 ? (unsigned)(argv[2][0] - '0') : 0;
	size_t i;
	int err;

	if (argc < 2)
		return 129;
	err = mvc_file_read(&file, AT_FDCWD, argv[1]);
	if (!err)
		err = cut(&cuts, (uint8_t *)file.data, file.len);
	for (i = 0; !err && width && i < cuts.n; i++)
		cuts.at[i] = (i + 1) * MVC_CHUNK_ALIGNED;
	while (width && cuts.n && cuts.at[cuts.n - 1] > file.len)
		cuts.n--;
	if (!err)
		err = code(&cuts, (uint8_t *)file.data, width);
	if (err)
		fprintf(stderr, "chunk-speed: %s\n", mvc_error_text());
	return err ? 128 : 0;
}
