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
	char *root, *from;
	bool there, known;
	struct mvc_oid pointer; /* what it names, if there and known */
	struct mvc_found found;
};

struct versions {
	struct mvc_repo *repo;
	const struct mvc_source *source;
	char *root; /* owned: its name changes */
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
	free(h->root);
	free(h->from);
	mvc_found_release(&h->found);
	memset(h, 0, sizeof(*h));
}

static int
held_texts(
    struct held *h, const struct versions *vs, const struct mvc_version *v)
{
	h->filled = true;
	h->git = *v;
	h->git.p = NULL;
	h->git.n = 0;
	h->author = strdup(v->author);
	h->email = strdup(v->email);
	h->subject = strdup(v->subject);
	h->root = strdup(vs->root);
	if (!h->author || !h->email || !h->subject || !h->root)
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
	int err = held_texts(h, vs, v);

	h->there = v->p != NULL;
	h->known = true;
	if (err || !h->there)
		return err;
	err = mvc_pointer_parse(&p, "pointer", v->p, v->n);
	if (err) {
		h->known = false;
		return err == MVC_ENOMEM ? err : MVC_OK;
	}
	h->pointer = p.oid;
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
	struct mvc_path_version v = {.git = &h->git,
	    .root = h->root,
	    .from = h->from,
	    .there = h->there,
	    .known = h->known};
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

/* A pointer of the commit before that has the content, and is gone since. */
struct origin {
	struct versions *vs;
	char *found; /* the tracked path */
};

static int
on_pointer(void *arg, const struct mvc_git_pointer *g)
{
	MVC_SCOPED(mvc_buf) now = MVC_BUF_INIT(MVC_GIT_POINTER_MAX);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	struct origin *o = arg;
	const struct held *h = &o->vs->held;
	int err = mvc_pointer_parse(&p, g->path, g->p, g->n);

	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	if (!mvc_oid_eq(&p.oid, &h->pointer))
		return MVC_OK;
	err = mvc_rev_read(&now, o->vs->repo, &h->git.commit, g->path);
	if (err != MVC_ENOTFOUND)
		return err == MVC_ENOMEM ? err : MVC_OK;
	o->found =
	    strndup(g->path, strlen(g->path) - strlen(MVC_POINTER_SUFFIX));
	return o->found ? ENOUGH : mvc_fail(MVC_ENOMEM, "no memory for a log");
}

/* Where the pointer was before the oldest version came: *commit has it under
 * that name. NULL: nowhere. */
static int
find_origin(char **out, struct mvc_gitid *commit, struct versions *vs)
{
	struct origin o = {vs, NULL};
	const struct held *h = &vs->held;
	MVC_OWN_MEM char *rev = NULL;
	int err;

	*out = NULL;
	if (!h->filled || !h->there || !h->known || h->from)
		return MVC_OK;
	if (asprintf(&rev, "%s^", mvc_gitid_hex(&h->git.commit).s) < 0) {
		rev = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a log");
	}
	err = mvc_rev_resolve(commit, vs->repo, rev);
	if (!err)
		err = mvc_rev_pointers(vs->repo, commit, "", on_pointer, &o);
	*out = o.found;
	return err == ENOUGH || err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
log_root(struct versions *vs, const struct mvc_gitid *commit)
{
	MVC_OWN_MEM char *path = NULL;

	if (asprintf(&path, "%s%s", vs->root, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return mvc_history_log(vs->repo, commit, path, 0, on_version, vs);
}

/* Under each of its names, newest first. */
static int
log_names(struct versions *vs, const struct mvc_gitid *commit)
{
	struct mvc_gitid at = *commit;
	int err = log_root(vs, &at);

	while (!err) {
		char *from;

		err = find_origin(&from, &at, vs);
		if (err || !from)
			return err;
		free(vs->root);
		vs->root = from;
		vs->held.from = strdup(from);
		err = vs->held.from
		    ? log_root(vs, &at)
		    : mvc_fail(MVC_ENOMEM, "no memory for a log");
	}
	return err;
}

int
mvc_versions(struct mvc_repo *r, const struct mvc_source *source,
    const struct mvc_gitid *commit, const char *root, const char *inner,
    uint64_t limit, mvc_path_version_fn each, void *arg)
{
	struct versions vs = {.repo = r,
	    .source = source,
	    .root = strdup(root),
	    .inner = inner,
	    .limit = limit,
	    .each = each,
	    .arg = arg};
	const struct held none = {.filled = false};
	int err;

	if (!vs.root)
		return mvc_fail(MVC_ENOMEM, "no memory for a log");
	err = log_names(&vs, commit);
	if (!err && is_change(&vs, &none))
		err = emit(&vs, &none);
	held_release(&vs.held);
	free(vs.root);
	return err == ENOUGH ? MVC_OK : err;
}
