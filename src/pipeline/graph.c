#include "pipeline/graph.h"

#include "util/buf.h"

#include <string.h>

#include "util/banned.h"

/* An output, sorted by path with "/" before all else, so that what is below a
 * folder follows it. */
struct made {
	const char *path;
	size_t stage;
};

struct building {
	struct mvc_graph *g;
	struct made *outs;
	size_t n;
	unsigned char *seen; /* 1: its needs are being ordered, 2: in order */
	size_t done;
	bool *need; /* of the stage at hand */
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
}

void
mvc_graph_free(struct mvc_graph *g)
{
	if (!g)
		return;
	for (size_t i = 0; g->v && i < g->n; i++)
		free(g->v[i].needs);
	free(g->v);
	free(g->order);
	free(g);
}

static int
compare(const char *a, const char *b)
{
	unsigned char x, y;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	x = *a == '/' ? 1 : (unsigned char)*a;
	y = *b == '/' ? 1 : (unsigned char)*b;
	return x < y ? -1 : x > y;
}

static int
by_path(const void *a, const void *b)
{
	const struct made *x = a, *y = b;
	int c = compare(x->path, y->path);

	return c ? c : x->stage < y->stage ? -1 : x->stage > y->stage;
}

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && (!path[n] || path[n] == '/');
}

static int
gather(struct building *b, const struct mvc_pipeline *p)
{
	size_t total = 0;

	for (size_t i = 0; i < p->n; i++)
		total += p->v[i].outs_n;
	b->outs = calloc(total + 1, sizeof(*b->outs));
	if (!b->outs)
		return no_memory();
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->v[i].outs_n; k++)
			b->outs[b->n++] =
			    (struct made){p->v[i].outs[k].path, i};
	qsort(b->outs, b->n, sizeof(*b->outs), by_path);
	for (size_t i = 1; i < b->n; i++) {
		const struct made *m = &b->outs[i - 1], *k = &b->outs[i];

		if (is_below(k->path, m->path))
			return mvc_fail(MVC_EINVALID,
			    "%s: line %u: %s of %s and %s of %s (line %u) are "
			    "outputs of the same place",
			    p->path, p->v[k->stage].line, k->path,
			    p->v[k->stage].name, m->path, p->v[m->stage].name,
			    p->v[m->stage].line);
	}
	return MVC_OK;
}

/* The first output that is not before the path. */
static size_t
find(const struct building *b, const char *path)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(b->outs[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Outputs do not lie in each other, so at most the one before holds it. */
static void
add_needs(struct building *b, const char *path)
{
	size_t at = find(b, path);

	if (at > 0 && is_below(path, b->outs[at - 1].path))
		b->need[b->outs[at - 1].stage] = true;
	for (; at < b->n && is_below(b->outs[at].path, path); at++)
		b->need[b->outs[at].stage] = true;
}

static int
link_stage(struct building *b, size_t i)
{
	const struct mvc_stage *s = &b->g->of->v[i];
	struct mvc_graph_node *to = &b->g->v[i];
	size_t n = 0;

	memset(b->need, 0, b->g->n * sizeof(*b->need));
	for (size_t k = 0; k < s->deps.n; k++)
		add_needs(b, s->deps.v[k]);
	for (size_t k = 0; k < s->params_n; k++)
		add_needs(b, s->params[k].file);
	for (size_t k = 0; k < b->g->n; k++)
		n += b->need[k];
	to->needs = calloc(n + 1, sizeof(*to->needs));
	if (!to->needs)
		return no_memory();
	for (size_t k = 0; k < b->g->n; k++)
		if (b->need[k])
			to->needs[to->needs_n++] = k;
	return MVC_OK;
}

/* ---- order ---- */

static int
fail_cycle(struct building *b, size_t i)
{
	const struct mvc_pipeline *p = b->g->of;

	return mvc_fail(MVC_EINVALID,
	    "%s: line %u: %s needs itself, by way of what it makes", p->path,
	    p->v[i].line, p->v[i].name);
}

/* Depth is at most MVC_PIPELINE_STAGES. */
static int
order(struct building *b, size_t i)
{
	const struct mvc_graph_node *node = &b->g->v[i];
	int err = MVC_OK;

	if (b->seen[i] == 2)
		return MVC_OK;
	if (b->seen[i] == 1)
		return fail_cycle(b, i);
	b->seen[i] = 1;
	for (size_t k = 0; !err && k < node->needs_n; k++)
		err = order(b, node->needs[k]);
	b->seen[i] = 2;
	b->g->order[b->done++] = i;
	return err;
}

static int
build(struct building *b, const struct mvc_pipeline *p)
{
	struct mvc_graph *g = b->g;
	int err;

	g->of = p;
	g->n = p->n;
	g->v = calloc(g->n + 1, sizeof(*g->v));
	g->order = calloc(g->n + 1, sizeof(*g->order));
	b->seen = calloc(g->n + 1, 1);
	b->need = calloc(g->n + 1, sizeof(*b->need));
	if (!g->v || !g->order || !b->seen || !b->need)
		return no_memory();
	err = gather(b, p);
	for (size_t i = 0; !err && i < g->n; i++)
		err = link_stage(b, i);
	for (size_t i = 0; !err && i < g->n; i++)
		err = order(b, i);
	return err;
}

int
mvc_graph_open(struct mvc_graph **out, const struct mvc_pipeline *p)
{
	MVC_OWN(mvc_graph) *g = calloc(1, sizeof(*g));
	struct building b = {.g = g};
	int err = g ? build(&b, p) : no_memory();

	*out = NULL;
	free(b.outs);
	free(b.seen);
	free(b.need);
	if (!err)
		*out = MVC_TAKE(g);
	return err;
}

/* ---- choosing ---- */

static bool
is_named(const char *stage, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(stage, name, n) && (!stage[n] || stage[n] == '@');
}

static int
select_one(bool *wanted, const struct mvc_graph *g, const char *name)
{
	bool met = false;

	for (size_t i = 0; i < g->n; i++)
		if (is_named(g->of->v[i].name, name))
			met = wanted[i] = true;
	return met
	    ? MVC_OK
	    : mvc_fail(MVC_ENOTFOUND, "%s has no stage %s", g->of->path, name);
}

int
mvc_graph_select(bool *wanted, const struct mvc_graph *g,
    const char *const *names, size_t n, bool single)
{
	int err = MVC_OK;

	for (size_t i = 0; n == 0 && i < g->n; i++)
		wanted[i] = true;
	for (size_t i = 0; !err && i < n; i++)
		err = select_one(wanted, g, names[i]);
	/* From the last to the first: what needs is met before what is needed. */
	for (size_t k = g->n; !err && !single && k-- > 0;) {
		size_t i = g->order[k];

		for (size_t m = 0; wanted[i] && m < g->v[i].needs_n; m++)
			wanted[g->v[i].needs[m]] = true;
	}
	return err;
}
