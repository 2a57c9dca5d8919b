#include "cmd/missing.h"
#include "git/repo.h"
#include "store/root.h"
#include "work/pointer.h"
#include "util/banned.h"

#include <time.h>

/* Versions that a remote is asked for. */
#define ASKED 20

struct search {
	const struct mvc_sharing *s;
	const struct mvc_oid *oid;
	struct mvc_buf text;
	bool told; /* who committed it */
	bool found; /* the newest that is there */
	unsigned asked;
};

static void
add_day(struct mvc_buf *b, const struct mvc_version *v)
{
	time_t t = (time_t)(v->committed + v->committed_offset * 60);
	char day[32];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(day, sizeof(day), "%Y-%m-%d", &tm))
		(void)!mvc_buf_addf(b, " on %s", day);
}

static void
add_who(struct search *s, const struct mvc_version *v)
{
	(void)!mvc_buf_addf(
	    &s->text, "committed in %.10s by ", mvc_gitid_hex(&v->commit).s);
	(void)!mvc_human_text(&s->text, v->committer);
	add_day(&s->text, v);
	s->told = true;
}

static bool
is_there(const struct search *s, const struct mvc_oid *oid)
{
	struct mvc_root_key key;
	struct mvc_root r;
	bool whole;

	if (mvc_root_find(&r, &key, s->s->backend, s->s->holder, oid,
		mvc_far_trash(s->s->far)))
		return false;
	whole = !r.part;
	mvc_root_release(&r);
	return whole;
}

static int
on_version(void *arg, const struct mvc_version *v)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	struct search *s = arg;

	if (!v->p || mvc_pointer_parse(&p, "a pointer", v->p, v->n))
		return MVC_OK;
	if (mvc_oid_eq(&p.oid, s->oid)) {
		if (!s->told)
			add_who(s, v);
		return MVC_OK;
	}
	if (!is_there(s, &p.oid))
		return ++s->asked < ASKED ? MVC_OK : 1;
	s->found = true;
	(void)!mvc_buf_addf(&s->text, "%sthe newest version on %s is of %.10s",
	    s->told ? "; " : "", s->s->name, mvc_gitid_hex(&v->commit).s);
	add_day(&s->text, v);
	return 1;
}

void
mvc_missing_tell(struct mvc_env *env, const struct mvc_sharing *s,
    const struct mvc_wanted_item *item)
{
	struct search k = {
	    .s = s, .oid = &item->oid, .text = MVC_BUF_INIT(4096)};
	struct mvc_gitid commit = item->commit;
	MVC_OWN_MEM char *path = NULL;

	if (commit.n == 0 && mvc_rev_resolve(&commit, env->repo, "HEAD"))
		return;
	if (asprintf(&path, "%s%s", item->path, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		return;
	}
	(void)!mvc_history_log(env->repo, &commit, path, 0, on_version, &k);
	if (!k.found && k.text.len)
		(void)!mvc_buf_addf(&k.text, "; no %sversion of it is on %s",
		    k.told ? "earlier " : "", s->name);
	if (k.text.len)
		mvc_note(env, "%s: %s", item->path, k.text.data);
	mvc_buf_release(&k.text);
}
