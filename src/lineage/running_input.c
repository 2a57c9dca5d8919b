#include "lineage/running_priv.h"

#include "git/codetree.h"
#include "hash/digest.h"
#include "tree/find.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/status.h"

#include "util/banned.h"

/* ---- data: what a pointer names ---- */

struct judging {
	bool changed, absent;
	int code;
	char text[256];
};

static int
judge(void *arg, const struct mvc_status_root *s)
{
	struct judging *j = arg;

	j->changed |= s->files[MVC_STATUS_ADDED] ||
	    s->files[MVC_STATUS_MODIFIED] || s->files[MVC_STATUS_DELETED] ||
	    s->files[MVC_STATUS_BAD] || s->folders || s->other_version;
	j->absent |= s->absent || s->no_folder;
	if (!s->pointer && s->code) {
		j->code = s->code;
		snprintf(j->text, sizeof(j->text), "%s", s->text);
	}
	return MVC_OK;
}

static int
judge_path(struct judging *j, struct mvc_running *r, const char *path)
{
	const struct mvc_status_ops ops = {.root = judge, .arg = j};

	return mvc_status(r->w, &path, 1, &ops);
}

/* A part of a data set is what its tree has there. */
static int
set_part(
    struct mvc_run_file *f, struct mvc_running *r, const struct mvc_place *p)
{
	struct mvc_found found;
	int err = mvc_tree_find(&found, mvc_store_source(r->w->store),
	    &p->pointer.oid, p->path + strlen(p->root) + 1);

	if (err)
		return mvc_fail_prefix(err, "%s", p->path);
	f->type = found.e.kind == MVC_ENTRY_DIR ? MVC_POINTER_TREE
	    : found.e.kind == MVC_ENTRY_EXEC    ? MVC_POINTER_EXEC
						: MVC_POINTER_FILE;
	f->size = found.e.size;
	f->files = found.e.files;
	f->oid = found.e.id;
	if (found.e.kind == MVC_ENTRY_LINK)
		err = mvc_fail(MVC_EINVALID,
		    "%s is a link: name what is behind it", p->path);
	mvc_found_release(&found);
	return err;
}

static int
check_data(struct mvc_running *r, const char *path)
{
	struct judging j = {.code = 0};
	int err = judge_path(&j, r, path);

	if (err)
		return err;
	if (j.code)
		return mvc_fail(j.code, "%s", j.text);
	if (j.changed)
		return mvc_fail(MVC_EINVALID,
		    "%s is not as it was recorded: mvc add %s first, or mvc "
		    "checkout %s",
		    path, path, path);
	if (j.absent)
		return mvc_fail(MVC_ENOTFOUND,
		    "not all of %s is here: mvc checkout %s first", path, path);
	return MVC_OK;
}

static int
add_data(struct mvc_running *r, const struct mvc_place *p)
{
	struct mvc_run_file *f;
	int err = check_data(r, p->path);

	if (!err)
		err = mvc_run_files_add(&f, &r->record.inputs, p->path);
	if (err)
		return err;
	f->kind = MVC_RUN_DATA;
	f->has_oid = true;
	if (strcmp(p->path, p->root))
		return set_part(f, r, p);
	f->type = p->pointer.type;
	f->size = p->pointer.size;
	f->files = p->pointer.files;
	f->oid = p->pointer.oid;
	return MVC_OK;
}

/* ---- files of Git's, and of nobody's ---- */

int
running_digest(struct mvc_run_file *f, struct mvc_running *r, const char *path)
{
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err =
	    mvc_beneath_open(&fd, r->w->top, path, O_RDONLY | O_NONBLOCK, 0);

	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	if (S_ISDIR(st.st_mode))
		return mvc_fail(MVC_EINVALID,
		    "%s is neither in Git nor tracked: mvc add %s first, or "
		    "name the files in it",
		    path, path);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s is no regular file", path);
	f->type = st.st_mode & 0100 ? MVC_POINTER_EXEC : MVC_POINTER_FILE;
	f->size = (uint64_t)st.st_size;
	f->files = 1;
	f->has_oid = true;
	return mvc_digest_fd(&f->oid, fd, path);
}

static int
add_file(struct mvc_running *r, const char *path)
{
	struct mvc_code_entry e;
	struct mvc_run_file *f;
	int err = mvc_run_files_add(&f, &r->record.inputs, path);

	if (err)
		return err;
	err = mvc_codetree_find(&e, r->w->repo, &r->record.tree, path);
	if (err && err != MVC_ENOTFOUND)
		return err;
	f->kind = err ? MVC_RUN_LOOSE : MVC_RUN_GIT;
	if (err || !e.folder) {
		f->git = e.id;
		return running_digest(f, r, path);
	}
	f->type = MVC_POINTER_TREE;
	f->git = e.id;
	f->size = e.size;
	f->files = e.files;
	return MVC_OK;
}

/* Data below a folder that is Git's. */
static int
add_below(struct mvc_running *r, struct mvc_index *idx, const char *path)
{
	struct mvc_names roots;
	int err = mvc_work_roots(&roots, idx, path);

	for (size_t i = 0; !err && i < roots.n; i++) {
		struct mvc_place p;

		err = mvc_place_find(&p, r->w, idx, roots.v[i]);
		if (!err && p.tracked)
			err = add_data(r, &p);
		if (!err)
			mvc_place_release(&p);
	}
	mvc_names_release(&roots);
	return err;
}

static int
add_input(struct mvc_running *r, struct mvc_index *idx, const char *path)
{
	struct mvc_place p;
	int err = *path
	    ? mvc_record_check_path(path)
	    : mvc_fail(MVC_EINVALID,
		  "the whole repository is no dependency: its code is "
		  "recorded anyhow");

	if (!err)
		err = mvc_place_find(&p, r->w, idx, path);
	if (err)
		return err;
	if (p.tracked)
		err = add_data(r, &p);
	else
		err = add_below(r, idx, path);
	if (!err && !p.tracked)
		err = add_file(r, path);
	mvc_place_release(&p);
	return err;
}

int
running_inputs(struct mvc_running *r)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, r->w->repo);

	for (size_t i = 0; !err && r->o->deps && r->o->deps[i]; i++)
		err = add_input(r, idx, r->o->deps[i]);
	if (!err)
		mvc_record_sort(&r->record);
	return err;
}

/* ---- after the run ---- */

static int
again(bool *changed, struct mvc_running *r, const struct mvc_run_file *f,
    const struct mvc_gitid *tree)
{
	struct mvc_run_file now = {.size = 0};
	struct judging j = {.code = 0};
	struct mvc_code_entry e;
	int err;

	*changed = true;
	if (f->kind == MVC_RUN_DATA) {
		err = judge_path(&j, r, f->path);
		*changed = err || j.changed || j.absent || j.code;
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	}
	if (f->kind == MVC_RUN_GIT) {
		err = mvc_codetree_find(&e, r->w->repo, tree, f->path);
		*changed = err || !mvc_gitid_eq(&e.id, &f->git);
		return err == MVC_ENOTFOUND || err == MVC_EINVALID ? MVC_OK
								   : err;
	}
	err = running_digest(&now, r, f->path);
	*changed = err || !mvc_oid_eq(&now.oid, &f->oid);
	return err == MVC_ENOTFOUND || err == MVC_EINVALID ? MVC_OK : err;
}

static bool
overlap(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b), least = n < k ? n : k;

	return !strncmp(a, b, least) &&
	    (n == k || (n < k ? b[least] : a[least]) == '/');
}

/* What it was told to write is no surprise. */
static bool
is_written(const struct mvc_running *r, const char *path)
{
	const char *const *const lists[] = {r->o->outs, r->o->metrics};

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; lists[k] && lists[k][i]; i++)
			if (overlap(lists[k][i], path))
				return true;
	return false;
}

int
running_inputs_again(struct mvc_running *r, const struct mvc_gitid *tree)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->record.inputs.n; i++) {
		struct mvc_run_file *f = &r->record.inputs.v[i];

		if (is_written(r, f->path))
			continue;
		err = again(&f->changed, r, f, tree);
		if (!err && f->changed)
			mvc_warn(r->w->ctx,
			    "%s changed while the run went on: what is "
			    "recorded is what it was at the start",
			    f->path);
	}
	return err;
}
