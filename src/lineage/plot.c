#include "lineage/numbers.h"
#include "lineage/plot_priv.h"
#include "text/markup.h"

#include <math.h>

#include "util/banned.h"

/* Of a line: the least and the most of each bucket are drawn. */
#define BUCKETS 1000
/* Points that can be pointed at. */
#define MARKED_MAX 200

const char *
mvc_plot_colour(size_t series)
{
	static const char *const colours[MVC_PLOT_COLOURS] = {"#4e79a7",
	    "#e15759", "#59a14f", "#b07aa1", "#f28e2b", "#76b7b2", "#9c755f",
	    "#d37295", "#8c8c8c", "#b6992d"};

	return colours[series % MVC_PLOT_COLOURS];
}

/* ---- axes ---- */

struct plot_axis
plot_axis_of(double least, double most, double from, double to)
{
	double low = least / 2, high = most / 2;

	if (!(high > low)) {
		double room = fabs(low) > 1e-300 ? fabs(low) * 0.1 : 0.5;

		low -= room;
		high += room;
	}
	return (struct plot_axis){low, high - low, from, to};
}

/* 1, 2 or 5 times a power of ten, so that some five fit; 0: none does. */
static double
step_of(const struct plot_axis *a)
{
	double rough = a->span / 2.5, power = 1, times;

	/* Without libm: some 300 steps at most. */
	while (power > rough && power > 1e-300)
		power /= 10;
	while (power <= rough / 10)
		power *= 10;
	times = rough / power;
	return power *
	    (times < 1.5          ? 1
		    : times < 3.5 ? 2
		    : times < 7.5 ? 5
				  : 10);
}

/* The first that is not less, in steps. */
static double
first_of(const struct plot_axis *a, double step)
{
	double first = a->low / step * 2;
	int64_t whole;

	if (!(fabs(first) < 1e15))
		return first;
	whole = (int64_t)first;
	return (double)whole + ((double)whole < first);
}

int
plot_text(struct mvc_buf *out, double x, double y, const char *anchor,
    const char *text)
{
	int err = mvc_buf_addf(out,
	    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);

	if (!err)
		err = mvc_markup_add(out, text);
	return err ? err : mvc_buf_add_str(out, "</text>\n");
}

static int
ticks(struct mvc_buf *out, const struct plot_axis *a, bool y)
{
	double step = step_of(a), first = first_of(a, step);
	int err = MVC_OK;

	for (int i = 0; !err && step > 0 && i < 12; i++) {
		double v = (first + i) * step, at = plot_at(a, v);
		char text[40];

		if (!(v / 2 <= a->low + a->span * 1.0001))
			break;
		snprintf(text, sizeof(text), "%.6g", v + 0.0);
		if (y)
			err = mvc_buf_addf(out,
			    "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n",
			    PLOT_LEFT, at, PLOT_RIGHT);
		else
			err = mvc_buf_addf(out,
			    "<path class=\"grid\" d=\"M%.1f %dv5\"/>\n", at,
			    PLOT_BOTTOM);
		if (!err && y)
			err =
			    plot_text(out, PLOT_LEFT - 6, at + 4, "end", text);
		else if (!err)
			err = plot_text(
			    out, at, PLOT_BOTTOM + 18, "middle", text);
	}
	return err;
}

int
plot_ticks_y(struct mvc_buf *out, const struct plot_axis *a)
{
	return ticks(out, a, true);
}

int
plot_labels(struct mvc_buf *out, const char *x, const char *y)
{
	int err =
	    mvc_buf_addf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n",
		PLOT_LEFT, PLOT_TOP, PLOT_BOTTOM, PLOT_RIGHT);

	if (!err)
		err = plot_text(out, (PLOT_LEFT + PLOT_RIGHT) / 2.0,
		    MVC_PLOT_HEIGHT - 12, "middle", x);
	if (!err)
		err = mvc_buf_addf(out, "<g transform=\"rotate(-90)\">");
	if (!err)
		err = plot_text(
		    out, -(PLOT_TOP + PLOT_BOTTOM) / 2.0, 14, "middle", y);
	return err ? err : mvc_buf_add_str(out, "</g>\n");
}

/* ---- lines and points ---- */

struct drawing {
	struct mvc_buf *out;
	const struct mvc_plot *p;
	struct plot_axis x, y;
	size_t series;
	const struct mvc_points *points;
	size_t kx, ky; /* columns of the points */
};

/* Whether the series has both columns. */
static bool
turn_to(struct drawing *d, size_t series)
{
	const struct mvc_plot *p = d->p;

	d->series = series;
	d->points = p->series[series].points;
	if (!d->points)
		return false;
	d->ky = mvc_points_column(d->points, p->y);
	d->kx = p->x ? mvc_points_column(d->points, p->x) : 0;
	return d->ky < d->points->names.n && d->kx < d->points->names.n;
}

static bool
point(const struct drawing *d, size_t row, double *x, double *y)
{
	*x = d->p->x ? mvc_points_at(d->points, row, d->kx)->v : (double)row;
	*y = mvc_points_at(d->points, row, d->ky)->v;
	return isfinite(*x) && isfinite(*y);
}

/* What all series lie between. */
static void
fit(struct drawing *d)
{
	double least[2] = {INFINITY, INFINITY},
	       most[2] = {-INFINITY, -INFINITY};
	double v[2];

	for (size_t s = 0; s < d->p->n; s++)
		for (size_t i = 0; turn_to(d, s) && i < d->points->rows; i++) {
			if (!point(d, i, &v[0], &v[1]))
				continue;
			for (int k = 0; k < 2; k++) {
				least[k] = plot_least(least[k], v[k]);
				most[k] = plot_most(most[k], v[k]);
			}
		}
	for (int k = 0; k < 2; k++)
		if (least[k] > most[k])
			least[k] = most[k] = 0;
	d->x = plot_axis_of(least[0], most[0], PLOT_LEFT + 8, PLOT_RIGHT - 8);
	d->y = plot_axis_of(least[1], most[1], PLOT_BOTTOM - 8, PLOT_TOP + 8);
}

static int
mark(struct drawing *d, double x, double y)
{
	int err = mvc_buf_addf(d->out,
	    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\" "
	    "fill-opacity=\"0.8\"><title>",
	    plot_at(&d->x, x), plot_at(&d->y, y), mvc_plot_colour(d->series));

	if (!err)
		err = mvc_markup_add(d->out, d->p->series[d->series].name);
	if (!err)
		err = mvc_buf_addf(d->out, ": %s, %s</title></circle>\n",
		    mvc_number_of(x).s, mvc_number_of(y).s);
	return err;
}

/* One point of each square of this many pixels. */
#define SQUARE 4

static int
scatter(struct drawing *d)
{
	MVC_OWN_MEM bool *taken = calloc(
	    (MVC_PLOT_WIDTH / SQUARE + 1) * (MVC_PLOT_HEIGHT / SQUARE + 1), 1);
	double x, y;
	int err = MVC_OK;

	if (!taken)
		return mvc_fail(MVC_ENOMEM, "no memory to draw");
	for (size_t i = 0; !err && i < d->points->rows; i++) {
		size_t at;

		if (!point(d, i, &x, &y))
			continue;
		at = (size_t)(plot_at(&d->y, y) / SQUARE) *
			(MVC_PLOT_WIDTH / SQUARE) +
		    (size_t)(plot_at(&d->x, x) / SQUARE);
		if (!taken[at])
			err = mark(d, x, y);
		taken[at] = true;
	}
	return err;
}

struct seen {
	double x, y;
	size_t row;
};

static int
add_seen(struct drawing *d, const struct seen *s, bool *begun)
{
	int err = mvc_buf_addf(d->out, "%c%.1f %.1f", *begun ? 'L' : 'M',
	    plot_at(&d->x, s->x), plot_at(&d->y, s->y));

	*begun = true;
	return err;
}

/* The rows of one bucket: all of it lies between these two. */
static int
bucket(struct drawing *d, size_t from, size_t to, bool *begun)
{
	struct seen least = {0, INFINITY, 0}, most = {0, -INFINITY, 0}, s;
	bool any = false, gap = false;
	int err;

	for (s.row = from; s.row < to; s.row++) {
		if (!point(d, s.row, &s.x, &s.y)) {
			gap = true;
			continue;
		}
		any = true;
		least = s.y < least.y ? s : least;
		most = s.y > most.y ? s : most;
	}
	if (gap && to - from == 1)
		*begun = false;
	if (!any)
		return MVC_OK;
	err = add_seen(d, least.row < most.row ? &least : &most, begun);
	if (!err && least.row != most.row)
		err = add_seen(d, least.row < most.row ? &most : &least, begun);
	return err;
}

static int
line(struct drawing *d)
{
	size_t rows = d->points->rows, many = (rows + BUCKETS - 1) / BUCKETS;
	bool begun = false;
	double x, y;
	int err;

	err = mvc_buf_addf(d->out,
	    "<path fill=\"none\" stroke-width=\"1.8\" stroke=\"%s\"%s d=\"M0 0",
	    mvc_plot_colour(d->series),
	    d->series >= MVC_PLOT_COLOURS ? " stroke-dasharray=\"6 3\"" : "");
	for (size_t i = 0; !err && i < rows; i += many)
		err = bucket(d, i, i + many < rows ? i + many : rows, &begun);
	if (!err)
		err = mvc_buf_add_str(d->out, "\"/>\n");
	for (size_t i = 0; !err && rows <= MARKED_MAX && i < rows; i++)
		if (point(d, i, &x, &y))
			err = mark(d, x, y);
	return err;
}

static int
curves(struct mvc_buf *out, const struct mvc_plot *p)
{
	struct drawing d = {.out = out, .p = p};
	int err;

	fit(&d);
	err = ticks(out, &d.y, true);
	if (!err)
		err = ticks(out, &d.x, false);
	for (size_t s = 0; !err && s < p->n; s++) {
		if (!turn_to(&d, s))
			continue;
		err = p->kind == MVC_PLOT_LINE ? line(&d) : scatter(&d);
	}
	return err ? err : plot_labels(out, p->x ? p->x : "row", p->y);
}

int
mvc_plot_draw(struct mvc_buf *out, const struct mvc_plot *p)
{
	int err = mvc_buf_addf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	    "width=\"%d\" height=\"%d\" font-family=\"system-ui, sans-serif\" "
	    "font-size=\"12\" fill=\"#333\">\n<style>.grid { stroke: #ddd; "
	    "fill: none } .axis { stroke: #888; fill: none }</style>\n",
	    MVC_PLOT_WIDTH, MVC_PLOT_HEIGHT, MVC_PLOT_WIDTH, MVC_PLOT_HEIGHT);

	if (err)
		return err;
	switch (p->kind) {
	case MVC_PLOT_LINE:
	case MVC_PLOT_SCATTER:
		err = curves(out, p);
		break;
	case MVC_PLOT_BAR:
		err = plot_bars(out, p);
		break;
	case MVC_PLOT_CONFUSION:
		err = plot_confusion(out, p);
		break;
	}
	return err ? err : mvc_buf_add_str(out, "</svg>\n");
}
