/*
 * Git tells the pointer's versions, newest first. One is held back until the
 * next older one is known, which it is compared with.
 */
#include "work/versions.h"
#include "tree/find.h"
#include "tree/path.h"
#include "work/target.h"
#include "util/banned.h"

/* What a commit has at the path, in storage of its own. */
struct held {
	bool filled;
	struct mvc_version git;
	char *author, *email, *subject;
	bool there, known;
	struct mvc_found found;
};

struct versions {
	const struct mvc_source *source;
	const char *inner;
	uint64_t limit, shown;
	mvc_path_version_fn each;
	void *arg;
	struct held held;
};

/* Ends Git's walk: enough was shown. */
#define ENOUGH 1

static void
held_release(struct held *h)
{
	free(h->author);
	free(h->email);
	free(h->subject);
	mvc_found_release(&h->found);
	memset(h, 0, sizeof(*h));
}

static int
held_texts(struct held *h, const struct mvc_version *v)
{
	h->filled = true;
	h->git = *v;
	h->git.p = NULL;
	h->git.n = 0;
	h->author = strdup(v->author);
	h->email = strdup(v->email);
	h->subject = strdup(v->subject);
	if (!h->author || !h->email || !h->subject)
		return mvc_fail(MVC_ENOMEM, "no memory for a log");
	h->git.author = h->author;
	h->git.email = h->email;
	h->git.subject = h->subject;
	return MVC_OK;
}

static int
find_inner(struct held *h, struct versions *vs, const struct mvc_pointer *p)
{
	bool missing;
	int err;

	if (p->type != MVC_POINTER_TREE) {
		h->there = false;
		return MVC_OK;
	}
	err = mvc_target_inside(
	    &h->found, &missing, vs->source, &p->oid, vs->inner);
	if (err != MVC_ENOTFOUND)
		return err;
	h->known = !missing;
	h->there = missing;
	return MVC_OK;
}

static int
held_fill(struct held *h, struct versions *vs, const struct mvc_version *v)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err = held_texts(h, v);

	h->there = v->p != NULL;
	h->known = true;
	if (err || !h->there)
		return err;
	err = mvc_pointer_parse(&p, "pointer", v->p, v->n);
	if (err) {
		h->known = false;
		return err == MVC_ENOMEM ? err : MVC_OK;
	}
	if (*vs->inner)
		return find_inner(h, vs, &p);
	h->found.e = mvc_pointer_entry(&p);
	return MVC_OK;
}

static const struct mvc_entry *
entry_of(const struct held *h)
{
	return h->filled && h->there && h->known ? &h->found.e : NULL;
}

static int
emit(struct versions *vs, const struct held *before)
{
	struct held *h = &vs->held;
	struct mvc_path_version v = {
	    .git = &h->git, .there = h->there, .known = h->known};
	int err = MVC_OK;

	if (entry_of(h))
		v.e = *entry_of(h);
	if (h->known && (!before->filled || before->known))
		err = mvc_changes_count(
		    &v.changes, vs->source, entry_of(before), entry_of(h));
	if (!err)
		err = vs->each(vs->arg, &v);
	vs->shown++;
	return err                                ? err
	    : vs->limit && vs->shown == vs->limit ? ENOUGH
						  : MVC_OK;
}

/* Whether what is held is a version, seen from the one before. */
static bool
is_change(const struct versions *vs, const struct held *before)
{
	const struct held *h = &vs->held;

	if (!h->filled)
		return false;
	if (!*vs->inner)
		return true;
	if (!before->filled)
		return h->there;
	return !h->known || !before->known ||
	    !mvc_entry_eq(entry_of(h), entry_of(before));
}

static int
on_version(void *arg, const struct mvc_version *v)
{
	struct versions *vs = arg;
	struct held next = {.filled = false};
	int err;

	err = held_fill(&next, vs, v);
	if (!err && is_change(vs, &next))
		err = emit(vs, &next);
	held_release(&vs->held);
	vs->held = next;
	return err;
}

int
mvc_versions(struct mvc_repo *r, const struct mvc_source *source,
    const struct mvc_gitid *commit, const char *root, const char *inner,
    uint64_t limit, mvc_path_version_fn each, void *arg)
{
	struct versions vs = {.source = source,
	    .inner = inner,
	    .limit = limit,
	    .each = each,
	    .arg = arg};
	const struct held none = {.filled = false};
	MVC_OWN_MEM char *path = NULL;
	int err;

	if (asprintf(&path, "%s%s", root, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	err = mvc_history_log(r, commit, path, 0, on_version, &vs);
	if (!err && is_change(&vs, &none))
		err = emit(&vs, &none);
	held_release(&vs.held);
	return err == ENOUGH ? MVC_OK : err;
}
