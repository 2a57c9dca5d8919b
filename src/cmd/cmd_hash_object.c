#include "cmd/env.h"
#include "hash/digest.h"
#include "store/ingest.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

#define READ_SIZE (UINT32_C(1) << 20)

struct hash_args {
	bool write, from_stdin;
};

static const struct mvc_opt hash_opts[] = {
    MVC_OPT_FLAG('w', "write", struct hash_args, write, "store it too"),
    MVC_OPT_FLAG(
	0, "stdin", struct hash_args, from_stdin, "standard input, first"),
    MVC_OPT_END,
};

static int
hash_fd(struct mvc_env *env, int fd, const char *path)
{
	struct mvc_oid oid;
	int err = mvc_digest_fd(&oid, fd, path);

	if (!err)
		mvc_print(env, "%s\n", mvc_oid_hex(&oid).s);
	return err;
}

static int
hash_file(struct mvc_env *env, const char *path)
{
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err;

	err = mvc_sys_open(&fd, AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	if (S_ISDIR(st.st_mode))
		return mvc_fail(MVC_EINVALID,
		    "%s is a folder: its id is that of a tree; see mvc add",
		    path);
	return hash_fd(env, fd, path);
}

struct storing {
	struct mvc_env *env;
	struct mvc_ingest *in;
	int err; /* of the first file that could not be had */
};

static int
stored(void *arg, void *user, const struct mvc_ingested *res)
{
	struct storing *s = arg;
	const char *path = user;

	if (!res->err)
		mvc_print(s->env, "%s\n", mvc_oid_hex(&res->oid).s);
	return res->err ? mvc_fail(res->err, "%s: %s", path, res->text)
			: MVC_OK;
}

static int
store_in(
    struct storing *s, const char *folder, const char *name, const char *path)
{
	struct mvc_dirref *dir;
	struct stat st;
	int fd, err;

	err = mvc_sys_open(&fd, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_dirref_new(&dir, fd, folder);
	if (err)
		return err;
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		err = mvc_fail_errno("stat %s/%s", folder, name);
	else if (!S_ISREG(st.st_mode))
		err = mvc_fail(
		    MVC_EINVALID, "%s/%s is no regular file", folder, name);
	else
		err = mvc_ingest_file(
		    s->in, dir, name, (uint64_t)st.st_size, (void *)path);
	mvc_dirref_drop(dir);
	return err;
}

static int
store_file(struct storing *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	MVC_OWN_MEM char *folder = NULL;

	if (!slash)
		return store_in(s, ".", path, path);
	folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!folder)
		return mvc_fail(MVC_ENOMEM, "no memory");
	return store_in(s, folder, slash + 1, path);
}

static int
spool(int to)
{
	MVC_OWN_MEM char *p = malloc(READ_SIZE);
	size_t got;
	int err = p ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory to read");

	do {
		if (!err)
			err = mvc_sys_read(
			    &got, STDIN_FILENO, p, READ_SIZE, "standard input");
		if (!err)
			err = mvc_sys_write(to, p, got, "standard input");
	} while (!err && got == READ_SIZE);
	return err;
}

/* A file is read twice where it must be: standard input becomes one first. */
static int
store_stdin(struct storing *s)
{
	MVC_SCOPED(mvc_tmpfile) t = MVC_TMPFILE_INIT;
	MVC_SCOPED(mvc_buf) folder = MVC_BUF_INIT(1 << 16);
	MVC_OWN_FD int fd = -1;
	int err;

	err = mvc_buf_addf(&folder, "%s/tmp", mvc_store_path(s->env->store));
	if (!err)
		err = mvc_sys_open(
		    &fd, AT_FDCWD, folder.data, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_tmpfile_open(&t, fd, ".", 0600);
	if (!err)
		err = spool(t.fd);
	if (!err)
		err = store_in(s, folder.data, t.name + 2, "standard input");
	return err ? err : mvc_ingest_wait(s->in);
}

static int
store_all(struct mvc_env *env, const struct hash_args *a)
{
	MVC_OWN(mvc_writer) *w = NULL;
	MVC_OWN(mvc_ingest) *in = NULL;
	struct storing s = {.env = env};
	int err = mvc_env_store(env);

	if (!err)
		err = mvc_writer_new(&w, env->store);
	if (!err)
		err = mvc_ingest_new(&in, &env->ctx, w, stored, &s);
	s.in = in;
	if (!err && a->from_stdin)
		err = store_stdin(&s);
	for (int i = 0; !err && i < env->argc; i++)
		err = store_file(&s, env->argv[i]);
	if (!err)
		err = mvc_ingest_wait(in);
	return err ? err : mvc_writer_flush(w);
}

static int
hash_object_run(struct mvc_env *env, const void *args)
{
	const struct hash_args *a = args;
	int err = MVC_OK;

	if (!a->from_stdin && env->argc == 0)
		return mvc_fail(MVC_EUSAGE, "no file, and no --stdin");
	if (a->write)
		return store_all(env, a);
	if (a->from_stdin)
		err = hash_fd(env, STDIN_FILENO, "standard input");
	for (int i = 0; !err && i < env->argc; i++)
		err = hash_file(env, env->argv[i]);
	return err;
}

const struct mvc_cmd mvc_cmd_hash_object = {
    .name = "hash-object",
    .summary = "print the ids of files, and store them",
    .usage = "[FILE...]",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_JOBS,
    .max = -1,
    .opts = hash_opts,
    .args_size = sizeof(struct hash_args),
    .run = hash_object_run,
};
