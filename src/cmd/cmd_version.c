#include "cmd/env.h"
#include "util/banned.h"

static int
version_run(struct mvc_env *env, const void *args)
{
	struct mvc_json *j;

	if (!env->common.json) {
		mvc_print(env, "mvc %s\n", MVC_VERSION);
		return MVC_OK;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "version", MVC_VERSION);
	mvc_json_end(j);
	return MVC_OK;
}

const struct mvc_cmd mvc_cmd_version = {
    .name = "version",
    .summary = "print the version of mvc and of what it is made of",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_JSON,
    .run = version_run,
};
