#include "util/dirref.h"
#include "util/banned.h"

#include <unistd.h>

int
mvc_dirref_new(struct mvc_dirref **out, int fd, const char *path)
{
	struct mvc_dirref *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (d)
		d->path = strdup(path);
	if (!d || !d->path) {
		free(d);
		close(fd);
		return mvc_fail(
		    MVC_ENOMEM, "no memory to open folder %s", path);
	}
	d->fd = fd;
	atomic_init(&d->refs, 1);
	*out = d;
	return MVC_OK;
}

struct mvc_dirref *
mvc_dirref_hold(struct mvc_dirref *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void
mvc_dirref_drop(struct mvc_dirref *d)
{
	if (!d ||
	    atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
		return;
	close(d->fd);
	free(d->path);
	free(d);
}
