/* Whatever is read as a ledger can be asked, and is written and read again as
 * the same. The checksum is made to fit, or nothing would get past it. */
#include "hash/digest.h"
#include "lineage/ledger.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing here may reach outside of the arrays. */
static void
ask(const struct mvc_ledger *g)
{
	struct mvc_ledger_range r;
	uint8_t *bits;
	uint32_t tip = g->n_commits - 1;

	for (uint32_t i = 0; i < g->n_records; i++) {
		(void)mvc_ledger_find_record(g, &g->records[i].id);
		r = mvc_ledger_find_arrivals(g, i);
		assert(r.begin <= r.end && r.end <= g->n_arrivals);
	}
	for (uint32_t i = 0; i < g->n_files; i++) {
		assert(strlen(mvc_ledger_text(g, g->files[i].path)) <
		    g->texts.len);
		r = mvc_ledger_find_made(g, &g->files[i].key);
		assert(r.begin <= r.end && r.end <= g->n_made);
		r = mvc_ledger_find_used(g, &g->files[i].key);
		assert(r.begin <= r.end && r.end <= g->n_used);
	}
	for (uint32_t i = 0; i < g->n_versions; i++) {
		r = mvc_ledger_find_versions(g, &g->versions[i].oid);
		assert(r.begin <= r.end && r.end <= g->n_known);
	}
	assert(mvc_ledger_reach(&bits, g, &tip, g->n_commits > 0) == 0);
	free(bits);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_ledger) g = MVC_LEDGER_INIT;
	MVC_SCOPED(mvc_ledger) again = MVC_LEDGER_INIT;
	MVC_SCOPED(mvc_buf) in = MVC_BUF_INIT(MVC_LEDGER_MAX);
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(MVC_LEDGER_MAX);
	struct mvc_oid sum;

	if (size < MVC_OID_SIZE)
		return 0;
	assert(mvc_buf_add(&in, data, size) == 0);
	mvc_blake3(&sum, in.data, size - MVC_OID_SIZE);
	memcpy(in.data + size - MVC_OID_SIZE, sum.b, MVC_OID_SIZE);
	if (mvc_ledger_decode(&g, in.data, in.len))
		return 0;
	ask(&g);
	assert(mvc_ledger_encode(&out, &g) == 0);
	assert(out.len == in.len);
	assert(mvc_ledger_decode(&again, out.data, out.len) == 0);
	return 0;
}
