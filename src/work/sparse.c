#include "work/sparse.h"
#include "work/gitfolder.h"
#include "util/file.h"
#include "util/sys.h"

#include <limits.h>

#include "util/banned.h"

struct mvc_sparse {
	struct mvc_rules *rules;
};

static int
path_of(char *out, size_t size, const char *git_dir)
{
	int n = snprintf(out, size, "%s/mvc/sparse", git_dir);

	if (n < 0 || (size_t)n >= size)
		return mvc_fail(MVC_ETOOBIG, "path too long: %s", git_dir);
	return MVC_OK;
}

int
mvc_sparse_read(struct mvc_buf *out, const char *git_dir)
{
	char path[PATH_MAX];
	int err = path_of(path, sizeof(path), git_dir);

	if (!err && !mvc_file_absent(AT_FDCWD, path))
		err = mvc_file_read(out, AT_FDCWD, path);
	return err;
}

static int
forget(char *path)
{
	int err;

	if (mvc_file_absent(AT_FDCWD, path))
		return MVC_OK;
	err = mvc_sys_unlink(AT_FDCWD, path);
	*strrchr(path, '/') = 0;
	return err ? err : mvc_sys_fsync_dir(AT_FDCWD, path);
}

int
mvc_sparse_write(const char *git_dir, const char *text)
{
	char path[PATH_MAX];
	int err = path_of(path, sizeof(path), git_dir);

	if (err)
		return err;
	if (!text)
		return forget(path);
	*strrchr(path, '/') = 0;
	err = mvc_gitfolder_make(path);
	path[strlen(path)] = '/';
	if (!err)
		err =
		    mvc_file_replace(AT_FDCWD, path, text, strlen(text), 0666);
	if (!err)
		mvc_gitfolder_share(AT_FDCWD, path);
	return err;
}

int
mvc_sparse_open(struct mvc_sparse **out, const char *git_dir)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_IGNORE_MAX);
	MVC_OWN(mvc_sparse) *s = NULL;
	char path[PATH_MAX];
	int err;

	*out = NULL;
	err = path_of(path, sizeof(path), git_dir);
	if (err || mvc_file_absent(AT_FDCWD, path))
		return err;
	err = mvc_file_read(&text, AT_FDCWD, path);
	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for patterns");
	err = mvc_rules_parse(
	    &s->rules, "", text.data ? text.data : "", text.len);
	if (!err)
		*out = MVC_TAKE(s);
	return err;
}

void
mvc_sparse_free(struct mvc_sparse *s)
{
	if (!s)
		return;
	mvc_rules_free(s->rules);
	free(s);
}

/* The deepest folder, or the path itself, of which a pattern speaks decides:
 * a pattern that takes a folder takes what is below. */
bool
mvc_sparse_wants(const struct mvc_sparse *s, const char *path, bool is_dir)
{
	enum mvc_rule_says says;
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (!s)
		return true;
	if (n >= sizeof(part))
		return false;
	memcpy(part, path, n + 1);
	for (;;) {
		says = mvc_rules_ask(s->rules, part, is_dir);
		if (says != MVC_RULE_NOTHING)
			return says == MVC_RULE_EXCLUDE;
		if (!strrchr(part, '/'))
			return false;
		*strrchr(part, '/') = 0;
		is_dir = true;
	}
}
