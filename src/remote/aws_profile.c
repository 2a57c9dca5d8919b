#include "remote/aws.h"
#include "text/ini.h"
#include "util/file.h"

#include <fcntl.h>
#include "util/banned.h"

/* Of ~/.aws/config and ~/.aws/credentials. */
#define FILE_MAX (1u << 20)
#define MAX_VARS 1000

struct var {
	char *key, *value;
};

struct mvc_aws_profile {
	char *name;
	bool found;
	struct var *vars; /* the credentials file's first */
	size_t n;
};

const char *
mvc_aws_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *
mvc_aws_profile_name(const struct mvc_aws_profile *p)
{
	return p->name;
}

void
mvc_aws_profile_free(struct mvc_aws_profile *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (p->vars[i].value)
			explicit_bzero(
			    p->vars[i].value, strlen(p->vars[i].value));
		free(p->vars[i].key);
		free(p->vars[i].value);
	}
	free(p->vars);
	free(p->name);
	free(p);
}

const char *
mvc_aws_profile_get(const struct mvc_aws_profile *p, const char *key)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->vars[i].key, key) && p->vars[i].value[0])
			return p->vars[i].value;
	return NULL;
}

static int
keep(struct mvc_aws_profile *p, const char *key, const char *value)
{
	struct var *v, *vars;

	if (p->n == MAX_VARS)
		return mvc_fail(MVC_ETOOBIG, "a profile of too many lines");
	vars = reallocarray(p->vars, p->n + 1, sizeof(*vars));
	if (!vars)
		return mvc_fail(MVC_ENOMEM, "no memory for a profile");
	p->vars = vars;
	v = &vars[p->n++];
	v->key = strdup(key);
	v->value = strdup(value);
	if (!v->key || !v->value) {
		free(v->key);
		free(v->value);
		p->n--;
		return mvc_fail(MVC_ENOMEM, "no memory for a profile");
	}
	return MVC_OK;
}

/* Reads one section of a file, by its whole title. */
struct section {
	struct mvc_aws_profile *profile;
	const char *title, *or_title; /* the latter may be NULL */
};

static int
take_var(void *arg, const struct mvc_ini_var *v)
{
	struct section *s = arg;

	if (strcmp(v->section, s->title) &&
	    (!s->or_title || strcmp(v->section, s->or_title)))
		return MVC_OK;
	s->profile->found = true;
	return keep(s->profile, v->key, v->value);
}

/* ~/.aws/NAME, or what a variable says. NULL without a home. */
static int
file_of(char **out, const char *variable, const char *name)
{
	const char *at = mvc_aws_env(variable), *home = mvc_aws_env("HOME");
	int n;

	*out = NULL;
	if (at && !(at[0] == '~' && at[1] == '/'))
		n = asprintf(out, "%s", at);
	else if (!home)
		return MVC_OK;
	else if (at)
		n = asprintf(out, "%s%s", home, at + 1);
	else
		n = asprintf(out, "%s/.aws/%s", home, name);
	if (n >= 0)
		return MVC_OK;
	*out = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a path");
}

static int
read_section(struct section *s, const char *variable, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(FILE_MAX);
	MVC_OWN_MEM char *path = NULL;
	int err;

	err = file_of(&path, variable, name);
	if (err || !path || mvc_file_absent(AT_FDCWD, path))
		return err;
	err = mvc_file_read(&text, AT_FDCWD, path);
	if (err)
		return err;
	err = mvc_ini_parse(text.data, text.len, take_var, s);
	explicit_bzero(text.data, text.len);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

static int
read_files(struct mvc_aws_profile *p)
{
	MVC_SCOPED(mvc_buf) title = MVC_BUF_INIT(MVC_INI_MAX);
	struct section s = {.profile = p, .title = p->name};
	const char *services;
	int err;

	err = read_section(&s, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
	if (!err)
		err = mvc_buf_addf(&title, "profile %s", p->name);
	if (err)
		return err;
	s.title = title.data;
	if (!strcmp(p->name, "default"))
		s.or_title = p->name;
	err = read_section(&s, "AWS_CONFIG_FILE", "config");
	services = mvc_aws_profile_get(p, "services");
	if (err || !services)
		return err;
	mvc_buf_clear(&title);
	err = mvc_buf_addf(&title, "services %s", services);
	if (err)
		return err;
	s.title = title.data;
	s.or_title = NULL;
	return read_section(&s, "AWS_CONFIG_FILE", "config");
}

int
mvc_aws_profile_load(struct mvc_aws_profile **out, const char *name)
{
	MVC_OWN(mvc_aws_profile) *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (!name)
		name = mvc_aws_env("AWS_PROFILE");
	if (!name)
		name = mvc_aws_env("AWS_DEFAULT_PROFILE");
	if (!p || !(p->name = strdup(name ? name : "default")))
		return mvc_fail(MVC_ENOMEM, "no memory for a profile");
	err = read_files(p);
	if (err)
		return err;
	if (name && !p->found)
		return mvc_fail(MVC_ENOTFOUND,
		    "no profile \"%s\" in ~/.aws/credentials or ~/.aws/config: "
		    "aws configure --profile %s makes one",
		    name, name);
	*out = MVC_TAKE(p);
	return MVC_OK;
}
