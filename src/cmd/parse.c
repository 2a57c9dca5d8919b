#include "cmd/parse.h"
#include "cmd/suggest.h"
#include "util/own.h"
#include "util/banned.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#define COMMON struct mvc_common

static const struct {
	unsigned flag; /* the command must have it; 0: all do */
	struct mvc_opt opt;
} common_opts[] = {
    {MVC_CMD_DRY_RUN,
	MVC_OPT_FLAG(
	    'n', "dry-run", COMMON, dry_run, "only say what would be done")},
    {MVC_CMD_JOBS,
	MVC_OPT_INT('j', "jobs", COMMON, jobs, "N", "use N threads")},
    {MVC_CMD_JSON,
	MVC_OPT_FLAG(0, "json", COMMON, json, "write JSON, for programs")},
    {0, MVC_OPT_FLAG('q', "quiet", COMMON, quiet, "print no chat")},
    {0, MVC_OPT_FLAG('v', "verbose", COMMON, verbose, "say more")},
    {0,
	{MVC_OPT_KIND_HELP, 'h', "help", 0, NULL, "show this, or the manual",
	    0}},
};

/* The common option without what the command uses for itself. */
static bool
add_common(struct mvc_opt_ref *to, const struct mvc_opt_ref *own, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(own[i].opt.name, to->opt.name))
			return false;
		if (own[i].opt.letter == to->opt.letter)
			to->opt.letter = 0;
	}
	return true;
}

size_t
mvc_opts_of(struct mvc_opt_ref out[MVC_OPTS_MAX], const struct mvc_cmd *cmd,
    void *args, struct mvc_common *common)
{
	size_t n = 0, own;

	for (const struct mvc_opt *o = cmd->opts; o && o->kind; o++) {
		assert(n < MVC_OPTS_MAX - 8);
		out[n++] = (struct mvc_opt_ref){*o, args};
	}
	own = n;
	for (size_t i = 0; i < sizeof(common_opts) / sizeof(*common_opts);
	     i++) {
		unsigned need = common_opts[i].flag;

		if ((cmd->flags & need) != need)
			continue;
		out[n] =
		    (struct mvc_opt_ref){common_opts[i].opt, (char *)common};
		n += add_common(&out[n], out, own);
	}
	return n;
}

struct parser {
	struct mvc_opt_ref opts[MVC_OPTS_MAX];
	size_t n;
	struct mvc_words *words;
	char **argv; /* what is left */
	int argc;
};

void
mvc_words_release(struct mvc_words *w)
{
	free(w->argv);
	w->argv = NULL;
	w->argc = 0;
}

void
mvc_args_release(const struct mvc_cmd *cmd, void *args)
{
	for (const struct mvc_opt *o = cmd->opts; o && o->kind && args; o++)
		if (o->kind == MVC_OPT_KIND_LIST)
			free(((struct mvc_strings *)((char *)args + o->at))->v);
	free(args);
}

static int
parse_int(int64_t *out, const char *name, const char *text)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		return mvc_fail(MVC_EUSAGE,
		    "--%s takes a whole number, not '%s'", name, text);
	*out = v;
	return MVC_OK;
}

int
mvc_parse_size(uint64_t *out, const char *name, const char *text)
{
	static const char letters[] = "kmgt";
	unsigned long long v;
	uint64_t scale = 1, base;
	const char *letter;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (end == text || errno || text[0] == '-')
		goto bad;
	letter = *end ? strchr(letters, *end | 0x20) : NULL;
	if (letter) {
		base = end[1] == 'B' ? 1000 : 1024;
		for (const char *l = letters; l <= letter; l++)
			scale *= base;
		end += end[1] == 'B' ? 2 : !strcmp(end + 1, "iB") ? 3 : 1;
	}
	if (*end || v > UINT64_MAX / scale)
		goto bad;
	*out = v * scale;
	return MVC_OK;
bad:
	return mvc_fail(MVC_EUSAGE,
	    "--%s takes a size such as 500M or 2GB, not '%s'", name, text);
}

static int
append(struct mvc_strings *list, const char *value)
{
	const char **v = realloc(list->v, (list->n + 1) * sizeof(*list->v));

	if (!v)
		return mvc_fail(MVC_ENOMEM, "read the command line");
	list->v = v;
	list->v[list->n++] = value;
	return MVC_OK;
}

static int
set_option(struct parser *p, const struct mvc_opt_ref *r, const char *value)
{
	char *at = r->base + r->opt.at;

	switch (r->opt.kind) {
	case MVC_OPT_KIND_FLAG:
		*(bool *)(void *)at = true;
		return MVC_OK;
	case MVC_OPT_KIND_SET:
		*(int *)(void *)at = r->opt.value;
		return MVC_OK;
	case MVC_OPT_KIND_STR:
		*(const char **)(void *)at = value;
		return MVC_OK;
	case MVC_OPT_KIND_INT:
		return parse_int((int64_t *)(void *)at, r->opt.name, value);
	case MVC_OPT_KIND_SIZE:
		return mvc_parse_size(
		    (uint64_t *)(void *)at, r->opt.name, value);
	case MVC_OPT_KIND_LIST:
		return append((struct mvc_strings *)(void *)at, value);
	default:
		p->words->help = true;
		return MVC_OK;
	}
}

static int
no_option(const struct parser *p, const char *name)
{
	const char *names[MVC_OPTS_MAX];
	const char *meant;

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->opts[i].opt.name;
	meant = mvc_suggest(name, names, p->n);
	return mvc_fail(MVC_EUSAGE, "no option --%s%s%s%s", name,
	    meant ? "; did you mean --" : "", meant ? meant : "",
	    meant ? "?" : "");
}

/* The option of that name, or of which that is the only beginning. */
static int
find_long(const struct mvc_opt_ref **out, struct parser *p, const char *name)
{
	size_t n = strlen(name);

	*out = NULL;
	for (size_t i = 0; i < p->n; i++) {
		const struct mvc_opt_ref *r = &p->opts[i];

		if (!strcmp(r->opt.name, name)) {
			*out = r;
			return MVC_OK;
		}
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct mvc_opt_ref *r = &p->opts[i];

		if (strncmp(r->opt.name, name, n))
			continue;
		if (*out)
			return mvc_fail(MVC_EUSAGE,
			    "--%s could be --%s or --%s", name,
			    (*out)->opt.name, r->opt.name);
		*out = r;
	}
	return *out ? MVC_OK : no_option(p, name);
}

static int
take_value(const char **out, struct parser *p, const struct mvc_opt *o)
{
	*out = NULL;
	if (p->argc == 0)
		return mvc_fail(
		    MVC_EUSAGE, "--%s needs a value: %s", o->name, o->arg);
	*out = *p->argv++;
	p->argc--;
	return MVC_OK;
}

static int
parse_long(struct parser *p, const char *word)
{
	const struct mvc_opt_ref *r;
	const char *value = strchr(word, '=');
	MVC_OWN_MEM char *name = NULL;
	int err;

	name = value ? strndup(word, (size_t)(value - word)) : strdup(word);
	if (!name)
		return mvc_fail(MVC_ENOMEM, "read the command line");
	err = find_long(&r, p, name);
	if (err)
		return err;
	if (value && !r->opt.arg)
		return mvc_fail(MVC_EUSAGE, "--%s takes no value", r->opt.name);
	if (value)
		return set_option(p, r, value + 1);
	if (r->opt.arg)
		err = take_value(&value, p, &r->opt);
	return err ? err : set_option(p, r, value);
}

static int
parse_letters(struct parser *p, const char *letters)
{
	const struct mvc_opt_ref *r;
	const char *value = NULL;
	int err = MVC_OK;

	for (const char *l = letters; *l && !err; l++) {
		r = NULL;
		for (size_t i = 0; i < p->n && !r; i++)
			if (p->opts[i].opt.letter == *l)
				r = &p->opts[i];
		if (!r)
			return mvc_fail(MVC_EUSAGE, "no option -%c", *l);
		if (!r->opt.arg) {
			err = set_option(p, r, NULL);
			continue;
		}
		if (l[1])
			return set_option(p, r, l + 1);
		err = take_value(&value, p, &r->opt);
		return err ? err : set_option(p, r, value);
	}
	return err;
}

static int
parse_word(struct parser *p, bool *only_words, bool first_word_ends)
{
	char *word = *p->argv++;
	struct mvc_words *w = p->words;

	p->argc--;
	if (*only_words || word[0] != '-' || !word[1]) {
		w->argv[w->argc++] = word;
		*only_words |= first_word_ends;
		return MVC_OK;
	}
	if (word[1] != '-')
		return parse_letters(p, word + 1);
	if (word[2])
		return parse_long(p, word + 2);
	w->dashdash = w->argc;
	*only_words = true;
	return MVC_OK;
}

int
mvc_parse(struct mvc_words *out, const struct mvc_cmd *cmd, void *args,
    struct mvc_common *common, int argc, char **argv)
{
	struct parser p = {.words = out, .argv = argv, .argc = argc};
	bool only_words = false;
	int err = MVC_OK;

	*out = (struct mvc_words){.dashdash = -1};
	out->argv = calloc((size_t)argc + 1, sizeof(*out->argv));
	if (!out->argv)
		return mvc_fail(MVC_ENOMEM, "read the command line");
	p.n = mvc_opts_of(p.opts, cmd, args, common);
	while (p.argc && !err)
		err = parse_word(
		    &p, &only_words, cmd->flags & MVC_CMD_FIRST_WORD);
	return err;
}
