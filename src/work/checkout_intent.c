/*
 * What a checkout is putting, for the next one to know if it is killed.
 *
 *     GITDIR/mvc/checkout-TAG    "mvc checkout 1\n", then of each root
 *                                "KIND OID SIZE PATH" and a NUL; flocked while
 *                                the run lives
 *
 * The file is there, durably, before the first change, and goes when the stat
 * cache knows of the last. Of a run that is dead, what lies in the work tree just as
 * it was to be put there is mvc's own: the stat cache learns it. The run's
 * temporaries have its tag in their names, and are removed. A hint: what
 * cannot be read or looked up is left to the plan, which then keeps it.
 */
#include "work/checkout_priv.h"

#include "hash/digest.h"
#include "tree/diff.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/intent.h"
#include "work/tidy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>

#include "util/banned.h"

#define PREFIX "checkout-"
#define HEAD "mvc checkout 1\n"
#define INTENT_MAX (256 << 20)

/* The run that is to begin. */

static void
name_of(char out[64], const struct checkout *c)
{
	snprintf(out, 64, PREFIX "%s", c->tag);
}

static int
format(struct mvc_buf *out, const struct co_root *roots, size_t n_roots)
{
	int err = mvc_buf_add_str(out, HEAD);

	for (size_t i = 0; !err && i < n_roots; i++) {
		const struct co_root *r = &roots[i];

		if (!r->kind || r->broken)
			continue;
		err =
		    mvc_buf_addf(out, "%u %s %" PRIu64 " %s", (unsigned)r->kind,
			mvc_oid_hex(&r->oid).s, r->size, r->path);
		if (!err)
			err = mvc_buf_add_char(out, 0);
	}
	return err;
}

int
co_intent_begin(struct checkout *c, const struct co_root *roots, size_t n)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(INTENT_MAX);
	MVC_OWN_FD int dirfd = -1;
	char name[64];
	uint64_t tag;
	int err;

	err = mvc_random(&tag, sizeof(tag));
	if (err)
		return err;
	snprintf(c->tag, sizeof(c->tag), "%016" PRIx64, tag);
	err = format(&text, roots, n);
	if (!err)
		err = mvc_intent_folder(&dirfd, c->w->repo->gitdir);
	if (err)
		return err;
	name_of(name, c);
	return mvc_intent_write(&c->intent, dirfd, name, &text);
}

void
co_intent_end(struct checkout *c, bool known)
{
	MVC_OWN_FD int dirfd = -1;
	char name[64];

	if (c->intent < 0)
		return;
	name_of(name, c);
	if (known && !mvc_intent_folder(&dirfd, c->w->repo->gitdir))
		mvc_file_discard(dirfd, name);
	close(c->intent);
	c->intent = -1;
}

/* Those that are dead. */

struct adopt {
	struct mvc_work *w;
	const char *tag;
	struct mvc_statupdate *update;
	struct mvc_statcursor *cursor;
	enum mvc_entry_kind kind; /* a root */
	const char *root;
	struct mvc_oid oid;
	uint64_t size, n;
	struct mvc_buf path;
};

/* Whether just this lies there; *now gets its oid. */
static bool
is_there(struct mvc_stat_entry *now, const struct mvc_entry *e, int dirfd,
    const char *name)
{
	char target[MVC_TARGET_MAX + 1];
	ssize_t n;

	switch (e->kind) {
	case MVC_ENTRY_DIR:
		return now->kind == MVC_ENTRY_DIR;
	case MVC_ENTRY_LINK:
		n = now->kind == MVC_ENTRY_LINK
		    ? readlinkat(dirfd, name, target, sizeof(target))
		    : -1;
		if (n < 0 || (size_t)n != e->target_len ||
		    memcmp(target, e->target, e->target_len) != 0)
			return false;
		mvc_blake3(&now->oid, target, (size_t)n);
		return true;
	default:
		return now->kind == e->kind && now->size == e->size &&
		    !mvc_digest_file(&now->oid, dirfd, name, name) &&
		    mvc_oid_eq(&now->oid, &e->id);
	}
}

/* What shall be at a->path. */
static int
adopt(struct adopt *a, const struct mvc_entry *e)
{
	const struct mvc_stat_entry *cached;
	struct mvc_stat_entry now = {.size = 0};
	MVC_OWN_FD int dirfd = -1;
	const char *name;
	struct stat st;
	int err;

	err = mvc_statcursor_find(&cached, a->cursor, a->path.data);
	if (err ||
	    mvc_beneath_parent(&dirfd, &name, a->w->top, a->path.data, false) ||
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err;
	if (S_ISDIR(st.st_mode))
		now.kind = MVC_ENTRY_DIR;
	else
		mvc_stat_fill(&now, &st);
	/* Known, changed by the user since, or not put. */
	if ((cached &&
		(now.kind == MVC_ENTRY_DIR ||
		    mvc_stat_same(cached, &st, true))) ||
	    !is_there(&now, e, dirfd, name))
		return MVC_OK;
	now.path = a->path.data;
	now.path_len = a->path.len;
	if (!strcmp(now.path, a->root) && now.kind != MVC_ENTRY_DIR)
		now.flags = MVC_STAT_ROOT;
	a->n++;
	return mvc_statupdate_set(a->update, &now, now.kind == MVC_ENTRY_DIR);
}

/* Nothing shall be at a->path. */
static int
adopt_removed(struct adopt *a)
{
	const struct mvc_stat_entry *cached;
	MVC_OWN_FD int dirfd = -1;
	const char *name;
	struct stat st;
	int err = mvc_statcursor_find(&cached, a->cursor, a->path.data);

	if (err || !cached)
		return err;
	err = mvc_beneath_parent(&dirfd, &name, a->w->top, a->path.data, false);
	if (err ? err != MVC_ENOTFOUND
		: !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) ||
		    errno != ENOENT)
		return MVC_OK;
	a->n++;
	return mvc_statupdate_remove(a->update, a->path.data);
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *before,
    const struct mvc_entry *e)
{
	struct adopt *a = arg;
	int err;

	(void)before;
	mvc_buf_clear(&a->path);
	err = mvc_buf_addf(&a->path, "%s/%s", a->root, path);
	if (err)
		return err;
	return e ? adopt(a, e) : adopt_removed(a);
}

static void
sweep(const struct adopt *a)
{
	struct mvc_tidy t = {.ctx = a->w->ctx, .act = true, .idle = -86400};
	char prefix[64];
	MVC_OWN_FD int dirfd = -1;
	const char *name;

	snprintf(prefix, sizeof(prefix), MVC_TMP_PREFIX "%s-", a->tag);
	t.prefix = prefix;
	if (mvc_beneath_parent(&dirfd, &name, a->w->top, a->root, false))
		return;
	if (a->kind == MVC_ENTRY_DIR)
		mvc_tidy_folder(&t, dirfd, name, true);
	mvc_tidy_folder(&t, dirfd, ".", false);
}

/* As a run that fails leaves it: no one version, but parts of two. */
static int
adopt_tree(struct adopt *a)
{
	static const struct mvc_diff_ops ops = {.entry = on_entry};
	const struct mvc_stat_entry *cached;
	unsigned partial = MVC_STAT_PARTIAL;
	struct mvc_oid base;
	bool record, known, has;
	int err;

	err = mvc_statcursor_find(&cached, a->cursor, a->root);
	if (err)
		return err;
	record = cached && cached->flags & MVC_STAT_ROOT &&
	    cached->kind == MVC_ENTRY_DIR;
	known = record && !(cached->flags & MVC_STAT_PARTIAL);
	base = record ? cached->oid : a->oid;
	if (!mvc_oid_eq(&base, &a->oid) ||
	    (record && cached->flags & MVC_STAT_MIXED))
		partial = MVC_STAT_PART;
	err = mvc_work_holds(&has, a->w, &a->oid);
	if (!err && has && known)
		err = mvc_work_holds(&known, a->w, &base);
	if (err || !has)
		return err;
	if (!record)
		err = adopt(a,
		    &(struct mvc_entry){.kind = MVC_ENTRY_DIR, .id = a->oid});
	if (!err)
		err = mvc_tree_diff(mvc_store_source(a->w->store),
		    known ? &base : NULL, &a->oid, &ops, a);
	if (err || !a->n)
		return err;
	/* Whichever the pointer names, by now, is another. */
	if (!mvc_oid_eq(&base, &a->oid))
		memset(&base, 0, sizeof(base));
	return mvc_statupdate_root(a->update, a->root, &base, partial);
}

static int
adopt_root(struct adopt *a)
{
	struct mvc_entry e = {.kind = a->kind, .id = a->oid, .size = a->size};
	int err;

	sweep(a);
	a->n = 0;
	mvc_buf_clear(&a->path);
	err = mvc_buf_add_str(&a->path, a->root);
	if (err)
		return err;
	return a->kind == MVC_ENTRY_DIR ? adopt_tree(a) : adopt(a, &e);
}

/* One root of an intent; NULL in *at at the end or where it is damaged. */
static void
parse(struct adopt *a, const char **at, const char *end)
{
	const char *p = *at, *nul = memchr(p, 0, (size_t)(end - p));
	char hex[65];
	unsigned kind;
	int n = 0;

	*at = NULL;
	if (!nul ||
	    sscanf(p, "%u %64s %" SCNu64 "%n", &kind, hex, &a->size, &n) != 3 ||
	    p[n] != ' ' || mvc_oid_parse(&a->oid, hex, strlen(hex)) ||
	    (kind != MVC_ENTRY_DIR && kind != MVC_ENTRY_FILE &&
		kind != MVC_ENTRY_EXEC))
		return;
	a->kind = kind;
	a->root = p + n + 1;
	*at = nul + 1;
}

static int
adopt_all(struct adopt *a, const struct mvc_buf *text)
{
	const char *at = text->data + strlen(HEAD);
	const char *end = text->data + text->len;
	int err = MVC_OK;

	while (!err && at < end) {
		parse(a, &at, end);
		if (!at)
			break;
		err = adopt_root(a);
	}
	return err;
}

/* Nothing where it is damaged. */
static void
read_intent(struct mvc_buf *text, int dirfd, const char *name)
{
	if (mvc_file_read(text, dirfd, name) || text->len < strlen(HEAD) ||
	    memcmp(text->data, HEAD, strlen(HEAD)))
		mvc_buf_clear(text);
}

static int
adopt_run(struct mvc_work *w, const char *tag, const struct mvc_buf *text)
{
	struct adopt a = {.w = w, .tag = tag, .path = MVC_BUF_INIT(1 << 20)};
	int err = mvc_statupdate_new(&a.update, w->cache);

	if (!err)
		err = mvc_statcursor_new(&a.cursor, w->cache);
	if (!err)
		err = adopt_all(&a, text);
	mvc_statcursor_free(a.cursor);
	if (!err)
		err = mvc_statupdate_commit(a.update);
	mvc_statupdate_free(a.update);
	mvc_buf_release(&a.path);
	if (err)
		return err;
	mvc_statcache_free(MVC_TAKE(w->cache));
	return mvc_statcache_open(&w->cache, w->repo->gitdir);
}

struct adopting {
	struct mvc_work *w;
	bool keep; /* the accounts */
};

static int
adopt_one(void *arg, int dirfd, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(INTENT_MAX);
	struct adopting *a = arg;
	int err = MVC_OK;

	read_intent(&text, dirfd, name);
	if (text.len)
		err = adopt_run(a->w, name + strlen(PREFIX), &text);
	if (!err && !a->keep)
		mvc_file_discard(dirfd, name);
	return err;
}

int
co_intent_adopt(struct checkout *c)
{
	struct adopting a = {.w = c->w};

	return mvc_intents_dead(
	    c->w->repo->gitdir, PREFIX, LOCK_EX, adopt_one, &a);
}

int
mvc_checkout_adopt(struct mvc_work *w)
{
	struct adopting a = {.w = w};
	struct mvc_settle settle;

	/* What a power cut tore is told by what was to be put. */
	mvc_settle_read(&settle, w->repo->gitdir);
	a.keep = mvc_settle_doubts_any(&settle);
	return mvc_intents_dead(
	    w->repo->gitdir, PREFIX, LOCK_EX, adopt_one, &a);
}

struct telling {
	mvc_unfinished_fn fn;
	void *arg;
};

static int
tell_one(void *arg, int dirfd, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(INTENT_MAX);
	struct telling *t = arg;
	struct adopt a = {.w = NULL};
	const char *at, *end;
	int err = MVC_OK;

	read_intent(&text, dirfd, name);
	if (!text.len)
		return MVC_OK;
	at = text.data + strlen(HEAD);
	end = text.data + text.len;
	while (!err && at && at < end) {
		parse(&a, &at, end);
		if (at)
			err = t->fn(t->arg, a.root, a.kind, &a.oid, a.size);
	}
	return err;
}

int
mvc_checkout_unfinished(const char *git_dir, mvc_unfinished_fn fn, void *arg)
{
	struct telling t = {fn, arg};

	return mvc_intents_dead(git_dir, PREFIX, LOCK_SH, tell_one, &t);
}
