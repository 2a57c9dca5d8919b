#include "lineage/numbers.h"
#include "lineage/plot_priv.h"
#include "text/markup.h"

#include <math.h>

#include "util/banned.h"

#define BARS_MAX 200
#define CLASSES_MAX 40

/* A cell's text, or its number's. */
static const char *
label(const struct mvc_point *c, struct mvc_number *n)
{
	if (c->text)
		return c->text;
	*n = mvc_number_of(c->v);
	return isnan(c->v) ? "" : n->s;
}

/* Where a label is, added if it is new; l->n stays within most. */
static int
find(size_t *at, struct mvc_names *l, const char *s, size_t most)
{
	for (*at = 0; *at < l->n; (*at)++)
		if (!strcmp(l->v[*at], s))
			return MVC_OK;
	if (l->n == most)
		return mvc_fail(
		    MVC_ETOOBIG, "more than %zu classes to draw", most);
	return mvc_names_add(l, s);
}

static int
short_text(struct mvc_buf *out, double x, double y, const char *anchor,
    const char *s, size_t most)
{
	MVC_OWN_MEM char *cut = NULL;
	size_t n = strlen(s);

	if (n <= most)
		return plot_text(out, x, y, anchor, s);
	while (most && ((unsigned char)s[most] & 0xc0) == 0x80)
		most--;
	if (asprintf(&cut, "%.*s…", (int)most, s) < 0) {
		cut = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory to draw");
	}
	return plot_text(out, x, y, anchor, cut);
}

/* ---- bars ---- */

struct bars {
	struct mvc_buf *out;
	const struct mvc_plot *p;
	struct mvc_names classes;
	struct plot_axis y;
};

/* A row's class and height; false where it has none. */
static int
bar_of(struct bars *b, size_t series, size_t row, size_t *at, double *height,
    bool *has)
{
	const struct mvc_points *t = b->p->series[series].points;
	size_t ky = t ? mvc_points_column(t, b->p->y) : 0;
	size_t kx = t && b->p->x ? mvc_points_column(t, b->p->x) : 0;
	struct mvc_point number = {.v = (double)row};
	struct mvc_number n;

	*has = t && ky < t->names.n && kx < t->names.n &&
	    isfinite(mvc_points_at(t, row, ky)->v);
	if (!*has)
		return MVC_OK;
	*height = mvc_points_at(t, row, ky)->v;
	return find(at, &b->classes,
	    label(b->p->x ? mvc_points_at(t, row, kx) : &number, &n), BARS_MAX);
}

static size_t
rows_of(const struct bars *b, size_t series)
{
	const struct mvc_points *t = b->p->series[series].points;

	return t ? t->rows : 0;
}

static int
bars_fit(struct bars *b)
{
	double least = 0, most = 0, v = 0;
	int err = MVC_OK;

	for (size_t s = 0; s < b->p->n; s++)
		for (size_t i = 0; !err && i < rows_of(b, s); i++) {
			size_t at;
			bool has;

			err = bar_of(b, s, i, &at, &v, &has);
			if (!err && has) {
				least = plot_least(least, v);
				most = plot_most(most, v);
			}
		}
	b->y = plot_axis_of(least, most, PLOT_BOTTOM, PLOT_TOP + 8);
	return err;
}

static int
bar(struct bars *b, size_t series, size_t at, double v)
{
	double room = (PLOT_RIGHT - PLOT_LEFT) / (double)b->classes.n;
	double wide = room * 0.8 / (double)b->p->n;
	double zero = plot_at(&b->y, 0), y = plot_at(&b->y, v);
	int err = mvc_buf_addf(b->out,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
	    "fill=\"%s\"><title>",
	    PLOT_LEFT + room * ((double)at + 0.1) + wide * (double)series,
	    plot_least(zero, y), wide, fabs(zero - y), mvc_plot_colour(series));

	if (!err)
		err = mvc_markup_add(b->out, b->p->series[series].name);
	if (!err)
		err = mvc_buf_add_str(b->out, ": ");
	if (!err)
		err = mvc_markup_add(b->out, b->classes.v[at]);
	return err
	    ? err
	    : mvc_buf_addf(b->out, ", %s</title></rect>\n", mvc_number_of(v).s);
}

static int
bars_draw(struct bars *b)
{
	double room, v = 0;
	size_t each;
	int err = plot_ticks_y(b->out, &b->y);

	for (size_t s = 0; s < b->p->n; s++)
		for (size_t i = 0; !err && i < rows_of(b, s); i++) {
			size_t at;
			bool has;

			err = bar_of(b, s, i, &at, &v, &has);
			if (!err && has)
				err = bar(b, s, at, v);
		}
	room =
	    (PLOT_RIGHT - PLOT_LEFT) / (double)(b->classes.n + !b->classes.n);
	/* A letter is some 7 wide; of what has no room every few are named. */
	each = (size_t)(28 / room) + 1;
	for (size_t i = 0; !err && i < b->classes.n; i += each)
		err = short_text(b->out, PLOT_LEFT + room * ((double)i + 0.5),
		    PLOT_BOTTOM + 18, "middle", b->classes.v[i],
		    (size_t)(room * (double)each / 7));
	return err;
}

int
plot_bars(struct mvc_buf *out, const struct mvc_plot *p)
{
	struct bars b = {.out = out, .p = p};
	int err = bars_fit(&b);

	if (!err)
		err = bars_draw(&b);
	mvc_names_release(&b.classes);
	return err ? err : plot_labels(out, p->x ? p->x : "row", p->y);
}

/* ---- how often which came of which ---- */

struct matrix {
	struct mvc_names classes;
	size_t n[CLASSES_MAX][CLASSES_MAX]; /* of x, of y */
	size_t most;
};

static int
count(struct matrix *m, const struct mvc_plot *p)
{
	const struct mvc_points *t = p->series[0].points;
	size_t kx = t && p->x ? mvc_points_column(t, p->x) : 0;
	size_t ky = t ? mvc_points_column(t, p->y) : 0;
	struct mvc_number nx, ny;
	int err = MVC_OK;

	if (!t || !p->x || kx == t->names.n || ky == t->names.n)
		return MVC_OK;
	for (size_t i = 0; !err && i < t->rows; i++) {
		size_t x, y;

		err = find(&x, &m->classes, label(mvc_points_at(t, i, kx), &nx),
		    CLASSES_MAX);
		if (!err)
			err = find(&y, &m->classes,
			    label(mvc_points_at(t, i, ky), &ny), CLASSES_MAX);
		if (!err && ++m->n[x][y] > m->most)
			m->most = m->n[x][y];
	}
	return err;
}

static int
by_name(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* Their order must not depend on the rows'. */
static int
name_classes(struct matrix *m, const struct mvc_plot *p)
{
	int err = count(m, p);

	if (m->classes.n)
		qsort(
		    m->classes.v, m->classes.n, sizeof(*m->classes.v), by_name);
	for (size_t i = 0; i < CLASSES_MAX; i++)
		for (size_t k = 0; k < CLASSES_MAX; k++)
			m->n[i][k] = 0;
	m->most = 0;
	return err ? err : count(m, p);
}

static int
cell(struct mvc_buf *out, const struct matrix *m, size_t x, size_t y)
{
	double wide = (PLOT_RIGHT - PLOT_LEFT - 40) / (double)m->classes.n;
	double high = (PLOT_BOTTOM - PLOT_TOP) / (double)m->classes.n;
	double left = PLOT_LEFT + 40 + wide * (double)y;
	double top = PLOT_TOP + high * (double)x;
	double part = (double)m->n[x][y] / (double)(m->most + !m->most);
	int err = mvc_buf_addf(out,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
	    "fill=\"#4e79a7\" fill-opacity=\"%.3f\" stroke=\"#fff\"><title>",
	    left, top, wide, high, 0.05 + 0.9 * part);

	if (!err)
		err = mvc_markup_add(out, m->classes.v[x]);
	if (!err)
		err = mvc_buf_add_str(out, " → ");
	if (!err)
		err = mvc_markup_add(out, m->classes.v[y]);
	if (!err)
		err = mvc_buf_addf(out, ": %zu</title></rect>\n", m->n[x][y]);
	if (!err && wide > 24 && high > 12)
		err = mvc_buf_addf(out,
		    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\""
		    "%s>%zu</text>\n",
		    left + wide / 2, top + high / 2 + 4,
		    part > 0.6 ? " fill=\"#fff\"" : "", m->n[x][y]);
	return err;
}

static int
matrix_draw(
    struct mvc_buf *out, const struct matrix *m, const struct mvc_plot *p)
{
	double wide = (PLOT_RIGHT - PLOT_LEFT - 40) / (double)m->classes.n;
	double high = (PLOT_BOTTOM - PLOT_TOP) / (double)m->classes.n;
	int err = MVC_OK;

	for (size_t x = 0; !err && x < m->classes.n; x++) {
		for (size_t y = 0; !err && y < m->classes.n; y++)
			err = cell(out, m, x, y);
		if (!err && (high > 11 || x % 2 == 0))
			err = short_text(out, PLOT_LEFT + 34,
			    PLOT_TOP + high * ((double)x + 0.5) + 4, "end",
			    m->classes.v[x], 12);
		if (!err && (wide > 20 || x % 2 == 0))
			err = short_text(out,
			    PLOT_LEFT + 40 + wide * ((double)x + 0.5),
			    PLOT_BOTTOM + 18, "middle", m->classes.v[x],
			    wide > 20 ? (size_t)(wide / 7) : 3);
	}
	if (!err)
		err = plot_text(out, (PLOT_LEFT + 40 + PLOT_RIGHT) / 2.0,
		    MVC_PLOT_HEIGHT - 12, "middle", p->y);
	if (!err)
		err = mvc_buf_addf(out, "<g transform=\"rotate(-90)\">");
	if (!err)
		err = plot_text(out, -(PLOT_TOP + PLOT_BOTTOM) / 2.0, 14,
		    "middle", p->x ? p->x : "");
	return err ? err : mvc_buf_add_str(out, "</g>\n");
}

int
plot_confusion(struct mvc_buf *out, const struct mvc_plot *p)
{
	MVC_OWN_MEM struct matrix *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return mvc_fail(MVC_ENOMEM, "no memory to draw");
	err = name_classes(m, p);
	if (!err)
		err = matrix_draw(out, m, p);
	mvc_names_release(&m->classes);
	return err;
}
