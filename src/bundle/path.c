#include "bundle/path.h"

#include "object/tree.h"
#include "util/name.h"
#include "work/pointer.h"
#include "util/banned.h"

static bool
has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static int
refuse(const char *path, const char *why)
{
	return mvc_fail(MVC_EINVALID, "%s: %s", path, why);
}

static int
take_name(struct mvc_buf *out, const char *path, const char *name, size_t n)
{
	int err;

	if (n == 0 || (n == 1 && *name == '.'))
		return MVC_OK;
	if (n == 2 && !memcmp(name, "..", 2))
		return refuse(path, "it leads out of the archive");
	err = mvc_name_check(name, n);
	if (err)
		return mvc_fail_prefix(err, "%s", path);
	if (out->len)
		err = mvc_buf_add_char(out, '/');
	return err ? err : mvc_buf_add(out, name, n);
}

int
mvc_archive_path(struct mvc_buf *out, const char *path)
{
	int err = MVC_OK;

	mvc_buf_clear(out);
	if (*path == '/')
		return refuse(path, "it is absolute");
	if (strlen(path) >= MVC_ARCHIVE_PATH_MAX)
		return mvc_fail(MVC_EINVALID, "%.100s…: too long", path);
	if (has_control(path))
		return refuse(path, "it has control characters in it");
	for (const char *p = path; !err; p++) {
		size_t n = strcspn(p, "/");

		err = take_name(out, path, p, n);
		p += n;
		if (!*p)
			break;
	}
	if (!err)
		err = mvc_buf_reserve(out, 1);
	if (!err)
		out->data[out->len] = 0;
	if (!err && out->len && mvc_pointer_is_path(out->data))
		err = refuse(path,
		    "names that end in " MVC_POINTER_SUFFIX
		    " are pointers, not data");
	return err;
}

/*
 * The path's own folders are no links. So leading ".." are counted right, and
 * a name after them is inside, or a link that is; only ".." after a name could
 * be from anywhere.
 */
const char *
mvc_archive_link_fault(const char *path, const char *target)
{
	static const char out[] = "it is a link that leads out of the archive";
	size_t depth = 0;
	bool named = false;

	if (!target || !*target || strlen(target) > MVC_TARGET_MAX)
		return "it is a link to nowhere";
	if (has_control(target))
		return "its target has control characters in it";
	if (*target == '/')
		return out;
	for (; *path; path++)
		depth += *path == '/';
	for (const char *p = target; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && !memcmp(p, "..", 2)) {
			if (named || depth-- == 0)
				return out;
		} else if (n && !(n == 1 && *p == '.')) {
			named = true;
		}
		p += n + (p[n] == '/');
	}
	return NULL;
}
