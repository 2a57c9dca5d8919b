#include "remote/mirror.h"
#include "hash/digest.h"
#include "remote/packcheck.h"
#include "store/root.h"
#include "store/rootindex.h"
#include "store/rootlist.h"
#include "store/segment.h"
#include "store/trash.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/trace.h"
#include "util/banned.h"

/* Kinds in the sets. */
enum { PACK = 1, SEGMENT = 2 };
/* Roots, holders, states of the history. */
#define SMALL_MAX ((size_t)64 << 20)

struct mirror {
	struct mvc_mirror *m;
	struct mvc_trash here, there;
	struct mvc_oidset seen, bad;
	struct mvc_flow *flow;
	bool whole; /* the segment's packs are all there */
	bool again; /* the roots are read once more */
};

struct job {
	struct mvc_segment_pack pack;
	bool found;
	int err;
	char text[512];
};

static int
tell(struct mirror *k, const char *key)
{
	char text[MVC_ERROR_MAX];

	snprintf(text, sizeof(text), "%s: %s", key, mvc_error_text());
	k->m->damaged++;
	k->m->finding(k->m->arg, text);
	return MVC_OK;
}

/* What is wrong with one thing alone. */
static bool
is_local(int err)
{
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ||
	    err == MVC_EVERSION || err == MVC_EINVALID;
}

static int
on_bytes(void *arg, const void *p, size_t n)
{
	return mvc_sys_write(*(int *)arg, p, n, "a temporary file");
}

static int
on_read(void *arg, uint64_t off, void *p, size_t n)
{
	size_t got;
	int err =
	    mvc_sys_pread(&got, *(int *)arg, p, n, off, "a temporary file");

	if (!err && got != n)
		err = mvc_fail(MVC_EIO, "a temporary file is cut off");
	return err;
}

/* Into a nameless temporary. */
static int
get(struct mirror *k, int *fd, const char *key)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	int err = mvc_folder_tmp(&t, k->m->folder);

	if (err)
		return err;
	err = mvc_sys_unlink(t.dirfd, t.name);
	*fd = t.fd;
	if (!err)
		err = mvc_backend_get(
		    k->m->from, key, 0, MVC_TO_END, on_bytes, fd);
	return err;
}

static int
put(struct mirror *k, const char *key, int fd)
{
	struct mvc_body body = {.read = on_read, .arg = &fd, .fd = fd};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat a temporary file");
	body.size = (uint64_t)st.st_size;
	return mvc_backend_put(k->m->to, key, &body, 0);
}

static int
move_pack(struct mirror *k, const struct mvc_segment_pack *p, const char *key)
{
	MVC_OWN(mvc_decoder) *dec = NULL;
	MVC_OWN_FD int fd = -1;
	struct mvc_pack_index ix = {.n = 0};
	int err = mvc_decoder_new(&dec);

	if (!err)
		err = get(k, &fd, key);
	if (!err)
		err = mvc_packcheck(&ix, fd, &p->name, dec, NULL, NULL);
	mvc_pack_index_release(&ix);
	return err ? err : put(k, key, fd);
}

static int
copy_pack(struct mirror *k, struct job *j)
{
	struct mvc_pack_path path = mvc_pack_path(&j->pack.name);
	struct mvc_keystat st;
	int err;

	if (mvc_trash_has(&k->there, MVC_TRASH_PACK, &j->pack.name))
		return mvc_fail(MVC_EINVALID,
		    "a collection over there has condemned it: take another "
		    "place");
	err = mvc_backend_stat(k->m->to, path.s, &st);
	j->found = !err && st.size == j->pack.size;
	if (j->found || (err && err != MVC_ENOTFOUND))
		return err;
	if (k->m->dry_run)
		return mvc_backend_stat(k->m->from, path.s, &st);
	return move_pack(k, &j->pack, path.s);
}

static int
job_work(void *ctx, void *job, unsigned thread)
{
	struct mirror *k = ctx;
	struct job *j = job;

	(void)thread;
	j->err = copy_pack(k, j);
	if (j->err)
		snprintf(j->text, sizeof(j->text), "%s", mvc_error_text());
	else
		atomic_fetch_add(&k->m->ctx->progress.bytes, j->pack.size);
	return is_local(j->err) ? MVC_OK : j->err;
}

static int
job_finish(void *ctx, void *job)
{
	struct mirror *k = ctx;
	struct job *j = job;
	bool was;

	if (!j->err) {
		k->m->found += j->found;
		k->m->packs += !j->found;
		k->m->bytes += j->found ? 0 : j->pack.size;
		return MVC_OK;
	}
	k->whole = false;
	(void)mvc_error_adopt(j->err, j->text);
	(void)tell(k, mvc_pack_path(&j->pack.name).s);
	return mvc_oidset_add(&k->bad, PACK, &j->pack.name, &was);
}

static void
job_drop(void *ctx, void *job)
{
	(void)ctx;
	free(job);
}

static const struct mvc_flow_ops job_ops = {job_work, job_finish, job_drop};

static int
on_pack(void *arg, const struct mvc_segment_pack *pack)
{
	struct mirror *k = arg;
	struct job *j;
	bool was;
	int err = mvc_oidset_add(&k->seen, PACK, &pack->name, &was);

	if (err)
		return err;
	if (was) {
		if (mvc_oidset_has(&k->bad, PACK, &pack->name))
			k->whole = false;
		return MVC_OK;
	}
	j = calloc(1, sizeof(*j));
	if (!j)
		return mvc_fail(MVC_ENOMEM, "no memory to mirror");
	j->pack = *pack;
	atomic_fetch_add(&k->m->ctx->progress.bytes_total, pack->size);
	return mvc_flow_push(k->flow, j);
}

/* The segment's bytes, checked: its head by its name, its blocks by that. */
static int
move_segment(struct mirror *k, const struct mvc_oid *name, const char *key)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT((size_t)1 << 30);
	MVC_OWN(mvc_segment) *seg = NULL;
	struct mvc_keystat st;
	int err;

	if (mvc_trash_has(&k->there, MVC_TRASH_SEGMENT, name))
		return mvc_fail(MVC_EINVALID,
		    "a collection over there has condemned it: take another "
		    "place");
	if (k->m->dry_run)
		return MVC_OK;
	err = mvc_backend_load(k->m->from, key, &b);
	if (!err)
		err = mvc_segment_parse(&seg, b.data, b.len);
	if (!err && !mvc_oid_eq(mvc_segment_name(seg), name))
		err = mvc_fail(MVC_ECORRUPT, "it is not what its name says");
	if (!err)
		err = mvc_segment_verify(seg);
	if (err)
		return err;
	if (!mvc_backend_stat(k->m->to, key, &st) && st.size == b.len)
		return MVC_OK;
	return mvc_backend_save(k->m->to, key, b.data, b.len, 0);
}

static int
copy_segment(struct mirror *k, const struct mvc_oid *name)
{
	struct mvc_segment_path path = mvc_segment_path(name);
	bool was;
	int err = mvc_oidset_add(&k->seen, SEGMENT, name, &was), sent;

	if (err || was)
		return err;
	k->whole = true;
	err = mvc_segment_each_pack(k->m->from, name, on_pack, k);
	if (err && !is_local(err))
		return err;
	if (err) {
		k->whole = false;
		(void)tell(k, path.s);
	}
	sent = mvc_flow_wait(k->flow);
	if (sent)
		return sent;
	if (!err && k->whole) {
		err = move_segment(k, name, path.s);
		if (err && !is_local(err))
			return err;
		if (err)
			(void)tell(k, path.s);
	}
	return err || !k->whole ? mvc_oidset_add(&k->bad, SEGMENT, name, &was)
				: MVC_OK;
}

static int
on_root(void *arg, const struct mvc_listed_root *r)
{
	struct mirror *k = arg;
	int err = MVC_OK;

	if (mvc_trash_has_root(&k->here, r->key.s + 6))
		return MVC_OK;
	for (size_t i = 0; !err && i < r->root.n_segments; i++)
		err = copy_segment(k, &r->root.segments[i]);
	return err;
}

/* A small file under the same key, unless the same is there. */
static int
copy_small(struct mirror *k, const char *key)
{
	MVC_SCOPED(mvc_buf) a = MVC_BUF_INIT(SMALL_MAX);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(SMALL_MAX);
	int err = mvc_backend_load(k->m->from, key, &a);

	if (err || k->m->dry_run)
		return err;
	err = mvc_backend_load(k->m->to, key, &b);
	if (!err && a.len == b.len && !memcmp(a.data, b.data, a.len))
		return MVC_OK;
	if (err && err != MVC_ENOTFOUND)
		return err;
	return mvc_backend_save(k->m->to, key, a.data, a.len, 0);
}

/* The whole root, or nothing: a root promises. */
static int
put_root(void *arg, const struct mvc_listed_root *r)
{
	struct mirror *k = arg;

	if (mvc_trash_has_root(&k->here, r->key.s + 6))
		return MVC_OK;
	for (size_t i = 0; i < r->root.n_segments; i++)
		if (!mvc_oidset_has(&k->seen, SEGMENT, &r->root.segments[i]) ||
		    mvc_oidset_has(&k->bad, SEGMENT, &r->root.segments[i]))
			return MVC_OK;
	if (mvc_trash_has_root(&k->there, r->key.s + 6)) {
		(void)mvc_fail(
		    MVC_EINVALID, "a collection over there has condemned it");
		return tell(k, r->key.s);
	}
	k->m->roots++;
	return copy_small(k, r->key.s);
}

static int
on_holder(void *arg, const char *key, const struct mvc_keystat *st)
{
	(void)st;
	return copy_small(arg, key);
}

static int
rewind_fd(int fd)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return mvc_fail_errno("rewind a temporary file");
	return MVC_OK;
}

/* Bundles come before states in the order of keys. Both are named by what they
 * are. */
static int
on_history(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct mirror *k = arg;
	const char *name = strrchr(key, '/') + 1;
	MVC_OWN_FD int fd = -1;
	struct mvc_keystat there;
	struct mvc_oid id, is;
	int err;

	if (mvc_oid_parse(&id, name, strlen(name)) || k->m->dry_run)
		return MVC_OK;
	err = mvc_backend_stat(k->m->to, key, &there);
	if ((!err && there.size == st->size) || (err && err != MVC_ENOTFOUND))
		return err;
	err = get(k, &fd, key);
	if (!err)
		err = rewind_fd(fd);
	if (!err)
		err = mvc_digest_fd(&is, fd, key);
	if (!err && !mvc_oid_eq(&id, &is))
		err = mvc_fail(MVC_ECORRUPT, "it is not what its name says");
	if (!err)
		err = put(k, key, fd);
	return is_local(err) ? tell(k, key) : err;
}

static int
on_bad_root(void *arg, const char *key, int err)
{
	struct mirror *k = arg;

	(void)err;
	return k->again ? MVC_OK : tell(k, key);
}

/* Collected over there meanwhile? Then roots may promise what goes. */
static int
check_trash(struct mirror *k)
{
	struct mvc_trash now = {0};
	int err = mvc_trash_load(&now, k->m->to);

	if (!err && now.n_lists != k->there.n_lists)
		err = mvc_fail(MVC_EAGAIN,
		    "a collection ran at %s meanwhile: run it again",
		    k->m->to->url);
	mvc_trash_release(&now);
	return err;
}

static int
each_root(
    struct mirror *k, int (*each)(void *arg, const struct mvc_listed_root *r))
{
	struct mvc_rootlist l = {0};
	int err;

	err = mvc_rootlist_load(&l, k->m->from, on_bad_root, k);
	if (k->again && !err)
		err = check_trash(k);
	for (size_t i = 0; !err && i < l.n; i++)
		err = each(k, &l.at[i]);
	mvc_rootlist_release(&l);
	return err;
}

/* It is found by http where the one that it is copied from is. The roots are
 * there, whoever is told. */
static void
publish(struct mirror *k)
{
	bool published;
	int err = mvc_backend_has(k->m->from, MVC_ROOTINDEX_KEY, &published);

	if (!err)
		err = mvc_rootindex_refresh(k->m->to, published);
	if (err)
		mvc_warn(k->m->ctx, "%s", mvc_error_text());
}

static int
run(struct mirror *k)
{
	struct mvc_mirror *m = k->m;
	unsigned n =
	    m->from->calls < m->to->calls ? m->from->calls : m->to->calls;
	int err;

	m->ctx->progress.what = "copying";
	err = mvc_trash_load(&k->here, m->from);
	if (!err)
		err = mvc_trash_load(&k->there, m->to);
	if (!err)
		err = mvc_flow_new(
		    &k->flow, n > 8 ? 8 : n, n > 8 ? 16 : 2 * n, &job_ops, k);
	if (!err)
		err = each_root(k, on_root);
	if (!err)
		err = mvc_backend_list(m->from, "holders/", NULL, on_holder, k);
	if (!err)
		err = mvc_backend_list(m->from, "git/", NULL, on_history, k);
	k->again = true;
	if (!err)
		err = each_root(k, put_root);
	if (!err && !m->dry_run)
		publish(k);
	return err || !m->damaged ? err : MVC_EFINDING;
}

int
mvc_mirror(struct mvc_mirror *m)
{
	uint64_t start = mvc_trace_start(m->ctx->trace);
	struct mirror k = {.m = m};
	int err = run(&k);

	mvc_flow_free(k.flow);
	mvc_oidset_release(&k.seen);
	mvc_oidset_release(&k.bad);
	mvc_trash_release(&k.here);
	mvc_trash_release(&k.there);
	mvc_trace_end(m->ctx->trace, start, "mirror", m->packs, m->bytes);
	return err;
}
