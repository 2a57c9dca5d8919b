#include "chunk/layout.h"

#include "util/buf.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define K 1024u

/* The head of a file being made; the file may go on behind it. */
static struct mvc_buf head = MVC_BUF_INIT(20u << 20);

static void
start(void)
{
	mvc_buf_clear(&head);
}

static void
add(const void *p, size_t n)
{
	cr_assert_eq(mvc_buf_add(&head, p, n), 0);
}

static void
add32(uint32_t v)
{
	uint8_t raw[4];

	mvc_put32(raw, v);
	add(raw, 4);
}

static void
add64(uint64_t v)
{
	uint8_t raw[8];

	mvc_put64(raw, v);
	add(raw, 8);
}

static void
add_string(const char *s)
{
	add64(strlen(s));
	add(s, strlen(s));
}

static void
safetensors(const char *json)
{
	start();
	add_string(json);
}

/* Parse as a reader does: as much as is asked for, in as many steps. */
static struct mvc_layout *
parse(uint64_t size)
{
	struct mvc_layout *l;
	size_t have = 0, need = 0, steps = 0;
	uint8_t *p;

	do {
		if (need > have)
			have = need;
		if (head.len < have)
			while (head.len < have)
				add("", 1);
		/* A copy of its own, so that reading past it is noticed. */
		p = malloc(have + !have);
		if (have)
			memcpy(p, head.data, have);
		cr_assert_eq(mvc_layout_parse(&l, &need, p, have, size), 0);
		free(p);
		cr_assert(!need || (!l && need > have && need <= size));
		cr_assert_leq(need, MVC_LAYOUT_HEAD_MAX);
		cr_assert_lt(steps++, 30);
	} while (need);
	return l;
}

static void
assert_none(uint64_t size)
{
	cr_assert_null(parse(size));
}

static void
assert_spans(uint64_t size, size_t n, const struct mvc_span *want)
{
	MVC_OWN(mvc_layout) *l = parse(size);
	size_t i;

	cr_assert_not_null(l);
	cr_assert_eq(l->n, n, "%zu spans", l->n);
	for (i = 0; i < n; i++) {
		cr_assert_eq(l->spans[i].off, want[i].off, "span %zu at %ju", i,
		    (uintmax_t)l->spans[i].off);
		cr_assert_eq(l->spans[i].len, want[i].len, "span %zu of %ju", i,
		    (uintmax_t)l->spans[i].len);
		cr_assert_eq(l->spans[i].width, want[i].width);
	}
}

#define A \
	"\"a\":{\"dtype\":\"F32\",\"shape\":[65536],\"data_offsets\":[0,262144]}"

Test(chunk_layout, safetensors_are_found_in_any_order)
{
	safetensors(
	    "{\"__metadata__\":{\"format\":\"pt\",\"q\":\"\\u00e9\\\"\"},"
	    " \"small\" : {\"dtype\":\"I8\",\"shape\":[10],"
	    "\"data_offsets\":[786432,786442]},"
	    "\"b\":{\"shape\":[2,131072],\"data_offsets\":[262144,786432],"
	    "\"dtype\":\"BF16\"}," A "}   ");
	assert_spans(head.len + 786442, 2,
	    (struct mvc_span[]){
		{head.len, 262144, 4}, {head.len + 262144, 524288, 2}});
}

Test(chunk_layout, safetensors_of_an_unknown_dtype_are_bytes)
{
	safetensors("{\"a\":{\"dtype\":\"F4_NEW\",\"shape\":[7],"
		    "\"data_offsets\":[0,300000]}}");
	assert_spans(
	    head.len + 300000, 1, (struct mvc_span[]){{head.len, 300000, 1}});
}

Test(chunk_layout, odd_safetensors_have_no_layout)
{
	static const char *const odd[] = {
	    "{}",
	    "{\"__metadata__\":{}}",
	    "{" A ",}",
	    "{" A "}x",
	    "{" A,
	    "{" A "," A "}", /* overlap */
	    "{\"a\":1}",
	    "{\"a\":{}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[0,262144],\"more\":1}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[65537],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[262144,0]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[-65536],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[6.5536e4],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[065536],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[0,18446744073709551616]}}",
	    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
	    "\"data_offsets\":[0,0]}}",
	    "{\"a\":{\"dtype\":\"X\",\"shape\":[65536],"
	    "\"data_offsets\":[0,18446744073709551615]}}",
	    "{\"a\":{\"dtype\":\"X\",\"shape\":[65536],"
	    "\"data_offsets\":[18446744073709551615,18446744073709551615]}}",
	    "{\"\\x\":{\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"\\u12g4\":{\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"\n\":{\"dtype\":\"F32\",\"shape\":[65536],"
	    "\"data_offsets\":[0,262144]}}",
	    "{\"a",
	    "{\"a\\",
	    "{\"a\\u12",
	};
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		MVC_OWN(mvc_layout) *l = NULL;

		safetensors(odd[i]);
		l = parse(head.len + 1000 * K);
		cr_assert_null(l, "%s", odd[i]);
	}
	/* Offsets that come round to small ones past 2^64. */
	safetensors("{\"a\":{\"dtype\":\"X\",\"shape\":[],\"data_offsets\":"
		    "[18446744073709151616,18446744073709551615]}}");
	while (head.len < 500000)
		add(" ", 1);
	mvc_put64((uint8_t *)head.data, head.len - 8);
	assert_none(head.len + 1000 * K);
	safetensors("{" A "}");
	assert_none(head.len + 262143); /* the data is cut short */
	head.data[6] = 1; /* a length of 2^48 */
	assert_none(head.len + 1000 * K);
}

Test(chunk_layout, safetensors_cut_anywhere_have_no_layout)
{
	size_t n;

	for (n = 1; n < sizeof("{" A "}") - 1; n++) {
		safetensors("{" A "}");
		mvc_put64((uint8_t *)head.data, n);
		assert_none(head.len + 1000 * K);
	}
}

static void
gguf(uint32_t version, uint64_t tensors, uint64_t pairs)
{
	start();
	add("GGUF", 4);
	add32(version);
	add64(tensors);
	add64(pairs);
}

static void
gguf_tensor(
    const char *name, uint32_t type, uint64_t a, uint64_t b, uint64_t off)
{
	add_string(name);
	add32(2);
	add64(a);
	add64(b);
	add32(type);
	add64(off);
}

static void
gguf_pairs(uint32_t alignment)
{
	size_t i;

	add_string("general.architecture");
	add32(8);
	add_string("llama");
	add_string("general.alignment");
	add32(4);
	add32(alignment);
	add_string("tokens");
	add32(9);
	add32(8);
	add64(20000);
	for (i = 0; i < 20000; i++)
		add_string("token");
	add_string("scores");
	add32(9);
	add32(6);
	add64(20000);
	for (i = 0; i < 20000; i++)
		add32((uint32_t)i);
	add_string("flag");
	add32(7);
	add("", 1);
}

static uint64_t
align(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

Test(chunk_layout, gguf_tensors_last_until_the_next_offset)
{
	uint64_t at;

	gguf(3, 4, 5);
	gguf_pairs(64);
	gguf_tensor("c", 12, 256, 2000, 300032 + 524288); /* Q4_K */
	gguf_tensor("a", 0, 75000, 1, 0); /* 300,000 bytes */
	gguf_tensor("b", 30, 512, 512, 300032);
	gguf_tensor("small", 1, 10, 10, 300032 + 524288 + 288000);
	at = align(head.len, 64);
	assert_spans(at + 300032 + 524288 + 288000 + 200, 3,
	    (struct mvc_span[]){{at, 300032, 4}, {at + 300032, 524288, 2},
		{at + 300032 + 524288, 288000, 1}});
}

Test(chunk_layout, gguf_of_version_2_is_read_and_others_are_not)
{
	uint32_t v;

	for (v = 0; v < 6; v++) {
		MVC_OWN(mvc_layout) *l = NULL;

		gguf(v, 1, 0);
		gguf_tensor("a", 1, 1024, 1024, 0);
		l = parse(align(head.len, 32) + 2048 * K);
		cr_assert_eq(l != NULL, v == 2 || v == 3);
	}
}

Test(chunk_layout, odd_gguf_has_no_layout)
{
	static const uint32_t alignments[] = {0, 3, 48, 1u << 21, UINT32_MAX};
	size_t i;

	for (i = 0; i < 5; i++) {
		gguf(3, 1, 5);
		gguf_pairs(alignments[i]);
		gguf_tensor("a", 1, 1024, 1024, 0);
		assert_none(8192 * K);
	}
	gguf(3, 1, 0); /* an offset that is not aligned */
	gguf_tensor("a", 1, 512, 512, 8);
	assert_none(8192 * K);
	gguf(3, 1, 0); /* the shape overflows */
	gguf_tensor("a", 1, UINT64_C(1) << 40, UINT64_C(1) << 40, 0);
	assert_none(8192 * K);
	gguf(3, 1, 0); /* larger than the file */
	gguf_tensor("a", 0, 1024, 4096, 0);
	assert_none(8192 * K);
	gguf(3, 2, 0); /* the first reaches into the second */
	gguf_tensor("a", 0, 1024, 1024, 0);
	gguf_tensor("b", 0, 1024, 1024, 4095 * K);
	assert_none(16384 * K);
	gguf(3, 1, 0); /* an offset past the end */
	gguf_tensor("a", 12, 1024, 1024, UINT64_MAX - 31);
	assert_none(8192 * K);
	gguf(3, 1, 1); /* an array of arrays */
	add_string("x");
	add32(9);
	add32(9);
	add64(1);
	gguf_tensor("a", 1, 1024, 1024, 0);
	assert_none(8192 * K);
}

Test(chunk_layout, hostile_gguf_counts_and_lengths_end_at_the_cap)
{
	gguf(3, UINT64_MAX, 0);
	assert_none(UINT64_MAX);
	gguf(3, 0, UINT64_MAX);
	assert_none(UINT64_MAX);
	gguf(3, 1, 1);
	add64(UINT64_MAX); /* the key's length */
	assert_none(UINT64_MAX);
	gguf(3, 1, 1);
	add_string("x");
	add32(9);
	add32(11);
	add64(UINT64_MAX / 8 + 2); /* times 8 it would overflow */
	assert_none(UINT64_MAX);
	gguf(3, 1, 1);
	add_string("x");
	add32(9);
	add32(8);
	add64(UINT64_MAX);
	assert_none(UINT64_MAX);
}

static void
npy(unsigned major, const char *literal)
{
	uint8_t raw[4];

	start();
	add("\x93NUMPY", 6);
	raw[0] = (uint8_t)major;
	raw[1] = 0;
	add(raw, 2);
	mvc_put32(raw, (uint32_t)strlen(literal));
	add(raw, major == 1 ? 2 : 4);
	add(literal, strlen(literal));
}

Test(chunk_layout, npy_is_one_span)
{
	static const struct {
		const char *descr;
		unsigned bytes, width;
	} kinds[] = {
	    {"<f4", 4, 4},
	    {"<i2", 2, 2},
	    {"|u1", 1, 1},
	    {">u4", 4, 4},
	    {"<f8", 8, 1},
	    {"<c8", 8, 4},
	    {"<f2", 2, 2},
	    {"<V2", 2, 2},
	    {"<U3", 12, 1},
	    {"|S4", 4, 1},
	    {"|b1", 1, 1},
	};
	char text[200];
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(text, sizeof(text),
		    "{'descr': '%s', 'fortran_order': %s, "
		    "'shape': (1000, 300), }          \n",
		    kinds[i].descr, i & 1 ? "True" : "False");
		npy(1 + i % 3, text);
		assert_spans(head.len + 300000 * kinds[i].bytes, 1,
		    (struct mvc_span[]){{head.len, 300000 * kinds[i].bytes,
			(uint8_t)kinds[i].width}});
	}
	npy(1,
	    "{'descr': '<f4', 'fortran_order': False, 'shape': (70000,), }\n");
	assert_spans(
	    head.len + 280000, 1, (struct mvc_span[]){{head.len, 280000, 4}});
}

Test(chunk_layout, odd_npy_has_no_layout)
{
	static const char *const odd[] = {
	    "",
	    "{}",
	    "{'descr': '<f4', 'fortran_order': False, 'shape': (70001,), }",
	    "{'descr': '|O', 'fortran_order': False, 'shape': (70000,), }",
	    "{'descr': '|O4', 'fortran_order': False, 'shape': (70000,), }",
	    "{'descr': [('a', '<f4')], 'fortran_order': False, "
	    "'shape': (70000,), }",
	    "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (70000,), }",
	    "{'descr': '<f4', 'fortran_order': False, 'shape': (70000,), } x",
	    "{'descr': '<f4', 'fortran_order': False, 'shape': (70000,)",
	    "{'descr': '<f4', 'fortran_order': False, 'shape': (-70000,), }",
	    "{'descr': '<f4', 'fortran_order': False, 'shape': (70000,), "
	    "'shape': (70000,), }",
	    "{'descr': '<f4', 'fortran_order': False, "
	    "'shape': (4294967296, 4294967296, 70000), }",
	    "{'descr': '<f', 'fortran_order': False, 'shape': (70000,), }",
	    "{'descr': '<f99999999999999999999', 'fortran_order': False, "
	    "'shape': (70000,), }",
	    "{'descr': '",
	};
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		MVC_OWN(mvc_layout) *l = NULL;

		npy(2, odd[i]);
		l = parse(head.len + 280000);
		cr_assert_null(l, "%s", odd[i]);
	}
	npy(4, "{'descr': '<f4', 'fortran_order': False, 'shape': (70000,), }");
	assert_none(head.len + 280000);
}

Test(chunk_layout, other_and_small_files_have_none_at_once)
{
	MVC_OWN(mvc_layout) *l = NULL;
	uint8_t zero[MVC_LAYOUT_PROBE] = {0};
	size_t need;

	cr_assert_eq(mvc_layout_parse(&l, &need, zero, 10, 10), 0);
	cr_assert(!l && !need);
	cr_assert_eq(mvc_layout_parse(&l, &need, zero, 10, 1000 * K), 0);
	cr_assert_eq(need, MVC_LAYOUT_PROBE);
	cr_assert_eq(
	    mvc_layout_parse(&l, &need, zero, sizeof(zero), 1000 * K), 0);
	cr_assert(!l && !need);
}

Test(chunk_layout, width_is_known_inside_spans_only)
{
	struct mvc_span spans[] = {
	    {100, 300000, 2}, {300100, 300000, 4}, {700000, 300000, 1}};
	struct mvc_layout l = {spans, 3, 3};

	cr_assert_eq(mvc_layout_width(NULL, 5), 0);
	cr_assert_eq(mvc_layout_width(&l, 99), 0);
	cr_assert_eq(mvc_layout_width(&l, 100), 2);
	cr_assert_eq(mvc_layout_width(&l, 300099), 2);
	cr_assert_eq(mvc_layout_width(&l, 300100), 4);
	cr_assert_eq(mvc_layout_width(&l, 600100), 0);
	cr_assert_eq(mvc_layout_width(&l, 999999), 1);
	cr_assert_eq(mvc_layout_width(&l, 1000000), 0);
}
