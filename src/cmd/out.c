#include "cmd/out.h"
#include "cmd/env.h"
#include "util/banned.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#define NEXT_COLUMN 42

bool
mvc_out_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

void
mvc_out_init(struct mvc_out *out)
{
	const char *no = getenv("NO_COLOR");

	memset(out, 0, sizeof(*out));
	out->column = 9;
	out->colour = isatty(STDOUT_FILENO) && !(no && *no) && !mvc_out_dumb();
	for (size_t i = 0; i < 4; i++)
		out->names[i].max = 1 << 20;
}

void
mvc_out_release(struct mvc_out *out)
{
	for (size_t i = 0; i < 4; i++)
		mvc_buf_release(&out->names[i]);
}

/* Whoever read our output has enough: end as SIGPIPE would have. */
static void
check_reader(void)
{
	if (errno == EPIPE)
		_exit(128 + SIGPIPE);
}

static void
print_list(struct mvc_env *env, const char *fmt, va_list ap)
{
	mvc_bar_hide(env);
	if (vfprintf(stdout, fmt, ap) < 0)
		check_reader();
	mvc_bar_show(env);
}

void
mvc_print(struct mvc_env *env, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_list(env, fmt, ap);
	va_end(ap);
}

void
mvc_print_bytes(struct mvc_env *env, const void *p, size_t n)
{
	mvc_bar_hide(env);
	if (n && fwrite(p, 1, n, stdout) != n)
		check_reader();
	mvc_bar_show(env);
}

void
mvc_say(struct mvc_env *env, const char *fmt, ...)
{
	va_list ap;

	if (env->out.quiet || env->common.json)
		return;
	va_start(ap, fmt);
	print_list(env, fmt, ap);
	va_end(ap);
}

void
mvc_note(struct mvc_env *env, const char *fmt, ...)
{
	MVC_OWN_MEM char *text = NULL;
	va_list ap;

	if (env->out.quiet)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	mvc_bar_hide(env);
	if (text)
		fprintf(stderr, "mvc: %s\n", mvc_sentence(env, text));
	mvc_bar_show(env);
}

/* Columns that UTF-8 text takes, near enough: its characters. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static int
pad_to(int column, int at, int least)
{
	return column - at > least ? column - at : least;
}

void
mvc_line_fit(struct mvc_env *env, const char *name)
{
	int need = width_of(mvc_name(env, name)) + 3;

	if (need > env->out.column)
		env->out.column = need;
}

void
mvc_line(struct mvc_env *env, const char *name, const char *next,
    const char *fmt, ...)
{
	MVC_OWN_MEM char *text = NULL;
	const char *shown = mvc_name(env, name);
	int at = width_of(shown), gap = pad_to(env->out.column, at, 3);
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return;
	at += gap + width_of(text);
	if (next)
		mvc_say(env, "%s%*s%s%*s%snext: %s%s\n", shown, gap, "", text,
		    pad_to(NEXT_COLUMN, at, 3), "", mvc_colour(env, MVC_DIM),
		    next, mvc_colour(env, MVC_PLAIN));
	else
		mvc_say(env, "%s%*s%s\n", shown, gap, "", text);
}

static struct mvc_buf *
next_name(struct mvc_env *env)
{
	struct mvc_buf *b = &env->out.names[env->out.turn++ % 4];

	mvc_buf_clear(b);
	return b;
}

const char *
mvc_name(struct mvc_env *env, const char *name)
{
	struct mvc_buf *b = next_name(env);

	if (mvc_human_name(b, name, strlen(name)))
		return "?";
	return b->data ? b->data : "";
}

const char *
mvc_namef(struct mvc_env *env, const char *fmt, ...)
{
	MVC_OWN_MEM char *name = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&name, fmt, ap) < 0)
		name = NULL;
	va_end(ap);
	return name ? mvc_name(env, name) : "?";
}

const char *
mvc_sentence(struct mvc_env *env, const char *text)
{
	struct mvc_buf *b = next_name(env);

	if (mvc_human_text(b, text))
		return "?";
	return b->data ? b->data : "";
}

const char *
mvc_colour(const struct mvc_env *env, enum mvc_colour c)
{
	static const char *const codes[] = {
	    [MVC_PLAIN] = "\033[m",
	    [MVC_BOLD] = "\033[1m",
	    [MVC_RED] = "\033[31m",
	    [MVC_GREEN] = "\033[32m",
	    [MVC_YELLOW] = "\033[33m",
	    [MVC_DIM] = "\033[2m",
	};

	return env->out.colour ? codes[c] : "";
}

static int
write_json(void *arg, const void *p, size_t n)
{
	mvc_print_bytes(arg, p, n);
	return MVC_OK;
}

struct mvc_json *
mvc_out_json(struct mvc_env *env)
{
	if (!env->out.json.write)
		mvc_json_init(&env->out.json, write_json, env);
	return &env->out.json;
}

int
mvc_out_finish(struct mvc_env *env)
{
	int err = MVC_OK;

	mvc_bar_stop(env);
	if (env->out.json.write && env->out.json.depth == 0) {
		mvc_json_newline(&env->out.json);
		err = mvc_json_finish(&env->out.json);
	}
	if (fflush(stdout) || ferror(stdout)) {
		check_reader();
		return mvc_fail_errno("write to standard output");
	}
	return err;
}
