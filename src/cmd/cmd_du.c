#include "cmd/lookup.h"
#include "store/tally.h"
#include "work/sizes.h"
#include "util/banned.h"

struct du {
	struct mvc_env *env;
	struct mvc_tally *own; /* objects of one path */
	struct mvc_tally *all; /* of every path in this call */
	struct mvc_sizes total;
	size_t paths;
	bool finding;
};

static void
print_json(struct du *d, const char *path, const struct mvc_sizes *s)
{
	struct mvc_json *j = mvc_out_json(d->env);

	mvc_json_object(j);
	if (path)
		mvc_json_key_str(j, "path", path);
	mvc_json_key_u64(j, "size", s->size);
	mvc_json_key_u64(j, "files", s->files);
	mvc_json_key_u64(j, "stored", s->stored);
	mvc_json_key_u64(j, "missing", s->missing);
	mvc_json_end(j);
}

static void
print_sizes(struct du *d, const char *path, const struct mvc_sizes *s)
{
	char missing[64] = "";

	if (s->missing)
		snprintf(missing, sizeof(missing), "   %.30s object%s missing",
		    mvc_human_count(s->missing).s, s->missing == 1 ? "" : "s");
	mvc_line(d->env, path, NULL, "%14s  %7s   stored %s%s",
	    mvc_human_files(s->files).s, mvc_human_size(s->size).s,
	    mvc_human_size(s->stored).s, missing);
}

static int
add_entry(struct du *d, const char *path, const struct mvc_entry *e)
{
	struct mvc_sizes s = {0}, shared = {0};
	int err;

	mvc_tally_clear(d->own);
	err = mvc_sizes_add(&s, d->env->store, e, d->own);
	if (!err)
		err = mvc_sizes_add(&shared, d->env->store, e, d->all);
	if (err)
		return err;
	d->paths++;
	d->total.size += s.size;
	d->total.files += s.files;
	d->total.stored += shared.stored;
	d->total.missing += s.missing;
	if (d->env->common.json)
		print_json(d, path, &s);
	else
		print_sizes(d, path, &s);
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

static int
add_text(struct du *d, const char *text)
{
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	int err;

	err = mvc_lookup(&t, d->env, text);
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
	struct du d = {.env = env};
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
		print_json(&d, NULL, &d.total);
		mvc_json_end(j);
	} else if (d.paths > 1) {
		print_sizes(&d, "total", &d.total);
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
    .run = du_run,
};
