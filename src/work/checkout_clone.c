/*
 * Big files of equal content share their blocks where the file system can
 * (reflinks): what this run has put before is cloned. Somebody may have written
 * to that meanwhile, so the clone is read and must come out as its id says;
 * else it is written like any other file.
 */
#include "hash/digest.h"
#include "store/blob.h"
#include "util/sys.h"
#include "work/checkout_priv.h"
#include "util/banned.h"

#include <unistd.h>

void
co_clones_keep(struct co_clones *c, const struct co_rec *rec, int fd)
{
	unsigned i = c->n % CO_CLONES;
	int own;

	if (rec->size <= MVC_BLOB_SMALL)
		return;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return;
	if (c->n >= CO_CLONES)
		close(c->at[i].fd);
	c->at[i].fd = own;
	c->at[i].oid = rec->oid;
	c->n++;
}

void
co_clones_release(struct co_clones *c)
{
	for (unsigned i = 0; i < c->n && i < CO_CLONES; i++)
		close(c->at[i].fd);
	c->n = 0;
}

static const int *
find(const struct co_clones *c, const struct mvc_oid *oid)
{
	for (unsigned i = 0; i < c->n && i < CO_CLONES; i++)
		if (mvc_oid_eq(&c->at[i].oid, oid))
			return &c->at[i].fd;
	return NULL;
}

int
co_clone(bool *cloned, struct co_file *f, const struct co_rec *rec, int fd,
    const char *name)
{
	const int *from = find(&f->clones, &rec->oid);
	struct mvc_oid oid;
	int err;

	*cloned = false;
	if (!from || !mvc_sys_clone(fd, *from))
		return MVC_OK;
	err = mvc_digest_fd(&oid, fd, name);
	*cloned = !err && mvc_oid_eq(&oid, &rec->oid);
	if (*cloned || err)
		return err;
	return mvc_sys_truncate(fd, 0, name);
}
