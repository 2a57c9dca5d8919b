#include "chunk/codec.h"
#include "cmd/env.h"
#include "cmd/object.h"
#include "hash/digest.h"
#include "store/blob.h"
#include "util/banned.h"

#include <inttypes.h>
#include <stdio.h>

struct cat_args {
	bool kind, size, exists;
	bool batch, batch_check;
};

static const struct mvc_opt cat_opts[] = {
    MVC_OPT_FLAG('t', "kind", struct cat_args, kind, "only say what it is"),
    MVC_OPT_FLAG('s', "size", struct cat_args, size, "only say how long"),
    MVC_OPT_FLAG('e', "exists", struct cat_args, exists,
	"print nothing: exit 1 where there is none"),
    MVC_OPT_FLAG(0, "batch", struct cat_args, batch,
	"answer each line of standard input"),
    MVC_OPT_FLAG(0, "batch-check", struct cat_args, batch_check,
	"the same, without the bytes"),
    MVC_OPT_END,
};

/* A whole file, or one object as a pack holds it. */
struct thing {
	const char *word;
	enum mvc_kind kind; /* 0: a file, of several chunks */
	struct mvc_oid oid;
	uint64_t size;
	struct mvc_buf bytes; /* of objects */
};

static int
load_object(struct thing *t, struct mvc_env *env, enum mvc_kind kind)
{
	int err = mvc_store_get(env->store, kind, &t->oid, &t->bytes);

	t->kind = kind;
	t->word = mvc_kind_word(kind);
	t->size = t->bytes.len;
	return err;
}

static int
load_file(struct thing *t, struct mvc_env *env)
{
	t->kind = 0;
	t->word = "file";
	return mvc_blob_size(&t->size, env->store, &t->oid);
}

/* Without a kind: a chunk, a tree, a part, or the file that a recipe makes. */
static int
load_any(struct thing *t, struct mvc_env *env)
{
	static const enum mvc_kind kinds[] = {MVC_CHUNK, MVC_TREE, MVC_PART};
	bool has;
	int err;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		err = mvc_store_has(env->store, kinds[i], &t->oid, &has);
		if (err || has)
			return err ? err : load_object(t, env, kinds[i]);
	}
	return load_file(t, env);
}

/* "ID" or "KIND ID". */
static int
load(struct thing *t, struct mvc_env *env, const char *kind, const char *id)
{
	enum mvc_kind k = 0;
	bool file = kind && !strcmp(kind, "file");
	int err;

	while (kind && !file && ++k <= MVC_KIND_LAST)
		if (!strcmp(kind, mvc_kind_word(k)))
			break;
	if (k > MVC_KIND_LAST)
		return mvc_fail(MVC_EUSAGE,
		    "%s is no kind: file, chunk, recipe, part or tree", kind);
	err = mvc_id_find(&t->oid, env, k, id);
	if (err)
		return err;
	if (file)
		return load_file(t, env);
	return k ? load_object(t, env, k) : load_any(t, env);
}

struct printing {
	struct mvc_env *env;
	struct mvc_digest digest;
};

static int
print_run(void *arg, const void *p, size_t n, uint64_t off)
{
	struct printing *pr = arg;

	mvc_digest_update(&pr->digest, p, n);
	mvc_print_bytes(pr->env, p, n);
	return MVC_OK;
}

/* Each chunk is checked before it is printed, all of them at the end. */
static int
print_file(struct mvc_env *env, const struct thing *t)
{
	struct printing pr = {.env = env};
	struct mvc_oid is;
	int err = mvc_digest_init(&pr.digest);

	if (err)
		return err;
	err = mvc_blob_range(
	    env->store, &t->oid, t->size, 0, t->size, print_run, &pr);
	mvc_digest_final(&pr.digest, &is);
	mvc_digest_release(&pr.digest);
	if (!err && !mvc_oid_eq(&is, &t->oid))
		err = mvc_fail(MVC_ECORRUPT,
		    "file content %.12s does not come out as its id says",
		    mvc_oid_hex(&t->oid).s);
	return err;
}

static int
print_thing(struct mvc_env *env, const struct thing *t)
{
	if (!t->kind)
		return print_file(env, t);
	mvc_print_bytes(env, t->bytes.data, t->bytes.len);
	return MVC_OK;
}

static int
answer(struct mvc_env *env, const struct thing *t, bool bytes)
{
	int err = MVC_OK;

	mvc_print(env, "%s %s %" PRIu64 "\n", mvc_oid_hex(&t->oid).s, t->word,
	    t->size);
	if (!bytes)
		return MVC_OK;
	err = print_thing(env, t);
	mvc_print(env, "\n");
	return err;
}

/* A line that names nothing is answered, not the end of all. */
static int
answer_line(struct mvc_env *env, char *line, bool bytes)
{
	struct thing t = {.bytes = MVC_BUF_INIT(MVC_OBJECT_MAX)};
	char *space = strchr(line, ' ');
	int err;

	if (space)
		*space++ = 0;
	err = load(&t, env, space ? line : NULL, space ? space : line);
	if (!err)
		err = answer(env, &t, bytes);
	else if (err == MVC_ENOTFOUND || err == MVC_EINVALID ||
	    err == MVC_ECONFLICT) {
		mvc_print(env, "%s %s\n", space ? space : line,
		    err == MVC_ECONFLICT ? "ambiguous" : "missing");
		err = MVC_OK;
	}
	mvc_buf_release(&t.bytes);
	return err;
}

static int
answer_all(struct mvc_env *env, bool bytes)
{
	char line[256];
	int err = MVC_OK;

	while (!err && fgets(line, sizeof(line), stdin)) {
		char *end = strchr(line, '\n');

		if (!end && !feof(stdin))
			return mvc_fail(
			    MVC_EINVALID, "a line is an id, or KIND ID");
		if (end)
			*end = 0;
		err = answer_line(env, line, bytes);
		/* Whoever asks waits for the answer. */
		if (!err)
			fflush(stdout);
	}
	if (!err && ferror(stdin))
		err = mvc_fail_errno("read standard input");
	return err;
}

static int
cat_one(struct mvc_env *env, const struct cat_args *a)
{
	struct thing t = {.bytes = MVC_BUF_INIT(MVC_OBJECT_MAX)};
	char **argv = env->argv;
	int err;

	err = env->argc == 2 ? load(&t, env, argv[0], argv[1])
			     : load(&t, env, NULL, argv[0]);
	if (err == MVC_ENOTFOUND && a->exists)
		err = MVC_EFINDING;
	if (!err && a->kind)
		mvc_print(env, "%s\n", t.word);
	if (!err && a->size)
		mvc_print(env, "%" PRIu64 "\n", t.size);
	if (!err && !a->kind && !a->size && !a->exists)
		err = print_thing(env, &t);
	mvc_buf_release(&t.bytes);
	return err;
}

static int
cat_object_run(struct mvc_env *env, const void *args)
{
	const struct cat_args *a = args;

	if (a->batch || a->batch_check)
		return env->argc
		    ? mvc_fail(MVC_EUSAGE, "--batch reads standard input")
		    : answer_all(env, a->batch);
	if (env->argc == 0)
		return mvc_fail(MVC_EUSAGE, "no id");
	return cat_one(env, a);
}

const struct mvc_cmd mvc_cmd_cat_object = {
    .name = "cat-object",
    .summary = "print an object's or a file's bytes by its id",
    .usage = "[KIND] ID\n--batch <IDS",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_NEED_STORE,
    .max = 2,
    .opts = cat_opts,
    .args_size = sizeof(struct cat_args),
    .run = cat_object_run,
};
