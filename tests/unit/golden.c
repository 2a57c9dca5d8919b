#include "golden.h"
#include "scratch.h"

#include "chunk/codec.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "object/tree.h"
#include "store/folder.h"
#include "store/lines.h"
#include "store/trash.h"
#include "store/writer.h"
#include "work/pointer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#define MANY 300 /* names in the directory of several nodes */
#define PIECES 700 /* chunks of the file with parts */

#define ok(expr) cr_assert_eq((expr), 0, "%s", mvc_error_text())

/* Chunk i of the file with parts; after every 90th the list is cut: its id
 * begins with 00 c6, a number whose low nine bits are 0. */
static size_t
piece(char out[16], unsigned i)
{
	return (size_t)snprintf(out, 16, "%u ", i % 90 ? i % 40 : 227);
}

static size_t
parts_bytes(uint8_t *out)
{
	size_t n = 0;

	for (unsigned i = 0; i < PIECES; i++) {
		char p[16];
		size_t len = piece(p, i);

		memcpy(out + n, p, len);
		n += len;
	}
	return n;
}

size_t
golden_bytes(enum golden_file which, uint8_t out[GOLDEN_BYTES])
{
	size_t n = 0;

	switch (which) {
	case GOLDEN_RAW:
		scratch_noise(out, 200, 1);
		return 200;
	case GOLDEN_TEXT:
		for (int i = 0; i < 60; i++)
			n += (size_t)sprintf((char *)out + n, "line %d\n", i);
		return n;
	case GOLDEN_BF16: /* an upper byte that repeats, a lower of noise */
		scratch_noise(out, 1025, 2);
		for (size_t i = 1; i < 1024; i += 2)
			out[i] = (uint8_t)(0x3c + (out[i] & 1));
		return 1025;
	case GOLDEN_F32:
		scratch_noise(out, 1030, 3);
		for (size_t i = 3; i < 1028; i += 4)
			out[i] = (uint8_t)(0x3e + (out[i] & 1));
		return 1030;
	case GOLDEN_PARTS:
	default:
		return parts_bytes(out);
	}
}

void
golden_ids(struct golden *out)
{
	uint8_t p[GOLDEN_BYTES];

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < GOLDEN_FILES; i++) {
		out->size[i] = golden_bytes(i, p);
		mvc_blake3(&out->file[i], p, out->size[i]);
	}
}

struct making {
	struct golden *g;
	struct mvc_writer *w;
	struct mvc_encoder *enc;
};

static void
put_chunk(struct making *m, const void *p, size_t n, unsigned width)
{
	struct mvc_encoded e;
	struct mvc_oid id;

	mvc_blake3(&id, p, n);
	ok(mvc_encode(m->enc, &e, p, n, width));
	ok(mvc_writer_put_encoded(m->w, MVC_CHUNK, &id, (uint32_t)n, &e, NULL));
	if (width == 2)
		cr_assert_eq(e.codec, MVC_CODEC_PLANES2);
	if (width == 4)
		cr_assert_eq(e.codec, MVC_CODEC_PLANES4);
}

static void
put_files(struct making *m)
{
	static const unsigned widths[] = {0, 0, 2, 4};
	uint8_t p[GOLDEN_BYTES];

	for (int i = GOLDEN_RAW; i < GOLDEN_PARTS; i++)
		put_chunk(m, p, golden_bytes(i, p), widths[i]);
}

static void
put_parts(struct making *m, bool small)
{
	MVC_OWN(mvc_recipe_builder) *b = NULL;
	uint8_t all[GOLDEN_BYTES];
	char p[16];

	ok(mvc_recipe_builder_new(&b, mvc_writer_sink(m->w)));
	if (small) {
		/* The same file in two chunks. */
		size_t n = golden_bytes(GOLDEN_PARTS, all), at = 0;

		for (size_t len = n / 3; at < n; at += len, len = n - at) {
			struct mvc_oid id;

			mvc_blake3(&id, all + at, len);
			put_chunk(m, all + at, len, 0);
			ok(mvc_recipe_builder_add(b, &id, (uint32_t)len));
		}
	}
	for (unsigned i = 0; !small && i < PIECES; i++) {
		size_t n = piece(p, i);
		struct mvc_oid id;

		mvc_blake3(&id, p, n);
		put_chunk(m, p, n, 0);
		ok(mvc_recipe_builder_add(b, &id, (uint32_t)n));
	}
	ok(mvc_recipe_builder_finish(b, &m->g->file[GOLDEN_PARTS]));
}

static void
add(struct mvc_tree_builder *b, const char *name, enum mvc_entry_kind kind,
    const struct mvc_oid *id, uint64_t size, uint64_t files)
{
	struct mvc_entry e = {.kind = kind,
	    .name = name,
	    .name_len = strlen(name),
	    .size = size,
	    .files = files};

	if (kind == MVC_ENTRY_LINK) {
		e.target = "raw\xff/../text";
		e.target_len = strlen(e.target);
	} else {
		e.id = *id;
	}
	ok(mvc_tree_builder_add(b, &e));
}

static void
put_tree(struct making *m, bool small)
{
	MVC_OWN(mvc_tree_builder) *b = NULL;
	struct mvc_oid empty, many, nothing;
	struct golden *g = m->g;
	uint64_t size, files;

	mvc_blake3(&nothing, "", 0);
	ok(mvc_tree_builder_new(&b, mvc_writer_sink(m->w)));
	ok(mvc_tree_builder_finish(b, &empty, &size, &files));
	for (int i = 0; i < (small ? 2 : MANY); i++) {
		char name[16];

		snprintf(name, sizeof(name), "%03d.txt", i);
		add(b, name, MVC_ENTRY_FILE, &g->file[GOLDEN_TEXT],
		    g->size[GOLDEN_TEXT], 1);
	}
	ok(mvc_tree_builder_finish(b, &many, &size, &files));
	add(b, "bf16", MVC_ENTRY_FILE, &g->file[GOLDEN_BF16],
	    g->size[GOLDEN_BF16], 1);
	add(b, "empty", MVC_ENTRY_DIR, &empty, 0, 0);
	add(b, "f32", MVC_ENTRY_FILE, &g->file[GOLDEN_F32], g->size[GOLDEN_F32],
	    1);
	add(b, "link", MVC_ENTRY_LINK, NULL, 0, 1);
	add(b, "many", MVC_ENTRY_DIR, &many, size, files);
	add(b, "nothing", MVC_ENTRY_FILE, &nothing, 0, 1);
	add(b, "parts", MVC_ENTRY_FILE, &g->file[GOLDEN_PARTS],
	    g->size[GOLDEN_PARTS], 1);
	add(b, "raw \xc3\xa4", MVC_ENTRY_EXEC, &g->file[GOLDEN_RAW],
	    g->size[GOLDEN_RAW], 1);
	ok(mvc_tree_builder_finish(b, &g->tree, &g->tree_size, &g->tree_files));
}

static void
put_trash(const char *path, const struct golden *g)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);
	char root[] = GOLDEN_HOLDER "/" GOLDEN_HOLDER GOLDEN_HOLDER "~0123";
	struct mvc_trash_name names[] = {
	    {.kind = MVC_TRASH_PACK, .oid = g->file[GOLDEN_RAW]},
	    {.kind = MVC_TRASH_SEGMENT, .oid = g->file[GOLDEN_TEXT]},
	    {.kind = MVC_TRASH_ROOT, .key = root},
	};
	struct mvc_trash_list l = {
	    .grace = 1209600, .keep = 31536000, .names = names, .n = 3};
	char key[600];

	ok(mvc_trash_list_format(&b, &l));
	snprintf(key, sizeof(key), "%s/%s", path, GOLDEN_TRASH);
	scratch_write_bytes(key, b.data, b.len);
}

static void
write_texts(const char *path, const struct golden *g)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_buf) format = MVC_BUF_INIT(4096);
	struct mvc_pointer p = {.oid = g->tree,
	    .type = MVC_POINTER_TREE,
	    .size = g->tree_size,
	    .files = g->tree_files};
	char name[600];

	snprintf(name, sizeof(name), "%s/format", path);
	cr_assert_eq(unlink(name), 0);
	ok(mvc_lines_begin(&format, "store"));
	ok(mvc_buf_add_str(&format,
	    "id 0123456789abcdef0123456789abcdef\nids blake3\nshared 000\n"
	    "incompatible planes\n"));
	ok(mvc_lines_end(&format));
	scratch_write_bytes(name, format.data, format.len);
	put_trash(path, g);
	ok(mvc_pointer_label(&p, "kind", "golden"));
	ok(mvc_pointer_format(&b, &p));
	snprintf(name, sizeof(name), "%s/../all.mvc", path);
	scratch_write_bytes(name, b.data, b.len);
	mvc_pointer_release(&p);
}

static void
claim(struct making *m)
{
	struct mvc_claim c[] = {
	    {.oid = m->g->tree,
		.tree = true,
		.size = m->g->tree_size,
		.files = m->g->tree_files},
	    {.oid = m->g->file[GOLDEN_PARTS],
		.size = m->g->size[GOLDEN_PARTS],
		.files = 1},
	};

	ok(mvc_writer_claim(m->w, GOLDEN_HOLDER, c, 2));
}

void
golden_make(struct golden *out, const char *path, bool small)
{
	struct making m = {.g = out};
	struct mvc_store *s;
	struct mvc_ctx ctx;

	golden_ids(out);
	mvc_ctx_init(&ctx);
	ok(mvc_store_create(path, 0));
	ok(mvc_store_open(&s, &ctx, path));
	ok(mvc_writer_new(&m.w, s));
	ok(mvc_encoder_new(&m.enc));
	put_files(&m);
	put_parts(&m, small);
	put_tree(&m, small);
	claim(&m);
	mvc_encoder_free(m.enc);
	mvc_writer_free(m.w);
	mvc_store_free(s);
	write_texts(path, out);
}
