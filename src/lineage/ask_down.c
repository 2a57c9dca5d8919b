/*
 * One step down: from data to the runs that used the same bytes, from a run to
 * what it made. And what comes of itself, up or down.
 */
#include "lineage/ask_priv.h"

#include <stdio.h>
#include "util/banned.h"

static int
down_data(struct mvc_lineage *l, uint32_t i)
{
	const struct mvc_ledger *g = l->ledger;
	const struct mvc_ledger_range r =
	    mvc_ledger_find_used(g, &l->nodes[i].id);
	int err = MVC_OK;

	if (l->nodes[i].depth >= l->depth) {
		l->nodes[i].cut = r.begin < r.end;
		return MVC_OK;
	}
	for (uint32_t k = r.begin; !err && k < r.end; k++) {
		const struct mvc_ledger_file *f = &g->files[g->used[k]];
		uint32_t run;

		err = mvc_ask_run_node(
		    &run, l, &g->records[f->record].id, l->nodes[i].depth + 1);
		if (!err)
			err = mvc_ask_edge(l, run, i, MVC_EDGE_USED);
	}
	return err;
}

static int
down_run(struct mvc_lineage *l, uint32_t i)
{
	const struct mvc_ledger *g = l->ledger;
	const struct mvc_ledger_record *r;
	int err = MVC_OK;

	if (l->nodes[i].record == MVC_LEDGER_NONE)
		return mvc_ask_gap(l, MVC_GAP_RECORD_MISSING, i,
		    "the record of the run %.12s is nowhere in this history",
		    mvc_oid_hex(&l->nodes[i].id).s);
	r = &g->records[l->nodes[i].record];
	for (uint32_t k = r->files; !err && k < r->files + r->n; k++) {
		const struct mvc_ledger_file *f = &g->files[k];
		struct mvc_node n;
		uint32_t to;

		if (!f->output || f->kind == MVC_RUN_FAILED)
			continue;
		n = mvc_ask_file_node(g, f);
		n.depth = l->nodes[i].depth;
		n.has_run = true;
		n.run = r->id;
		err = mvc_ask_node(&to, l, &n);
		if (!err)
			err = mvc_ask_edge(l, i, to, MVC_EDGE_GENERATED);
	}
	return err;
}

int
mvc_ask_down(struct mvc_lineage *l, uint32_t i)
{
	return l->nodes[i].kind == MVC_NODE_RUN ? down_run(l, i)
						: down_data(l, i);
}

/* ---- cycles ---- */

/* What is taken from the graph is taken when nothing is above it any more; what
 * is left then lies on a cycle or below one. */
struct sorting {
	uint32_t *first, *next; /* edges by the node that they lead out of */
	uint32_t *above; /* how many lead in */
	uint32_t *todo;
};

static uint32_t
out_of(const struct mvc_edge *e)
{
	return e->kind == MVC_EDGE_GENERATED ? e->to : e->from;
}

static uint32_t
into(const struct mvc_edge *e)
{
	return e->kind == MVC_EDGE_GENERATED ? e->from : e->to;
}

static uint32_t
sort_nodes(struct sorting *s, const struct mvc_lineage *l)
{
	uint32_t n = 0, done = 0;

	for (uint32_t i = 0; i < l->n_nodes; i++)
		s->first[i] = MVC_LEDGER_NONE;
	for (uint32_t i = 0; i < l->n_edges; i++) {
		s->next[i] = s->first[out_of(&l->edges[i])];
		s->first[out_of(&l->edges[i])] = i;
		s->above[into(&l->edges[i])]++;
	}
	for (uint32_t i = 0; i < l->n_nodes; i++)
		if (!s->above[i])
			s->todo[n++] = i;
	for (; done < n; done++)
		for (uint32_t e = s->first[s->todo[done]]; e != MVC_LEDGER_NONE;
		     e = s->next[e])
			if (--s->above[into(&l->edges[e])] == 0)
				s->todo[n++] = into(&l->edges[e]);
	return n;
}

/* One gap for all that is left: the first run of it. */
static int
tell_cycle(struct mvc_lineage *l, const struct sorting *s)
{
	for (uint32_t i = 0; i < l->n_nodes; i++)
		if (s->above[i] && l->nodes[i].kind == MVC_NODE_RUN)
			return mvc_ask_gap(l, MVC_GAP_CYCLE, i,
			    "the run %.12s comes of itself: its records or "
			    "pointers are not true",
			    mvc_oid_hex(&l->nodes[i].id).s);
	return MVC_OK;
}

int
mvc_ask_cycles(struct mvc_lineage *l)
{
	struct sorting s;
	int err = MVC_OK;

	s.first = calloc((size_t)l->n_nodes + 1, sizeof(*s.first));
	s.next = calloc((size_t)l->n_edges + 1, sizeof(*s.next));
	s.above = calloc((size_t)l->n_nodes + 1, sizeof(*s.above));
	s.todo = calloc((size_t)l->n_nodes + 1, sizeof(*s.todo));
	if (!s.first || !s.next || !s.above || !s.todo)
		err = mvc_fail(MVC_ENOMEM, "no memory for a lineage");
	else if (sort_nodes(&s, l) < l->n_nodes)
		err = tell_cycle(l, &s);
	free(s.first);
	free(s.next);
	free(s.above);
	free(s.todo);
	return err;
}
