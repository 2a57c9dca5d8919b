/*
 * The ledger, from the file that holds it and the commits that are new since:
 *
 *     .git/mvc/lineage/ledger ──► arrays ◄── new commits' pointers and records
 *              ▲                   │
 *              └── temporary, rename (of two at once, the last one stays)
 */
#include "lineage/ledger.h"

#include "git/gains.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "lineage/runs.h"
#include "util/beneath.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/gitfolder.h"
#include "work/pointer.h"

#include <dirent.h>
#include <stdio.h>
#include "util/banned.h"

/* Numbers by id; those of a ledger that is being built have no order. */
struct map {
	uint32_t *slots; /* number + 1; 0: empty */
	uint32_t n;
	size_t size;
};

struct building {
	struct mvc_ledger *g;
	struct mvc_ledger_texts texts;
	struct map commits, records;
	struct mvc_gitid *tips;
	size_t n_tips;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a ledger");
}

static void
building_release(struct building *b)
{
	free(b->texts.slots);
	free(b->commits.slots);
	free(b->records.slots);
	free(b->tips);
}

/* ---- maps ---- */

typedef const uint8_t *(*id_fn)(const struct mvc_ledger *g, uint32_t i);

static const uint8_t *
commit_id(const struct mvc_ledger *g, uint32_t i)
{
	return g->commits[i].id.b;
}

static const uint8_t *
record_id(const struct mvc_ledger *g, uint32_t i)
{
	return g->records[i].id.b;
}

static uint32_t *
slot_of(const struct mvc_ledger *g, const struct map *m, id_fn id_of,
    const uint8_t id[32])
{
	uint64_t w[4], h = 0;

	/* Not all ids are hashes: a file's name may be anything. */
	memcpy(w, id, sizeof(w));
	for (size_t i = 0; i < 4; i++)
		h = (h ^ w[i] ^ h >> 29) * 0x9e3779b97f4a7c15;
	h ^= h >> 32;
	for (size_t i = (size_t)h;; i++) {
		uint32_t *slot = &m->slots[i & (m->size - 1)];

		if (!*slot || !memcmp(id_of(g, *slot - 1), id, 32))
			return slot;
	}
}

/* Make room for the n numbers that there are and one more. */
static int
map_grow(const struct mvc_ledger *g, struct map *m, id_fn id_of, uint32_t n)
{
	size_t size = m->size ? m->size : 1024;

	if (m->size && n < m->size / 2)
		return MVC_OK;
	while (size / 2 <= n)
		size *= 2;
	free(m->slots);
	m->size = size;
	m->slots = calloc(size, sizeof(*m->slots));
	if (!m->slots)
		return no_memory();
	for (uint32_t i = 0; i < n; i++)
		*slot_of(g, m, id_of, id_of(g, i)) = i + 1;
	return MVC_OK;
}

/* ---- what history tells ---- */

static bool
is_known(void *arg, const struct mvc_gitid *id)
{
	const struct building *b = arg;
	uint8_t key[MVC_GITID_MAX] = {0};

	memcpy(key, id->b, id->n);
	return *slot_of(b->g, &b->commits, commit_id, key) != 0;
}

static int
add_parent(struct building *b, const struct mvc_gitid *id)
{
	struct mvc_ledger *g = b->g;
	uint8_t key[MVC_GITID_MAX] = {0};
	uint32_t number;
	int err =
	    mvc_ledger_grow(&g->parents, g->n_parents, sizeof(*g->parents));

	if (err)
		return err;
	memcpy(key, id->b, id->n);
	number = *slot_of(g, &b->commits, commit_id, key);
	if (!number)
		return mvc_fail(MVC_EINVALID,
		    "the commit %.10s is its own "
		    "ancestor",
		    mvc_gitid_hex(id).s);
	g->parents[g->n_parents++] = number - 1;
	return MVC_OK;
}

static int
on_commit(void *arg, const struct mvc_gains_commit *c)
{
	struct building *b = arg;
	struct mvc_ledger *g = b->g;
	struct mvc_ledger_commit commit = {.time = c->time,
	    .boundary = c->boundary,
	    .parents = g->n_parents,
	    .n = (uint32_t)c->n};
	int err = mvc_ledger_grow(&g->commits, g->n_commits, sizeof(commit));

	if (!err)
		err = map_grow(g, &b->commits, commit_id, g->n_commits);
	for (size_t i = 0; !err && i < c->n; i++)
		err = add_parent(b, &c->parents[i]);
	if (err)
		return err;
	commit.id.n = c->id.n;
	memcpy(commit.id.b, c->id.b, c->id.n);
	g->commits[g->n_commits] = commit;
	*slot_of(g, &b->commits, commit_id, commit.id.b) = ++g->n_commits;
	g->unsorted = true;
	return MVC_OK;
}

static int
add_version(struct building *b, const struct mvc_gain *gain)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_OWN_MEM char *path = strndup(gain->path, strlen(gain->path) - 4);
	struct mvc_ledger *g = b->g;
	struct mvc_ledger_version v = {
	    .commit = g->n_commits - 1, .source = MVC_LEDGER_NONE};
	const char *kind;
	int err;

	if (!path)
		return no_memory();
	err = mvc_ledger_grow(&g->versions, g->n_versions, sizeof(v));
	if (!err)
		err = mvc_ledger_add_text(&v.path, g, &b->texts, path);
	if (!err && gain->p && gain->n <= MVC_POINTER_MAX &&
	    !mvc_pointer_parse(&p, gain->path, gain->p, gain->n)) {
		kind = mvc_pointer_get_label(&p, "kind");
		v.type = (uint8_t)p.type;
		v.model = kind && !strcmp(kind, "model");
		v.oid = p.oid;
		v.size = p.size;
		v.files = p.files;
		v.has_run = p.has_run;
		v.run = p.run;
		v.has_imported = p.has_imported;
		v.imported = p.imported;
		if (p.source)
			err = mvc_ledger_add_text(
			    &v.source, g, &b->texts, p.source);
	}
	if (!err)
		g->versions[g->n_versions++] = v;
	return err;
}

static int
add_files(struct building *b, uint32_t record, const struct mvc_run_files *l,
    bool output)
{
	struct mvc_ledger *g = b->g;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++) {
		struct mvc_ledger_file f = {.record = record,
		    .output = output,
		    .kind = (uint8_t)l->v[i].kind,
		    .type = (uint8_t)l->v[i].type};

		mvc_ledger_key(&f.key, &l->v[i]);
		err = mvc_ledger_add_text(&f.path, g, &b->texts, l->v[i].path);
		if (!err)
			err = mvc_ledger_grow(&g->files, g->n_files, sizeof(f));
		if (!err)
			g->files[g->n_files++] = f;
	}
	return err;
}

/* The record of a number, as this text has it. */
static int
read_record(struct building *b, uint32_t number, const char *p, size_t n)
{
	struct mvc_ledger *g = b->g;
	struct mvc_ledger_record *r = &g->records[number];
	MVC_SCOPED(mvc_record) record = MVC_RECORD_INIT;
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GAIN_MAX);
	int err;

	err = mvc_buf_add(&text, p ? p : "", n);
	if (!err)
		err = mvc_runs_parse(&record, &r->id, &text);
	if (err == MVC_ENOMEM)
		return err;
	r->state = mvc_ledger_state_of(err);
	if (err)
		return MVC_OK;
	r->failed = record.failed;
	r->started = record.started;
	r->files = g->n_files;
	r->n = (uint32_t)(record.inputs.n + record.outputs.n);
	err = add_files(b, number, &record.inputs, false);
	return err ? err : add_files(b, number, &record.outputs, true);
}

/* The number of an id, which may be new. */
static int
take_record(uint32_t *out, struct building *b, const struct mvc_oid *id)
{
	struct mvc_ledger *g = b->g;
	uint32_t *slot;
	int err;

	err = map_grow(g, &b->records, record_id, g->n_records);
	if (!err)
		err = mvc_ledger_grow(
		    &g->records, g->n_records, sizeof(*g->records));
	if (err)
		return err;
	slot = slot_of(g, &b->records, record_id, id->b);
	if (!*slot) {
		g->records[g->n_records] = (struct mvc_ledger_record){.id = *id,
		    .state = MVC_LEDGER_INVALID,
		    .commit = MVC_LEDGER_NONE};
		*slot = ++g->n_records;
	}
	*out = *slot - 1;
	return MVC_OK;
}

static int
add_record(struct building *b, const struct mvc_gain *gain)
{
	struct mvc_ledger *g = b->g;
	struct mvc_ledger_arrival a = {.commit = g->n_commits - 1};
	struct mvc_oid id;
	int err;

	/* What else may lie there is not of this version. */
	if (mvc_runs_id_of(&id, gain->path) != MVC_OK)
		return MVC_OK;
	err = take_record(&a.record, b, &id);
	if (!err)
		err = mvc_ledger_grow(&g->arrivals, g->n_arrivals, sizeof(a));
	if (err)
		return err;
	g->arrivals[g->n_arrivals++] = a;
	if (g->records[a.record].state == MVC_LEDGER_GOOD)
		return MVC_OK;
	g->records[a.record].commit = a.commit;
	return read_record(b, a.record, gain->p, gain->n);
}

static int
on_gain(void *arg, const struct mvc_gain *gain)
{
	if (!strncmp(gain->path, ".mvc/", 5))
		return add_record(arg, gain);
	return add_version(arg, gain);
}

enum mvc_ledger_state
mvc_ledger_state_of(int err)
{
	switch (err) {
	case MVC_OK:
		return MVC_LEDGER_GOOD;
	case MVC_ECORRUPT:
		return MVC_LEDGER_CHANGED;
	case MVC_EVERSION:
		return MVC_LEDGER_LATER;
	default:
		return MVC_LEDGER_INVALID;
	}
}

/* ---- what is not committed ---- */

/* One file of .mvc/runs/aa/. */
static int
add_here(struct building *b, int top, const char *folder, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GAIN_MAX);
	MVC_OWN_FD int fd = -1;
	char path[128];
	struct mvc_oid id;
	uint32_t number;
	int err;

	snprintf(path, sizeof(path), ".mvc/runs/%.2s/%.70s", folder, name);
	if (mvc_runs_id_of(&id, path) != MVC_OK ||
	    *slot_of(b->g, &b->records, record_id, id.b))
		return MVC_OK;
	err = mvc_beneath_parent(&fd, &name, top, path, false);
	if (!err)
		err = mvc_file_read(&text, fd, name);
	/* Whatever it is, it is no record. */
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	b->g->unsorted = true;
	err = take_record(&number, b, &id);
	return err ? err : read_record(b, number, text.data, text.len);
}

/* Each entry of a folder of the work tree; none where it is no folder. */
static int
each_here(struct building *b, int top, const char *path, const char *folder)
{
	MVC_OWN_FD int fd = -1;
	struct dirent *d;
	int err = MVC_OK;
	DIR *dir;

	if (mvc_beneath_open(&fd, top, path, O_RDONLY | O_DIRECTORY, 0))
		return MVC_OK;
	dir = fdopendir(fd);
	if (!dir)
		return mvc_fail_errno("list %s", path);
	fd = -1;
	while (!err && (d = readdir(dir))) {
		char below[64];

		if (folder) {
			err = add_here(b, top, folder, d->d_name);
		} else if (strlen(d->d_name) == 2 && d->d_name[0] != '.') {
			snprintf(
			    below, sizeof(below), "%s/%.2s", path, d->d_name);
			err = each_here(b, top, below, d->d_name);
		}
	}
	closedir(dir);
	return err;
}

int
mvc_ledger_add_here(struct mvc_ledger *g, int top)
{
	struct building b = {.g = g};
	int err = map_grow(g, &b.records, record_id, g->n_records);

	if (!err)
		err = each_here(&b, top, ".mvc/runs", NULL);
	building_release(&b);
	if (!err && g->unsorted)
		err = mvc_ledger_sort(g);
	return err;
}

/* ---- bringing it up to date ---- */

static int
add_tip(void *arg, const struct mvc_gitid *id)
{
	struct building *b = arg;
	struct mvc_gitid *v;

	if ((b->n_tips & (b->n_tips - 1)) == 0) {
		v = reallocarray(
		    b->tips, b->n_tips ? 2 * b->n_tips : 1, sizeof(*v));
		if (!v)
			return no_memory();
		b->tips = v;
	}
	b->tips[b->n_tips++] = *id;
	return MVC_OK;
}

static bool
has_news(const struct building *b)
{
	for (size_t i = 0; i < b->n_tips; i++)
		if (mvc_ledger_find_commit(b->g, &b->tips[i]) ==
		    MVC_LEDGER_NONE)
			return true;
	return false;
}

static int
update(struct building *b, struct mvc_repo *repo)
{
	const struct mvc_gains_ops ops = {is_known, on_commit, on_gain, b};
	int err = map_grow(b->g, &b->commits, commit_id, b->g->n_commits);

	if (!err)
		err = map_grow(b->g, &b->records, record_id, b->g->n_records);
	if (!err)
		err = mvc_history_gains(repo, b->tips, b->n_tips, &ops);
	return err ? err : mvc_ledger_sort(b->g);
}

/* Whether most of it is of no use any more. */
static int
is_stale(bool *stale, const struct building *b)
{
	MVC_OWN_MEM uint32_t *tips = calloc(b->n_tips + 1, sizeof(*tips));
	MVC_OWN_MEM uint8_t *bits = NULL;
	uint32_t reached = 0;
	size_t n = 0;
	int err;

	if (!tips)
		return no_memory();
	for (size_t i = 0; i < b->n_tips; i++) {
		tips[n] = mvc_ledger_find_commit(b->g, &b->tips[i]);
		n += tips[n] != MVC_LEDGER_NONE;
	}
	err = mvc_ledger_reach(&bits, b->g, tips, n);
	for (uint32_t i = 0; !err && i < b->g->n_commits; i++)
		reached += mvc_ledger_reaches(bits, i);
	*stale =
	    !err && b->g->n_commits > 1000 && reached < b->g->n_commits / 2;
	return err;
}

/* Where this clone's history ends, as an id. */
static int
ends_of(struct mvc_oid *out, const struct mvc_repo *repo)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(65536);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_LEDGER_MAX);
	int err = mvc_buf_addf(&path, "%s/shallow", repo->commondir);

	memset(out, 0, sizeof(*out));
	if (!err)
		err = mvc_file_read(&text, AT_FDCWD, path.data);
	if (!err)
		mvc_blake3(out, text.data ? text.data : "", text.len);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* ---- the file ---- */

static int
path_of(struct mvc_buf *path, const struct mvc_repo *repo, const char *name)
{
	return mvc_buf_addf(path, "%s/mvc/lineage%s", repo->commondir, name);
}

/* Empty where there is none that is whole. */
static int
load(struct mvc_ledger *g, const struct mvc_repo *repo)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(65536);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_LEDGER_MAX);
	int err = path_of(&path, repo, "/ledger");

	if (!err)
		err = mvc_file_read(&b, AT_FDCWD, path.data);
	if (!err)
		err = mvc_ledger_decode(g, b.data, b.len);
	return err == MVC_ENOMEM ? err : MVC_OK;
}

static int
save(const struct mvc_ledger *g, const struct mvc_repo *repo)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(65536);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_LEDGER_MAX);
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	MVC_OWN_FD int dir = -1;
	int err;

	err = mvc_ledger_encode(&b, g);
	if (!err)
		err = path_of(&path, repo, "");
	if (!err)
		err = mvc_gitfolder_make(path.data);
	if (!err)
		err = mvc_sys_open(
		    &dir, AT_FDCWD, path.data, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_tmpfile_open(&t, dir, ".", 0666);
	if (err)
		return err;
	mvc_gitfolder_share(dir, t.name);
	err = mvc_sys_write(t.fd, b.data, b.len, t.name);
	if (!err)
		err = mvc_tmpfile_commit(&t, dir, "ledger", false);
	mvc_tmpfile_release(&t);
	return err;
}

static int
build_anew(struct building *b, struct mvc_repo *repo)
{
	const struct mvc_oid ends = b->g->ends;
	struct building anew = {
	    .g = b->g, .tips = b->tips, .n_tips = b->n_tips};
	int err;

	mvc_ledger_release(b->g);
	b->g->ends = ends;
	err = update(&anew, repo);
	anew.tips = NULL;
	building_release(&anew);
	return err;
}

int
mvc_ledger_open(
    struct mvc_ledger *out, struct mvc_repo *repo, const struct mvc_gitid *also)
{
	struct building b = {.g = out};
	struct mvc_oid ends;
	bool stale = false;
	int err;

	*out = (struct mvc_ledger)MVC_LEDGER_INIT;
	err = mvc_history_tips(repo, add_tip, &b);
	if (!err && also)
		err = add_tip(&b, also);
	if (!err)
		err = load(out, repo);
	if (!err)
		err = ends_of(&ends, repo);
	if (!err && !mvc_oid_eq(&ends, &out->ends))
		mvc_ledger_release(out);
	if (!err && has_news(&b)) {
		out->ends = ends;
		err = update(&b, repo);
		if (!err)
			err = is_stale(&stale, &b);
		if (!err && stale)
			err = build_anew(&b, repo);
		/* A cache: without it, it only takes longer. */
		if (!err && save(out, repo) != MVC_OK)
			err = MVC_OK;
	}
	building_release(&b);
	if (err)
		mvc_ledger_release(out);
	return err;
}
