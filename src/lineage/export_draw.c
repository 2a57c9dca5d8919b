/*
 * DOT and Mermaid. Nodes are called by number; what others wrote stands in
 * quoted labels alone, in which all but letters, digits and what is known to be
 * harmless is written as an entity: &#N; in DOT, #N; in Mermaid.
 */
#include "lineage/export.h"

#include "text/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include "util/banned.h"

#define LABEL_MAX 200 /* bytes of a text that are shown */
#define STRANGE 0xfffd

/* Control characters, and those that reorder what is around them or have no
 * width. */
static bool
is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c >= 0xe0000;
}

static int
add_label(struct mvc_buf *out, const char *entity, const char *s)
{
	size_t left = strlen(s), n;
	int err = MVC_OK;

	for (size_t shown = 0; !err && left && shown < LABEL_MAX;
	     s += n, left -= n, shown += n) {
		uint32_t c;

		n = mvc_utf8_next(&c, s, left);
		if (!n || is_hidden(c))
			c = STRANGE;
		n = n ? n : 1;
		if (c < 0x80 && (isalnum((int)c) || strchr(" ./_-=,+", (int)c)))
			err = mvc_buf_add_char(out, (char)c);
		else
			err = mvc_buf_addf(out, "%s%u;", entity, c);
	}
	return err || !left ? err : mvc_buf_add_str(out, "...");
}

/* What stands in a node: two lines with `br` between. */
static int
add_node_label(struct mvc_buf *out, const struct mvc_lineage *l,
    const struct mvc_node *n, const char *entity, const char *br)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	int err;

	if (n->kind == MVC_NODE_DATA) {
		err = add_label(out, entity, n->path);
		return err
		    ? err
		    : mvc_buf_addf(out, "%s%.6s", br, mvc_oid_hex(&n->id).s);
	}
	err = mvc_buf_addf(out, "run %.6s", mvc_oid_hex(&n->id).s);
	if (err)
		return err;
	if (mvc_lineage_record(&r, l, n))
		return mvc_buf_addf(out, "%s(no record)", br);
	err = mvc_buf_add_str(out, br);
	for (size_t i = 0; !err && i < r.command.n && i < 8; i++) {
		err = add_label(out, entity, r.command.v[i]);
		if (!err && i + 1 < r.command.n)
			err = mvc_buf_add_char(out, ' ');
	}
	return err;
}

/* Data flows along the arrows: from what was used to what was made. */
static void
ends_of(uint32_t *from, uint32_t *to, const struct mvc_edge *e)
{
	*from = e->kind == MVC_EDGE_GENERATED ? e->from : e->to;
	*to = e->kind == MVC_EDGE_GENERATED ? e->to : e->from;
}

int
mvc_lineage_dot(struct mvc_buf *out, const struct mvc_lineage *l)
{
	int err = mvc_buf_add_str(out,
	    "digraph lineage {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n");

	for (uint32_t i = 0; !err && i < l->n_nodes; i++) {
		const struct mvc_node *n = &l->nodes[i];

		err = mvc_buf_addf(out, "\tn%u [shape=%s%s, label=\"", i,
		    n->kind == MVC_NODE_RUN ? "box" : "ellipse",
		    n->model ? ", style=bold" : "");
		if (!err)
			err = add_node_label(out, l, n, "&#", "\\n");
		if (!err)
			err = mvc_buf_add_str(out, "\"];\n");
	}
	for (uint32_t i = 0; !err && i < l->n_edges; i++) {
		uint32_t from, to;

		ends_of(&from, &to, &l->edges[i]);
		err = mvc_buf_addf(out, "\tn%u -> n%u%s;\n", from, to,
		    l->edges[i].kind == MVC_EDGE_DERIVED ? " [style=dashed]"
							 : "");
	}
	return err ? err : mvc_buf_add_str(out, "}\n");
}

int
mvc_lineage_mermaid(struct mvc_buf *out, const struct mvc_lineage *l)
{
	int err = mvc_buf_add_str(out, "flowchart LR\n");

	for (uint32_t i = 0; !err && i < l->n_nodes; i++) {
		const bool run = l->nodes[i].kind == MVC_NODE_RUN;

		err = mvc_buf_addf(out, "\tn%u%s\"", i, run ? "[" : "([");
		if (!err)
			err =
			    add_node_label(out, l, &l->nodes[i], "#", "<br/>");
		if (!err)
			err = mvc_buf_addf(out, "\"%s\n", run ? "]" : "])");
	}
	for (uint32_t i = 0; !err && i < l->n_edges; i++) {
		uint32_t from, to;

		ends_of(&from, &to, &l->edges[i]);
		err = mvc_buf_addf(out, "\tn%u %s n%u\n", from,
		    l->edges[i].kind == MVC_EDGE_DERIVED ? "-.->" : "-->", to);
	}
	return err;
}
