#include "cmd/lineage.h"

#include "git/history.h"
#include "git/repo.h"
#include "lineage/export.h"
#include "work/target.h"

#include <limits.h>
#include "util/banned.h"

#define PREFIX_MIN 4 /* digits of an abbreviated id */
#define DRAWING_MAX ((size_t)1 << 30)

struct lineage_args {
	bool down;
	const char *depth, *format;
};

static const struct mvc_opt lineage_opts[] = {
    MVC_OPT_FLAG(0, "down", struct lineage_args, down,
	"what was made from it, in all history"),
    MVC_OPT_STR(0, "depth", struct lineage_args, depth, "N",
	"no more than N runs away"),
    MVC_OPT_STR(0, "format", struct lineage_args, format, "FORMAT",
	"text, json, dot or mermaid"),
    MVC_OPT_END,
};

enum format {
	TEXT,
	JSON,
	DOT,
	MERMAID,
};

struct asking {
	struct mvc_env *env;
	struct mvc_ledger ledger;
	struct mvc_lineage l;
	struct mvc_view *view; /* owned */
};

static void
asking_release(struct asking *a)
{
	mvc_lineage_release(&a->l);
	mvc_ledger_release(&a->ledger);
	mvc_view_free(a->view);
}

/* ---- the options ---- */

static int
format_of(enum format *out, const struct mvc_env *env, const char *text)
{
	static const char *const names[] = {"text", "json", "dot", "mermaid"};

	*out = env->common.json ? JSON : TEXT;
	if (!text)
		return MVC_OK;
	for (int i = 0; i < 4; i++)
		if (!strcmp(text, names[i])) {
			*out = (enum format)i;
			return MVC_OK;
		}
	return mvc_fail(
	    MVC_EUSAGE, "%s is no format: text, json, dot, mermaid", text);
}

static int
depth_of(unsigned *out, const char *text)
{
	unsigned long n;
	char *end;

	*out = UINT_MAX;
	if (!text)
		return MVC_OK;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n >= UINT_MAX)
		return mvc_fail(MVC_EUSAGE, "--depth takes a number of runs");
	*out = (unsigned)n;
	return MVC_OK;
}

/* ---- what was asked for ---- */

/* The ledger with all history, what the view has, and what is not committed. */
static int
open_ledger(struct asking *a)
{
	const struct mvc_view *v = a->view;
	int err;

	mvc_bar_start(a->env);
	err = mvc_ledger_open(
	    &a->ledger, a->env->repo, v && v->history ? &v->commit : NULL);
	if (!err && v && !v->history)
		err = mvc_ledger_add_here(&a->ledger, v->top);
	mvc_bar_stop(a->env);
	a->l.repo = a->env->repo;
	a->l.ledger = &a->ledger;
	a->l.view = a->view;
	return err;
}

/* A path that once was tracked, as it was last. */
static int
ask_past(struct asking *a, const char *path)
{
	const struct mvc_ledger *g = &a->ledger;
	const struct mvc_ledger_version *v = NULL;
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err;

	for (uint32_t i = g->n_versions; !v && i-- > 0;)
		if (g->versions[i].type &&
		    !strcmp(mvc_ledger_text(g, g->versions[i].path), path))
			v = &g->versions[i];
	if (!v)
		return MVC_ENOTFOUND;
	p = (struct mvc_pointer){.oid = v->oid,
	    .type = v->type,
	    .size = v->size,
	    .files = v->files,
	    .has_run = v->has_run,
	    .run = v->run,
	    .has_imported = v->has_imported,
	    .imported = v->imported};
	if (v->source != MVC_LEDGER_NONE &&
	    !(p.source = strdup(mvc_ledger_text(g, v->source))))
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_lineage_ask_path(&a->l, path, &p);
	if (!err)
		mvc_say(a->env, "%s is not tracked now: as it was in %.7s\n",
		    mvc_name(a->env, path),
		    mvc_gitid_hex(&g->commits[v->commit].id).s);
	return err;
}

static bool
begins_with(const struct mvc_oid *id, const char *prefix, size_t n)
{
	return !strncmp(mvc_oid_hex(id).s, prefix, n);
}

/* The one id of all that begins so; *many where there is another. */
static void
take_id(struct mvc_oid *found, bool *any, bool *many, const struct mvc_oid *id)
{
	*many |= *any && !mvc_oid_eq(found, id);
	*any = true;
	*found = *id;
}

static int
ask_id(struct asking *a, const char *word)
{
	const struct mvc_ledger *g = &a->ledger;
	const size_t n = strlen(word);
	bool any = false, many = false, run;
	struct mvc_oid id;

	if (n < PREFIX_MIN || n > MVC_OID_HEX ||
	    strspn(word, "0123456789abcdef") != n)
		return MVC_ENOTFOUND;
	for (uint32_t i = 0; i < g->n_records; i++)
		if (begins_with(&g->records[i].id, word, n))
			take_id(&id, &any, &many, &g->records[i].id);
	run = any;
	for (uint32_t i = 0; i < g->n_versions; i++)
		if (g->versions[i].type &&
		    begins_with(&g->versions[i].oid, word, n))
			take_id(&id, &any, &many, &g->versions[i].oid);
	for (uint32_t i = 0; i < g->n_files; i++)
		if (g->files[i].kind != MVC_RUN_FAILED &&
		    begins_with(&g->files[i].key, word, n))
			take_id(&id, &any, &many, &g->files[i].key);
	if (many)
		return mvc_fail(MVC_EINVALID,
		    "%s begins more than one id: give more digits", word);
	if (!any)
		return MVC_ENOTFOUND;
	return run ? mvc_lineage_ask_run(&a->l, &id)
		   : mvc_lineage_ask_oid(&a->l, &id);
}

/* Without a work tree a word is a run or an id, as HEAD has it. */
static int
take_view(struct asking *a, struct mvc_target *t, const char *word)
{
	int err;

	if (!a->env->repo->worktree && !strchr(word, ':')) {
		err = mvc_view_open(&a->view, a->env->repo, "HEAD");
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	}
	err = mvc_target_parse(t, a->env->repo, word);
	if (!err)
		err = mvc_target_root(t);
	if (!err)
		a->view = MVC_TAKE(t->view);
	return err;
}

static int
ask(struct asking *a, const char *word)
{
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	int err = take_view(a, &t, word);

	if (!err)
		err = open_ledger(a);
	if (err)
		return err;
	if (t.root) {
		if (*t.inner)
			mvc_say(a->env, "%s is in %s\n",
			    mvc_name(a->env, t.path), mvc_name(a->env, t.root));
		return mvc_lineage_ask_path(&a->l, t.root, &t.pointer);
	}
	err = ask_id(a, word);
	if (err == MVC_ENOTFOUND && t.path && *t.path)
		err = ask_past(a, t.path);
	if (err == MVC_ENOTFOUND)
		err = mvc_fail(err,
		    "%s is neither tracked, nor a run or an id that this "
		    "history knows",
		    word);
	return err;
}

/* ---- the answer ---- */

static int
draw(struct asking *a,
    int (*how)(struct mvc_buf *out, const struct mvc_lineage *l))
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(DRAWING_MAX);
	int err = how(&b, &a->l);

	if (!err)
		mvc_print_bytes(a->env, b.data, b.len);
	return err;
}

static int
answer(struct asking *a, enum format format)
{
	switch (format) {
	case JSON:
		return mvc_lineage_json(mvc_out_json(a->env), &a->l);
	case DOT:
		return draw(a, mvc_lineage_dot);
	case MERMAID:
		return draw(a, mvc_lineage_mermaid);
	case TEXT:
		break;
	}
	return mvc_lineage_print(a->env, &a->l);
}

static int
lineage_run(struct mvc_env *env, const void *args)
{
	const struct lineage_args *o = args;
	struct asking a = {.env = env, .ledger = MVC_LEDGER_INIT};
	enum format format;
	int err;

	err = format_of(&format, env, o->format);
	if (!err)
		err = depth_of(&a.l.depth, o->depth);
	a.l.down = o->down;
	/* Only text is for people. */
	env->common.json |= format != TEXT;
	if (!err)
		err = ask(&a, env->argv[0]);
	if (!err)
		err = mvc_lineage_walk(&a.l);
	if (!err)
		err = answer(&a, format);
	asking_release(&a);
	return err;
}

const struct mvc_cmd mvc_cmd_lineage = {
    .name = "lineage",
    .summary = "what something came from, and what came of it",
    .usage = "[--down] [--depth N] [--format FORMAT] PATH\n"
	     "[...] REV:PATH | RUN | OID",
    .group = MVC_GROUP_TRUST,
    .flags = MVC_CMD_NEED_REPO | MVC_CMD_JSON,
    .min = 1,
    .max = 1,
    .opts = lineage_opts,
    .args_size = sizeof(struct lineage_args),
    .run = lineage_run,
};
