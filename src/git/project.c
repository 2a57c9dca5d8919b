#include "git/project.h"
#include "git/config.h"
#include "git/gitconfig.h"
#include "git/history.h"
#include "git/lib.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/sys.h"

#include <errno.h>
#include <stdio.h>
#include "util/banned.h"

#define CONFIG_NAME ".mvc/config"
#define MAX_VARS 10000

/*
 * What a committed file may say. `sub`: between section and name stands a name
 * of the user's. None of these is a program, a credential, or a path outside
 * of the work tree (a remote's url is checked, and used with care).
 */
static const struct {
	const char *section; /* "mvc." or "mvc.remote." */
	bool sub;
	const char *name;
} allowed[] = {
    {"mvc.", false, "autofetch"},
    {"mvc.", false, "id"},
    {"mvc.", false, "maxblob"},
    {"mvc.", false, "remote"},
    {"mvc.remote.", true, "endpoint"},
    {"mvc.remote.", true, "paths"},
    {"mvc.remote.", true, "region"},
    {"mvc.remote.", true, "storeid"},
    {"mvc.remote.", true, "url"},
    {"mvc.track.", false, "pattern"},
    {"mvc.track.", false, "size"},
    {"mvc.track.", true, "pattern"},
    {"mvc.track.", true, "size"},
};

bool
mvc_config_project_allows(const char *key)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		size_t n = strlen(allowed[i].section);
		const char *rest = key + n, *dot;

		if (strncmp(key, allowed[i].section, n))
			continue;
		dot = strrchr(rest, '.');
		if (allowed[i].sub != (dot != NULL) || dot == rest)
			continue;
		if (!strcmp(dot ? dot + 1 : rest, allowed[i].name))
			return true;
	}
	return false;
}

void
mvc_settings_free(struct mvc_settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->vars[i].key);
		free(s->vars[i].value);
		free(s->vars[i].why);
	}
	free(s->vars);
	free(s);
}

/* Sections that need no "mvc" before them in this file. */
static bool
is_short(const char *key)
{
	return !strncmp(key, "remote.", 7) || !strncmp(key, "track.", 6);
}

/* Why a value must not count, NULL if it may. */
static const char *
fault_of(const char *key, const char *value)
{
	const char *name = strrchr(key, '.') + 1, *at, *host;
	int64_t size;

	for (at = value; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return "has control characters";
	if (value[0] == '-')
		return "begins with '-'";
	if (!strcmp(name, "size") || !strcmp(name, "maxblob"))
		return git_config_parse_int64(&size, value) < 0 ? "is no size"
								: NULL;
	/* It will be a folder's name. */
	if (!strcmp(key, "mvc.id") && (!*value || strpbrk(value, "/.")))
		return "is no id";
	if (!strcmp(name, "endpoint") &&
	    (strncmp(value, "http", 4) || strchr(value, '@')))
		return "is no address of a server";
	if (strcmp(name, "url"))
		return NULL;
	if (strstr(value, "::"))
		return "names a program";
	host = strstr(value, "://");
	if (!host)
		return NULL;
	host += 3;
	at = strpbrk(host, "@/?#");
	if (at && *at == '@' && memchr(host, ':', (size_t)(at - host)))
		return "holds a password";
	return NULL;
}

static int
judge(struct mvc_project_var *var, unsigned line)
{
	const char *fault;

	if (!mvc_config_project_allows(var->key))
		return mvc_git_textf(&var->why,
		    CONFIG_NAME ":%u: %s has no effect in a committed file",
		    line, var->key);
	fault = fault_of(var->key, var->value);
	if (!fault)
		return MVC_OK;
	return mvc_git_textf(&var->why,
	    CONFIG_NAME ":%u: %s has no effect: its value %s", line, var->key,
	    fault);
}

static int
keep_var(void *arg, const struct mvc_gitconfig_var *v)
{
	struct mvc_settings *s = arg;
	struct mvc_project_var *vars, *var;
	int err;

	if (s->n == MAX_VARS)
		return mvc_fail(
		    MVC_ETOOBIG, "more than %d variables", MAX_VARS);
	if ((s->n & (s->n - 1)) == 0) {
		vars =
		    reallocarray(s->vars, s->n ? 2 * s->n : 1, sizeof(*vars));
		if (!vars)
			return mvc_fail(MVC_ENOMEM, "no memory for settings");
		s->vars = vars;
	}
	var = &s->vars[s->n++];
	memset(var, 0, sizeof(*var));
	err = mvc_git_textf(
	    &var->key, "%s%s", is_short(v->key) ? "mvc." : "", v->key);
	if (!err)
		err = mvc_git_textf(
		    &var->value, "%s", v->value ? v->value : "true");
	return err ? err : judge(var, v->line);
}

/* The folder .mvc, *dir -1 where there is none; never through a link. */
static int
open_folder(int *dir, const struct mvc_repo *r)
{
	MVC_OWN_MEM char *folder = NULL;
	struct stat st;
	int err;

	*dir = -1;
	if (!r->worktree)
		return MVC_OK;
	err = mvc_git_textf(&folder, "%s/.mvc", r->worktree);
	if (err)
		return err;
	if (lstat(folder, &st) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("read %s", folder);
	if (!S_ISDIR(st.st_mode))
		return mvc_fail(
		    MVC_EINVALID, "%s must be a plain folder", folder);
	return mvc_sys_open(
	    dir, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

/* The file in the work tree; *there says whether there is one. */
static int
read_file(struct mvc_buf *out, bool *there, const struct mvc_repo *r)
{
	MVC_OWN_FD int dir = -1;
	struct stat st;
	int err;

	*there = false;
	err = open_folder(&dir, r);
	if (err || dir < 0)
		return err;
	if (fstatat(dir, "config", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("read " CONFIG_NAME);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(
		    MVC_EINVALID, CONFIG_NAME " must be a plain file");
	*there = true;
	err = mvc_file_read(out, dir, "config");
	return err == MVC_ETOOBIG ? mvc_fail_prefix(err, CONFIG_NAME) : err;
}

static int
read_head(struct mvc_buf *out, struct mvc_repo *r)
{
	struct mvc_gitid head;
	int err;

	err = mvc_rev_resolve(&head, r, "HEAD");
	if (!err)
		err = mvc_rev_read(out, r, &head, CONFIG_NAME);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
load(struct mvc_settings *s, struct mvc_repo *r)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GITCONFIG_MAX);
	bool there;
	int err;

	err = read_file(&text, &there, r);
	if (!err && !there)
		err = read_head(&text, r);
	if (err)
		return err;
	err = mvc_gitconfig_parse(text.data, text.len, keep_var, s);
	return err ? mvc_fail_prefix(err, CONFIG_NAME) : MVC_OK;
}

int
mvc_project_load(const struct mvc_settings **out, struct mvc_repo *r)
{
	struct mvc_settings *s;
	int err;

	*out = r->settings;
	if (r->settings)
		return MVC_OK;
	s = calloc(1, sizeof(*s));
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for settings");
	err = load(s, r);
	if (err) {
		mvc_settings_free(s);
		return err;
	}
	*out = r->settings = s;
	return MVC_OK;
}

int
mvc_config_reload(struct mvc_repo *r)
{
	const struct mvc_settings *s;

	mvc_settings_free(r->settings);
	r->settings = NULL;
	return mvc_project_load(&s, r);
}

int
mvc_config_warnings(
    struct mvc_repo *r, void (*warn)(void *arg, const char *text), void *arg)
{
	const struct mvc_settings *s;
	int err = mvc_project_load(&s, r);

	for (size_t i = 0; !err && i < s->n; i++)
		if (s->vars[i].why)
			warn(arg, s->vars[i].why);
	return err;
}

/* ---- rewriting the file ---- */

struct edit {
	const char *text;
	size_t n;
	const char *key; /* full name */
	const char *value;
	bool add;
	size_t done; /* bytes of text that out has */
	size_t after; /* the end of the section's last variable, 0: none */
	unsigned found;
	struct mvc_buf out;
};

static bool
same_section(const char *a, const char *b)
{
	size_t n = (size_t)(strrchr(a, '.') - a);

	return (size_t)(strrchr(b, '.') - b) == n && !strncmp(a, b, n);
}

static int
copy_to(struct edit *e, size_t pos)
{
	int err;

	err = mvc_buf_add(&e->out, e->text + e->done, pos - e->done);
	e->done = pos;
	return err;
}

static int
add_quoted(struct mvc_buf *out, const char *value)
{
	int err = mvc_buf_add_char(out, '"');

	for (; !err && *value; value++) {
		if (*value == '"' || *value == '\\')
			err = mvc_buf_add_char(out, '\\');
		if (!err)
			err = mvc_buf_add_char(out, *value);
	}
	return err ? err : mvc_buf_add_char(out, '"');
}

static int
add_variable(struct edit *e)
{
	const char *value = e->value;
	bool plain = *value && !strpbrk(value, "\"\\#;") && value[0] != ' ' &&
	    value[strlen(value) - 1] != ' ';
	int err;

	err = mvc_buf_addf(&e->out, "%s = ", strrchr(e->key, '.') + 1);
	if (err)
		return err;
	return plain ? mvc_buf_add_str(&e->out, value)
		     : add_quoted(&e->out, value);
}

/* The whole line when nothing else is on it. */
static int
drop_variable(struct edit *e, size_t start, size_t end)
{
	size_t line = start;

	while (line > e->done &&
	    (e->text[line - 1] == ' ' || e->text[line - 1] == '\t'))
		line--;
	if (line == 0 || e->text[line - 1] == '\n') {
		start = line;
		while (end < e->n && e->text[end - 1] != '\n')
			end++;
	}
	if (copy_to(e, start))
		return MVC_ENOMEM;
	e->done = end;
	return MVC_OK;
}

static int
edit_var(void *arg, const struct mvc_gitconfig_var *v)
{
	MVC_OWN_MEM char *full = NULL;
	struct edit *e = arg;
	int err;

	err = mvc_git_textf(
	    &full, "%s%s", is_short(v->key) ? "mvc." : "", v->key);
	if (err)
		return err;
	if (same_section(full, e->key))
		e->after = v->end;
	if (strcmp(full, e->key) || e->add)
		return MVC_OK;
	if (!e->value) {
		e->found++;
		return drop_variable(e, v->start, v->end);
	}
	if (e->found++)
		return mvc_fail(MVC_EINVALID,
		    "%s has several values: unset it first, or add another",
		    e->key);
	err = copy_to(e, v->start);
	e->done = v->end;
	return err ? err : add_variable(e);
}

/* [mvc], or [remote "lab"] for mvc.remote.lab. */
static int
add_header(struct edit *e)
{
	const char *section = e->key, *last = strrchr(e->key, '.'), *sub;
	MVC_OWN_MEM char *name = NULL;
	int err;

	if (is_short(e->key + 4))
		section += 4;
	sub = strchr(section, '.');
	err = mvc_buf_addf(&e->out, "[%.*s", (int)(sub - section), section);
	if (err || sub == last)
		return err ? err : mvc_buf_add_str(&e->out, "]\n");
	err = mvc_git_textf(&name, "%.*s", (int)(last - sub - 1), sub + 1);
	if (!err)
		err = mvc_buf_add_char(&e->out, ' ');
	if (!err)
		err = add_quoted(&e->out, name);
	return err ? err : mvc_buf_add_str(&e->out, "]\n");
}

/* A variable that is not there yet, in its section or in a new one. */
static int
insert(struct edit *e)
{
	bool old = e->after != 0;
	int err;

	err = copy_to(e, old ? e->after : e->n);
	if (!err && e->out.len && e->out.data[e->out.len - 1] != '\n')
		err = mvc_buf_add_char(&e->out, '\n');
	if (!err && !old)
		err = add_header(e);
	if (!err)
		err = mvc_buf_add_char(&e->out, '\t');
	if (!err)
		err = add_variable(e);
	if (!err && (!old || e->done == e->n))
		err = mvc_buf_add_char(&e->out, '\n');
	return err;
}

static int
edit(struct edit *e)
{
	int err = mvc_gitconfig_parse(e->text, e->n, edit_var, e);

	if (err)
		return mvc_fail_prefix(err, CONFIG_NAME);
	if (!e->value && !e->found)
		return mvc_fail(
		    MVC_ENOTFOUND, "%s is not set in " CONFIG_NAME, e->key);
	if (e->value && !e->found)
		err = insert(e);
	return err ? err : copy_to(e, e->n);
}

static int
write_file(const struct mvc_repo *r, const struct mvc_buf *text)
{
	MVC_OWN_MEM char *folder = NULL;
	MVC_OWN_FD int dir = -1;
	int err;

	err = mvc_git_textf(&folder, "%s/.mvc", r->worktree);
	if (!err)
		err = mvc_file_mkdirs(AT_FDCWD, folder, 0777);
	if (!err)
		err = open_folder(&dir, r);
	if (err)
		return err;
	return mvc_file_replace(
	    dir, "config", text->data ? text->data : "", text->len, 0666);
}

static int
check_value(const char *key, const char *value)
{
	const char *fault;

	if (!value)
		return MVC_OK;
	if (!mvc_config_project_allows(key))
		return mvc_fail(MVC_EINVALID,
		    "%s cannot be set in a committed file: use --local", key);
	fault = fault_of(key, value);
	return fault ? mvc_fail(MVC_EINVALID, "%s: the value %s", key, fault)
		     : MVC_OK;
}

int
mvc_config_project_text(struct mvc_buf *out, const char *text, size_t n,
    const char *key, const char *value)
{
	struct edit e = {.text = text,
	    .n = n,
	    .key = key,
	    .value = value,
	    .out = MVC_BUF_INIT(MVC_GITCONFIG_MAX)};
	int err = check_value(key, value);

	if (!err)
		err = edit(&e);
	if (err == MVC_ENOTFOUND)
		err = mvc_buf_add(out, text, n);
	else if (!err && e.out.len)
		err = mvc_buf_add(out, e.out.data, e.out.len);
	mvc_buf_release(&e.out);
	return err;
}

int
mvc_project_edit(
    struct mvc_repo *r, const char *key, const char *value, bool add)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GITCONFIG_MAX);
	struct edit e = {.key = key,
	    .value = value,
	    .add = add,
	    .out = MVC_BUF_INIT(MVC_GITCONFIG_MAX)};
	bool there;
	int err;

	err = mvc_repo_need_worktree(r);
	if (!err)
		err = check_value(key, value);
	if (err)
		return err;
	err = read_file(&text, &there, r);
	if (!err && !there)
		err = read_head(&text, r);
	e.text = text.data ? text.data : "";
	e.n = text.len;
	if (!err)
		err = edit(&e);
	if (!err)
		err = write_file(r, &e.out);
	mvc_buf_release(&e.out);
	return err ? err : mvc_config_reload(r);
}
