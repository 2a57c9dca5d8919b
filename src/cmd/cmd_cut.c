#include "chunk/cutter.h"
#include "chunk/layout.h"
#include "cmd/env.h"
#include "hash/digest.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>
#include <inttypes.h>

#define BLOCK (UINT32_C(4) << 20)

struct cutting {
	struct mvc_env *env;
	const char *path;
	int fd;
	uint64_t size;
	struct mvc_gear gear;
	struct mvc_layout *layout;
	struct mvc_cutter cutter;
	struct mvc_offsets found, cuts;
	uint8_t *block; /* with MVC_GEAR_WINDOW bytes before */
	uint64_t done; /* bytes printed */
};

static int
read_at(const struct cutting *c, void *p, size_t n, uint64_t off)
{
	size_t got;
	int err = mvc_sys_pread(&got, c->fd, p, n, off, c->path);

	if (!err && got != n)
		err = mvc_fail(
		    MVC_ECHANGED, "%s changed while it was read", c->path);
	return err;
}

static int
find_layout(struct cutting *c)
{
	size_t need = MVC_LAYOUT_PROBE;

	while (need) {
		size_t have = need < c->size ? need : (size_t)c->size;
		MVC_OWN_MEM uint8_t *head = malloc(have + 1);
		int err;

		if (!head)
			return mvc_fail(MVC_ENOMEM, "no memory for a header");
		err = read_at(c, head, have, 0);
		if (!err)
			err = mvc_layout_parse(
			    &c->layout, &need, head, have, c->size);
		if (err)
			return err;
	}
	return MVC_OK;
}

static int
print_chunk(struct cutting *c, uint64_t end)
{
	uint8_t *p = c->block; /* room for more than the longest chunk */
	size_t n = (size_t)(end - c->done);
	struct mvc_oid id;
	int err;

	if (n > MVC_CHUNK_MAX)
		return mvc_fail(MVC_EINVALID, "%s: a cut is off", c->path);
	err = read_at(c, p, n, c->done);
	if (err)
		return err;
	mvc_blake3(&id, p, n);
	mvc_print(
	    c->env, "%" PRIu64 " %zu %s\n", c->done, n, mvc_oid_hex(&id).s);
	c->done = end;
	return MVC_OK;
}

/* Keep what the next block's cuts may need. */
static void
drop_passed(struct cutting *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->found.n; i++)
		if (c->found.at[i] > c->cutter.start)
			c->found.at[n++] = c->found.at[i];
	c->found.n = n;
}

static int
cut_block(struct cutting *c, uint64_t off, size_t n)
{
	size_t before = off < MVC_GEAR_WINDOW ? (size_t)off : MVC_GEAR_WINDOW;
	int err;

	err = read_at(c, c->block, before + n, off - before);
	if (!err)
		err = mvc_gear_scan(
		    &c->gear, &c->found, c->block + before, before, n, off);
	c->cuts.n = 0;
	if (!err)
		err = mvc_cutter_feed(&c->cutter, &c->cuts, &c->found, off + n,
		    off + n == c->size);
	for (size_t i = 0; !err && i < c->cuts.n; i++)
		err = print_chunk(c, c->cuts.at[i]);
	drop_passed(c);
	return err;
}

static int
cut_file(struct cutting *c)
{
	struct stat st;
	int err;

	err = mvc_sys_open(&c->fd, AT_FDCWD, c->path, O_RDONLY | O_NOCTTY, 0);
	if (err)
		return err;
	if (fstat(c->fd, &st) < 0)
		return mvc_fail_errno("stat %s", c->path);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s is no regular file", c->path);
	c->size = (uint64_t)st.st_size;
	c->block = malloc(MVC_GEAR_WINDOW + BLOCK);
	if (!c->block)
		return mvc_fail(MVC_ENOMEM, "no memory to read %s", c->path);
	err = find_layout(c);
	mvc_cutter_init(&c->cutter, c->layout);
	for (uint64_t off = 0; !err && off < c->size; off += BLOCK)
		err = cut_block(c, off,
		    c->size - off < BLOCK ? (size_t)(c->size - off) : BLOCK);
	return err;
}

static int
cut_run(struct mvc_env *env, const void *args)
{
	int err = MVC_OK;

	for (int i = 0; !err && i < env->argc; i++) {
		struct cutting c = {.env = env, .path = env->argv[i], .fd = -1};

		mvc_gear_init(&c.gear);
		if (env->argc > 1)
			mvc_print(env, "%s%s:\n", i ? "\n" : "",
			    mvc_name(env, c.path));
		err = cut_file(&c);
		mvc_layout_free(c.layout);
		mvc_offsets_release(&c.found);
		mvc_offsets_release(&c.cuts);
		free(c.block);
		if (c.fd >= 0)
			close(c.fd);
	}
	return err;
}

const struct mvc_cmd mvc_cmd_cut = {
    .name = "cut",
    .summary = "show where a file is cut into chunks",
    .usage = "FILE...",
    .group = MVC_GROUP_PLUMBING,
    .min = 1,
    .max = -1,
    .run = cut_run,
};
