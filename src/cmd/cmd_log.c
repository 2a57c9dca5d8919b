#include "cmd/lookup.h"
#include "cmd/object.h"
#include "git/history.h"
#include "git/repo.h"
#include "store/store.h"
#include "work/versions.h"
#include "util/banned.h"

struct log_args {
	int64_t max;
};

static const struct mvc_opt log_opts[] = {
    MVC_OPT_INT('n', "max-count", struct log_args, max, "N",
	"at most N versions of each path"),
    MVC_OPT_END,
};

struct log {
	struct mvc_env *env;
	const struct log_args *a;
	const char *path; /* under way */
	uint64_t shown;
};

/* The author's day, or with `whole` the moment, as ISO 8601. */
static struct mvc_text
date_of(const struct mvc_version *v, bool whole)
{
	time_t t = (time_t)(v->time + v->offset * 60);
	int minutes = abs(v->offset) % 6000;
	struct mvc_text out = {""};
	char zone[16];
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return out;
	strftime(out.s, sizeof(out.s), whole ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d",
	    &tm);
	snprintf(zone, sizeof(zone), "%c%02d:%02d", v->offset < 0 ? '-' : '+',
	    minutes / 60, minutes % 60);
	if (whole && strlen(out.s) + strlen(zone) < sizeof(out.s))
		memcpy(out.s + strlen(out.s), zone, strlen(zone) + 1);
	return out;
}

static void
print_json(struct log *l, const struct mvc_path_version *v)
{
	struct mvc_json *j = mvc_out_json(l->env);

	mvc_json_object(j);
	mvc_json_key_str(j, "path", l->path);
	if (v->from)
		mvc_json_key_str(j, "renamed_from", v->from);
	mvc_json_key_str(j, "commit", mvc_gitid_hex(&v->git->commit).s);
	mvc_json_key_str(j, "date", date_of(v->git, true).s);
	mvc_json_key_str(j, "author", v->git->author);
	mvc_json_key_str(j, "email", v->git->email);
	mvc_json_key_str(j, "subject", v->git->subject);
	mvc_json_key_bool(j, "deleted", !v->there);
	if (v->there && v->known) {
		mvc_json_key_str(j, "type", mvc_entry_word(v->e.kind));
		mvc_json_key_str(j, "oid", mvc_oid_hex(&v->e.id).s);
		mvc_json_key_u64(j, "size", v->e.size);
		mvc_json_key_u64(j, "files", v->e.files);
	}
	if (v->changes.known) {
		mvc_json_key_u64(j, "added", v->changes.added);
		mvc_json_key_u64(j, "removed", v->changes.deleted);
		mvc_json_key_u64(j, "modified", v->changes.modified);
	}
	mvc_json_end(j);
}

static struct mvc_text
changes_text(const struct mvc_path_version *v)
{
	const struct mvc_change_counts *n = &v->changes;
	struct mvc_text t = {""};
	const struct {
		char sign;
		uint64_t n;
	} parts[] = {{'+', n->added}, {'-', n->deleted}, {'~', n->modified}};
	size_t at = 0;

	if (!n->known)
		return (struct mvc_text){"?"};
	for (size_t i = 0; i < 3; i++)
		if (parts[i].n && at < sizeof(t.s))
			at += (size_t)snprintf(t.s + at, sizeof(t.s) - at,
			    "%s%c%.12s", at ? " " : "", parts[i].sign,
			    mvc_human_count(parts[i].n).s);
	return at ? t : (struct mvc_text){"="};
}

static void
print_version(struct log *l, const struct mvc_path_version *v)
{
	struct mvc_env *env = l->env;

	mvc_print(env, "%s%.10s%s  %s  ", mvc_colour(env, MVC_YELLOW),
	    mvc_gitid_hex(&v->git->commit).s, mvc_colour(env, MVC_PLAIN),
	    date_of(v->git, false).s);
	if (!v->there)
		mvc_print(env, "%14s  %7s", "deleted", "");
	else if (!v->known)
		mvc_print(env, "%14s  %7s", "not readable", "");
	else
		mvc_print(env, "%14s  %7s", mvc_human_files(v->e.files).s,
		    mvc_human_size(v->e.size).s);
	mvc_print(env, "  %-12s  %s: ", changes_text(v).s,
	    mvc_name(env, v->git->author));
	mvc_print(env, "%s", mvc_name(env, v->git->subject));
	if (v->from)
		mvc_print(env, " (was %s)", mvc_name(env, v->from));
	mvc_print(env, "\n");
}

static int
on_version(void *arg, const struct mvc_path_version *v)
{
	struct log *l = arg;

	l->shown++;
	if (l->env->common.json)
		print_json(l, v);
	else
		print_version(l, v);
	return MVC_OK;
}

/* Where to begin: the revision given, or HEAD. */
static int
start_of(struct mvc_gitid *commit, struct log *l, const struct mvc_target *t)
{
	int err;

	if (t->view->history) {
		*commit = t->view->commit;
		return MVC_OK;
	}
	err = mvc_rev_resolve(commit, l->env->repo, "HEAD");
	if (err == MVC_ENOTFOUND)
		return mvc_fail(
		    MVC_ENOTFOUND, "nothing is committed yet: git commit");
	return err;
}

static int
log_path(struct log *l, const struct mvc_gitid *commit, const char *root,
    const char *inner)
{
	return mvc_versions(l->env->repo, mvc_store_source(l->env->store),
	    commit, root, inner, (uint64_t)l->a->max, on_version, l);
}

/* It is not tracked now: perhaps a part of the path once was. */
static int
log_deleted(
    struct log *l, const struct mvc_gitid *commit, const struct mvc_target *t)
{
	uint64_t shown = l->shown;
	const char *at = t->path;
	int err = MVC_OK;

	while (!err && l->shown == shown && *at) {
		size_t n = (size_t)(at - t->path);
		MVC_OWN_MEM char *root = NULL;

		n += (at[0] == '/') + strcspn(at + (at[0] == '/'), "/");
		at = t->path + n;
		root = strndup(t->path, n);
		if (!root)
			return mvc_fail(MVC_ENOMEM, "no memory");
		err = log_path(l, commit, root, *at ? at + 1 : "");
	}
	return err;
}

static int
log_roots(
    struct log *l, const struct mvc_gitid *commit, const struct mvc_target *t)
{
	struct mvc_tracked_list list;
	int err;

	err = mvc_view_list(&list, t->view, t->path);
	if (err)
		return err;
	for (size_t i = 0; !err && i < list.n; i++) {
		l->path = list.v[i].path;
		if (list.n > 1 && !l->env->common.json)
			mvc_print(l->env, "%s%s\n", i ? "\n" : "",
			    mvc_name(l->env, l->path));
		err = log_path(l, commit, l->path, "");
	}
	mvc_tracked_list_release(&list);
	return err;
}

/* A pointer that cannot be read now has its history nevertheless. */
static bool
is_broken(int err)
{
	return err == MVC_EINVALID || err == MVC_ECONFLICT ||
	    err == MVC_EVERSION;
}

static int
log_text(struct log *l, const char *text)
{
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	struct mvc_gitid commit;
	uint64_t shown = l->shown;
	int err;

	err = mvc_target_parse(&t, l->env->repo, text);
	if (!err)
		err = start_of(&commit, l, &t);
	if (err)
		return err;
	l->path = t.path;
	err = mvc_target_root(&t);
	if (!err && t.root)
		err = log_path(l, &commit, t.root, t.inner);
	else if (!err)
		err = log_roots(l, &commit, &t);
	else if (is_broken(err))
		err = MVC_OK;
	l->path = t.path;
	if (!err && l->shown == shown && *t.path)
		err = log_deleted(l, &commit, &t);
	if (!err && l->shown == shown && *t.path)
		err = mvc_fail(
		    MVC_ENOTFOUND, "%s is not tracked, and never was", t.path);
	return err;
}

static int
log_run(struct mvc_env *env, const void *args)
{
	struct log l = {.env = env, .a = args};
	int err = MVC_OK;

	if (l.a->max < 0)
		return mvc_fail(MVC_EUSAGE, "-n takes a number of versions");
	if (env->common.json)
		mvc_json_array(mvc_out_json(env));
	if (env->argc == 0)
		err = log_text(&l, NULL);
	for (int i = 0; !err && i < env->argc; i++) {
		if (env->argc > 1 && !env->common.json)
			mvc_print(env, "%s%s\n", i ? "\n" : "",
			    mvc_name(env, env->argv[i]));
		err = log_text(&l, env->argv[i]);
	}
	if (env->common.json && !err)
		mvc_json_end(mvc_out_json(env));
	return err;
}

const struct mvc_cmd mvc_cmd_log = {
    .name = "log",
    .summary = "the versions of tracked data, newest first",
    .usage = "[[REV:]PATH...]",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON,
    .max = -1,
    .opts = log_opts,
    .args_size = sizeof(struct log_args),
    .run = log_run,
};
