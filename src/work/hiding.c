#include "work/hiding.h"

#include "util/beneath.h"

#include <fcntl.h>

#include "util/banned.h"

#define PATH_MAX_BYTES (1 << 20)

int
mvc_hiding_init(struct mvc_hiding *h, struct mvc_statcache *recorded)
{
	memset(h, 0, sizeof(*h));
	h->sought = (struct mvc_buf)MVC_BUF_INIT(PATH_MAX_BYTES);
	return mvc_statcursor_new(&h->recorded, recorded);
}

void
mvc_hiding_release(struct mvc_hiding *h)
{
	mvc_ignore_release(&h->rules);
	mvc_statcursor_free(h->recorded);
	mvc_buf_release(&h->sought);
}

/* To the first entry at or after path. Names ascend, so that it mostly stands
 * there. */
static int
seek(struct mvc_hiding *h, const char *path, size_t len)
{
	const struct mvc_stat_entry *e = mvc_statcursor_at(h->recorded);
	bool there = h->sought.len &&
	    mvc_statpath_cmp(h->sought.data, h->sought.len, path, len) <= 0 &&
	    (!e || mvc_statpath_cmp(e->path, e->path_len, path, len) >= 0);
	int err = there ? MVC_OK : mvc_statcursor_seek(h->recorded, path);

	mvc_buf_clear(&h->sought);
	return err ? err : mvc_buf_add(&h->sought, path, len);
}

static int
is_recorded(bool *is, struct mvc_hiding *h, const char *path)
{
	const struct mvc_stat_entry *e;
	size_t len = strlen(path);
	int err = seek(h, path, len);

	if (err)
		return err;
	e = mvc_statcursor_at(h->recorded);
	*is = e && mvc_stat_within(e, path, len);
	return MVC_OK;
}

static bool
rules_hide(const struct mvc_hiding *h, const char *path, bool is_dir)
{
	return h->all ||
	    (strlen(path) > h->from &&
		mvc_ignore_excludes(&h->rules, path, is_dir));
}

int
mvc_hiding_hides(
    bool *hides, struct mvc_hiding *h, const char *path, bool is_dir)
{
	bool recorded = false;
	int err = MVC_OK;

	*hides = rules_hide(h, path, is_dir);
	if (*hides)
		err = is_recorded(&recorded, h, path);
	*hides = *hides && !recorded;
	return err;
}

int
mvc_hiding_begin(
    struct mvc_hiding *h, int worktree, const char *path, size_t from)
{
	MVC_OWN_MEM char *above = strdup(path);
	bool pushed;
	int err;

	if (!above)
		return mvc_fail(MVC_ENOMEM, "no memory for names");
	while (h->rules.n)
		mvc_ignore_pop(&h->rules);
	h->from = from;
	h->all = false;
	err = mvc_listing_rules(&h->rules, worktree, "", &pushed);
	for (char *e = strchr(above, '/'); !err && e; e = strchr(e + 1, '/')) {
		MVC_OWN_FD int fd = -1;

		*e = 0;
		h->all = rules_hide(h, above, true);
		err = mvc_beneath_open(
		    &fd, worktree, above, O_RDONLY | O_DIRECTORY, 0);
		if (!err)
			err = mvc_listing_rules(&h->rules, fd, above, &pushed);
		*e = '/';
	}
	return err;
}

static int
filter(struct mvc_hiding *h, struct mvc_listing *l)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(PATH_MAX_BYTES);
	size_t kept = 0;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++) {
		bool hides = false;

		mvc_buf_clear(&path);
		err = mvc_buf_addf(&path, "%s%s%s", l->path,
		    l->path[0] ? "/" : "", mvc_listing_name(l, i));
		if (!err)
			err =
			    mvc_hiding_hides(&hides, h, path.data, l->v[i].dir);
		if (!hides)
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
	return err;
}

int
mvc_hiding_enter(
    struct mvc_hiding *h, struct mvc_hiding_above *above, struct mvc_listing *l)
{
	int err = MVC_OK;

	above->all = h->all;
	above->pushed = false;
	h->all = rules_hide(h, l->path, true);
	if (l->has_rules)
		err = mvc_listing_rules(
		    &h->rules, l->dir->fd, l->path, &above->pushed);
	return err || !h->rules.n ? err : filter(h, l);
}

void
mvc_hiding_leave(struct mvc_hiding *h, const struct mvc_hiding_above *above)
{
	h->all = above->all;
	if (above->pushed)
		mvc_ignore_pop(&h->rules);
}
