/*
 * A chart, as SVG that needs nothing else: no script, no font, no network. Its
 * size is bounded, however many points there are. Pure.
 */
#ifndef MVC_LINEAGE_PLOT_H
#define MVC_LINEAGE_PLOT_H

#include "lineage/points.h"

#define MVC_PLOT_WIDTH 640
#define MVC_PLOT_HEIGHT 360
#define MVC_PLOT_COLOURS 10

enum mvc_plot_kind {
	MVC_PLOT_LINE,
	MVC_PLOT_SCATTER,
	MVC_PLOT_BAR,
	MVC_PLOT_CONFUSION, /* how often which y came of which x */
};

struct mvc_plot_series {
	const char *name; /* the revision's */
	const struct mvc_points *points; /* NULL: it has none */
};

struct mvc_plot {
	enum mvc_plot_kind kind;
	const char *x; /* a column; NULL: the row's number */
	const char *y;
	const struct mvc_plot_series *series;
	size_t n; /* 1 of CONFUSION */
};

/* Append it. MVC_ETOOBIG: more classes, or bars, than can be told apart. */
int mvc_plot_draw(struct mvc_buf *out, const struct mvc_plot *p) MVC_MUST;

/* A series' colour: "#4e79a7". */
const char *mvc_plot_colour(size_t series);

#endif
