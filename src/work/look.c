#include "work/look.h"
#include "hash/digest.h"
#include "util/name.h"
#include "util/sys.h"
#include "work/listing.h"

#include <errno.h>

#include "util/banned.h"

static int
read_link(struct mvc_look *r, int dirfd, const char *name)
{
	char target[MVC_TARGET_MAX + 2];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

	if (n < 0)
		return mvc_fail_errno("read the link %s", name);
	if (n == 0 || n > MVC_TARGET_MAX)
		return mvc_fail(MVC_ETOOBIG,
		    "%s: the link's target is empty or longer than %d bytes",
		    name, MVC_TARGET_MAX);
	r->target = strndup(target, (size_t)n);
	if (!r->target)
		return mvc_fail(MVC_ENOMEM, "no memory for a link");
	r->now.size = (uint64_t)n;
	mvc_blake3(&r->now.oid, target, (size_t)n);
	return MVC_OK;
}

static const char *
type_name(mode_t mode)
{
	return S_ISFIFO(mode) ? "a named pipe"
	    : S_ISSOCK(mode)  ? "a socket"
	    : S_ISDIR(mode)   ? "a folder only since a moment"
			      : "a device";
}

int
mvc_look_at(struct mvc_look *r, int dirfd, const char *name)
{
	struct stat st;
	int err;

	err = mvc_name_check(name, strlen(name));
	if (err)
		return err;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return mvc_fail_errno("stat %s", name);
	mvc_stat_fill(&r->now, &st);
	if (S_ISLNK(st.st_mode))
		return read_link(r, dirfd, name);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(MVC_EINVALID,
		    "%s is %s, which cannot be tracked: move it away, or name "
		    "it in %s",
		    name, type_name(st.st_mode), MVC_IGNORE_FILE);
	return MVC_OK;
}
