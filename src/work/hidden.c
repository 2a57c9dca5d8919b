#include "work/hidden.h"

#include "util/beneath.h"
#include "util/buf.h"
#include "util/own.h"
#include "work/listing.h"

#include <fcntl.h>

#include "util/banned.h"

static int
text_of(char **why, const struct mvc_rule_found *r)
{
	struct mvc_buf b = MVC_BUF_INIT(MVC_IGNORE_MAX * 2);
	int err;

	err = mvc_buf_addf(&b, "%s%s%s:%u: %s%s", r->base, *r->base ? "/" : "",
	    MVC_IGNORE_FILE, r->line, r->text, r->dir_only ? "/" : "");
	if (err)
		mvc_buf_release(&b);
	else
		*why = mvc_buf_take(&b);
	return err;
}

/* The rules of a folder on the way; one that is not there has none. */
static int
push_rules(struct mvc_ignore *ig, int worktree, const char *folder)
{
	MVC_OWN_FD int fd = -1;
	bool pushed;
	int err;

	if (!*folder)
		return mvc_listing_rules(ig, worktree, "", &pushed);
	err =
	    mvc_beneath_open(&fd, worktree, folder, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return MVC_OK;
	return mvc_listing_rules(ig, fd, folder, &pushed);
}

/* From the top down. */
static int
ask(char **why, int worktree, char *path, size_t from, bool is_dir,
    struct mvc_ignore *ig)
{
	struct mvc_rule_found rule;
	bool hides = false;
	int err = push_rules(ig, worktree, "");

	for (char *slash = path; !err && slash && !hides;) {
		slash = strchr(slash + (slash != path), '/');
		if (slash)
			*slash = 0;
		if (strlen(path) > from &&
		    mvc_ignore_find(
			ig, path, slash ? true : is_dir, &rule, &hides) &&
		    hides)
			err = text_of(why, &rule);
		if (slash && !hides && !err)
			err = push_rules(ig, worktree, path);
		if (slash)
			*slash = '/';
	}
	return err;
}

int
mvc_hidden(char **why, int worktree, const char *path, size_t from, bool is_dir)
{
	MVC_OWN_MEM char *own = strdup(path);
	struct mvc_ignore ig = MVC_IGNORE_INIT;
	int err;

	*why = NULL;
	if (!own)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = ask(why, worktree, own, from, is_dir, &ig);
	mvc_ignore_release(&ig);
	return err;
}
