#include "cmd/withgit_priv.h"
#include "git/gitbundle.h"
#include "git/repo.h"
#include "remote/remote.h"
#include "util/file.h"
#include "util/leftover.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

void
withgit_sides_init(
    struct withgit_sides *out, const struct mvc_env *env, struct mvc_sharing *s)
{
	*out = (struct withgit_sides){.s = s,
	    .gitdir = env->repo->gitdir,
	    .known = MVC_BUF_INIT(MVC_GIT_TEXT_MAX),
	    .refs = MVC_BUF_INIT(MVC_GIT_TEXT_MAX)};
}

void
withgit_sides_release(struct withgit_sides *b)
{
	mvc_githistory_release(&b->there);
	mvc_buf_release(&b->known);
	mvc_buf_release(&b->refs);
}

int
withgit_sides_read(struct withgit_sides *b)
{
	MVC_SCOPED(mvc_buf) oids = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = mvc_githistory_read(&b->there, b->s->backend, b->s->holder);

	for (size_t i = 0; !err && i < b->there.n_refs; i++)
		err = mvc_buf_addf(&oids, "%s\n", b->there.refs[i].oid);
	return err ? err : mvc_git_known(b->gitdir, &oids, &b->known);
}

int
withgit_sides_refs(struct withgit_sides *b)
{
	return mvc_git_refs(b->gitdir, &b->refs);
}

bool
withgit_has_line(const struct mvc_buf *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text->data; p && *p;) {
		size_t k = strcspn(p, "\n");

		if (k == n && !memcmp(p, line, n))
			return true;
		p += k + (p[k] == '\n');
	}
	return false;
}

int
mvc_withgit_check(const struct mvc_env *env)
{
	if (!env->repo->shallow && !env->repo->partial)
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "this clone has not all of the history: git fetch --unshallow, "
	    "then push --with-git");
}

int
mvc_withgit_open(struct mvc_backend **out, struct mvc_env *env, const char *url)
{
	struct mvc_remote_place place = {.url = url};
	struct mvc_formatfile format;
	int err = mvc_remote_open(out, &env->ctx, &place);

	if (err)
		return err;
	err = mvc_remote_format(&format, *out, false);
	if (err) {
		mvc_backend_free(*out);
		*out = NULL;
	}
	return err;
}

static int
on_bytes(void *arg, const void *p, size_t n)
{
	struct withgit_taking *t = arg;

	mvc_digest_update(&t->digest, p, n);
	return mvc_sys_write(t->fd, p, n, "a bundle");
}

static int
get_part(struct withgit_taking *t, const struct mvc_gitpart *part)
{
	struct mvc_gitpart_key key = mvc_gitpart_key(t->holder, &part->id);
	struct mvc_oid is;
	int err = mvc_digest_init(&t->digest);

	if (err)
		return err;
	err = mvc_backend_get(t->b, key.s, 0, part->size, on_bytes, t);
	if (!err)
		mvc_digest_final(&t->digest, &is);
	mvc_digest_release(&t->digest);
	if (!err && !mvc_oid_eq(&is, &part->id))
		err = mvc_fail(
		    MVC_ECORRUPT, "%s: %s is damaged", t->b->url, key.s);
	t->bytes += part->size;
	return err;
}

static int
take_part(struct withgit_taking *t, const struct mvc_gitpart *part)
{
	MVC_OWN_MEM char *path = NULL;
	bool was;
	int err;

	if (mvc_oidset_has(&t->done, 1, &part->id))
		return MVC_OK;
	err = mvc_gitbundle_name(&path, t->gitdir);
	if (!err)
		err = mvc_sys_open(
		    &t->fd, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (err)
		return err;
	(void)!mvc_leftover_lock(t->fd);
	err = get_part(t, part);
	close(t->fd);
	if (!err)
		err = mvc_gitbundle_apply(t->gitdir, path);
	if (!err)
		err = mvc_oidset_add(&t->done, 1, &part->id, &was);
	mvc_file_discard(AT_FDCWD, path);
	return err;
}

int
withgit_take_parts(struct withgit_taking *t, const struct mvc_githistory *h)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < h->n_parts; i++)
		err = take_part(t, &h->parts[i]);
	return err;
}
