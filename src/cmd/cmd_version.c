#include "chunk/codec.h"
#include "cmd/env.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "util/banned.h"

static void
print_json(struct mvc_env *env, const char *libgit2)
{
	struct mvc_json *j = mvc_out_json(env);

	mvc_json_object(j);
	mvc_json_key_str(j, "version", MVC_VERSION);
	mvc_json_key(j, "libraries");
	mvc_json_object(j);
	mvc_json_key_str(j, "blake3", mvc_blake3_version());
	mvc_json_key_str(j, "libgit2", libgit2);
	mvc_json_key_str(j, "zstd", mvc_zstd_version());
	mvc_json_end(j);
	mvc_json_end(j);
}

static int
version_run(struct mvc_env *env, const void *args)
{
	char libgit2[32];

	mvc_libgit2_version(libgit2);
	if (env->common.json) {
		print_json(env, libgit2);
		return MVC_OK;
	}
	mvc_print(env, "mvc %s\n", MVC_VERSION);
	if (env->common.verbose)
		mvc_print(env, "blake3 %s\nlibgit2 %s\nzstd %s\n",
		    mvc_blake3_version(), libgit2, mvc_zstd_version());
	return MVC_OK;
}

const struct mvc_cmd mvc_cmd_version = {
    .name = "version",
    .summary = "print the version of mvc and of what it is made of",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_JSON,
    .run = version_run,
};
