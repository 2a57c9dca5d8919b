/*
 * A collection on a remote sees only this clone and the Git remotes that it
 * knows. So it fetches every ref of each of them first, at mark and at sweep,
 * and refuses unless one of them (or this repository) is the one that
 * holders/ID on the remote names.
 */
#include "cmd/gc.h"
#include "git/refs.h"
#include "git/repo.h"
#include "remote/known.h"
#include "work/keep.h"
#include "util/banned.h"

#define WHO_MAX (64 << 10)

static int
read_who(struct mvc_gc *g)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(WHO_MAX);
	char key[64];
	int err;

	snprintf(key, sizeof(key), "holders/%.32s", g->holder);
	err = mvc_backend_load(g->share.backend, key, &b);
	if (err && err != MVC_ENOTFOUND)
		return err;
	if (!err && b.len && b.data[b.len - 1] == '\n')
		b.data[--b.len] = 0;
	g->who = strdup(!err && b.len ? b.data : "");
	return g->who ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
is_it(void *arg, const char *name, const char *url)
{
	return mvc_refs_same(arg, url);
}

static bool
is_here(const struct mvc_gc *g)
{
	const struct mvc_repo *r = g->env->repo;
	const char *own = g->share.who;
	size_t n = strlen(own);

	/* Without the newline at its end. */
	if (n == strlen(g->who) + 1 && !memcmp(own, g->who, n - 1))
		return true;
	return mvc_refs_same(g->who, r->commondir) ||
	    (r->worktree && mvc_refs_same(g->who, r->worktree));
}

/* All that may need our roots can be asked. */
static int
check_home(struct mvc_gc *g)
{
	int found;

	if (*g->who && is_here(g))
		return MVC_OK;
	found = *g->who ? mvc_refs_remotes(g->env->repo, is_it, g->who) : 0;
	if (found)
		return found < 0 ? found : MVC_OK;
	if (!*g->who)
		return mvc_fail(MVC_EINVALID,
		    "holders/%s is not on %s, so it is not known whose data "
		    "this is: push from here first",
		    g->holder, g->share.name);
	return mvc_fail(MVC_EINVALID,
	    "%s keeps this data for %s, which is no Git remote here: what it "
	    "still needs cannot be asked (git remote add NAME URL)",
	    g->share.name, g->who);
}

static int
needed_far(void *arg, struct mvc_oidset *out)
{
	struct mvc_gc *g = arg;
	int err = mvc_refs_fetch(g->env->repo);

	return err ? err : mvc_keep_ids(out, g->env->repo);
}

static int
needed_none(void *arg, struct mvc_oidset *out)
{
	return MVC_OK;
}

static void
note_far(void *arg, enum mvc_collected what, const char *name, uint64_t bytes)
{
	struct mvc_gc *g = arg;
	struct mvc_oid oid;
	bool was;

	mvc_gc_note(arg, what, name, bytes);
	/* It only costs a look at the next push not to know it. */
	if (what == MVC_COLLECT_ROOT && !g->c.forget &&
	    !mvc_oid_parse(&oid, name + 33, MVC_OID_HEX))
		(void)!mvc_oidset_add(&g->dropped, 1, &oid, &was);
}

/* What was dropped is not pushed any more. */
static int
forget_known(struct mvc_gc *g)
{
	struct mvc_oidset known = {.n = 0}, kept = {.n = 0};
	bool was;
	int err;

	if (g->dropped.n == 0)
		return MVC_OK;
	err = mvc_known_load(&known, g->share.cache);
	for (size_t i = 0; !err && i < known.cap; i++)
		if (known.kinds[i] &&
		    !mvc_oidset_has(&g->dropped, 1, &known.ids[i]))
			err = mvc_oidset_add(&kept, 1, &known.ids[i], &was);
	if (!err)
		err = mvc_known_save(g->share.cache, &kept);
	mvc_oidset_release(&known);
	mvc_oidset_release(&kept);
	return err;
}

/* Somebody else, by as many digits as tell them apart. */
struct looking {
	const char *said;
	char *found; /* 33 bytes */
	size_t n;
};

static int
look(void *arg, const char *key, const struct mvc_keystat *st)
{
	const char *id = strchr(key, '/') + 1;
	struct looking *l = arg;

	if (strlen(id) < 32 || strspn(id, "0123456789abcdef") < 32 ||
	    strncmp(id, l->said, strlen(l->said)) || !strncmp(id, l->found, 32))
		return MVC_OK;
	l->n++;
	snprintf(l->found, 33, "%.32s", id);
	return MVC_OK;
}

static int
find_holder(struct mvc_gc *g, const char *said)
{
	struct looking l = {said, g->holder, 0};
	struct mvc_backend *b = g->share.backend;
	int err;

	if (strlen(said) < 4 || strlen(said) > 32)
		return mvc_fail(MVC_EUSAGE,
		    "--forget: say the id of a holder, or 4 digits of it or "
		    "more");
	err = mvc_backend_list(b, "holders/", NULL, look, &l);
	/* Roots of one that never said who it is. */
	if (!err && l.n == 0)
		err = mvc_backend_list(b, "roots/", NULL, look, &l);
	if (err)
		return err;
	if (l.n != 1)
		return mvc_fail(MVC_ENOTFOUND, "%s has %s holder %s",
		    g->share.name, l.n ? "more than one" : "no", said);
	if (!strcmp(g->holder, g->share.holder))
		return mvc_fail(MVC_EUSAGE,
		    "%s is this repository: without --forget, gc drops what "
		    "it does not need",
		    g->holder);
	return MVC_OK;
}

static int
choose(struct mvc_gc *g, const char *forget)
{
	int err = MVC_OK;

	if (forget)
		err = find_holder(g, forget);
	else
		snprintf(g->holder, sizeof(g->holder), "%s", g->share.holder);
	if (!err)
		err = read_who(g);
	if (!err && !forget)
		err = check_home(g);
	g->c.forget = forget != NULL;
	g->c.needed = forget ? needed_none : needed_far;
	return err;
}

/* The text of what went wrong before stays. */
static int
forget_refs(struct mvc_gc *g, int err)
{
	char text[MVC_ERROR_MAX];

	if (!err)
		return mvc_refs_forget(g->env->repo);
	snprintf(text, sizeof(text), "%s", mvc_error_text());
	(void)!mvc_refs_forget(g->env->repo);
	return mvc_error_adopt(err, text);
}

int
mvc_gc_far(struct mvc_gc *g, const char *remote, const char *forget)
{
	struct mvc_env *env = g->env;
	int err;

	err = mvc_sharing_open(&g->share, env, remote, false);
	if (!err && g->c.act)
		err = mvc_formatfile_check_writable(&g->share.format);
	if (!err)
		err = choose(g, forget);
	if (err)
		return err;
	g->c.place = g->share.backend;
	g->c.holder = g->holder;
	g->c.note = note_far;
	if (forget)
		mvc_say(env, "%-12s %s   %s\n", "forget", g->holder,
		    *g->who ? mvc_name(env, g->who) : "unknown");
	atomic_store(&env->ctx.progress.what, "collecting");
	mvc_bar_start(env);
	err = mvc_collect_far(&g->c);
	mvc_bar_stop(env);
	if (forget)
		return err;
	if (!err && g->c.act)
		err = forget_known(g);
	return forget_refs(g, err);
}

void
mvc_gc_release(struct mvc_gc *g)
{
	mvc_sharing_release(&g->share);
	mvc_oidset_release(&g->dropped);
	free(g->who);
}
