#include "pipeline/graph.h"
#include "util/buf.h"

#include <criterion/criterion.h>

#include <string.h>

static int
load(void *arg, struct mvc_jval **out, const char *path)
{
	const char *text = arg;

	*out = NULL;
	if (!text || strcmp(path, "d/params.yaml"))
		return mvc_fail(MVC_ENOTFOUND, "open %s: no such file", path);
	return mvc_jval_parse(out, text, strlen(text));
}

static int
parse(struct mvc_pipeline *p, const char *text, const char *params)
{
	return mvc_pipeline_parse(p, "d/mvc.yaml", text, strlen(text), load,
	    (void *)(uintptr_t)params);
}

static void
assert_refused(const char *text, const char *why)
{
	struct mvc_pipeline p;

	cr_assert_neq(parse(&p, text, "{\"a\":1,\"l\":[1,2]}"), 0, "%s", text);
	cr_assert(strstr(mvc_error_text(), why), "got: %s\nfor: %s",
	    mvc_error_text(), text);
	cr_assert_null(p.v);
}

Test(pipeline_parse, paths_are_brought_to_the_top)
{
	MVC_SCOPED(mvc_pipeline) p = MVC_PIPELINE_INIT;

	cr_assert_eq(parse(&p,
			 "stages:\n  t:\n    cmd: x\n    wdir: ../w/./v/\n"
			 "    deps: [a, ../b//c, ../../d/e]\n    params: [a]\n"
			 "    outs: [o: {persist: true}]\n"
			 "    metrics: [m.json]\n",
			 NULL),
	    0, "%s", mvc_error_text());
	cr_assert_eq(p.n, 1);
	cr_assert_str_eq(p.v[0].wdir, "w/v");
	cr_assert_str_eq(p.v[0].deps.v[0], "w/v/a");
	cr_assert_str_eq(p.v[0].deps.v[1], "w/b/c");
	cr_assert_str_eq(p.v[0].deps.v[2], "d/e");
	cr_assert_str_eq(p.v[0].params[0].file, "w/v/params.yaml");
	cr_assert(p.v[0].outs[0].persist && !p.v[0].outs[0].in_git);
	cr_assert(p.v[0].outs[1].in_git);
	cr_assert_eq(p.v[0].line, 2);
	cr_assert_eq(p.v[0].column, 3);
}

Test(pipeline_parse, what_is_not_supported_is_refused_with_its_place)
{
	assert_refused("stages:\n  t:\n    cmd: x\n    retries: 3\n",
	    "d/mvc.yaml: line 4, column 5: retries is not supported");
	assert_refused("datasets: []\n", "line 1, column 1: datasets");
	assert_refused("stages:\n  t:\n    cmd: x\n    deps: [s3://b/k]\n",
	    "line 4, column 12: s3://b/k: addresses");
	assert_refused("stages: {t: {cmd: x, outs: [o: {remote: r}]}}",
	    "column 33: remote is not supported of an output");
	assert_refused(
	    "stages: {t: {cmd: x, outs: [o: {push: false}]}}", "push: false");
	assert_refused("stages: {t: {cmd: x, params: [{p.toml: [a]}]}}",
	    "p.toml: parameters are read from");
	assert_refused("stages: {t: {deps: [x]}}", "t has no cmd");
	assert_refused("stages: {t: {cmd: ''}}", "cmd is empty");
	assert_refused("stages: {t: {foreach: [1], do: {cmd: x}, deps: []}}",
	    "deps: beside foreach is but do");
	assert_refused("stages: {t: {foreach: [1], do: {cmd: x, matrix: {}}}}",
	    "matrix below do");
	assert_refused("stages: {t: {cmd: x, frozen: 1}}", "true or false");
	assert_refused("stages: [a]\n", "stages is an object");
	assert_refused("stages: {a@b: {cmd: x}}", "no name of a stage");
	assert_refused("stages: {t: {<<: {}}}", "merge key");
	assert_refused("stages: {t: {cmd: !!python/object x}}", "a tag");
}

Test(pipeline_parse, no_path_leads_out)
{
	assert_refused(
	    "stages: {t: {cmd: x, deps: [../../x]}}", "out of the work tree");
	assert_refused("stages: {t: {cmd: x, wdir: ../..}}", "out of the");
	assert_refused("stages: {t: {cmd: x, outs: [/etc/x]}}", "not a path");
	assert_refused("stages: {t: {cmd: x, outs: [../.git/x]}}", ".git");
	assert_refused(
	    "stages: {t: {cmd: x, outs: ['..']}}", "whole work tree");
	assert_refused("vars: [../../secret.yaml]\n", "out of the work tree");
	assert_refused("vars: ['${a}.yaml']\n", "no ${...} in vars");
}

Test(pipeline_parse, values_are_not_given_twice)
{
	assert_refused("vars: [{a: 2}]\n", "line 1, column 8: a has a value");
	assert_refused("vars: [{x: 1}, {x: 2}]\n", "x has a value already");
	assert_refused("vars: [none.yaml]\n", "none.yaml");
	assert_refused("vars: ['params.yaml:a']\n", "with and without keys");
	assert_refused("stages: {t: {foreach: [1], do: {cmd: x, "
		       "vars: [{item: 2}]}}}",
	    "item is foreach's");
	assert_refused("stages: {t: {cmd: '${b}'}}", "${b}: there is no value");
}

Test(pipeline_parse, bombs_are_refused)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);

	cr_assert_eq(mvc_buf_add_str(&b, "stages: {t: {matrix: {"), 0);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(
		    mvc_buf_addf(&b, "k%d: [0,1,2,3,4,5,6,7,8,9],", i), 0);
	cr_assert_eq(mvc_buf_add_str(&b, "}, cmd: x}}"), 0);
	assert_refused(b.data, "10,000 stages");
	mvc_buf_clear(&b);
	cr_assert_eq(mvc_buf_add_str(&b, "vars: [{v: '"), 0);
	for (int i = 0; i < 60000; i++)
		cr_assert_eq(mvc_buf_add_char(&b, 'x'), 0);
	cr_assert_eq(
	    mvc_buf_add_str(&b, "'}]\nstages: {t: {cmd: '${v}${v}'}}"), 0);
	assert_refused(b.data, "longer than 65,536");
	mvc_buf_clear(&b);
	cr_assert_eq(mvc_buf_add_str(&b, "vars: [{v: '"), 0);
	for (int i = 0; i < 60000; i++)
		cr_assert_eq(mvc_buf_add_char(&b, 'x'), 0);
	cr_assert_eq(mvc_buf_add_str(&b,
			 "'}]\nstages: {t: {matrix: {a: [0,1,2,3,4,5,6,7,8,9],"
			 " b: [0,1,2,3,4,5,6,7,8,9], c: [0,1,2,3,4,5,6,7,8,9],"
			 " d: [0,1,2,3,4,5,6,7,8,9]}, cmd: 'echo ${v}'}}"),
	    0);
	assert_refused(b.data, "64 MiB of text");
}

Test(pipeline_parse, stages_stand_in_the_order_of_what_they_need)
{
	MVC_SCOPED(mvc_pipeline) p = MVC_PIPELINE_INIT;
	MVC_OWN(mvc_graph) *g = NULL;
	const char *names[] = {"b"};
	bool wanted[4] = {false};

	cr_assert_eq(parse(&p,
			 "stages:\n  c: {cmd: x, deps: [out/b/deep]}\n"
			 "  b: {cmd: x, deps: [raw], outs: [out/b]}\n"
			 "  a: {cmd: x, outs: [raw/a, raw-not]}\n"
			 "  d: {cmd: x, deps: [raw-no]}\n",
			 NULL),
	    0);
	cr_assert_eq(mvc_graph_open(&g, &p), 0);
	cr_assert_eq(g->order[0], 2);
	cr_assert_eq(g->order[1], 1);
	cr_assert_eq(g->order[2], 0);
	cr_assert_eq(g->v[3].needs_n, 0);
	cr_assert_eq(mvc_graph_select(wanted, g, names, 1, false), 0);
	cr_assert(!wanted[0] && wanted[1] && wanted[2] && !wanted[3]);
}

static void
assert_no_graph(const char *text, const char *why)
{
	MVC_SCOPED(mvc_pipeline) p = MVC_PIPELINE_INIT;
	struct mvc_graph *g;

	cr_assert_eq(parse(&p, text, NULL), 0);
	cr_assert_eq(mvc_graph_open(&g, &p), MVC_EINVALID);
	cr_assert(strstr(mvc_error_text(), why), "got: %s", mvc_error_text());
	cr_assert_null(g);
}

Test(pipeline_parse, cycles_and_outputs_in_each_other_are_refused)
{
	assert_no_graph("stages:\n  a: {cmd: x, deps: [p], outs: [q]}\n"
			"  b: {cmd: x, deps: [q], outs: [p]}\n",
	    "line 2: a needs itself");
	assert_no_graph(
	    "stages:\n  a: {cmd: x, deps: [p/x], outs: [p]}\n", "needs itself");
	assert_no_graph("stages:\n  a: {cmd: x, outs: [p]}\n"
			"  b: {cmd: x, outs: [p/q]}\n",
	    "line 3: d/p/q of b and d/p of a (line 2)");
	assert_no_graph("stages:\n  a: {cmd: x, outs: [p]}\n"
			"  b: {cmd: x, outs: [p]}\n",
	    "outputs of the same place");
}
