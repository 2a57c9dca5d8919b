/*
 * damage EVERY [FIRST]: in a repository whose only data set is whole in the
 * work tree, and in a store that nobody else uses, do each damage in turn (each
 * EVERYth, from the FIRSTth): each bit of each file of the store flipped, each
 * length that it could be cut to, each file removed.
 *
 * Whatever was done, no wrong byte is delivered. A full check finds it and
 * names the file, or it did no harm; what was found is healed: by the packs,
 * by the work tree. The stat cache is disposable: damage of it changes nothing
 * that status says. Prints what was done, and what came of it.
 */
#include "git/repo.h"
#include "store/blob.h"
#include "store/fsck.h"
#include "tree/walk.h"
#include "work/heal.h"
#include "work/keep.h"
#include "work/status.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE ".git/mvc/"

enum kind { PACK, SEGMENT, ROOT, TRASH, FORMAT, CACHE, POINTER, KINDS };
static const char *const words[] = {
    "packs", "segments", "roots", "trash", "format", "statcache", "pointer"};

struct file {
	char path[200];
	enum kind kind;
	uint8_t *p;
	size_t n;
};

static struct file files[32];
static size_t n_files;
static struct mvc_fsck_pointer *pointers;
static size_t n_pointers;

/* What is delivered. */
static struct content {
	char path[100];
	struct mvc_entry e;
	uint8_t *p;
} contents[400];
static size_t n_contents;

static struct mvc_ctx ctx;
static struct mvc_repo *repo;
static char holder[33];

/* Of each kind: how often, and what came of it. */
static struct {
	unsigned long flips, cuts, gone; /* done */
	unsigned long found, harmless, healed; /* came of it */
} sums[KINDS];
static unsigned long bad;
static const char *doing; /* what, to which file, for messages */
static const struct file *on;
static size_t at;

static void
must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "damage: %s: %s\n", what, mvc_error_text());
	exit(1);
}

static void
complain(const char *what, const char *text)
{
	if (bad++ < 40)
		printf("%s at %zu of %s: %s: %s\n", doing, at, on->path, what,
		    text);
}

/* Files. */

static uint8_t *
load(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	uint8_t *p = malloc(1 << 20);

	*n = f ? fread(p, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return p;
}

static void
save(const char *path, const void *p, size_t n)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static int
gather(const char *path, const struct stat *st, int type, struct FTW *w)
{
	struct file *f = &files[n_files];
	int kind = PACK;

	(void)w;
	if (type != FTW_F || strstr(path, "/lock"))
		return 0;
	while (kind < POINTER && !strstr(path, words[kind]))
		kind++;
	if (kind == POINTER && !strstr(path, ".mvc"))
		return 0;
	if (kind == POINTER && strstr(path, "/mvc/"))
		return 0;
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->kind = (enum kind)kind;
	f->p = load(path, &f->n);
	n_files++;
	return st->st_size < 0;
}

static int
drop_strange(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)w;
	if (type == FTW_DP)
		rmdir(path); /* where it is empty */
	if (type != FTW_F || strstr(path, "/lock"))
		return 0;
	for (size_t i = 0; i < n_files; i++)
		if (!strcmp(files[i].path, path))
			return 0;
	return unlink(path);
}

/* As it was before. */
static void
restore(bool all)
{
	for (size_t i = 0; i < n_files; i++)
		if (all || on == &files[i])
			save(files[i].path, files[i].p, files[i].n);
	if (all)
		nftw(STORE, drop_strange, 8, FTW_PHYS | FTW_DEPTH);
}

/* Content. */

static int
add_content(void *arg, const char *path, const struct mvc_entry *e)
{
	struct content *c = &contents[n_contents];
	char full[300];
	size_t n;

	if (e->kind == MVC_ENTRY_DIR)
		return 0;
	snprintf(c->path, sizeof(c->path), "%s", path);
	snprintf(full, sizeof(full), "%s/%s", (const char *)arg, path);
	c->e = *e;
	if (e->kind != MVC_ENTRY_LINK) {
		c->p = load(full, &n);
		must(n == e->size ? 0 : mvc_fail(MVC_EIO, "size"), full);
	}
	n_contents++;
	return 0;
}

struct got {
	uint8_t p[1 << 20];
	size_t next;
};

static int
see_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct got *g = arg;
	const struct content *c = &contents[g->next];

	if (e->kind == MVC_ENTRY_DIR)
		return 0;
	if (g->next >= n_contents || strcmp(c->path, path) ||
	    c->e.kind != e->kind || c->e.size != e->size ||
	    (e->kind != MVC_ENTRY_LINK && !mvc_oid_eq(&c->e.id, &e->id)))
		complain("WRONG ENTRY", path);
	g->next++;
	return 0;
}

static int
take(void *arg, const void *p, size_t n, uint64_t off)
{
	struct got *g = arg;

	if (off + n <= sizeof(g->p))
		memcpy(g->p + off, p, n);
	return 0;
}

/* How much comes back; all of it is right. */
static size_t
deliver(struct mvc_store *s)
{
	static const struct mvc_walk_ops ops = {.entry = see_entry};
	static struct got g;
	size_t n = 0;

	g.next = 0;
	if (!mvc_tree_walk(mvc_store_source(s), &pointers[0].oid, &ops, &g))
		n++;
	for (size_t i = 0; i < n_contents; i++) {
		const struct content *c = &contents[i];
		uint64_t size = c->e.size;

		if (c->e.kind == MVC_ENTRY_LINK ||
		    (i && mvc_oid_eq(&c->e.id, &c[-1].e.id)))
			continue;
		memset(g.p, 0xa5, size);
		if (mvc_blob_copy(s, &c->e.id, size, take, &g))
			continue;
		if (memcmp(g.p, c->p, size))
			complain("WRONG BYTES", c->path);
		memset(g.p, 0xa5, size);
		if (!mvc_blob_range(
			s, &c->e.id, size, size / 3, size / 2, take, &g) &&
		    memcmp(g.p + size / 3, c->p + size / 3, size / 2))
			complain("WRONG RANGE", c->path);
		n++;
	}
	return n;
}

/* Checks. */

struct said {
	bool named;
	char first[300], last[300];
};

static void
note(void *arg, const char *text)
{
	struct said *s = arg;
	const char *name = strrchr(on->path, '/') + 1;
	char id[13];

	snprintf(id, sizeof(id), "%s", name);
	s->named |= strstr(text, id) != NULL;
	if (!s->first[0])
		snprintf(s->first, sizeof(s->first), "%s", text);
	snprintf(s->last, sizeof(s->last), "%s", text);
}

static int
heal(void *arg, struct mvc_writer *w, const struct mvc_fsck_pointer *pointer,
    const char *path, const struct mvc_entry *e, bool *healed)
{
	(void)arg;
	return mvc_heal_from_worktree(&ctx, repo, w, pointer, path, e, healed);
}

/* Whether a check finds fault; *n is what comes back before it (may be NULL). */
static bool
is_found(bool repair, struct said *said, size_t *n)
{
	MVC_OWN(mvc_store) *s = NULL;
	struct mvc_fsck f = {.holder = holder,
	    .full = true,
	    .repair = repair,
	    .pointers = pointers,
	    .n_pointers = n_pointers,
	    .finding = note,
	    .heal = heal,
	    .arg = said};
	int err;

	memset(said, 0, sizeof(*said));
	if (n)
		*n = 0;
	err = mvc_store_open(&s, &ctx, STORE);
	if (!err) {
		if (n)
			*n = deliver(s);
		f.store = s;
		err = mvc_fsck(&f);
	}
	if (err && err != MVC_EFINDING)
		note(said, mvc_error_text());
	return err || f.absent;
}

static size_t whole; /* what deliver says when nothing is damaged */

/* What is not there is not missed: a list of names to be deleted, a claim. */
static bool
may_be_harmless(void)
{
	return !strcmp(doing, "removal") &&
	    (on->kind == TRASH || on->kind == ROOT);
}

/* What a pointer stands for is claimed again where its root is gone. */
static void
check_claim(void)
{
	struct said said;

	if (!strstr(on->path, mvc_oid_hex(&pointers[0].oid).s))
		return;
	if (is_found(true, &said, NULL) || access(on->path, R_OK))
		complain("not claimed again", said.last);
	else
		sums[ROOT].healed++;
}

static void
check_store(void)
{
	struct said said;
	size_t n;
	bool found;

	found = is_found(false, &said, &n);
	if (!found) {
		sums[on->kind].harmless++;
		if (n != whole)
			complain("not found", "and not all is delivered");
		else if (!may_be_harmless())
			complain("not found", "though nothing was lost");
		else if (on->kind == ROOT)
			check_claim();
		return;
	}
	sums[on->kind].found++;
	if (on->kind == FORMAT)
		return; /* nothing else has what it says */
	if (!said.named)
		complain("not named", said.first);
	is_found(true, &said, NULL);
	if (is_found(false, &said, &n) || n != whole)
		complain("not healed", said.last);
	else
		sums[on->kind].healed++;
}

static int
see_file(void *arg, const struct mvc_status_file *f)
{
	(void)f;
	*(bool *)arg = true;
	return 0;
}

static int
see_root(void *arg, const struct mvc_status_root *r)
{
	if (r->code || r->absent || r->other_version || r->missing)
		*(bool *)arg = true;
	return 0;
}

static int
see_wrong(void *arg, const char *text)
{
	(void)text;
	*(bool *)arg = true;
	return 0;
}

/* Whether fsck or status say something. */
static bool
is_told(void)
{
	bool told = false;
	struct mvc_status_ops ops = {
	    .file = see_file, .root = see_root, .arg = &told};
	struct mvc_fsck_pointer *list;
	MVC_OWN(mvc_store) *s = NULL;
	MVC_OWN(mvc_work) *w = NULL;
	size_t n;

	must(mvc_store_open(&s, &ctx, STORE), "store");
	must(mvc_work_open(&w, &ctx, repo, s), "work tree");
	if (mvc_status(w, NULL, 0, &ops))
		told = true;
	if (on->kind != POINTER)
		return told;
	if (mvc_keep_pointers(&list, &n, repo, s, see_wrong, &told))
		told = true;
	else
		mvc_keep_pointers_free(list, n);
	return told;
}

static size_t
label_at(void)
{
	const uint8_t *p = memmem(on->p, on->n, "label ", 6);

	return p ? (size_t)(p - on->p) : on->n;
}

static void
check(void)
{
	bool told;

	switch (on->kind) {
	case CACHE: /* is disposable: nothing shows */
		if (is_told())
			complain("status", "says that something changed");
		sums[CACHE].harmless++;
		restore(false);
		break;
	case POINTER:
		told = is_told();
		sums[POINTER].found += told;
		sums[POINTER].harmless += !told;
		/* A label may say anything. */
		if (!told && (*doing == 'b' ? at / 8 : at) < label_at())
			complain("not found", "");
		restore(false);
		break;
	default:
		check_store();
		restore(true);
	}
}

static void
damage(const struct file *f, unsigned long every, unsigned long *count)
{
	uint8_t *p = malloc(f->n + 1);

	on = f;
	if (f->kind == CACHE) /* is no part of the store, and large */
		every *= 8;
	memcpy(p, f->p, f->n);
	doing = "bit";
	for (at = 0; at < f->n * 8; at++) {
		if ((*count)++ % every)
			continue;
		p[at / 8] ^= (uint8_t)(1 << at % 8);
		save(f->path, p, f->n);
		p[at / 8] = f->p[at / 8];
		sums[f->kind].flips++;
		check();
	}
	doing = "cut";
	for (at = 0; at < f->n; at++) {
		if ((*count)++ % every)
			continue;
		save(f->path, p, at);
		sums[f->kind].cuts++;
		check();
	}
	doing = "removal";
	at = 0;
	unlink(f->path);
	sums[f->kind].gone++;
	check();
	free(p);
}

static void
report(void)
{
	for (int k = 0; k < KINDS; k++)
		printf("%-10s %lu bits %lu cuts %lu removals: %lu found, "
		       "%lu healed, %lu harmless\n",
		    words[k], sums[k].flips, sums[k].cuts, sums[k].gone,
		    sums[k].found, sums[k].healed, sums[k].harmless);
}

static void
begin(void)
{
	static const struct mvc_walk_ops ops = {.entry = add_content};
	char top[] = "all";
	struct mvc_store *s;
	struct said said;

	mvc_ctx_init(&ctx);
	mvc_ctx_set_threads(&ctx, 1);
	must(mvc_repo_open(&repo, NULL), "repository");
	must(mvc_repo_clone_id(holder, repo, false), "clone");
	must(mvc_store_open(&s, &ctx, STORE), "store");
	must(mvc_keep_pointers(&pointers, &n_pointers, repo, s, NULL, NULL),
	    "pointers");
	must(mvc_tree_walk(mvc_store_source(s), &pointers[0].oid, &ops, top),
	    "content");
	mvc_store_free(s);
	nftw(STORE, gather, 8, FTW_PHYS);
	gather("./all.mvc", &(struct stat){.st_size = 1}, FTW_F, NULL);
	on = &files[0];
	doing = "nothing";
	if (is_found(false, &said, &whole)) {
		printf("before any damage: %s\n", said.first);
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	unsigned long every = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	begin();
	for (size_t i = 0; i < n_files; i++)
		damage(&files[i], every, &count);
	report();
	return bad != 0;
}
