#include "cmd/remote_edit.h"
#include "cmd/env.h"
#include "cmd/setup.h"
#include "git/index.h"
#include "git/repo.h"
#include "util/banned.h"

void
mvc_remote_edit_release(struct mvc_remote_edit *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->v[i].value);
	e->n = 0;
}

int
mvc_remote_edit_add(struct mvc_remote_edit *e, const char *name,
    const char *var, const char *value)
{
	size_t i = e->n, most = sizeof(e->v) / sizeof(e->v[0]);
	int n;

	if (i == most)
		return mvc_fail(MVC_ETOOBIG, "more than %zu changes", most);
	n = name ? snprintf(e->v[i].key, sizeof(e->v[i].key),
		       "mvc.remote.%s.%s", name, var)
		 : snprintf(e->v[i].key, sizeof(e->v[i].key), "mvc.remote");
	if (n < 0 || (size_t)n >= sizeof(e->v[i].key))
		return mvc_fail(MVC_ETOOBIG, "the name of a key is too long");
	e->v[i].value = value ? strdup(value) : NULL;
	if (value && !e->v[i].value)
		return mvc_fail(MVC_ENOMEM, "no memory for a setting");
	e->n++;
	return MVC_OK;
}

static int
edit_text(
    struct mvc_buf *out, const char *text, size_t n, void *arg, bool *changed)
{
	const struct mvc_remote_edit *e = arg;
	MVC_SCOPED(mvc_buf) last = MVC_BUF_INIT(1u << 20);
	MVC_SCOPED(mvc_buf) next = MVC_BUF_INIT(1u << 20);
	int err = mvc_buf_add(&last, text, n);

	for (size_t i = 0; i < e->n && !err; i++) {
		struct mvc_buf was = last;

		err = mvc_config_project_text(&next, last.data ? last.data : "",
		    last.len, e->v[i].key, e->v[i].value);
		last = next;
		next = was;
		mvc_buf_clear(&next);
	}
	*changed = last.len != n || memcmp(last.data ? last.data : "", text, n);
	return err || !last.len ? err : mvc_buf_add(out, last.data, last.len);
}

static int
apply_project(struct mvc_env *env, const struct mvc_remote_edit *e)
{
	MVC_OWN(mvc_index) *idx = NULL;
	bool changed;
	int err;

	err = mvc_index_open(&idx, env->repo);
	if (!err)
		err = mvc_setup_edit(&changed, env->repo, idx, ".mvc/config",
		    edit_text, (void *)(uintptr_t)e);
	if (!err)
		err = mvc_index_commit(idx);
	return err ? err : mvc_config_reload(env->repo);
}

static int
apply_other(
    struct mvc_env *env, const struct mvc_remote_edit *e, enum mvc_scope scope)
{
	int err = MVC_OK;

	for (size_t i = 0; i < e->n && !err; i++) {
		if (e->v[i].value)
			err = mvc_config_set(
			    env->repo, scope, e->v[i].key, e->v[i].value);
		else
			err = mvc_config_unset(env->repo, scope, e->v[i].key);
		if (err == MVC_ENOTFOUND)
			err = MVC_OK;
	}
	return err;
}

int
mvc_remote_edit_apply(
    struct mvc_env *env, const struct mvc_remote_edit *e, enum mvc_scope scope)
{
	if (!e->n)
		return MVC_OK;
	return scope == MVC_SCOPE_PROJECT ? apply_project(env, e)
					  : apply_other(env, e, scope);
}

/* ---- a remote renamed or removed ---- */

struct move {
	struct mvc_remote_edit edit;
	enum mvc_scope scope;
	const char *from, *to;
};

static int
take_setting(void *arg, const struct mvc_setting *s)
{
	struct move *m = arg;
	const char *rest = s->key + strlen("mvc.remote.");
	size_t n = strlen(m->from);
	int err;

	if (s->scope != m->scope || strncmp(rest, m->from, n) ||
	    rest[n] != '.' || strchr(rest + n + 1, '.'))
		return MVC_OK;
	err = mvc_remote_edit_add(&m->edit, m->from, rest + n + 1, NULL);
	if (!err && m->to)
		err = mvc_remote_edit_add(
		    &m->edit, m->to, rest + n + 1, s->value);
	return err;
}

static int
take_default(void *arg, const struct mvc_setting *s)
{
	struct move *m = arg;

	if (s->scope != m->scope || strcmp(s->value, m->from) != 0)
		return MVC_OK;
	return mvc_remote_edit_add(&m->edit, NULL, NULL, m->to);
}

int
mvc_remote_edit_move(struct mvc_env *env, const char *from, const char *to)
{
	static const enum mvc_scope scopes[] = {
	    MVC_SCOPE_PROJECT, MVC_SCOPE_LOCAL};
	int err = MVC_OK;

	for (size_t i = 0; i < 2 && !err; i++) {
		struct move m = {.scope = scopes[i], .from = from, .to = to};

		err =
		    mvc_config_list(env->repo, "mvc.remote.", take_setting, &m);
		if (!err)
			err = mvc_config_multi(
			    env->repo, "mvc.remote", take_default, &m);
		if (!err)
			err = mvc_remote_edit_apply(env, &m.edit, scopes[i]);
		mvc_remote_edit_release(&m.edit);
	}
	return err;
}
