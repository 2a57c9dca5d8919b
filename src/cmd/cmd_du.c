#include "cmd/lookup.h"
#include "store/tally.h"
#include "work/sizes.h"
#include "work/unique.h"
#include "util/banned.h"

struct du_args {
	bool unique;
};

static const struct mvc_opt du_opts[] = {
    MVC_OPT_FLAG('u', "unique", struct du_args, unique,
	"what no other tracked path has; goes through all"),
    MVC_OPT_END,
};

struct du {
	struct mvc_env *env;
	const struct du_args *a;
	struct mvc_unique *unique; /* of the argument under way, or NULL */
	struct mvc_tally *own; /* objects of one path */
	struct mvc_tally *all; /* of every path in this call */
	struct mvc_sizes total;
	size_t paths;
	bool finding;
};

static void
print_json(struct du *d, const char *path, const struct mvc_sizes *s,
    const uint64_t *unique)
{
	struct mvc_json *j = mvc_out_json(d->env);

	mvc_json_object(j);
	if (path)
		mvc_json_key_str(j, "path", path);
	mvc_json_key_u64(j, "size", s->size);
	mvc_json_key_u64(j, "files", s->files);
	mvc_json_key_u64(j, "stored", s->stored);
	if (unique)
		mvc_json_key_u64(j, "unique", *unique);
	mvc_json_key_u64(j, "missing", s->missing);
	mvc_json_end(j);
}

static void
print_sizes(struct du *d, const char *path, const struct mvc_sizes *s,
    const uint64_t *unique)
{
	char missing[64] = "", own[64] = "";

	if (unique)
		snprintf(own, sizeof(own), "   unique %.30s",
		    mvc_human_size(*unique).s);
	if (s->missing)
		snprintf(missing, sizeof(missing), "   %.30s object%s missing",
		    mvc_human_count(s->missing).s, s->missing == 1 ? "" : "s");
	mvc_line(d->env, path, NULL, "%14s  %7s   stored %s%s%s",
	    mvc_human_files(s->files).s, mvc_human_size(s->size).s,
	    mvc_human_size(s->stored).s, own, missing);
}

static int
add_entry(struct du *d, const char *path, const struct mvc_entry *e)
{
	struct mvc_sizes s = {0}, shared = {0};
	uint64_t own, *unique = d->unique ? &own : NULL;
	int err;

	mvc_tally_clear(d->own);
	err = mvc_sizes_add(&s, d->env->store, e, d->own);
	if (!err)
		err = mvc_sizes_add(&shared, d->env->store, e, d->all);
	if (!err && unique)
		err = mvc_unique_bytes(unique, d->unique, e);
	if (err)
		return err;
	d->paths++;
	d->total.size += s.size;
	d->total.files += s.files;
	d->total.stored += shared.stored;
	d->total.missing += s.missing;
	if (d->env->common.json)
		print_json(d, path, &s, unique);
	else
		print_sizes(d, path, &s, unique);
	return MVC_OK;
}

static int
add_roots(struct du *d, const struct mvc_target *t)
{
	struct mvc_tracked_list list;
	int err;

	err = mvc_view_list(&list, t->view, t->path);
	if (err)
		return err;
	for (size_t i = 0; i < list.n; i++)
		mvc_line_fit(d->env, list.v[i].path);
	for (size_t i = 0; !err && i < list.n; i++) {
		struct mvc_tracked *r = &list.v[i];
		struct mvc_entry e = mvc_pointer_entry(&r->pointer);

		if (r->err) {
			mvc_note(d->env, "%s", r->why);
			d->finding = true;
			continue;
		}
		err = add_entry(d, r->path, &e);
	}
	mvc_tracked_list_release(&list);
	return err;
}

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !n ||
	    (!strncmp(path, folder, n) && (!path[n] || path[n] == '/'));
}

/* Count what each tracked path of the version has; t's are asked for. */
static int
count_all(struct du *d, const struct mvc_target *t)
{
	struct mvc_tracked_list list;
	int err = mvc_view_list(&list, t->view, "");

	if (err)
		return err;
	if (t->root)
		err = mvc_unique_add(d->unique, &t->found.e);
	for (size_t i = 0; !err && i < list.n; i++) {
		const struct mvc_tracked *r = &list.v[i];
		struct mvc_entry e = mvc_pointer_entry(&r->pointer);
		bool holds = t->root && !strcmp(r->path, t->root);

		if (r->err || (holds && !*t->inner))
			continue;
		if (!t->root && is_below(r->path, t->path))
			err = mvc_unique_add(d->unique, &e);
		else
			err = mvc_unique_other(
			    d->unique, &e, holds ? t->inner : NULL);
	}
	mvc_tracked_list_release(&list);
	return err;
}

static int
add_text(struct du *d, const char *text)
{
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	MVC_OWN(mvc_unique) *unique = NULL;
	int err;

	err = mvc_lookup(&t, d->env, text);
	if (!err && d->a->unique) {
		err = mvc_unique_new(&unique, d->env->store);
		d->unique = unique;
		if (!err)
			err = count_all(d, &t);
	}
	if (err)
		return err;
	return t.root ? add_entry(d, text, &t.found.e) : add_roots(d, &t);
}

static int
add_all(struct du *d)
{
	int err = MVC_OK;

	if (d->env->argc == 0)
		return add_text(d, NULL);
	for (int i = 0; i < d->env->argc; i++)
		mvc_line_fit(d->env, d->env->argv[i]);
	for (int i = 0; !err && i < d->env->argc; i++)
		err = add_text(d, d->env->argv[i]);
	return err;
}

static int
du_run(struct mvc_env *env, const void *args)
{
	struct du d = {.env = env, .a = args};
	MVC_OWN(mvc_tally) *own = NULL;
	MVC_OWN(mvc_tally) *all = NULL;
	struct mvc_json *j = env->common.json ? mvc_out_json(env) : NULL;
	int err;

	err = mvc_tally_new(&own, env->store);
	if (!err)
		err = mvc_tally_new(&all, env->store);
	if (err)
		return err;
	d.own = own;
	d.all = all;
	if (j) {
		mvc_json_object(j);
		mvc_json_key(j, "paths");
		mvc_json_array(j);
	}
	err = add_all(&d);
	if (err)
		return err;
	if (j) {
		mvc_json_end(j);
		mvc_json_key(j, "total");
		print_json(&d, NULL, &d.total, NULL);
		mvc_json_end(j);
	} else if (d.paths > 1) {
		print_sizes(&d, "total", &d.total, NULL);
	}
	return d.finding ? MVC_EFINDING : MVC_OK;
}

const struct mvc_cmd mvc_cmd_du = {
    .name = "du",
    .summary = "sizes: as files, and as stored",
    .usage = "[[REV:]PATH...]",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON,
    .max = -1,
    .opts = du_opts,
    .args_size = sizeof(struct du_args),
    .run = du_run,
};
