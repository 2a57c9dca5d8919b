#include "store/blob.h"
#include "store/fsck_priv.h"
#include "store/reach.h"
#include "store/writer_priv.h"
#include "util/banned.h"

struct reaching {
	struct checking *k;
	const struct mvc_fsck_pointer *p;
	struct mvc_writer *revive; /* copy what is condemned; or NULL */
	bool part;

	/* The file that the walk is in. */
	char *path;
	struct mvc_entry e;
	bool lacks; /* something of it is missing, said already */
	uint64_t n_lacks;
	/* What to heal, kept until the walk is over. */
	struct lack *lacking;
	size_t n_lacking;
};

struct lack {
	char *path;
	struct mvc_entry e;
};

static int
in_file(void *arg, const char *path, const struct mvc_entry *e)
{
	struct reaching *r = arg;

	free(r->path);
	r->path = strdup(path);
	if (!r->path)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	r->e = *e;
	r->e.name = r->e.target = NULL;
	r->lacks = false;
	return MVC_OK;
}

static int
note_lack(struct reaching *r, enum mvc_kind kind)
{
	struct lack *t;

	if (r->part || (r->lacks && kind != MVC_TREE))
		return MVC_OK;
	r->lacks = true;
	t = realloc(r->lacking, (r->n_lacking + 1) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for findings");
	r->lacking = t;
	t += r->n_lacking;
	memset(t, 0, sizeof(*t));
	if (kind == MVC_TREE)
		t->e.kind = MVC_ENTRY_DIR;
	else
		t->e = r->e;
	t->path = strdup(r->path && kind != MVC_TREE ? r->path : "");
	if (!t->path)
		return mvc_fail(MVC_ENOMEM, "no memory for findings");
	r->n_lacking++;
	return MVC_OK;
}

/* What only a condemned pack has nobody may claim: put it anew. */
static int
revive(struct mvc_writer *w, enum mvc_kind kind, const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	int err;

	if (!w || mvc_writer_has(w, kind, id))
		return MVC_OK;
	err = mvc_store_get(w->store, kind, id, &b);
	return err ? err : mvc_writer_put(w, kind, id, b.data, b.len);
}

static int
see_object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct reaching *r = arg;
	bool seen, there;
	int err;

	err = mvc_mark_object(r->k->mark, kind, id, &seen, &there);
	/* Only looking: damaged bytes are as good as none. */
	if (!err && !r->k->f->repair && mvc_oidset_has(&r->k->bad, kind, id))
		seen = there = false;
	if (err || seen)
		return err ? err : MVC_REACH_SKIP;
	if (there)
		return revive(r->revive, kind, id);
	err = note_lack(r, kind);
	return err ? err : MVC_REACH_SKIP;
}

static int
see_which(
    void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	return mvc_mark_which(
	    ((struct reaching *)arg)->k->mark, id, size, kind);
}

static int
see_fault(void *arg, enum mvc_kind kind, const struct mvc_oid *id, int err)
{
	if (err != MVC_ENOTFOUND && err != MVC_ECORRUPT)
		return err;
	return note_lack(arg, kind);
}

static const struct mvc_reach_ops ops = {
    .object = see_object,
    .which = see_which,
    .file = in_file,
    .fault = see_fault,
};

/* Whether anything of the pointer is here: its top object. */
static int
top_is_here(struct checking *k, const struct mvc_fsck_pointer *p, bool *here)
{
	if (p->tree)
		return mvc_store_has(k->f->store, MVC_TREE, &p->oid, here);
	return mvc_blob_has(k->f->store, &p->oid, p->size, here);
}

static int
heal(struct reaching *r, struct mvc_writer *w)
{
	struct mvc_fsck *f = r->k->f;
	bool listed = false;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->n_lacking; i++) {
		struct lack *l = &r->lacking[i];
		bool healed = false;

		/* One call heals all lists of a data set. */
		if (l->e.kind == MVC_ENTRY_DIR && listed)
			healed = true;
		else if (w && f->heal)
			err = f->heal(f->arg, w, r->p, l->path, &l->e, &healed);
		if (err)
			break;
		if (healed) {
			fsck_found(r->k, "healed: %s%s%s", r->p->name,
			    *l->path ? ": " : "", l->path);
			f->repaired++;
			listed = listed || l->e.kind == MVC_ENTRY_DIR;
			continue;
		}
		fsck_found(r->k, "missing content: %s%s%s", r->p->name,
		    *l->path ? ": " : "",
		    l->e.kind == MVC_ENTRY_DIR ? ": a list of its files"
					       : l->path);
		f->missing++;
	}
	return err;
}

/* A pointer whose content is all here gets the root that it lost. */
static int
claim(struct reaching *r, struct mvc_writer *w, bool rooted)
{
	const struct mvc_fsck_pointer *p = r->p;
	struct mvc_claim c = {.oid = p->oid,
	    .tree = p->tree,
	    .size = p->size,
	    .files = p->files,
	    .base = &p->oid,
	    .n_base = 1};
	int err;

	if (!w)
		return MVC_OK;
	if (rooted)
		return mvc_writer_flush(w);
	err = mvc_writer_claim(w, r->k->f->holder, &c, 1);
	if (!err) {
		fsck_found(r->k, "claimed again: %s", p->name);
		r->k->f->repaired++;
	}
	return err;
}

static int
reach_pointer(
    struct checking *k, const struct mvc_fsck_pointer *p, struct mvc_writer *w)
{
	struct reaching r = {.k = k, .p = p};
	struct mvc_root_key key;
	struct mvc_root root;
	bool rooted, here, absent;
	uint64_t missing = k->f->missing;
	int err;

	err = mvc_root_find(
	    &root, &key, &k->f->store->backend.b, k->f->holder, &p->oid, NULL);
	rooted = !err;
	r.revive = rooted ? NULL : w;
	if (err && err != MVC_ENOTFOUND && err != MVC_ECORRUPT)
		return err;
	r.part = rooted && root.part;
	if (rooted)
		mvc_root_release(&root);
	/* A root that cannot be read is not to be claimed over. */
	if (k->claims && err != MVC_ENOTFOUND)
		return MVC_OK;
	err = top_is_here(k, p, &here);
	if (err)
		return err;
	if (!rooted && !here) {
		k->f->absent++;
		return MVC_OK;
	}
	err = mvc_reach(
	    &k->f->store->source, p->tree, &p->oid, p->size, &ops, &r);
	/* Never promised: fetched in part. */
	absent = !rooted && r.n_lacking && !k->f->damaged;
	if (!err && absent)
		k->f->absent++;
	else if (!err)
		err = heal(&r, w);
	if (!err && !absent && k->f->missing == missing &&
	    (r.n_lacking || (!rooted && k->f->repair)))
		err = claim(&r, w, rooted);
	for (size_t i = 0; i < r.n_lacking; i++)
		free(r.lacking[i].path);
	free(r.lacking);
	free(r.path);
	return err;
}

int
fsck_reach_pointers(struct checking *k)
{
	MVC_OWN(mvc_writer) *w = NULL;
	int err = MVC_OK;

	if (k->f->repair) {
		mvc_mark_free(MVC_TAKE(k->mark));
		err = mvc_mark_new(&k->mark, k->f->store);
		if (!err)
			err = mvc_writer_begin(&w, k->f->store, k->claims);
	}
	for (size_t i = 0; !err && i < k->f->n_pointers; i++)
		err = reach_pointer(k, &k->f->pointers[i], w);
	return err;
}
