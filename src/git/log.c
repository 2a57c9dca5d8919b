/*
 * The versions of one path, as `git log -- PATH` finds them: commits come off
 * a heap, youngest first; one whose path is the same as in a parent is passed
 * over, and only that parent followed; any other is a version.
 */
#include "git/history.h"
#include "git/repo.h"
#include "git/scan.h"

#include <stdio.h>
#include "util/banned.h"

struct item {
	git_time_t time;
	git_oid id;
};

struct log {
	struct mvc_repo *r;
	const char *path;
	unsigned limit, shown;
	mvc_version_fn each;
	void *arg;
	struct mvc_idset seen, shallow;
	struct item *heap;
	size_t n, size;
	struct mvc_buf blob;
};

static void
swap(struct item *a, struct item *b)
{
	struct item t = *a;

	*a = *b;
	*b = t;
}

static int
heap_push(struct log *l, const git_oid *id, git_time_t time)
{
	if (l->n == l->size) {
		size_t size = l->size ? 2 * l->size : 64;
		struct item *heap = reallocarray(l->heap, size, sizeof(*heap));

		if (!heap)
			return mvc_fail(MVC_ENOMEM, "no memory for a log");
		l->heap = heap;
		l->size = size;
	}
	l->heap[l->n] = (struct item){time, *id};
	for (size_t i = l->n++; i > 0; i = (i - 1) / 2) {
		if (l->heap[i].time <= l->heap[(i - 1) / 2].time)
			break;
		swap(&l->heap[i], &l->heap[(i - 1) / 2]);
	}
	return MVC_OK;
}

static git_oid
heap_pop(struct log *l)
{
	git_oid top = l->heap[0].id;

	l->heap[0] = l->heap[--l->n];
	for (size_t i = 0, big = 0;; i = big) {
		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < l->n; k++)
			if (l->heap[k].time > l->heap[big].time)
				big = k;
		if (big == i)
			break;
		swap(&l->heap[i], &l->heap[big]);
	}
	return top;
}

static int
enter(struct log *l, const git_oid *id)
{
	MVC_GIT_OWN(git_commit) *c = NULL;
	bool fresh;
	int err;

	err = mvc_idset_add(&fresh, &l->seen, id);
	if (err || !fresh)
		return err;
	err = mvc_git_commit(&c, l->r, id);
	return err ? err : heap_push(l, id, git_commit_time(c));
}

static bool
same(const struct mvc_git_at *a, const struct mvc_git_at *b)
{
	return a->mode == b->mode &&
	    (a->mode == 0 || git_oid_equal(&a->id, &b->id));
}

static int
show(struct log *l, git_commit *c, const struct mvc_git_at *at)
{
	const git_signature *who = git_commit_author(c);
	const git_signature *by = git_commit_committer(c);
	const char *subject = git_commit_summary(c);
	struct mvc_version v = {.author = who->name,
	    .email = who->email,
	    .time = who->when.time,
	    .offset = who->when.offset,
	    .committer = by->name,
	    .committed = by->when.time,
	    .committed_offset = by->when.offset,
	    .subject = subject ? subject : ""};
	int err;

	l->shown++;
	mvc_gitid_from(&v.commit, git_commit_id(c));
	if (at->mode == GIT_FILEMODE_TREE || at->mode == GIT_FILEMODE_COMMIT)
		return mvc_fail(MVC_EINVALID, "%s is no file in %.10s", l->path,
		    mvc_gitid_hex(&v.commit).s);
	if (at->mode) {
		mvc_buf_clear(&l->blob);
		err = mvc_git_blob(&l->blob, l->r, &at->id);
		if (err)
			return mvc_fail_prefix(err, "%s", l->path);
		v.p = l->blob.data ? l->blob.data : "";
		v.n = l->blob.len;
	}
	return l->each(l->arg, &v);
}

/* The first parent that has the same at the path goes on the heap and *found
 * is set; when none has, all of them go. */
static int
follow(struct log *l, git_commit *c, const struct mvc_git_at *at, bool *found)
{
	unsigned n = git_commit_parentcount(c);
	int err = MVC_OK;

	*found = false;
	for (unsigned i = 0; i < n; i++) {
		MVC_GIT_OWN(git_commit) *parent = NULL;
		struct mvc_git_at before;

		err = mvc_git_commit(&parent, l->r, git_commit_parent_id(c, i));
		if (!err)
			err = mvc_git_lookup(&before, l->r, parent, l->path);
		if (err)
			return err;
		if (!same(at, &before))
			continue;
		*found = true;
		return enter(l, git_commit_parent_id(c, i));
	}
	for (unsigned i = 0; !err && i < n; i++)
		err = enter(l, git_commit_parent_id(c, i));
	return err;
}

static int
visit(struct log *l, const git_oid *id)
{
	MVC_GIT_OWN(git_commit) *c = NULL;
	struct mvc_git_at at;
	bool found = false, root;
	int err;

	err = mvc_git_commit(&c, l->r, id);
	if (!err)
		err = mvc_git_lookup(&at, l->r, c, l->path);
	if (err)
		return err;
	root = git_commit_parentcount(c) == 0 || mvc_idset_has(&l->shallow, id);
	if (!root)
		err = follow(l, c, &at, &found);
	if (err || found || (root && !at.mode))
		return err;
	return show(l, c, &at);
}

int
mvc_history_log(struct mvc_repo *r, const struct mvc_gitid *commit,
    const char *path, unsigned limit, mvc_version_fn each, void *arg)
{
	struct log l = {.r = r,
	    .path = path,
	    .limit = limit,
	    .each = each,
	    .arg = arg,
	    .blob = MVC_BUF_INIT(MVC_GIT_POINTER_MAX)};
	git_oid start;
	int err;

	err = mvc_gitid_to(&start, commit);
	if (!err)
		err = mvc_idset_shallow(&l.shallow, r);
	if (!err)
		err = enter(&l, &start);
	while (!err && l.n && (!limit || l.shown < limit)) {
		git_oid id = heap_pop(&l);

		err = visit(&l, &id);
	}
	mvc_buf_release(&l.blob);
	mvc_idset_release(&l.seen);
	mvc_idset_release(&l.shallow);
	free(l.heap);
	return err;
}
