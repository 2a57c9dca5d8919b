/* Scripts for the shells' completion, made from the commands' tables. */
#include "cmd/env.h"
#include "util/banned.h"

static bool
is_listed(const struct mvc_cmd *c)
{
	return !(c->flags & MVC_CMD_HIDDEN);
}

/* Print text with a backslash, or what `with` says, before some characters. */
static void
print_escaped(
    struct mvc_env *env, const char *text, const char *which, const char *with)
{
	for (; *text; text++) {
		if (strchr(which, *text))
			mvc_print(env, "%s", with);
		mvc_print(env, "%c", *text);
	}
}

static void
bash_names(struct mvc_env *env)
{
	for (size_t i = 0; mvc_cmds[i]; i++)
		if (is_listed(mvc_cmds[i]))
			mvc_print(env, "%s ", mvc_cmds[i]->name);
}

static void
bash_command(struct mvc_env *env, const struct mvc_cmd *c)
{
	struct mvc_opt_ref opts[MVC_OPTS_MAX];
	size_t n = mvc_opts_of(opts, c, NULL, NULL);

	mvc_print(env, "\t%s)\n\t\topts='", c->name);
	for (size_t i = 0; i < n; i++) {
		if (opts[i].opt.letter)
			mvc_print(env, "-%c ", opts[i].opt.letter);
		mvc_print(env, "--%s%s ", opts[i].opt.name,
		    opts[i].opt.arg ? "=" : "");
	}
	mvc_print(env, "'\n\t\tverbs='");
	for (const struct mvc_verb *v = c->verbs; v && v->name; v++)
		mvc_print(env, "%s ", v->name);
	if (!strcmp(c->name, "help"))
		bash_names(env);
	mvc_print(env, "' ;;\n");
}

static const char bash_start[] =
    "# bash completion of mvc; made by: mvc completion bash\n"
    "_mvc() {\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= opts= verbs= i=1\n"
    "\t[[ ${COMP_WORDS[0]##*/} == git ]] && i=2\n"
    "\tCOMPREPLY=()\n"
    "\tfor ((; i < COMP_CWORD; i++)); do\n"
    "\t\tcase ${COMP_WORDS[i]} in\n"
    "\t\t-C) ((i++)) ;;\n"
    "\t\t-*) ;;\n"
    "\t\t*) cmd=${COMP_WORDS[i]}; break ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\tcase $cmd in\n"
    "\t'')\n\t\topts='-C --version --help'\n\t\tverbs='";

static const char bash_end[] =
    "\tesac\n"
    "\tif [[ $cur == -* ]]; then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$opts\" -- \"$cur\"))\n"
    "\t\t[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
    "\telif [[ -n $verbs ]] && ((COMP_CWORD <= i + 1)); then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
    "\tfi\n"
    "\treturn 0\n"
    "}\n"
    "_git_mvc() { _mvc; }\n"
    "complete -o bashdefault -o default -F _mvc mvc git-mvc\n";

static int
bash_run(struct mvc_env *env, const void *args)
{
	mvc_print(env, "%s", bash_start);
	bash_names(env);
	mvc_print(env, "' ;;\n");
	for (size_t i = 0; mvc_cmds[i]; i++)
		bash_command(env, mvc_cmds[i]);
	mvc_print(env, "%s", bash_end);
	return MVC_OK;
}

/* 'name:text' of an array, or [text] of an option. */
static void
zsh_text(struct mvc_env *env, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			mvc_print(env, "'\\'");
		else if (strchr("[]:\\", *text))
			mvc_print(env, "\\");
		mvc_print(env, "%c", *text);
	}
}

static void
zsh_option(struct mvc_env *env, const struct mvc_opt *o)
{
	if (o->letter)
		mvc_print(env, "\t\t\t'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter,
		    o->name, o->letter, o->arg ? "+" : "", o->name,
		    o->arg ? "=" : "");
	else
		mvc_print(env, "\t\t\t'--%s%s[", o->name, o->arg ? "=" : "");
	zsh_text(env, o->help);
	if (o->arg)
		mvc_print(env, "]:%s:_files' \\\n", o->arg);
	else
		mvc_print(env, "]' \\\n");
}

static void
zsh_verbs(struct mvc_env *env, const struct mvc_cmd *c)
{
	if (!strcmp(c->name, "help")) {
		mvc_print(env, "\t\t\t'1:command:_mvc_commands'\n");
		return;
	}
	if (!c->verbs) {
		mvc_print(env, "\t\t\t'*:file:_files'\n");
		return;
	}
	mvc_print(env, "\t\t\t'1:what:(");
	for (const struct mvc_verb *v = c->verbs; v->name; v++)
		mvc_print(env, "%s%s", v == c->verbs ? "" : " ", v->name);
	mvc_print(env, ")' '*:file:_files'\n");
}

static int
zsh_run(struct mvc_env *env, const void *args)
{
	struct mvc_opt_ref opts[MVC_OPTS_MAX];

	mvc_print(env,
	    "#compdef mvc git-mvc\n"
	    "# zsh completion of mvc; made by: mvc completion zsh\n"
	    "_mvc_commands() {\n\tlocal -a commands\n\tcommands=(\n");
	for (size_t i = 0; mvc_cmds[i]; i++)
		if (is_listed(mvc_cmds[i])) {
			mvc_print(env, "\t\t'%s:", mvc_cmds[i]->name);
			zsh_text(env, mvc_cmds[i]->summary);
			mvc_print(env, "'\n");
		}
	mvc_print(env,
	    "\t)\n\t_describe command commands\n}\n"
	    "_mvc() {\n"
	    "\tlocal context state state_descr line\n"
	    "\ttypeset -A opt_args\n"
	    "\t_arguments -C '-C[run in this folder]:folder:_files -/' \\\n"
	    "\t\t'(- *)--version[print the version]' \\\n"
	    "\t\t'1:command:_mvc_commands' '*::word:->word'\n"
	    "\t[[ $state == word ]] || return\n"
	    "\tcase $words[1] in\n");
	for (size_t i = 0; mvc_cmds[i]; i++) {
		size_t n = mvc_opts_of(opts, mvc_cmds[i], NULL, NULL);

		mvc_print(
		    env, "\t%s)\n\t\t_arguments -s \\\n", mvc_cmds[i]->name);
		for (size_t k = 0; k < n; k++)
			zsh_option(env, &opts[k].opt);
		zsh_verbs(env, mvc_cmds[i]);
		mvc_print(env, "\t\t;;\n");
	}
	mvc_print(env,
	    "\tesac\n}\n"
	    "if [[ $funcstack[1] == _mvc ]]; then\n\t_mvc \"$@\"\n"
	    "else\n\tcompdef _mvc mvc git-mvc\nfi\n");
	return MVC_OK;
}

static void
fish_word(
    struct mvc_env *env, const char *when, const char *word, const char *text)
{
	mvc_print(env, "complete -c mvc -n '%s' -f -a %s -d '", when, word);
	print_escaped(env, text, "'\\", "\\");
	mvc_print(env, "'\n");
}

static void
fish_command(struct mvc_env *env, const struct mvc_cmd *c)
{
	struct mvc_opt_ref opts[MVC_OPTS_MAX];
	size_t n = mvc_opts_of(opts, c, NULL, NULL);
	char when[128];

	if (is_listed(c))
		fish_word(env, "__fish_use_subcommand", c->name, c->summary);
	snprintf(when, sizeof(when), "__fish_seen_subcommand_from %s", c->name);
	for (const struct mvc_verb *v = c->verbs; v && v->name; v++)
		fish_word(env, when, v->name, v->summary);
	for (size_t i = 0; i < n; i++) {
		const struct mvc_opt *o = &opts[i].opt;

		mvc_print(env, "complete -c mvc -n '%s'", when);
		if (o->letter)
			mvc_print(env, " -s %c", o->letter);
		mvc_print(env, " -l %s%s -d '", o->name, o->arg ? " -r" : "");
		print_escaped(env, o->help, "'\\", "\\");
		mvc_print(env, "'\n");
	}
}

static int
fish_run(struct mvc_env *env, const void *args)
{
	mvc_print(env,
	    "# fish completion of mvc; made by: mvc completion fish\n"
	    "complete -c mvc -n __fish_use_subcommand -s C -r "
	    "-d 'run in this folder'\n"
	    "complete -c mvc -n __fish_use_subcommand -l version "
	    "-d 'print the version'\n");
	for (size_t i = 0; mvc_cmds[i]; i++)
		fish_command(env, mvc_cmds[i]);
	for (size_t i = 0; mvc_cmds[i]; i++)
		if (is_listed(mvc_cmds[i]))
			fish_word(env, "__fish_seen_subcommand_from help",
			    mvc_cmds[i]->name, mvc_cmds[i]->summary);
	return MVC_OK;
}

static const struct mvc_verb completion_verbs[] = {
    {"bash", "", "for bash", 0, 0, bash_run},
    {"fish", "", "for fish", 0, 0, fish_run},
    {"zsh", "", "for zsh", 0, 0, zsh_run},
    {0},
};

const struct mvc_cmd mvc_cmd_completion = {
    .name = "completion",
    .summary = "print a script that completes mvc's command lines",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_HIDDEN,
    .verbs = completion_verbs,
};
