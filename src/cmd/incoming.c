#include "cmd/incoming.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "remote/landing.h"
#include "remote/remote.h"
#include "store/folder.h"
#include "store/ingest.h"
#include "util/clock.h"
#include "work/source.h"
#include "work/target.h"
#include "util/banned.h"

#include <fcntl.h>

void
mvc_incoming_init(struct mvc_incoming *in, struct mvc_env *env)
{
	memset(in, 0, sizeof(*in));
	in->env = env;
	in->o.env = env;
	in->begun = mvc_now_ns();
}

void
mvc_incoming_release(struct mvc_incoming *in)
{
	mvc_writer_free(in->w);
	mvc_origin_release(&in->o);
	mvc_pointer_release(&in->now);
}

bool
mvc_incoming_is_url(const char *word)
{
	return !strncmp(word, "s3://", 5) || !strncmp(word, "https://", 8) ||
	    !strncmp(word, "http://", 7);
}

/* ---- out of a Git repository ---- */

static int
take_entry(struct mvc_pointer *p, const struct mvc_entry *e, const char *path)
{
	if (e->kind == MVC_ENTRY_LINK)
		return mvc_fail(MVC_EINVALID,
		    "%s is a symbolic link: name what it leads to", path);
	p->type = e->kind == MVC_ENTRY_DIR ? MVC_POINTER_TREE
	    : e->kind == MVC_ENTRY_EXEC    ? MVC_POINTER_EXEC
					   : MVC_POINTER_FILE;
	p->oid = e->id;
	p->size = e->size;
	p->files = p->type == MVC_POINTER_TREE ? e->files : 1;
	return MVC_OK;
}

/* What lies in a directory has a root of its own from now on. */
static int
claim_inner(struct mvc_incoming *in, const char *here)
{
	struct mvc_claim c = {.oid = in->now.oid,
	    .tree = in->now.type == MVC_POINTER_TREE,
	    .size = in->now.size,
	    .files = in->now.files,
	    .base = &in->o.pointer.oid,
	    .n_base = 1};

	return mvc_writer_claim(in->w, here, &c, 1);
}

static int
take_pointer(struct mvc_incoming *in)
{
	const struct mvc_pointer *from = &in->o.pointer;

	in->now.oid = from->oid;
	in->now.type = from->type;
	in->now.size = from->size;
	in->now.files = from->files;
	return mvc_pointer_copy_labels(&in->now, from);
}

static int
take_content(struct mvc_incoming *in, const char *path, const char *here)
{
	const struct mvc_pointer *from = &in->o.pointer;
	struct mvc_found found;
	bool missing;
	int err = take_pointer(in);

	if (err || !*in->o.inner)
		return err;
	err = mvc_store_refresh(in->env->store);
	if (!err)
		err = mvc_target_inside(&found, &missing,
		    mvc_store_source(in->env->store), &from->oid, in->o.inner);
	if (err)
		return err;
	err = take_entry(&in->now, &found.e, path);
	mvc_found_release(&found);
	return err ? err : claim_inner(in, here);
}

/* A commit stays; a branch or a tag is followed. */
static int
set_git_source(struct mvc_incoming *in, const char *path, const char *rev)
{
	char text[600];

	if (!rev)
		rev = "HEAD";
	if (!strncmp(in->o.commit, rev, strlen(rev)))
		snprintf(text, sizeof(text), "%s", in->o.commit);
	else if (strlen(rev) < 500)
		snprintf(text, sizeof(text), "%s:%s", rev, in->o.commit);
	else
		return mvc_fail(MVC_ETOOBIG, "%s is too long a name", rev);
	return mvc_source_format(&in->now.source, in->o.url, text, path);
}

int
mvc_incoming_git(struct mvc_incoming *in, const char *url, const char *path,
    const char *rev, const char *known)
{
	struct mvc_env *env = in->env;
	char here[33];
	int err;

	err = mvc_url_no_secret(url);
	if (!err)
		err = mvc_aside_in(&in->o.aside, &env->ctx, env->repo->gitdir);
	if (!err)
		err = mvc_origin_git(&in->o, url, path, rev);
	if (!err)
		err = set_git_source(in, path, rev);
	in->same = !err && known && !strcmp(known, in->o.commit);
	if (err || in->same)
		return err;
	if (env->common.dry_run)
		return *in->o.inner ? MVC_OK : take_pointer(in);
	err = mvc_repo_clone_id(here, env->repo, true);
	if (!err)
		err = mvc_origin_fetch(&in->o, env->store, here);
	if (!err)
		err = mvc_writer_new(&in->w, env->store);
	if (!err)
		err = take_content(in, path, here);
	in->received = in->o.received;
	in->from = in->o.from;
	return err;
}

/* ---- a file at a URL ---- */

struct coming {
	struct mvc_ctx *ctx;
	struct mvc_digest digest; /* a dry run: it is not kept */
	bool dry;
	struct mvc_tmpfile t;
	struct mvc_landing to;
};

static int
take_bytes(void *arg, const void *p, size_t n)
{
	struct coming *c = arg;

	atomic_fetch_add(&c->ctx->progress.bytes, n);
	if (!c->dry)
		return mvc_landing_take(&c->to, p, n);
	mvc_digest_update(&c->digest, p, n);
	return MVC_OK;
}

static int
ingested(void *arg, void *user, const struct mvc_ingested *res)
{
	struct mvc_pointer *p = arg;

	if (res->err)
		return mvc_error_adopt(res->err, res->text);
	p->oid = res->oid;
	p->size = res->size;
	return MVC_OK;
}

static int
ingest(struct mvc_incoming *in, const struct coming *c)
{
	const struct mvc_folder *f = mvc_store_folder(in->env->store);
	MVC_OWN(mvc_ingest) *ingest = NULL;
	struct mvc_dirref *dir;
	int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0), err;

	if (fd < 0)
		return mvc_fail_errno("open %s", f->path);
	err = mvc_dirref_new(&dir, fd, f->path);
	if (err)
		return err;
	err = mvc_ingest_new(&ingest, &in->env->ctx, in->w, ingested, &in->now);
	if (!err)
		err = mvc_ingest_file(ingest, dir, c->t.name, c->to.at, NULL);
	if (!err)
		err = mvc_ingest_wait(ingest);
	mvc_dirref_drop(dir);
	return err;
}

int
mvc_incoming_file(struct mvc_incoming *in, const char *url, const char *known)
{
	char version[MVC_FILE_VERSION] = "";
	struct mvc_remote_place place = {.url = url};
	struct mvc_env *env = in->env;
	struct coming c = {.ctx = &env->ctx, .t = MVC_TMPFILE_INIT};
	int err;

	atomic_store(&env->ctx.progress.what, "fetching");
	err = mvc_url_no_secret(url);
	c.dry = env->common.dry_run;
	if (!err)
		err = c.dry
		    ? mvc_digest_init(&c.digest)
		    : mvc_folder_tmp(&c.t, mvc_store_folder(env->store));
	c.to.fd = c.t.fd;
	c.to.name = c.t.name;
	if (!err)
		err = mvc_remote_file(
		    version, &env->ctx, &place, known, take_bytes, &c);
	in->same = err == MVC_EEXISTS;
	if (in->same)
		err = MVC_OK;
	else if (!err && c.dry)
		mvc_digest_final(&c.digest, &in->now.oid);
	else if (!err)
		err = mvc_writer_new(&in->w, env->store);
	if (!err && in->w)
		err = ingest(in, &c);
	mvc_tmpfile_release(&c.t);
	mvc_digest_release(&c.digest);
	in->now.type = MVC_POINTER_FILE;
	in->now.files = 1;
	in->received = c.to.at;
	in->from = url;
	return err ? err
		   : mvc_source_format(&in->now.source, url, version, ".");
}
