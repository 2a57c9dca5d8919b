#include "remote/known.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* Ten million roots. */
#define KNOWN_MAX ((size_t)10000000 * MVC_OID_SIZE)

int
mvc_known_load(struct mvc_oidset *out, const char *cache)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(KNOWN_MAX);
	MVC_OWN_FD int dir = -1;
	struct mvc_oid oid;
	bool was;
	int err;

	err = mvc_sys_open(&dir, AT_FDCWD, cache, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_file_read(&b, dir, "known");
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	for (size_t at = 0; !err && at + MVC_OID_SIZE <= b.len;
	     at += MVC_OID_SIZE) {
		memcpy(oid.b, b.data + at, MVC_OID_SIZE);
		err = mvc_oidset_add(out, 1, &oid, &was);
	}
	return err;
}

int
mvc_known_save(const char *cache, const struct mvc_oidset *set)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(KNOWN_MAX);
	MVC_OWN_FD int dir = -1;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < set->cap; i++)
		if (set->kinds[i])
			err = mvc_buf_add(&b, set->ids[i].b, MVC_OID_SIZE);
	if (!err)
		err = mvc_sys_open(
		    &dir, AT_FDCWD, cache, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	return mvc_file_replace(
	    dir, "known", b.data ? b.data : "", b.len, 0666);
}
