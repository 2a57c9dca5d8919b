#include "cmd/sides.h"
#include "git/repo.h"
#include "lineage/plot.h"
#include "text/markup.h"
#include "util/file.h"

#include <fcntl.h>

#include "util/banned.h"

struct plots_args {
	const char *x, *kind, *out;
	struct mvc_strings y;
};

static const struct mvc_opt plots_opts[] = {
    MVC_OPT_STR('x', "x", struct plots_args, x, "COLUMN",
	"what goes from left to right"),
    MVC_OPT_LIST('y', "y", struct plots_args, y, "COLUMN",
	"a chart of this, not of every column of numbers"),
    MVC_OPT_STR('k', "kind", struct plots_args, kind, "KIND",
	"line, scatter, bar or confusion"),
    MVC_OPT_STR('t', "template", struct plots_args, kind, "KIND",
	"the same, as DVC calls it"),
    MVC_OPT_STR('o', "output", struct plots_args, out, "FILE",
	"write this, not to standard output"),
    MVC_OPT_END,
};

#define PAGE_MAX (256 << 20)
/* Of a file without --y. */
#define CHARTS_MAX 24

struct page {
	struct mvc_env *env;
	const struct plots_args *a;
	struct mvc_sides sides;
	struct mvc_buf text;
	size_t charts;
};

/* One file, as every side has it. */
struct file {
	const char *path;
	struct mvc_points points[MVC_SIDES_MAX];
	struct mvc_plot_series series[MVC_SIDES_MAX];
	const struct mvc_points *any; /* the last that is there */
};

/* ---- what is drawn ---- */

static int
kind_of(enum mvc_plot_kind *out, const char *word)
{
	static const struct {
		const char *word;
		enum mvc_plot_kind kind;
	} kinds[] = {{"line", MVC_PLOT_LINE}, {"linear", MVC_PLOT_LINE},
	    {"simple", MVC_PLOT_LINE}, {"scatter", MVC_PLOT_SCATTER},
	    {"bar", MVC_PLOT_BAR}, {"bar_horizontal", MVC_PLOT_BAR},
	    {"confusion", MVC_PLOT_CONFUSION}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].word, word)) {
			*out = kinds[i].kind;
			return MVC_OK;
		}
	return mvc_fail(
	    MVC_EUSAGE, "'%s' is none of line, scatter, bar, confusion", word);
}

static const char *
known(const struct mvc_points *p, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mvc_points_column(p, names[i]) < p->names.n)
			return names[i];
	return NULL;
}

/* The column from left to right, where nobody has said it. */
static const char *
guess_x(const struct mvc_points *p, bool confusion)
{
	static const char *const steps[] = {
	    "step", "epoch", "iteration", "iter", "round"};
	static const char *const truths[] = {
	    "actual", "label", "target", "y_true", "truth"};
	const char *x = confusion ? known(p, truths, 5) : known(p, steps, 5);

	for (size_t i = 0; !x && i < p->names.n; i++)
		if (confusion || !mvc_points_numeric(p, i))
			x = p->names.v[i];
	return x;
}

static const char *
guess_y(const struct mvc_points *p, const char *x)
{
	static const char *const guesses[] = {
	    "predicted", "prediction", "y_pred", "output"};
	const char *y = known(p, guesses, 4);

	for (size_t i = 0; !y && i < p->names.n; i++)
		if (strcmp(p->names.v[i], x) != 0)
			y = p->names.v[i];
	return y ? y : x;
}

/* ---- the page ---- */

static int
add_text(
    struct mvc_buf *b, const char *before, const char *s, const char *after)
{
	int err = mvc_buf_add_str(b, before);

	if (!err)
		err = mvc_markup_add(b, s);
	return err ? err : mvc_buf_add_str(b, after);
}

static int
head(struct page *p)
{
	return mvc_buf_add_str(&p->text,
	    "<!DOCTYPE html>\n"
	    "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
	    "<head>\n<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
	    "<title>Plots</title>\n<style>\n"
	    "body { font: 14px system-ui, sans-serif; margin: 1.5em; "
	    "color: #222; background: #fff }\n"
	    "h2 { font-size: 1.1em; margin: 1.5em 0 .5em }\n"
	    ".charts { display: flex; flex-wrap: wrap; gap: 1em }\n"
	    "figure { margin: 0; border: 1px solid #ddd; border-radius: 6px; "
	    "padding: .5em; max-width: 100% }\n"
	    "figcaption { font-weight: 600; padding: .2em .5em }\n"
	    "svg { max-width: 100%; height: auto }\n"
	    ".sides span { margin-right: 1.2em; white-space: nowrap }\n"
	    ".sides i { display: inline-block; width: 1em; height: .7em; "
	    "margin-right: .4em; border-radius: 2px }\n"
	    ".none { color: #777 }\n"
	    "</style>\n</head>\n<body>\n");
}

static int
legend(struct page *p)
{
	int err = mvc_buf_add_str(&p->text, "<p class=\"sides\">");

	for (size_t i = 0; !err && i < p->sides.n; i++) {
		err = mvc_buf_addf(&p->text,
		    "<span><i style=\"background: %s\"></i>",
		    mvc_plot_colour(i));
		if (!err)
			err = add_text(
			    &p->text, "", p->sides.name[i], "</span>\n");
	}
	return err ? err : mvc_buf_add_str(&p->text, "</p>\n");
}

static int
chart(struct page *p, const char *caption, const struct mvc_plot *plot)
{
	int err = add_text(
	    &p->text, "<figure><figcaption>", caption, "</figcaption>\n");

	if (!err)
		err = mvc_plot_draw(&p->text, plot);
	p->charts++;
	return err ? err : mvc_buf_add_str(&p->text, "</figure>\n");
}

/* Of each side one. */
static int
confusions(struct page *p, const struct file *f)
{
	const char *x = p->a->x ? p->a->x : guess_x(f->any, true);
	struct mvc_plot plot = {.kind = MVC_PLOT_CONFUSION, .x = x, .n = 1};
	int err = MVC_OK;

	plot.y = p->a->y.n ? p->a->y.v[0] : guess_y(f->any, x);
	for (size_t i = 0; !err && i < p->sides.n; i++) {
		plot.series = &f->series[i];
		if (plot.series->points)
			err = chart(p, p->sides.name[i], &plot);
	}
	return err;
}

/* Of each column one. */
static int
columns(struct page *p, const struct file *f, enum mvc_plot_kind kind)
{
	const struct mvc_points *t = f->any;
	struct mvc_plot plot = {
	    .kind = kind, .series = f->series, .n = p->sides.n};
	int err = MVC_OK;

	plot.x = p->a->x ? p->a->x : guess_x(t, false);
	if (!p->a->kind && plot.x &&
	    mvc_points_column(t, plot.x) < t->names.n &&
	    !mvc_points_numeric(t, mvc_points_column(t, plot.x)))
		plot.kind = MVC_PLOT_BAR;
	for (size_t i = 0; !err && i < p->a->y.n; i++) {
		plot.y = p->a->y.v[i];
		err = chart(p, plot.y, &plot);
	}
	for (size_t i = 0, n = 0; !err && !p->a->y.n && i < t->names.n; i++) {
		plot.y = t->names.v[i];
		if ((plot.x && !strcmp(plot.x, plot.y)) ||
		    !mvc_points_numeric(t, i) || n++ >= CHARTS_MAX)
			continue;
		err = chart(p, plot.y, &plot);
	}
	return err;
}

static int
has_column(const struct file *f, const char *name, size_t sides)
{
	for (size_t i = 0; i < sides; i++) {
		const struct mvc_points *t = f->series[i].points;

		if (t && mvc_points_column(t, name) < t->names.n)
			return MVC_OK;
	}
	return mvc_fail(MVC_ENOTFOUND, "no column %s", name);
}

static int
draw(struct page *p, const struct file *f)
{
	enum mvc_plot_kind kind = MVC_PLOT_LINE;
	size_t before = p->charts;
	int err = MVC_OK;

	if (p->a->kind)
		err = kind_of(&kind, p->a->kind);
	if (!err && p->a->x)
		err = has_column(f, p->a->x, p->sides.n);
	for (size_t i = 0; !err && i < p->a->y.n; i++)
		err = has_column(f, p->a->y.v[i], p->sides.n);
	if (!err)
		err = add_text(&p->text, "<h2>", f->path,
		    "</h2>\n<div class=\"charts\">\n");
	if (!err && f->any->names.n)
		err = kind == MVC_PLOT_CONFUSION ? confusions(p, f)
						 : columns(p, f, kind);
	if (!err && p->charts == before)
		err = mvc_buf_add_str(&p->text,
		    "<p class=\"none\">It has no column of numbers.</p>\n");
	return err ? mvc_fail_prefix(err, "%s", f->path)
		   : mvc_buf_add_str(&p->text, "</div>\n");
}

/* ---- files ---- */

static int
read_side(struct page *p, struct file *f, size_t i)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTS_FILE_MAX);
	int err = mvc_numbers_text(&text, p->sides.v[i], f->path);

	f->series[i].name = p->sides.name[i];
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	err = mvc_points_parse(&f->points[i], f->path, &text);
	if (err)
		return mvc_fail_prefix(
		    err, "%s", mvc_view_name(p->sides.v[i]).s);
	f->series[i].points = f->any = &f->points[i];
	return MVC_OK;
}

static int
on_file(struct page *p, const char *path)
{
	MVC_OWN_MEM struct file *f = calloc(1, sizeof(*f));
	int err = MVC_OK;

	if (!f)
		return mvc_fail(MVC_ENOMEM, "no memory");
	f->path = path;
	for (size_t i = 0; !err && i < p->sides.n; i++)
		err = read_side(p, f, i);
	if (!err && !f->any && p->sides.found)
		mvc_note(p->env, "%s: it is named, and not there", path);
	else if (!err && !f->any)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s: Git has no such file there, nor does it lie here",
		    path);
	else if (!err)
		err = draw(p, f);
	for (size_t i = 0; i < p->sides.n; i++)
		mvc_points_release(&f->points[i]);
	return err;
}

static int
write_page(struct page *p)
{
	struct mvc_env *env = p->env;
	int err;

	if (!p->a->out || !strcmp(p->a->out, "-")) {
		mvc_print_bytes(env, p->text.data, p->text.len);
		return MVC_OK;
	}
	err = mvc_file_replace(
	    AT_FDCWD, p->a->out, p->text.data, p->text.len, 0666);
	if (!err)
		mvc_line(env, p->a->out, NULL, "%zu chart%s", p->charts,
		    p->charts == 1 ? "" : "s");
	return err;
}

static int
make_page(struct page *p)
{
	int err = mvc_sides_find(&p->sides, p->env, MVC_NUMBERS_PLOTS);

	if (!err)
		err = head(p);
	if (!err)
		err = legend(p);
	for (size_t i = 0; !err && i < p->sides.paths.n; i++)
		err = on_file(p, p->sides.paths.v[i]);
	if (!err)
		err = mvc_buf_add_str(&p->text, "</body>\n</html>\n");
	return err ? err : write_page(p);
}

static int
plots(struct mvc_env *env, const struct plots_args *a, bool diff)
{
	MVC_OWN_MEM struct page *p = calloc(1, sizeof(*p));
	enum mvc_plot_kind kind;
	int err = MVC_OK;

	if (!p)
		return mvc_fail(MVC_ENOMEM, "no memory");
	*p = (struct page){.env = env, .a = a, .text = MVC_BUF_INIT(PAGE_MAX)};
	if (a->kind)
		err = kind_of(&kind, a->kind);
	if (!err)
		err = mvc_sides_words(&p->sides, env, MVC_SIDES_MAX - 1);
	if (!err && diff && !p->sides.n)
		err = mvc_sides_add(&p->sides, env, "HEAD");
	if (!err && p->sides.n <= (diff ? 1 : 0))
		err = mvc_sides_add(&p->sides, env,
		    diff || env->repo->worktree ? NULL : "HEAD");
	if (!err)
		err = make_page(p);
	mvc_sides_release(&p->sides);
	mvc_buf_release(&p->text);
	return err;
}

static int
plots_show(struct mvc_env *env, const void *args)
{
	return plots(env, args, false);
}

static int
plots_diff(struct mvc_env *env, const void *args)
{
	return plots(env, args, true);
}

static const struct mvc_verb plots_verbs[] = {
    {"diff", "[REV...] [--] [FILE...]", "over revisions, each its colour", 0,
	-1, plots_diff},
    {"show", "[REV...] [--] [FILE...]", "as they are here, or there", 0, -1,
	plots_show},
    {0},
};

const struct mvc_cmd mvc_cmd_plots = {
    .name = "plots",
    .summary = "charts of what runs wrote down, as one file of HTML",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_REPO,
    .opts = plots_opts,
    .args_size = sizeof(struct plots_args),
    .verbs = plots_verbs,
};
