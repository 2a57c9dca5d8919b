#include "chunk/cutfile.h"
#include "cmd/env.h"
#include "hash/digest.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>
#include <inttypes.h>

static int
print_chunk(void *arg, const void *p, size_t n, uint64_t off)
{
	struct mvc_oid id;

	mvc_blake3(&id, p, n);
	mvc_print(arg, "%" PRIu64 " %zu %s\n", off, n, mvc_oid_hex(&id).s);
	return MVC_OK;
}

static int
cut_file(struct mvc_env *env, const char *path)
{
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err;

	err = mvc_sys_open(&fd, AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s is no regular file", path);
	return mvc_cut_file(fd, path, (uint64_t)st.st_size, print_chunk, env);
}

static int
cut_run(struct mvc_env *env, const void *args)
{
	int err = MVC_OK;

	for (int i = 0; !err && i < env->argc; i++) {
		if (env->argc > 1)
			mvc_print(env, "%s%s:\n", i ? "\n" : "",
			    mvc_name(env, env->argv[i]));
		err = cut_file(env, env->argv[i]);
	}
	return err;
}

const struct mvc_cmd mvc_cmd_cut = {
    .name = "cut",
    .summary = "show where a file is cut into chunks",
    .usage = "FILE...",
    .group = MVC_GROUP_PLUMBING,
    .min = 1,
    .max = -1,
    .run = cut_run,
};
