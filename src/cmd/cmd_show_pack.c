#include "cmd/env.h"
#include "cmd/object.h"
#include "cmd/packfile.h"
#include "util/banned.h"

#include <inttypes.h>

struct show_args {
	bool verify;
};

static const struct mvc_opt show_opts[] = {
    MVC_OPT_FLAG(
	0, "verify", struct show_args, verify, "read and check every object"),
    MVC_OPT_END,
};

static int
show_entries(
    struct mvc_env *env, struct mvc_packfile *f, bool verify, bool *damaged)
{
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < f->ix.n; i++) {
		const struct mvc_pack_entry *e = &f->ix.entries[i];

		mvc_print(env, "%s %s %s %" PRIu64 " %" PRIu32 " %" PRIu32 "\n",
		    mvc_kind_word(e->kind), mvc_oid_hex(&e->id).s,
		    mvc_codec_word(e->codec), e->offset, e->packed, e->raw);
		if (verify)
			err = mvc_packfile_read(f, e);
		if (err == MVC_ECORRUPT) {
			*damaged = true;
			mvc_note(env, "%s", mvc_error_text());
			err = MVC_OK;
		}
	}
	return err;
}

static int
show_pack_run(struct mvc_env *env, const void *args)
{
	const struct show_args *a = args;
	bool damaged = false;
	int err = MVC_OK;

	for (int i = 0; !err && i < env->argc; i++) {
		MVC_SCOPED(mvc_packfile) f = MVC_PACKFILE_INIT;

		err = mvc_packfile_open(&f, env, env->argv[i]);
		if (!err)
			mvc_print(env, "pack %s %" PRIu32 "\n",
			    mvc_oid_hex(&f.ix.name).s, f.ix.n);
		if (!err)
			err = show_entries(env, &f, a->verify, &damaged);
	}
	return !err && damaged ? MVC_EFINDING : err;
}

const struct mvc_cmd mvc_cmd_show_pack = {
    .name = "show-pack",
    .summary = "list what a pack holds",
    .usage = "PACK...",
    .group = MVC_GROUP_PLUMBING,
    .min = 1,
    .max = -1,
    .opts = show_opts,
    .args_size = sizeof(struct show_args),
    .run = show_pack_run,
};
