/*
 * A tree that is missing is looked for
 *
 *     in the segments of roots that were looked into before
 *     as a version of its own, which has a root there
 *     in the versions before those that pointers name now: what was made here
 *     and not pushed yet shares most of its trees with one of them
 */
#include "cmd/beyond.h"
#include "cmd/sharing.h"
#include "git/repo.h"
#include "store/store.h"
#include "work/work.h"
#include "util/banned.h"

#include <pthread.h>

/* Versions of a path that are asked for. */
#define EARLIER 100
/* Nodes that are read again and again, as long as they are so few. */
#define KEPT_MAX (UINT64_C(32) << 20)

struct kept {
	struct mvc_oid id;
	struct mvc_buf bytes;
};

struct mvc_beyond {
	struct mvc_env *env;
	struct mvc_source source;
	pthread_mutex_t lock; /* of all that follows */
	struct mvc_sharing *remotes;
	size_t n;
	bool opened, searched;
	struct kept *kept;
	size_t n_kept;
	uint64_t bytes;
};

static void
drop_kept(struct mvc_beyond *b)
{
	for (size_t i = 0; i < b->n_kept; i++)
		mvc_buf_release(&b->kept[i].bytes);
	b->n_kept = 0;
	b->bytes = 0;
}

static int
keep(struct mvc_beyond *b, const struct mvc_oid *id, const struct mvc_buf *node)
{
	struct kept *t;

	if (b->bytes + node->len > KEPT_MAX)
		drop_kept(b);
	t = realloc(b->kept, (b->n_kept + 1) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for trees");
	b->kept = t;
	t += b->n_kept++;
	t->id = *id;
	t->bytes = (struct mvc_buf)MVC_BUF_INIT(node->max);
	b->bytes += node->len;
	return mvc_buf_add(&t->bytes, node->data, node->len);
}

static const struct mvc_buf *
find_kept(const struct mvc_beyond *b, const struct mvc_oid *id)
{
	for (size_t i = 0; i < b->n_kept; i++)
		if (mvc_oid_eq(&b->kept[i].id, id))
			return &b->kept[i].bytes;
	return NULL;
}

/* Those that cannot be asked are left out, and it is said why. */
static int
open_remotes(struct mvc_beyond *b)
{
	struct mvc_names names = {0};
	int err = mvc_sharing_targets(&names, b->env, NULL);

	b->opened = true;
	if (!err) {
		b->remotes = calloc(names.n + 1, sizeof(*b->remotes));
		if (!b->remotes)
			err = mvc_fail(MVC_ENOMEM, "no memory for remotes");
	}
	for (size_t i = 0; !err && i < names.n; i++) {
		struct mvc_sharing *s = &b->remotes[b->n];

		err = mvc_sharing_open(s, b->env, names.v[i], false);
		b->n += !err;
		if (!err)
			continue;
		if (s->conf.url)
			mvc_note(b->env, "%s", mvc_error_text());
		mvc_sharing_release(s);
		if (err != MVC_ENOMEM)
			err = MVC_OK;
	}
	mvc_names_release(&names);
	return err;
}

static bool
lean(void *arg, const struct mvc_oid *version)
{
	struct mvc_sharing *s = arg;

	return !mvc_far_lean_on(s->far, s->holder, version);
}

static int
lean_on_earlier(struct mvc_beyond *b, struct mvc_sharing *s,
    const struct mvc_wanted_item *item)
{
	struct mvc_oid found;
	bool any;

	if (!item->tree || lean(s, &item->oid))
		return MVC_OK;
	return mvc_wanted_earlier(
	    &found, &any, b->env->repo, item, EARLIER, lean, s);
}

static int
search(struct mvc_beyond *b)
{
	static char head[] = "HEAD";
	struct mvc_wanted w = {.inside = false};
	int err;

	b->searched = true;
	err = mvc_wanted_add_here(&w, b->env->repo, NULL, 0);
	/* There may be none yet. */
	if (!err &&
	    mvc_wanted_add(&w, b->env->repo, head, NULL, 0) == MVC_ENOMEM)
		err = MVC_ENOMEM;
	for (size_t i = 0; !err && i < w.n; i++)
		for (size_t k = 0; !err && k < b->n; k++)
			err = lean_on_earlier(b, &b->remotes[k], &w.at[i]);
	mvc_wanted_release(&w);
	return err;
}

static int
get_from(struct mvc_sharing *s, const struct mvc_oid *id, struct mvc_buf *out)
{
	int err = mvc_far_get(s->far, MVC_TREE, id, out);

	if (err == MVC_ENOTFOUND && lean(s, id))
		err = mvc_far_get(s->far, MVC_TREE, id, out);
	return err;
}

static int
get_from_any(
    struct mvc_beyond *b, const struct mvc_oid *id, struct mvc_buf *out)
{
	int err = MVC_ENOTFOUND;

	for (size_t i = 0; err == MVC_ENOTFOUND && i < b->n; i++)
		err = get_from(&b->remotes[i], id, out);
	return err;
}

static int
get(struct mvc_beyond *b, const struct mvc_oid *id, struct mvc_buf *out)
{
	const struct mvc_buf *kept = find_kept(b, id);
	int err = MVC_OK;

	mvc_buf_clear(out);
	if (kept)
		return mvc_buf_add(out, kept->data, kept->len);
	if (!b->opened)
		err = open_remotes(b);
	if (!err)
		err = get_from_any(b, id, out);
	if (err == MVC_ENOTFOUND && b->n && !b->searched) {
		err = search(b);
		if (!err)
			err = get_from_any(b, id, out);
	}
	return err ? err : keep(b, id, out);
}

static int
beyond_get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct mvc_beyond *b = arg;
	int err;

	pthread_mutex_lock(&b->lock);
	err = get(b, id, out);
	pthread_mutex_unlock(&b->lock);
	return err;
}

int
mvc_beyond_open(struct mvc_beyond **out, struct mvc_env *env)
{
	struct mvc_beyond *b;
	bool on;
	int err;

	*out = NULL;
	err = mvc_config_bool(&on, env->repo, "mvc.autofetch", true);
	if (err || !on)
		return err;
	b = calloc(1, sizeof(*b));
	if (!b)
		return mvc_fail(MVC_ENOMEM, "no memory for remotes");
	b->env = env;
	b->source.get = beyond_get;
	b->source.arg = b;
	pthread_mutex_init(&b->lock, NULL);
	mvc_store_trees_beyond(env->store, &b->source);
	*out = b;
	return MVC_OK;
}

void
mvc_beyond_free(struct mvc_beyond *b)
{
	if (!b)
		return;
	mvc_store_trees_beyond(b->env->store, NULL);
	for (size_t i = 0; i < b->n; i++)
		mvc_sharing_release(&b->remotes[i]);
	free(b->remotes);
	drop_kept(b);
	free(b->kept);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
