#include "work/track.h"
#include "git/config.h"
#include "git/ignore.h"
#include "util/beneath.h"
#include "util/file.h"
#include "work/ignorefile.h"
#include "util/banned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define DEPTH_MAX 512
#define PATH_BYTES 4096

struct tracking {
	struct mvc_names *out;
	struct mvc_work *w;
	struct mvc_index *idx;
	struct mvc_rules *rules;
	int64_t size; /* from here on; < 0: no rule */
};

static int
take_pattern(void *arg, const struct mvc_setting *s)
{
	struct mvc_buf *text = arg;
	int err = mvc_buf_add_str(text, s->value);

	return err ? err : mvc_buf_add_char(text, '\n');
}

static int
read_rules(struct mvc_buf *patterns, int64_t *size, struct mvc_repo *r)
{
	int err;

	err = mvc_config_int(size, r, "mvc.track.size", -1);
	return err
	    ? err
	    : mvc_config_multi(r, "mvc.track.pattern", take_pattern, patterns);
}

int
mvc_track_any(bool *any, struct mvc_repo *r)
{
	MVC_SCOPED(mvc_buf) patterns = MVC_BUF_INIT(MVC_IGNORE_MAX);
	int64_t size;
	int err = read_rules(&patterns, &size, r);

	*any = size >= 0 || patterns.len > 0;
	return err;
}

/* Neither Git's, nor mvc's, nor hidden from Git by the user. */
static int
is_free(bool *free, struct tracking *t, const char *path, bool is_dir)
{
	char with_slash[PATH_BYTES + 2];
	bool ignored;
	int err;

	*free = !mvc_index_tracks(t->idx, path, NULL);
	if (!*free)
		return MVC_OK;
	snprintf(
	    with_slash, sizeof(with_slash), "%s%s", path, is_dir ? "/" : "");
	err = mvc_ignore_check(&ignored, NULL, t->w->repo, with_slash);
	*free = !ignored;
	return err;
}

static bool
is_ours(int dirfd, const char *name)
{
	char pointer[NAME_MAX + 8];

	snprintf(pointer, sizeof(pointer), "%s%s", name, MVC_POINTER_SUFFIX);
	return mvc_pointer_is_path(name) ||
	    !strncmp(name, MVC_TMP_PREFIX, strlen(MVC_TMP_PREFIX)) ||
	    mvc_file_exists(dirfd, pointer);
}

static int
track_folder(struct tracking *t, int fd, const char *path, unsigned depth);

static int
track_dir(struct tracking *t, int dirfd, const char *name, const char *path,
    unsigned depth)
{
	bool free;
	int err, fd;

	if (mvc_rules_ask(t->rules, path, true) == MVC_RULE_EXCLUDE) {
		err = is_free(&free, t, path, true);
		return err || !free ? err : mvc_names_add(t->out, path);
	}
	if (depth >= DEPTH_MAX)
		return MVC_OK;
	fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? MVC_OK : track_folder(t, fd, path, depth + 1);
}

static int
track_file(struct tracking *t, const char *path, const struct stat *st)
{
	enum mvc_rule_says says = mvc_rules_ask(t->rules, path, false);
	bool free;
	int err;

	if (says == MVC_RULE_INCLUDE ||
	    (says == MVC_RULE_NOTHING &&
		(t->size < 0 || st->st_size < t->size)))
		return MVC_OK;
	err = is_free(&free, t, path, false);
	return err || !free ? err : mvc_names_add(t->out, path);
}

static int
track_entry(struct tracking *t, int fd, const char *folder, const char *name,
    unsigned depth)
{
	char path[PATH_BYTES];
	struct stat st;

	if (!strcmp(name, ".") || !strcmp(name, "..") ||
	    !strcmp(name, ".git") || (!*folder && !strcmp(name, ".mvc")) ||
	    is_ours(fd, name) ||
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return MVC_OK;
	snprintf(
	    path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", name);
	if (S_ISDIR(st.st_mode))
		return track_dir(t, fd, name, path, depth);
	return S_ISREG(st.st_mode) ? track_file(t, path, &st) : MVC_OK;
}

/* Takes over fd. Folders of tracked data, and repositories within this one,
 * are passed over. */
static int
track_folder(struct tracking *t, int fd, const char *path, unsigned depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int err = MVC_OK;

	if (!d) {
		close(fd);
		return mvc_fail(MVC_ENOMEM, "no memory to look for data");
	}
	if (depth > 0 && mvc_file_exists(fd, ".git")) {
		closedir(d);
		return MVC_OK;
	}
	for (errno = 0; !err && (e = readdir(d)); errno = 0)
		err = track_entry(t, fd, path, e->d_name, depth);
	if (!err && errno)
		err = mvc_fail_errno("look for data in %s", path);
	closedir(d);
	return err;
}

static int
track_from(struct tracking *t, const char *under)
{
	int fd, err;

	if (!*under) {
		fd = dup(t->w->top);
		if (fd < 0)
			return mvc_fail_errno("open the work tree");
		lseek(fd, 0, SEEK_SET);
		return track_folder(t, fd, "", 0);
	}
	err =
	    mvc_beneath_open(&fd, t->w->top, under, O_RDONLY | O_DIRECTORY, 0);
	return err ? err : track_folder(t, fd, under, 1);
}

int
mvc_track_find(struct mvc_names *out, struct mvc_work *w, struct mvc_index *idx,
    const char *under, int64_t size)
{
	MVC_SCOPED(mvc_buf) patterns = MVC_BUF_INIT(MVC_IGNORE_MAX);
	struct tracking t = {.out = out, .w = w, .idx = idx};
	int err;

	err = read_rules(&patterns, &t.size, w->repo);
	if (t.size < 0)
		t.size = size;
	if (err || (t.size < 0 && patterns.len == 0))
		return err;
	err = mvc_rules_parse(
	    &t.rules, "", patterns.data ? patterns.data : "", patterns.len);
	if (!err)
		err = track_from(&t, under);
	mvc_rules_free(t.rules);
	return err;
}

struct mvc_track {
	struct mvc_rules *rules;
	int64_t size;
};

void
mvc_track_free(struct mvc_track *t)
{
	if (!t)
		return;
	mvc_rules_free(t->rules);
	free(t);
}

int
mvc_track_open(struct mvc_track **out, struct mvc_repo *r, int64_t size)
{
	MVC_SCOPED(mvc_buf) patterns = MVC_BUF_INIT(MVC_IGNORE_MAX);
	MVC_OWN(mvc_track) *t = calloc(1, sizeof(*t));
	int err;

	*out = NULL;
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for rules");
	err = read_rules(&patterns, &t->size, r);
	if (t->size < 0)
		t->size = size;
	if (!err)
		err = mvc_rules_parse(&t->rules, "",
		    patterns.data ? patterns.data : "", patterns.len);
	if (err)
		return err;
	*out = MVC_TAKE(t);
	return MVC_OK;
}

int64_t
mvc_track_size(const struct mvc_track *t)
{
	return t->size;
}

/* Whether a folder above the path is one data set by a pattern. */
static bool
in_data_set(const struct mvc_track *t, const char *path, size_t *len)
{
	char folder[PATH_BYTES];
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		*len = (size_t)(slash++ - path);
		if (*len >= sizeof(folder))
			return false;
		memcpy(folder, path, *len);
		folder[*len] = 0;
		if (mvc_rules_ask(t->rules, folder, true) == MVC_RULE_EXCLUDE)
			return true;
	}
	return false;
}

enum mvc_track_why
mvc_track_why(
    const struct mvc_track *t, const char *path, uint64_t size, size_t *len)
{
	enum mvc_rule_says says;

	if (in_data_set(t, path, len))
		return MVC_TRACK_PATTERN;
	*len = strlen(path);
	says = mvc_rules_ask(t->rules, path, false);
	if (says == MVC_RULE_EXCLUDE)
		return MVC_TRACK_PATTERN;
	return says == MVC_RULE_NOTHING && t->size >= 0 &&
		size >= (uint64_t)t->size
	    ? MVC_TRACK_SIZE
	    : MVC_TRACK_NOT;
}
