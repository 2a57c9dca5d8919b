#include "lineage/codes.h"

#include "git/codetravel.h"
#include "git/index.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "lineage/record.h"
#include "util/file.h"
#include "util/sys.h"

#include "util/banned.h"

#define RUNS ".mvc/runs"
/* Of 300,000 runs. */
#define SENT_MAX (UINT64_C(32) << 20)

struct ids {
	struct mvc_gitid *v;
	size_t n;
};

struct codes {
	struct mvc_codes *c;
	char *path; /* of what was sent */
	struct ids looked_at,
	    sent; /* what it says: folders of records, trees */
	struct mvc_gitid last; /* of those folders */
	struct ids folders, trees; /* of these commits, to be dealt with */
	bool (*wanted)(struct codes *x, const struct mvc_gitid *tree);
};

static int
ids_add(struct ids *l, const struct mvc_gitid *id)
{
	if ((l->n & (l->n + 1)) == 0) {
		void *v = realloc(l->v, (2 * l->n + 2) * sizeof(*l->v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for trees");
		l->v = v;
	}
	l->v[l->n++] = *id;
	return MVC_OK;
}

static int
by_id(const void *a, const void *b)
{
	return mvc_gitid_cmp(a, b);
}

/* In order, each once. */
static void
ids_sort(struct ids *l)
{
	size_t kept = 0;

	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_id);
	for (size_t i = 0; i < l->n; i++)
		if (!kept || by_id(&l->v[kept - 1], &l->v[i]))
			l->v[kept++] = l->v[i];
	l->n = kept;
}

static bool
ids_has(const struct ids *l, const struct mvc_gitid *id)
{
	return l->n && bsearch(id, l->v, l->n, sizeof(*l->v), by_id);
}

static void
release(struct codes *x)
{
	free(x->path);
	free(x->looked_at.v);
	free(x->sent.v);
	free(x->folders.v);
	free(x->trees.v);
}

/* ---- what was sent before ---- */

/* A line that is not whole says nothing. */
static int
take_line(struct codes *x, const char *line, size_t n)
{
	struct mvc_gitid id;
	bool runs = n > 5 && !memcmp(line, "runs ", 5);

	if ((!runs && (n < 5 || memcmp(line, "code ", 5) != 0)) ||
	    mvc_gitid_parse(&id, line + 5, n - 5))
		return MVC_OK;
	if (runs)
		x->last = id;
	return ids_add(runs ? &x->looked_at : &x->sent, &id);
}

static int
read_sent(struct codes *x)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(SENT_MAX);
	MVC_OWN_MEM char *url = NULL;
	struct mvc_oid hash;
	int err = mvc_codetravel_url(&url, x->c->repo, x->c->remote);

	if (err)
		return err;
	mvc_blake3(&hash, url, strlen(url));
	if (asprintf(&x->path, "%s/mvc/code/%.16s", x->c->repo->commondir,
		mvc_oid_hex(&hash).s) < 0) {
		x->path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = mvc_file_read(&text, AT_FDCWD, x->path);
	/* It is for speed alone. */
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	for (const char *p = text.data; !err && p && *p; p += strspn(p, "\n")) {
		size_t n = strcspn(p, "\n");

		err = take_line(x, p, n);
		p += n;
	}
	ids_sort(&x->looked_at);
	ids_sort(&x->sent);
	return err;
}

static int
write_sent(struct codes *x)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(SENT_MAX);
	MVC_OWN_MEM char *folder = NULL;
	MVC_OWN_FD int fd = -1;
	int err = mvc_buf_add_char(&text, '\n');

	for (size_t i = 0; !err && i < x->trees.n; i++)
		err = mvc_buf_addf(
		    &text, "code %s\n", mvc_gitid_hex(&x->trees.v[i]).s);
	for (size_t i = 0; !err && i < x->folders.n; i++)
		err = mvc_buf_addf(
		    &text, "runs %s\n", mvc_gitid_hex(&x->folders.v[i]).s);
	folder = strndup(x->path, (size_t)(strrchr(x->path, '/') - x->path));
	if (!err && !folder)
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (!err)
		err = mvc_file_mkdirs(AT_FDCWD, folder, 0777);
	if (!err)
		err = mvc_sys_open(&fd, AT_FDCWD, x->path,
		    O_WRONLY | O_CREAT | O_APPEND, 0666);
	return err ? err : mvc_sys_write(fd, text.data, text.len, x->path);
}

/* ---- what records name ---- */

static int
on_record(void *arg, const char *path, const struct mvc_gitid *blob)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_RECORD_MAX);
	struct mvc_record record;
	struct codes *x = arg;
	int err = mvc_git_blob_read(&text, x->c->repo, blob);

	if (err == MVC_ETOOBIG || (!err && !text.len))
		return MVC_OK;
	if (err)
		return err;
	/* What is no record, or a later one, names nothing. */
	err = mvc_record_parse(&record, path, text.data, text.len);
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	if (record.tree.n && x->wanted(x, &record.tree))
		err = ids_add(&x->trees, &record.tree);
	mvc_record_release(&record);
	return err;
}

static int
look(struct codes *x, const struct mvc_gitid *tip)
{
	struct mvc_gitid folder;
	int err = mvc_codetravel_folder(&folder, x->c->repo, tip, RUNS);

	if (err || !folder.n || ids_has(&x->looked_at, &folder))
		return err;
	err = ids_add(&x->folders, &folder);
	if (!err)
		err = mvc_codetravel_files(
		    x->c->repo, &folder, &x->last, on_record, x);
	return err;
}

static int
look_all(struct codes *x)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < x->c->n; i++)
		err = look(x, &x->c->tips[i]);
	ids_sort(&x->folders);
	ids_sort(&x->trees);
	return err;
}

/* ---- there and back ---- */

static bool
is_to_send(struct codes *x, const struct mvc_gitid *tree)
{
	return mvc_codetravel_keeps(x->c->repo, tree) &&
	    !ids_has(&x->sent, tree);
}

static int
push(struct codes *x)
{
	int err = read_sent(x);

	if (!err)
		err = look_all(x);
	if (err)
		return err;
	x->c->trees = x->trees.n;
	if (x->c->dry_run || !x->folders.n)
		return MVC_OK;
	if (x->trees.n)
		err = mvc_codetravel_push(
		    x->c->repo, x->c->remote, x->trees.v, x->trees.n);
	return err ? err : write_sent(x);
}

int
mvc_codes_push(struct mvc_codes *c)
{
	struct codes x = {.c = c, .wanted = is_to_send};
	int err = push(&x);

	release(&x);
	return err;
}

static bool
is_to_fetch(struct codes *x, const struct mvc_gitid *tree)
{
	return !mvc_codetravel_has(x->c->repo, tree);
}

int
mvc_codes_fetch(struct mvc_codes *c, size_t *missing)
{
	struct codes x = {.c = c, .wanted = is_to_fetch};
	int err = look_all(&x);

	c->trees = 0;
	if (!err && c->dry_run)
		c->trees = x.trees.n;
	else if (!err)
		err = mvc_codetravel_fetch(
		    &c->trees, c->repo, c->remote, x.trees.v, x.trees.n);
	*missing = x.trees.n - c->trees;
	release(&x);
	return err;
}
