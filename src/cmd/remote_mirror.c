#include "cmd/remote_mirror.h"
#include "cmd/env.h"
#include "remote/mirror.h"
#include "store/formatfile.h"
#include "store/store.h"
#include "util/clock.h"
#include "work/remoteconf.h"
#include "util/banned.h"

struct end {
	struct mvc_remoteconf conf;
	struct mvc_formatfile format;
	struct mvc_backend *b;
};

struct mirroring {
	struct mvc_env *env;
	struct end from, to;
	struct mvc_mirror m;
};

static int
open_end(struct end *e, struct mvc_env *env, const char *name, bool make)
{
	int err = mvc_remoteconf_get(&e->conf, env->repo, name);

	return err ? err
		   : mvc_remoteconf_open(&e->b, &e->format, env->repo,
			 &env->ctx, &e->conf, make);
}

static void
end_release(struct end *e)
{
	mvc_backend_free(e->b);
	mvc_remoteconf_release(&e->conf);
}

/* Of what some paths may not go to, all there is cannot be asked to. */
static int
check_ends(const struct mirroring *x)
{
	if (x->to.conf.paths)
		return mvc_fail(MVC_EINVALID,
		    "%s takes only some paths (mvc.remote.%s.paths): it cannot "
		    "be a mirror",
		    x->to.conf.name, x->to.conf.name);
	if (!strcmp(x->from.format.id, x->to.format.id))
		return mvc_fail(MVC_EINVALID, "%s and %s are the same store",
		    x->from.conf.url, x->to.conf.url);
	return mvc_formatfile_check_writable(&x->to.format);
}

static void
finding(void *arg, const char *text)
{
	struct mirroring *x = arg;

	mvc_bar_hide(x->env);
	mvc_note(x->env, "%s", text);
	mvc_bar_show(x->env);
}

static void
report(struct mirroring *x, uint64_t begun)
{
	struct mvc_env *env = x->env;
	const struct mvc_mirror *m = &x->m;
	const char *name = *x->to.conf.name ? x->to.conf.name : x->to.conf.url;
	struct mvc_json *j;

	if (!env->common.json) {
		mvc_line_fit(env, name);
		mvc_line(env, name, NULL,
		    "%s%s in %s pack%s   %s version%s   %s%s",
		    m->dry_run ? "would copy " : "", mvc_human_size(m->bytes).s,
		    mvc_human_count(m->packs).s, m->packs == 1 ? "" : "s",
		    mvc_human_count(m->roots).s, m->roots == 1 ? "" : "s",
		    mvc_human_time(mvc_now_ns() - begun).s,
		    m->dry_run || m->damaged ? "" : "   verified");
		return;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "from", x->from.b->url);
	mvc_json_key_str(j, "to", x->to.b->url);
	mvc_json_key_bool(j, "dry_run", m->dry_run);
	mvc_json_key_u64(j, "packs", m->packs);
	mvc_json_key_u64(j, "bytes", m->bytes);
	mvc_json_key_u64(j, "found", m->found);
	mvc_json_key_u64(j, "roots", m->roots);
	mvc_json_key_u64(j, "damaged", m->damaged);
	mvc_json_end(j);
}

int
mvc_remote_mirror(struct mvc_env *env, bool dry_run)
{
	struct mirroring x = {.env = env};
	uint64_t begun = mvc_now_ns();
	int err = mvc_env_store(env);

	if (!err)
		err = open_end(&x.from, env, env->argv[0], false);
	if (!err)
		err = open_end(&x.to, env, env->argv[1], !dry_run);
	if (!err)
		err = check_ends(&x);
	if (!err) {
		x.m = (struct mvc_mirror){.ctx = &env->ctx,
		    .from = x.from.b,
		    .to = x.to.b,
		    .folder = mvc_store_folder(env->store),
		    .dry_run = dry_run,
		    .finding = finding,
		    .arg = &x};
		mvc_bar_start(env);
		err = mvc_mirror(&x.m);
		mvc_bar_stop(env);
		if (!err || err == MVC_EFINDING)
			report(&x, begun);
	}
	end_release(&x.from);
	end_release(&x.to);
	return err;
}
