/*
 * Bytes go out only after they were checked: a small file as a whole, a large
 * one chunk by chunk, against the recipe, and then as a whole.
 */
#include "cmd/fetching.h"
#include "cmd/lookup.h"
#include "hash/digest.h"
#include "store/blob.h"
#include "util/banned.h"

struct cat_args {
	const char *offset, *size;
};

static const struct mvc_opt cat_opts[] = {
    MVC_OPT_STR(0, "offset", struct cat_args, offset, "SIZE",
	"begin at this byte (from 0)"),
    MVC_OPT_STR(0, "size", struct cat_args, size, "SIZE",
	"print at most that many bytes"),
    MVC_OPT_END,
};

struct cat {
	struct mvc_env *env;
	struct mvc_digest digest;
	uint64_t printed;
};

static int
emit(void *arg, const void *p, size_t n, uint64_t off)
{
	struct cat *c = arg;

	if (c->digest.state)
		mvc_digest_update(&c->digest, p, n);
	mvc_print_bytes(c->env, p, n);
	c->printed += n;
	return ferror(stdout) ? mvc_fail_errno("write to standard output")
			      : MVC_OK;
}

static int
cat_small(struct cat *c, const struct mvc_entry *e)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_BLOB_SMALL);
	int err;

	err = mvc_blob_get(c->env->store, &e->id, e->size, &b);
	if (!err)
		err = emit(c, b.data, b.len, 0);
	return err;
}

static int
cat_large(struct cat *c, const struct mvc_entry *e)
{
	struct mvc_oid is;
	int err = MVC_OK;

	if (!c->digest.state)
		err = mvc_digest_init(&c->digest);
	if (err)
		return err;
	err = mvc_blob_range(c->env->store, &e->id, e->size, c->printed,
	    e->size - c->printed, emit, c);
	if (!err)
		mvc_digest_final(&c->digest, &is);
	if (!err && !mvc_oid_eq(&is, &e->id))
		err = mvc_fail(MVC_ECORRUPT,
		    "what was printed is not the file: its recipe is damaged "
		    "(mvc fsck)");
	return err;
}

static int
check_kind(struct mvc_env *env, const struct mvc_target *t)
{
	const struct mvc_entry *e = &t->found.e;

	if (!t->root || e->kind == MVC_ENTRY_DIR)
		return mvc_fail(MVC_EINVALID,
		    "%s is a directory: mvc ls %s lists it", env->argv[0],
		    env->argv[0]);
	if (e->kind == MVC_ENTRY_LINK)
		return mvc_fail(MVC_EINVALID, "%s is a link to %.*s",
		    env->argv[0], (int)e->target_len, e->target);
	return MVC_OK;
}

static int
read_sizes(const struct cat_args *a, uint64_t *offset, uint64_t *size)
{
	int err = MVC_OK;

	*offset = 0;
	*size = UINT64_MAX;
	if (a->offset)
		err = mvc_parse_size(offset, "offset", a->offset);
	if (!err && a->size)
		err = mvc_parse_size(size, "size", a->size);
	return err;
}

/* What is not here may be on a remote. */
static int
bring(struct mvc_env *env, const struct mvc_target *t)
{
	const struct mvc_entry *e = &t->found.e;
	bool here = true;
	int err = MVC_OK;

	if (e->size > 0)
		err = mvc_blob_has(env->store, &e->id, e->size, &here);
	return err || here ? err : mvc_autofetch_target(env, t, false);
}

static int
print(struct cat *c, const struct cat_args *a, const struct mvc_target *t,
    uint64_t offset, uint64_t size)
{
	const struct mvc_entry *e = &t->found.e;

	if (a->offset || a->size)
		return mvc_blob_range(c->env->store, &e->id, e->size,
		    offset + c->printed, size - c->printed, emit, c);
	return e->size <= MVC_BLOB_SMALL ? cat_small(c, e) : cat_large(c, e);
}

/* What the store has lost or has damaged may be on a remote; what was printed
 * was checked. */
static int
heal(struct mvc_env *env, const struct mvc_target *t, int err, bool *healed)
{
	char text[MVC_ERROR_MAX];
	int e;

	*healed = false;
	if (err != MVC_ENOTFOUND && err != MVC_ECORRUPT)
		return err;
	snprintf(text, sizeof(text), "%s", mvc_error_text());
	e = mvc_autoheal_target(env, t, healed);
	return e ? e : mvc_error_adopt(err, text);
}

static int
cat_run(struct mvc_env *env, const void *args)
{
	const struct cat_args *a = args;
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	struct cat c = {.env = env};
	uint64_t offset, size;
	bool healed;
	int err;

	err = read_sizes(a, &offset, &size);
	if (!err)
		err = mvc_lookup(&t, env, env->argv[0]);
	if (!err)
		err = check_kind(env, &t);
	if (!err)
		err = bring(env, &t);
	if (err)
		return err;
	err = print(&c, a, &t, offset, size);
	if (err) {
		err = heal(env, &t, err, &healed);
		if (healed)
			err = print(&c, a, &t, offset, size);
	}
	mvc_digest_release(&c.digest);
	return mvc_lookup_content(&t, err);
}

const struct mvc_cmd mvc_cmd_cat = {
    .name = "cat",
    .summary = "print a file, or a part of it, without a checkout",
    .usage = "[REV:]PATH",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JOBS,
    .min = 1,
    .max = 1,
    .opts = cat_opts,
    .args_size = sizeof(struct cat_args),
    .run = cat_run,
};
