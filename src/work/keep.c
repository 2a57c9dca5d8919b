#include "work/keep.h"
#include "git/history.h"
#include "hash/digest.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/sizes.h"
#include "util/banned.h"

#include <dirent.h>
#include <errno.h>

/* Folders within folders of a work tree. */
#define DEPTH_MAX 512
#define PATH_BYTES (DEPTH_MAX * 256)

struct keeping {
	struct mvc_oidset *ids; /* what was seen */
	bool shared; /* others may have put pointers where we cannot look */
	const char *top; /* of the work tree that is looked through */
	struct mvc_buf path; /* below top, of what is looked at */
	struct mvc_store *store; /* NULL: pointers are not checked by it */
	bool listing;
	/* Told of each pointer of now that is wrong; NULL: that is an error. */
	mvc_keep_wrong_fn wrong;
	void *arg;
	struct mvc_oidset told; /* by their texts */
	struct mvc_fsck_pointer *at;
	size_t n;
};

void
mvc_keep_pointers_free(struct mvc_fsck_pointer *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)p[i].name);
	free(p);
}

static int
list_pointer(struct keeping *k, const char *path, const struct mvc_pointer *p)
{
	struct mvc_fsck_pointer *t;

	if ((k->n & (k->n + 1)) == 0) {
		t = realloc(k->at, (2 * k->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for pointers");
		k->at = t;
	}
	t = &k->at[k->n];
	t->name = strdup(path);
	if (!t->name)
		return mvc_fail(MVC_ENOMEM, "no memory for pointers");
	t->oid = p->oid;
	t->tree = p->type == MVC_POINTER_TREE;
	t->size = p->size;
	t->files = p->files;
	k->n++;
	return MVC_OK;
}

/* Every line "oid ID", wherever it stands. */
static int
keep_mentioned(struct keeping *k, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		struct mvc_oid oid;
		bool was;
		int err;

		if (end - text >= 4 + MVC_OID_HEX && !memcmp(text, "oid ", 4) &&
		    !mvc_oid_parse(&oid, text + 4, MVC_OID_HEX)) {
			err = mvc_oidset_add(k->ids, 1, &oid, &was);
			if (err)
				return err;
		}
		text = nl ? nl + 1 : end;
	}
	return MVC_OK;
}

/* What is staged mostly lies in the work tree too: told once. */
static int
is_wrong(struct keeping *k)
{
	struct mvc_oid id;
	bool was;
	int err;

	mvc_blake3(&id, mvc_error_text(), strlen(mvc_error_text()));
	if (k->wrong) {
		err = mvc_oidset_add(&k->told, 1, &id, &was);
		return err || was ? err : k->wrong(k->arg, mvc_error_text());
	}
	return mvc_fail_prefix(MVC_EINVALID,
	    "nothing is collected while a pointer cannot be read (restore it "
	    "from Git, or mvc add its data again)");
}

/* What cannot be read: in history it has to be lived with; `now` it may have
 * been the only one to name something. */
static int
keep_unread(struct keeping *k, const char *text, size_t n, bool now, int code)
{
	int err = MVC_OK;

	if (now && code == MVC_EINVALID)
		err = is_wrong(k);
	return err ? err : keep_mentioned(k, text, n);
}

static int
keep_text(
    struct keeping *k, const char *path, const char *text, size_t n, bool now)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	bool was;
	int err;

	err = mvc_pointer_parse(&p, path, text, n);
	if (err == MVC_EVERSION || err == MVC_ENOMEM)
		return err;
	if (err)
		return keep_unread(k, text, n, now, err);
	if (now && k->store)
		err = mvc_sizes_check(&p, k->store, path);
	if (err == MVC_EINVALID)
		err = is_wrong(k);
	if (!err)
		err = mvc_oidset_add(k->ids, 1, &p.oid, &was);
	if (!err && !was && k->listing)
		err = list_pointer(k, path, &p);
	return err;
}

/* Of a commit, or only staged. */
static int
keep_from_git(void *arg, const struct mvc_git_pointer *p)
{
	return keep_text(arg, p->path, p->p, p->n, p->commit.n == 0);
}

/* Others may have files of that name: ours begin so. */
static bool
begins_as_pointer(const struct mvc_buf *b)
{
	static const char first[] = "mvc pointer ";

	return b->len >= strlen(first) &&
	    !memcmp(b->data, first, strlen(first));
}

/* Of a pointer that may not be read nobody knows what it keeps. */
static int
closed(const struct keeping *k)
{
	return mvc_fail(MVC_EDENIED,
	    "%s/%s may not be read, so what it refers to is not known: have "
	    "its owner let you read it (chmod g+rX)",
	    k->top, k->path.data);
}

static int
keep_file(struct keeping *k, int dirfd, const char *name)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_POINTER_MAX);
	struct stat st;
	int err;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", name);
	if (!S_ISREG(st.st_mode) || st.st_size > MVC_POINTER_MAX)
		return MVC_OK;
	err = mvc_file_read(&b, dirfd, name);
	if (err == MVC_EDENIED)
		return closed(k);
	if (err)
		return err == MVC_ENOTFOUND || err == MVC_ETOOBIG ? MVC_OK
								  : err;
	return keep_text(k, k->path.data, b.data ? b.data : "", b.len,
	    begins_as_pointer(&b));
}

static int
is_tracked_data(bool *is, int dirfd, const char *name)
{
	char pointer[NAME_MAX + 8];

	snprintf(pointer, sizeof(pointer), "%s%s", name, MVC_POINTER_SUFFIX);
	*is = mvc_file_exists(dirfd, pointer);
	return *is || errno == ENOENT || errno == ENAMETOOLONG ||
		errno == EACCES
	    ? MVC_OK
	    : mvc_fail_errno("stat %s", pointer);
}

/* Whether an entry is a folder, where listing did not say. */
static int
look(bool *folder, int dirfd, const char *name)
{
	struct stat st;

	*folder = false;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", name);
	*folder = S_ISDIR(st.st_mode);
	return MVC_OK;
}

static int keep_folder(struct keeping *k, int fd, unsigned depth);

/* Whether pointers of ours, or of somebody we share with, may be in a folder
 * that we cannot open. */
static bool
may_hold(const struct keeping *k, int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) && (k->shared || st.st_uid == geteuid());
}

static int
keep_below(struct keeping *k, int dirfd, const char *name, unsigned depth)
{
	bool is_data;
	int fd, err;

	err = is_tracked_data(&is_data, dirfd, name);
	if (err || is_data || depth >= DEPTH_MAX)
		return err;
	err = mvc_sys_open(
	    &fd, dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (err == MVC_EDENIED)
		return may_hold(k, dirfd, name) ? closed(k) : MVC_OK;
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	return err ? err : keep_folder(k, fd, depth + 1);
}

/* Takes over fd. Data folders are passed over: they hold no pointers. */
static int
keep_folder(struct keeping *k, int fd, unsigned depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int err = MVC_OK;

	if (!d) {
		close(fd);
		return mvc_fail(MVC_ENOMEM, "no memory to look for pointers");
	}
	for (errno = 0; !err && (e = readdir(d)); errno = 0) {
		size_t len = k->path.len;
		bool folder = e->d_type == DT_DIR;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    !strcmp(e->d_name, ".git"))
			continue;
		if (e->d_type == DT_UNKNOWN)
			err = look(&folder, fd, e->d_name);
		if (err)
			break;
		if (!folder && !mvc_pointer_is_path(e->d_name))
			continue;
		err = mvc_buf_addf(&k->path, "%s%s", len ? "/" : "", e->d_name);
		if (!err)
			err = folder ? keep_below(k, fd, e->d_name, depth)
				     : keep_file(k, fd, e->d_name);
		if (k->path.len > len)
			k->path.data[k->path.len = len] = 0;
	}
	if (!err && errno)
		err = mvc_fail_errno("look for pointers in the work tree");
	closedir(d);
	return err;
}

static int
keep_worktree(void *arg, const struct mvc_worktree *w)
{
	struct keeping *k = arg;
	int fd, err;

	if (!w->path)
		return MVC_OK;
	k->top = w->path;
	err = mvc_sys_open(&fd, AT_FDCWD, w->path, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	return keep_folder(k, fd, 0);
}

static int
keep_all(struct keeping *k, struct mvc_repo *r)
{
	int err;

	k->shared = r->shared != 0;
	k->path = (struct mvc_buf)MVC_BUF_INIT(PATH_BYTES);
	err = mvc_repo_worktrees(r, keep_worktree, k);
	mvc_buf_release(&k->path);
	return err ? err : mvc_history_pointers(r, keep_from_git, k);
}

int
mvc_keep_ids(struct mvc_oidset *out, struct mvc_repo *r)
{
	struct keeping k = {.ids = out};

	return keep_all(&k, r);
}

int
mvc_keep_pointers(struct mvc_fsck_pointer **out, size_t *n, struct mvc_repo *r,
    struct mvc_store *s, mvc_keep_wrong_fn wrong, void *arg)
{
	struct mvc_oidset ids = {.n = 0};
	struct keeping k = {.ids = &ids,
	    .store = s,
	    .listing = true,
	    .wrong = wrong,
	    .arg = arg};
	int err;

	*out = NULL;
	*n = 0;
	err = keep_all(&k, r);
	mvc_oidset_release(&ids);
	mvc_oidset_release(&k.told);
	if (err) {
		mvc_keep_pointers_free(k.at, k.n);
		return err;
	}
	*out = k.at;
	*n = k.n;
	return MVC_OK;
}
