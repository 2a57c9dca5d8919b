/*
 * Before a push: the data that the commits name which Git is about to send,
 * first; then Git, if a remote has proved that it holds all of it.
 */
#include "cmd/hook.h"
#include "cmd/pushing.h"
#include "cmd/runcode.h"
#include "git/history.h"
#include "git/index.h"
#include "git/rawdiff.h"
#include "git/repo.h"
#include "util/sys.h"
#include "work/pointer.h"
#include "work/wanted.h"
#include "util/banned.h"

#define INPUT_MAX (64 << 20)

/* A pointer that a pushed commit brings. */
struct brought {
	struct mvc_pointer pointer;
	char *path; /* of the data */
};

struct sending {
	struct mvc_env *env;
	struct brought *v;
	size_t n, cap;
	bool runs; /* one of them is a run's */
	struct mvc_gitid tip; /* in whose history earlier versions are */
};

static void
sending_release(struct sending *s)
{
	for (size_t i = 0; i < s->n; i++) {
		mvc_pointer_release(&s->v[i].pointer);
		free(s->v[i].path);
	}
	free(s->v);
}

static int
read_input(struct mvc_buf *out)
{
	char part[65536];
	size_t got = 1;
	int err = MVC_OK;

	while (!err && got > 0) {
		err =
		    mvc_sys_read(&got, 0, part, sizeof(part), "what git says");
		if (!err)
			err = mvc_buf_add(out, part, got);
	}
	return err;
}

/* What is a commit and here: "^" before it, or nothing. */
static int
add_rev(
    struct mvc_buf *revs, struct mvc_env *env, const char *sign, const char *id)
{
	struct mvc_gitid commit;

	/* A ref that goes, a tag of no commit, what only the other side has. */
	if (id[strspn(id, "0")] == 0 || mvc_rev_resolve(&commit, env->repo, id))
		return MVC_OK;
	return mvc_buf_addf(revs, "%s%s\n", sign, mvc_gitid_hex(&commit).s);
}

/* "LOCAL-REF ID REMOTE-REF ID" a line. *any: something is sent. */
static int
take_lines(struct mvc_buf *revs, bool *any, struct sending *s, char *text)
{
	char *save = NULL;
	int err = MVC_OK;

	*any = false;
	for (char *line = strtok_r(text, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save)) {
		char ours[65], theirs[65];
		size_t before = revs->len;

		if (sscanf(line, "%*s %64[0-9a-f] %*s %64[0-9a-f]", ours,
			theirs) != 2)
			return mvc_fail(MVC_EINVALID,
			    "pre-push: not what git says: %.100s", line);
		err = add_rev(revs, s->env, "", ours);
		*any |= revs->len > before;
		if (!err && revs->len > before)
			err = mvc_rev_resolve(&s->tip, s->env->repo, ours);
		if (!err)
			err = add_rev(revs, s->env, "^", theirs);
	}
	return err;
}

static int
grow(struct sending *s)
{
	size_t cap = s->cap ? 2 * s->cap : 16;
	struct brought *v;

	if (s->n < s->cap)
		return MVC_OK;
	v = reallocarray(s->v, cap, sizeof(*v));
	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory for a push");
	s->v = v;
	s->cap = cap;
	return MVC_OK;
}

/* Texts that are no pointers name no data. */
static int
take_change(void *arg, const struct mvc_rawdiff *d)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_POINTER_MAX);
	struct sending *s = arg;
	struct brought *to;
	int err;

	if ((d->now_mode != 0100644 && d->now_mode != 0100755) ||
	    !mvc_pointer_is_path(d->path))
		return MVC_OK;
	err = mvc_git_blob_read(&b, s->env->repo, &d->now);
	if (err == MVC_ETOOBIG)
		return MVC_OK;
	if (!err)
		err = grow(s);
	if (err)
		return err;
	to = &s->v[s->n];
	memset(to, 0, sizeof(*to));
	err = mvc_pointer_parse(
	    &to->pointer, d->path, b.data ? b.data : "", b.len);
	if (err == MVC_EINVALID || err == MVC_ECONFLICT)
		return MVC_OK;
	if (err)
		return err;
	to->path = strndup(d->path, strlen(d->path) - 4);
	if (!to->path) {
		mvc_pointer_release(&to->pointer);
		return mvc_fail(MVC_ENOMEM, "no memory for a push");
	}
	s->runs |= to->pointer.has_run;
	s->n++;
	return MVC_OK;
}

static int
fill(void *arg, struct mvc_wanted *out)
{
	const struct sending *s = arg;
	int err = MVC_OK;

	for (size_t i = 0; i < s->n && !err; i++)
		err = mvc_wanted_add_one(
		    out, &s->v[i].pointer, s->v[i].path, NULL);
	for (size_t i = 0; i < out->n && !err; i++)
		out->at[i].commit = s->tip;
	return err;
}

static int
send(struct sending *s, const char *remote)
{
	struct mvc_env *env = s->env;
	size_t code;
	int err;

	/* The words were Git's; they are no revisions. */
	env->argc = 0;
	env->dashdash = -1;
	err = mvc_env_store(env);
	if (!err && s->runs)
		err = mvc_runcode_push(&code, env, remote, false);
	if (!err)
		err = mvc_cmd_push_these(env, fill, s);
	if (err && err != MVC_EFINDING)
		mvc_note(env, "%s", mvc_error_text());
	if (err)
		mvc_note(env,
		    "nothing is pushed: the data of these commits is not all "
		    "on a remote; next: mvc push, or commits without their "
		    "data: git push --no-verify");
	return err ? MVC_EFINDING : MVC_OK;
}

int
mvc_hook_pre_push(struct mvc_env *env)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(INPUT_MAX);
	MVC_SCOPED(mvc_buf) revs = MVC_BUF_INIT(2 * INPUT_MAX);
	struct sending s = {.env = env};
	const char *remote = env->argc > 0 ? env->argv[0] : "";
	bool any = false;
	int err = read_input(&text);

	if (!err && text.len)
		err = take_lines(&revs, &any, &s, text.data);
	if (!err && any)
		err = mvc_rawdiff_brought(
		    env->repo, remote, revs.data, take_change, &s);
	if (!err && s.n)
		err = send(&s, *remote ? remote : NULL);
	sending_release(&s);
	return err;
}
