/*
 * A lineage as a tree. What was asked for stands at the left, under it what it
 * came from, or with --down what came of it; a thing that stands there already
 * is named again, and what is below it is not.
 *
 *	model.pt 6f1c2e   accuracy 0.912
 *	└ run 91ab3c   Ada, 3 Nov 2026, gpu-2   python train.py   lr=0.01
 *	  ├ images 41d0aa   100,000 files   First images (a1b2c3)
 *	  └ code a1b2c3   clean
 */
#include "cmd/lineage.h"

#include "git/history.h"
#include "work/source.h"

#include <time.h>
#include "util/banned.h"

#define SHOWN 4 /* values of a run on its line */
#define INDENT_MAX 400 /* bytes; deeper ones stand no further in */

struct printing {
	struct mvc_env *env;
	const struct mvc_lineage *l;
	uint32_t *first, *next; /* edges of a node: the first, the one after */
	uint8_t *done; /* nodes that stand there already */
	struct mvc_buf indent;
};

/* ---- lines ---- */

static void
print_value(struct printing *p, const struct mvc_run_value *v, char between)
{
	struct mvc_env *env = p->env;

	mvc_print(env, "   %s%c", mvc_name(env, v->key), between);
	switch (v->type) {
	case MVC_RUN_NULL:
		mvc_print(env, "null");
		break;
	case MVC_RUN_BOOL:
		mvc_print(env, "%s", v->truth ? "true" : "false");
		break;
	case MVC_RUN_INT:
		mvc_print(env, "%lld", (long long)v->whole);
		break;
	case MVC_RUN_REAL:
		mvc_print(env, "%.6g", v->real);
		break;
	case MVC_RUN_TEXT:
		mvc_print(env, "%s", mvc_name(env, v->text));
		break;
	}
}

/* Of a series the last step alone. */
static void
print_values(struct printing *p, const struct mvc_run_values *l, char between)
{
	size_t shown = 0, all = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (i + 1 < l->n && l->v[i].has_step &&
		    !strcmp(l->v[i].key, l->v[i + 1].key))
			continue;
		if (all++ < SHOWN) {
			print_value(p, &l->v[i], between);
			shown++;
		}
	}
	if (all > shown)
		mvc_print(p->env, "   and %zu more", all - shown);
}

static void
print_day(struct mvc_env *env, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[40] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%e %b %Y", &tm);
	mvc_print(env, "%s", text[0] == ' ' ? text + 1 : text);
}

static void
print_words(struct mvc_env *env, const struct mvc_names *words)
{
	MVC_SCOPED(mvc_buf) line = MVC_BUF_INIT(400);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < words->n; i++)
		err =
		    mvc_buf_addf(&line, "%s%.160s", i ? " " : "", words->v[i]);
	if (line.len)
		mvc_print(env, "   %s%s", mvc_sentence(env, line.data),
		    err ? "..." : "");
}

static void
print_record(struct printing *p, const struct mvc_record *r)
{
	struct mvc_env *env = p->env;

	mvc_print(env, "   ");
	if (r->who || r->email)
		mvc_print(
		    env, "%s, ", mvc_sentence(env, r->who ? r->who : r->email));
	print_day(env, r->started);
	if (r->host)
		mvc_print(env, ", %s", mvc_sentence(env, r->host));
	if (r->failed)
		mvc_print(env, "   %sfailed%s", mvc_colour(env, MVC_RED),
		    mvc_colour(env, MVC_PLAIN));
	print_words(env, &r->command);
	print_values(p, &r->params, '=');
	if (p->l->down)
		print_values(p, &r->metrics, ' ');
}

static void
print_source(struct mvc_env *env, const char *text)
{
	MVC_SCOPED(mvc_source_words) s = {NULL};
	MVC_OWN_MEM char *name = NULL;

	if (!text || mvc_source_parse(&s, text))
		return;
	mvc_print(env, "   imported from %s", mvc_sentence(env, s.url));
	if (strcmp(s.path, ".") != 0)
		mvc_print(env, " %s", mvc_sentence(env, s.path));
	if (!mvc_source_is_git(&s)) {
		mvc_print(env, " at %.40s", mvc_sentence(env, s.rev));
		return;
	}
	if (!mvc_source_name(&name, &s) && name)
		mvc_print(env, " at %s", mvc_sentence(env, name));
	mvc_print(env, " (%.7s)", mvc_sentence(env, mvc_source_commit(&s)));
}

/* "First images (a1b2c3)": the commit that brought data in. */
static void
print_commit(struct printing *p, const struct mvc_node *n)
{
	const struct mvc_ledger *g = p->l->ledger;
	struct mvc_commit_about about;
	const struct mvc_gitid *id;

	if (n->version == MVC_LEDGER_NONE)
		return;
	id = &g->commits[g->versions[n->version].commit].id;
	if (mvc_commit_about(&about, p->l->repo, id))
		return;
	mvc_print(p->env, "   %s (%.7s)", mvc_sentence(p->env, about.subject),
	    mvc_gitid_hex(id).s);
	mvc_commit_about_release(&about);
}

static void
print_data(struct printing *p, const struct mvc_node *n)
{
	struct mvc_env *env = p->env;
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	struct mvc_node run = {.kind = MVC_NODE_RUN, .id = n->run};

	mvc_print(env, "%s%s%s %.6s", mvc_colour(env, MVC_BOLD),
	    *n->path ? mvc_name(env, n->path) : "data",
	    mvc_colour(env, MVC_PLAIN), mvc_oid_hex(&n->id).s);
	if (n->files > 1)
		mvc_print(env, "   %s", mvc_human_files(n->files).s);
	print_source(env, n->source);
	if (n->has_run && !p->l->down) {
		run.record = mvc_ledger_find_record(p->l->ledger, &n->run);
		if (!mvc_lineage_record(&r, p->l, &run))
			print_values(p, &r.metrics, ' ');
	} else if (!n->source && !n->has_run && !n->git) {
		print_commit(p, n);
	}
}

static void
print_run(struct printing *p, const struct mvc_node *n, struct mvc_record *r)
{
	struct mvc_env *env = p->env;

	mvc_print(env, "%srun %.6s%s", mvc_colour(env, MVC_YELLOW),
	    mvc_oid_hex(&n->id).s, mvc_colour(env, MVC_PLAIN));
	if (mvc_lineage_record(r, p->l, n))
		mvc_print(env, "   no record");
	else
		print_record(p, r);
}

static void
print_code(struct printing *p, const struct mvc_record *r)
{
	const struct mvc_gitid *id = r->commit.n ? &r->commit : &r->tree;
	const bool here =
	    mvc_rev_has(p->l->repo, r->clean || !r->tree.n ? id : &r->tree);

	mvc_print(p->env, "%s\u2514 code %.7s   %s%s\n",
	    p->indent.len ? p->indent.data : "", mvc_gitid_hex(id).s,
	    r->clean ? "clean" : "with uncommitted changes",
	    here ? "" : "   not in this repository");
}

/* ---- the tree ---- */

/* The edges of the node that lead on, whichever the direction. */
static bool
leads_on(const struct printing *p, const struct mvc_edge *e, uint32_t node)
{
	const uint32_t above = e->kind == MVC_EDGE_GENERATED ? e->to : e->from;
	const uint32_t below = e->kind == MVC_EDGE_GENERATED ? e->from : e->to;

	return p->l->down ? below == node : above == node;
}

static uint32_t
other_end(const struct mvc_edge *e, uint32_t node)
{
	return e->from == node ? e->to : e->from;
}

static int
link_edges(struct printing *p)
{
	const struct mvc_lineage *l = p->l;

	p->first = calloc((size_t)l->n_nodes + 1, sizeof(*p->first));
	p->next = calloc((size_t)l->n_edges + 1, sizeof(*p->next));
	p->done = calloc((size_t)l->n_nodes + 1, 1);
	if (!p->first || !p->next || !p->done)
		return mvc_fail(MVC_ENOMEM, "no memory for a lineage");
	for (uint32_t i = 0; i < l->n_nodes; i++)
		p->first[i] = MVC_LEDGER_NONE;
	for (uint32_t i = l->n_edges; i-- > 0;) {
		const struct mvc_edge *e = &l->edges[i];
		const uint32_t at = leads_on(p, e, e->from) ? e->from : e->to;

		p->next[i] = p->first[at];
		p->first[at] = i;
	}
	return MVC_OK;
}

/* One line that is being printed, and what of it is left. */
struct level {
	uint32_t node, edge;
	size_t indent; /* of its own line */
	bool code; /* a line on the code comes last */
	struct mvc_record r;
};

static bool
has_code(const struct printing *p, const struct mvc_record *r)
{
	return !p->l->down && (r->commit.n || r->tree.n);
}

/* Print a node's line. */
static void
enter(struct printing *p, struct level *v, uint32_t node)
{
	const struct mvc_node *n = &p->l->nodes[node];
	const bool again = p->done[node];

	*v = (struct level){.node = node,
	    .edge = MVC_LEDGER_NONE,
	    .indent = p->indent.len,
	    .r = MVC_RECORD_INIT};
	if (n->kind == MVC_NODE_RUN && again)
		mvc_print(p->env, "run %.6s", mvc_oid_hex(&n->id).s);
	else if (n->kind == MVC_NODE_RUN)
		print_run(p, n, &v->r);
	else
		print_data(p, n);
	v->code = !again && has_code(p, &v->r);
	if (!again)
		v->edge = p->first[node];
	mvc_print(p->env, "%s\n",
	    again && (p->first[node] != MVC_LEDGER_NONE) ? "   (above)"
		: n->cut                                 ? "   ..."
							 : "");
	p->done[node] = 1;
}

static int
stretch(struct printing *p, const char *by)
{
	if (p->indent.len > INDENT_MAX)
		return MVC_OK;
	return mvc_buf_add_str(&p->indent, by);
}

static void
cut_indent(struct printing *p, size_t len)
{
	p->indent.len = len;
	if (p->indent.data)
		p->indent.data[len] = 0;
}

/* How data comes of other data. */
static const char *
derivation(const struct mvc_lineage *l, uint32_t edge)
{
	const struct mvc_edge *e = &l->edges[edge];

	if (e->kind != MVC_EDGE_DERIVED)
		return "";
	if (mvc_oid_eq(&l->nodes[e->from].id, &l->nodes[e->to].id))
		return "was ";
	return l->nodes[e->to].source &&
		!strcmp(l->nodes[e->from].path, l->nodes[e->to].path)
	    ? "changed from "
	    : "part of ";
}

/* Not by recursion: a chain of runs may be as long as history. */
static int
print_tree(struct printing *p, uint32_t root)
{
	struct level *stack = NULL;
	uint32_t n = 0;
	int err;

	err = mvc_ledger_grow(&stack, n, sizeof(*stack));
	if (!err)
		enter(p, &stack[n++], root);
	while (!err && n) {
		struct level *top = &stack[n - 1];
		const uint32_t e = top->edge;
		bool last;

		cut_indent(p, top->indent);
		if (e == MVC_LEDGER_NONE) {
			if (top->code)
				print_code(p, &top->r);
			mvc_record_release(&top->r);
			n--;
			continue;
		}
		top->edge = p->next[e];
		last = top->edge == MVC_LEDGER_NONE && !top->code;
		mvc_print(p->env, "%s%s %s",
		    p->indent.len ? p->indent.data : "", last ? "└" : "├",
		    derivation(p->l, e));
		err = stretch(p, last ? "  " : "\u2502 ");
		if (!err)
			err = mvc_ledger_grow(&stack, n, sizeof(*stack));
		if (err)
			break;
		enter(p, &stack[n],
		    other_end(&p->l->edges[e], stack[n - 1].node));
		n++;
	}
	while (n > 0)
		mvc_record_release(&stack[--n].r);
	free(stack);
	return err;
}

void
mvc_lineage_print_gaps(struct mvc_env *env, const struct mvc_lineage *l)
{
	for (uint32_t i = 0; i < l->n_gaps; i++)
		mvc_print(env, "%s%s%s: %s\n", mvc_colour(env, MVC_RED),
		    mvc_gap_word(l->gaps[i].kind), mvc_colour(env, MVC_PLAIN),
		    mvc_sentence(env, l->gaps[i].text));
}

int
mvc_lineage_print(struct mvc_env *env, const struct mvc_lineage *l)
{
	struct printing p = {
	    .env = env, .l = l, .indent = MVC_BUF_INIT(2 * INDENT_MAX)};
	int err = link_edges(&p);

	for (uint32_t i = 0; !err && i < l->n_asked; i++) {
		cut_indent(&p, 0);
		err = print_tree(&p, i);
	}
	if (!err)
		mvc_lineage_print_gaps(env, l);
	free(p.first);
	free(p.next);
	free(p.done);
	mvc_buf_release(&p.indent);
	return err;
}
