/* Between plot.c and plot_classes.c. */
#ifndef MVC_LINEAGE_PLOT_PRIV_H
#define MVC_LINEAGE_PLOT_PRIV_H

#include "lineage/plot.h"

/* Where the points lie. */
#define PLOT_LEFT 72
#define PLOT_TOP 16
#define PLOT_RIGHT (MVC_PLOT_WIDTH - 16)
#define PLOT_BOTTOM (MVC_PLOT_HEIGHT - 52)

/* From numbers to pixels; halves, so that no difference is out of range. */
struct plot_axis {
	double low, span; /* both halved; span > 0 */
	double from, to; /* pixels */
};
static inline double
plot_least(double a, double b)
{
	return a < b ? a : b;
}
static inline double
plot_most(double a, double b)
{
	return a > b ? a : b;
}
static inline double
plot_at(const struct plot_axis *a, double v)
{
	return a->from + (v / 2 - a->low) / a->span * (a->to - a->from);
}
/* Of what lies between two numbers, with a little room. */
struct plot_axis
plot_axis_of(double least, double most, double from, double to);

/* Lines and numbers of the left axis. */
int plot_ticks_y(struct mvc_buf *out, const struct plot_axis *a) MVC_MUST;
/* A text: anchor is "start", "middle" or "end". */
int plot_text(struct mvc_buf *out, double x, double y, const char *anchor,
    const char *text) MVC_MUST;
int plot_labels(struct mvc_buf *out, const char *x, const char *y) MVC_MUST;

int plot_bars(struct mvc_buf *out, const struct mvc_plot *p) MVC_MUST;
int plot_confusion(struct mvc_buf *out, const struct mvc_plot *p) MVC_MUST;

#endif
