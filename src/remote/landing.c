#include "remote/landing.h"
#include "util/sys.h"
#include "util/banned.h"

int
mvc_landing_take(void *landing, const void *p, size_t n)
{
	struct mvc_landing *l = landing;
	int err = mvc_sys_pwrite(l->fd, p, n, l->at, l->name);

	if (!err && l->stays)
		mvc_sys_start_writing(l->fd, l->at, n);
	l->at += n;
	return err;
}
