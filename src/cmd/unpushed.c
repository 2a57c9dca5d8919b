#include "cmd/unpushed.h"
#include "cmd/sharing.h"
#include "git/repo.h"
#include "remote/known.h"
#include "store/root.h"
#include "util/banned.h"

static bool
is_whole_here(struct mvc_env *env, const char *here, const struct mvc_oid *oid)
{
	struct mvc_root root;
	bool whole;

	if (mvc_root_get(&root, env->store, here, oid))
		return false;
	whole = !root.part;
	mvc_root_release(&root);
	return whole;
}

int
mvc_pushed(struct mvc_oidset *out, char **remote, struct mvc_env *env)
{
	MVC_OWN_MEM char *cache = NULL;
	struct mvc_remoteconf conf;
	int err;

	memset(out, 0, sizeof(*out));
	*remote = NULL;
	err = mvc_remoteconf_get(&conf, env->repo, NULL);
	/* No remote, or none that is the default: nothing to compare with. */
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	err = mvc_sharing_cache(&cache, env, &conf);
	if (!err)
		err = mvc_known_load(out, cache);
	if (!err)
		*remote = strdup(*conf.name ? conf.name : conf.url);
	mvc_remoteconf_release(&conf);
	return err || *remote ? err : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
count(struct mvc_unpushed *out, struct mvc_env *env,
    const struct mvc_remoteconf *conf, const char *cache)
{
	struct mvc_oidset known = {.n = 0};
	struct mvc_wanted wanted = {.remote = conf};
	char here[33];
	int err;

	err = mvc_repo_clone_id(here, env->repo, true);
	if (!err)
		err = mvc_known_load(&known, cache);
	if (!err)
		err = mvc_wanted_add_here(&wanted, env->repo, NULL, 0);
	mvc_wanted_leave_out(&wanted);
	for (size_t i = 0; !err && i < wanted.n; i++) {
		const struct mvc_wanted_item *item = &wanted.at[i];

		if (mvc_oidset_has(&known, 1, &item->oid) ||
		    !is_whole_here(env, here, &item->oid))
			continue;
		out->n++;
		out->bytes += item->size;
	}
	mvc_oidset_release(&known);
	mvc_wanted_release(&wanted);
	return err;
}

int
mvc_unpushed_count(
    struct mvc_unpushed *out, struct mvc_env *env, const char *remote)
{
	MVC_OWN_MEM char *cache = NULL;
	struct mvc_remoteconf conf;
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_remoteconf_get(
	    &conf, env->repo, remote && *remote ? remote : NULL);
	/* No remote, or none that is the default: nothing to compare with. */
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	err = mvc_sharing_cache(&cache, env, &conf);
	if (!err)
		err = count(out, env, &conf, cache);
	if (!err)
		out->remote = strdup(*conf.name ? conf.name : conf.url);
	mvc_remoteconf_release(&conf);
	return err;
}
