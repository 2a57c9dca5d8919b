/* A pipeline that is read has all that its struct promises, and its text takes
 * one stage more or refuses to. */
#include "pipeline/edit.h"
#include "pipeline/graph.h"

#include "lineage/record.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
load(void *arg, struct mvc_jval **out, const char *path)
{
	static const char values[] =
	    "{\"a\":{\"b\":[1,2.5,\"x\"]},\"seed\":7,\"name\":\"n\",\"on\":true}";

	(void)arg;
	if (path[0] == 'n')
		return mvc_fail(MVC_ENOTFOUND, "%s", path);
	return mvc_jval_parse(out, values, sizeof(values) - 1);
}

static void
check(const struct mvc_stage *s)
{
	assert(s->name && *s->name && s->wdir && s->cmd.n);
	for (size_t i = 0; i < s->deps.n; i++)
		assert(mvc_record_check_path(s->deps.v[i]) == 0);
	for (size_t i = 0; i < s->outs_n; i++)
		assert(mvc_record_check_path(s->outs[i].path) == 0);
	for (size_t i = 0; i < s->params_n; i++)
		assert(mvc_record_check_path(s->params[i].file) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mvc_stage_words more = {
	    .name = "a-new-one", .cmd = "x"};
	MVC_SCOPED(mvc_pipeline) p = MVC_PIPELINE_INIT;
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_PIPELINE_MAX);
	MVC_SCOPED(mvc_buf) back = MVC_BUF_INIT(2 * MVC_PIPELINE_MAX);
	MVC_OWN(mvc_graph) *g = NULL;
	const char *in = (const char *)data;

	if (mvc_pipeline_parse(&p, "d/mvc.yaml", in, size, load, NULL) == 0) {
		for (size_t i = 0; i < p.n; i++)
			check(&p.v[i]);
		if (mvc_graph_open(&g, &p) == 0)
			for (size_t i = 0; i < g->n; i++)
				assert(g->order[i] < g->n);
	}
	if (mvc_pipeline_add(&text, "x", in, size, &more))
		return 0;
	assert(text.len >= size);
	assert(mvc_pipeline_add(&back, "x", text.data, text.len, &more) ==
	    MVC_EEXISTS);
	return 0;
}
