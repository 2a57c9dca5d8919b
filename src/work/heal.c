#include "work/heal.h"
#include "store/ingest.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/pointerfile.h"
#include "util/banned.h"

#include <fcntl.h>

struct healing {
	const struct mvc_entry *e;
	bool healed;
};

static int
done(void *arg, void *user, const struct mvc_ingested *res)
{
	struct healing *h = arg;

	h->healed = !res->err && mvc_oid_eq(&res->oid, &h->e->id);
	return MVC_OK;
}

static int
ingest_one(struct healing *h, struct mvc_ctx *ctx, struct mvc_writer *w,
    int dirfd, const char *name)
{
	MVC_OWN(mvc_ingest) *in = NULL;
	struct mvc_dirref *dir;
	int err;

	err = mvc_dirref_new(&dir, dirfd, ".");
	if (err)
		return err;
	err = mvc_ingest_new(&in, ctx, w, done, h);
	if (!err)
		err = mvc_ingest_file(in, dir, name, h->e->size, NULL);
	if (!err)
		err = mvc_ingest_wait(in);
	mvc_dirref_drop(dir);
	return err;
}

/* Reading everything pays only where the pointer is the work tree's. */
static int
heal_tree(struct mvc_ctx *ctx, struct mvc_repo *r, struct mvc_writer *w,
    const struct mvc_fsck_pointer *p, int top, const char *root, bool *healed)
{
	MVC_SCOPED(mvc_pointer) q = MVC_POINTER_INIT;
	int err = mvc_pointer_read(&q, top, p->name);

	if (!err && mvc_oid_eq(&q.oid, &p->oid))
		err = mvc_heal_tree(ctx, r, w, top, root, &p->oid, healed);
	if (err == MVC_ENOTFOUND || err == MVC_EINVALID || err == MVC_EDENIED ||
	    err == MVC_ECHANGED)
		err = MVC_OK; /* what lies there is of no help */
	return err;
}

int
mvc_heal_from_worktree(struct mvc_ctx *ctx, struct mvc_repo *r,
    struct mvc_writer *w, const struct mvc_fsck_pointer *pointer,
    const char *path, const struct mvc_entry *e, bool *healed)
{
	struct healing h = {.e = e};
	MVC_OWN_FD int top = -1;
	char file[4096];
	const char *name;
	struct stat st;
	int err, dirfd;

	*healed = false;
	if (!r->worktree)
		return MVC_OK;
	err = mvc_sys_open(
	    &top, AT_FDCWD, r->worktree, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	snprintf(file, sizeof(file), "%.*s%s%s",
	    (int)(strlen(pointer->name) - strlen(MVC_POINTER_SUFFIX)),
	    pointer->name, *path ? "/" : "", path);
	if (e->kind == MVC_ENTRY_DIR)
		return heal_tree(ctx, r, w, pointer, top, file, healed);
	if (mvc_beneath_parent(&dirfd, &name, top, file, false))
		return MVC_OK;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode) || (uint64_t)st.st_size != e->size) {
		close(dirfd);
		return MVC_OK;
	}
	err = ingest_one(&h, ctx, w, dirfd, name);
	*healed = h.healed;
	return err;
}
