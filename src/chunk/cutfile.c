#include "chunk/cutfile.h"
#include "chunk/cutter.h"
#include "chunk/layout.h"
#include "util/own.h"
#include "util/sys.h"
#include "util/banned.h"

#define BLOCK (UINT32_C(4) << 20)

struct cutting {
	int fd;
	const char *name;
	uint64_t size;
	mvc_chunk_fn each;
	void *arg;
	struct mvc_gear gear;
	struct mvc_layout *layout;
	struct mvc_cutter cutter;
	struct mvc_offsets found, cuts;
	uint8_t *block; /* with MVC_GEAR_WINDOW bytes before */
	uint64_t done; /* bytes handed out */
};

static int
read_at(const struct cutting *c, void *p, size_t n, uint64_t off)
{
	size_t got;
	int err = mvc_sys_pread(&got, c->fd, p, n, off, c->name);

	if (!err && got != n)
		err = mvc_fail(
		    MVC_ECHANGED, "%s changed while it was read", c->name);
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
hand_out(struct cutting *c, uint64_t end)
{
	uint8_t *p = c->block; /* room for more than the longest chunk */
	size_t n = (size_t)(end - c->done);
	int err;

	if (n > MVC_CHUNK_MAX)
		return mvc_fail(MVC_EINVALID, "%s: a cut is off", c->name);
	err = read_at(c, p, n, c->done);
	if (!err)
		err = c->each(c->arg, p, n, c->done);
	c->done = end;
	return err;
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
		err = hand_out(c, c->cuts.at[i]);
	drop_passed(c);
	return err;
}

int
mvc_cut_file(
    int fd, const char *name, uint64_t size, mvc_chunk_fn each, void *arg)
{
	struct cutting c = {
	    .fd = fd, .name = name, .size = size, .each = each, .arg = arg};
	size_t block = size < BLOCK ? (size_t)size : BLOCK;
	int err;

	mvc_gear_init(&c.gear);
	c.block = malloc(MVC_GEAR_WINDOW + block + 1);
	if (!c.block)
		return mvc_fail(MVC_ENOMEM, "no memory to read %s", name);
	err = find_layout(&c);
	mvc_cutter_init(&c.cutter, c.layout);
	for (uint64_t off = 0; !err && off < size; off += block)
		err = cut_block(
		    &c, off, size - off < block ? (size_t)(size - off) : block);
	mvc_layout_free(c.layout);
	mvc_offsets_release(&c.found);
	mvc_offsets_release(&c.cuts);
	free(c.block);
	return err;
}
