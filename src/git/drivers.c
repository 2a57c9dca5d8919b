#include "git/drivers.h"
#include "git/lib.h"

#include <stdio.h>
#include "util/banned.h"

/*
 * What install writes. A pointer is a text that Git can show: the attribute
 * diff=mvc needs no program, which a clone without mvc would miss.
 */
static const struct {
	const char *key, *value;
	const char *before; /* where another value is kept meanwhile */
} settings[] = {
    {"merge.mvc.name", "mvc pointers", "mvc.before.merge-name"},
    {"merge.mvc.driver", "mvc merge-driver %O %A %B %P",
	"mvc.before.merge-driver"},
};
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

struct found {
	enum mvc_scope scope;
	char *value;
};

static int
take(void *arg, const struct mvc_setting *s)
{
	struct found *f = arg;

	if (s->scope != f->scope)
		return MVC_OK;
	free(f->value);
	return mvc_git_textf(&f->value, "%s", s->value);
}

/* The value in that one layer; NULL when there is none. */
static int
value_in(char **out, struct mvc_repo *r, enum mvc_scope scope, const char *key)
{
	struct found f = {scope, NULL};
	int err = mvc_config_multi(r, key, take, &f);

	*out = f.value;
	return err;
}

static int
install_one(struct mvc_repo *r, enum mvc_scope scope, size_t i)
{
	MVC_OWN_MEM char *now = NULL;
	int err = value_in(&now, r, scope, settings[i].key);

	if (err || (now && !strcmp(now, settings[i].value)))
		return err;
	if (now)
		err = mvc_config_set(r, scope, settings[i].before, now);
	if (!err && now)
		err = mvc_config_unset(r, scope, settings[i].key);
	if (err)
		return err;
	return mvc_config_set(r, scope, settings[i].key, settings[i].value);
}

int
mvc_drivers_install(struct mvc_repo *r, enum mvc_scope scope)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < N_SETTINGS; i++)
		err = install_one(r, scope, i);
	return err;
}

static int
uninstall_one(struct mvc_repo *r, enum mvc_scope scope, size_t i)
{
	MVC_OWN_MEM char *now = NULL, *before = NULL;
	int err = value_in(&now, r, scope, settings[i].key);

	if (!err)
		err = value_in(&before, r, scope, settings[i].before);
	/* What somebody changed since is theirs. */
	if (err || !now || strcmp(now, settings[i].value))
		return err;
	err = mvc_config_unset(r, scope, settings[i].key);
	if (err || !before)
		return err;
	err = mvc_config_set(r, scope, settings[i].key, before);
	return err ? err : mvc_config_unset(r, scope, settings[i].before);
}

int
mvc_drivers_uninstall(struct mvc_repo *r, enum mvc_scope scope)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < N_SETTINGS; i++)
		err = uninstall_one(r, scope, i);
	return err;
}

int
mvc_drivers_check(bool *installed, struct mvc_repo *r)
{
	MVC_OWN_MEM char *driver = NULL;
	int err = mvc_config_string(&driver, r, "merge.mvc.driver");

	*installed = driver && strstr(driver, "merge-driver");
	return err;
}
