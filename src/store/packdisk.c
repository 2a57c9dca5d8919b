#include "store/packdisk.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/banned.h"

#include <pthread.h>

#define WRITES 2 /* at a time */
#define PIECES 4 /* handed on and not yet written: 16 MiB */

/* A piece, or an end. */
struct job {
	struct mvc_packdisk *disk;
	uint8_t *p; /* NULL: an end */
	int fd;
	const char *name;
	uint64_t at;
	int (*finish)(void *arg);
	void (*drop)(void *arg);
	void *arg;
};

struct mvc_packdisk {
	struct mvc_flow *flow;
	pthread_mutex_t lock; /* of the free buffers */
	uint8_t *spare[PIECES];
	unsigned n_spare;
};

/* Files that go through the page cache are begun early, so that the fsync at
 * the end finds little left. */
static int
work(void *ctx, void *arg, unsigned thread)
{
	struct job *j = arg;
	int err;

	if (!j->p)
		return MVC_OK;
	err = mvc_sys_pwrite(j->fd, j->p, MVC_PACKDISK_PIECE, j->at, j->name);
	if (!err)
		mvc_sys_start_writing(j->fd, j->at, MVC_PACKDISK_PIECE);
	return err;
}

static int
finish(void *ctx, void *arg)
{
	struct job *j = arg;

	return j->finish ? j->finish(j->arg) : MVC_OK;
}

static void
spare(struct mvc_packdisk *d, uint8_t *p)
{
	pthread_mutex_lock(&d->lock);
	if (d->n_spare < PIECES) {
		d->spare[d->n_spare++] = p;
		p = NULL;
	}
	pthread_mutex_unlock(&d->lock);
	free(p);
}

static void
drop(void *ctx, void *arg)
{
	struct job *j = arg;

	if (j->p)
		spare(j->disk, j->p);
	if (j->drop)
		j->drop(j->arg);
	free(j);
}

static const struct mvc_flow_ops ops = {work, finish, drop};

int
mvc_packdisk_new(struct mvc_packdisk **out)
{
	struct mvc_packdisk *d = calloc(1, sizeof(*d));
	int err;

	*out = NULL;
	if (!d)
		return mvc_fail(MVC_ENOMEM, "no memory for packs");
	pthread_mutex_init(&d->lock, NULL);
	err = mvc_flow_new(&d->flow, WRITES, PIECES, &ops, NULL);
	if (err)
		mvc_packdisk_free(d);
	else
		*out = d;
	return err;
}

void
mvc_packdisk_free(struct mvc_packdisk *d)
{
	if (!d)
		return;
	mvc_flow_free(d->flow);
	while (d->n_spare > 0)
		free(d->spare[--d->n_spare]);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

int
mvc_packdisk_buffer(uint8_t **out, struct mvc_packdisk *d)
{
	*out = NULL;
	pthread_mutex_lock(&d->lock);
	if (d->n_spare > 0)
		*out = d->spare[--d->n_spare];
	pthread_mutex_unlock(&d->lock);
	if (!*out)
		*out = aligned_alloc(4096, MVC_PACKDISK_PIECE);
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a pack");
}

static int
push(struct mvc_packdisk *d, const struct job *job)
{
	struct job *j = malloc(sizeof(*j));

	if (!j) {
		if (job->drop)
			job->drop(job->arg);
		return mvc_fail(MVC_ENOMEM, "no memory for a pack");
	}
	*j = *job;
	return mvc_flow_push(d->flow, j);
}

int
mvc_packdisk_write(
    struct mvc_packdisk *d, int fd, const char *name, uint64_t at, uint8_t **p)
{
	struct job j = {.disk = d, .p = *p, .fd = fd, .name = name, .at = at};
	uint8_t *next;
	int err;

	err = mvc_packdisk_buffer(&next, d);
	if (err)
		return err;
	*p = next;
	return push(d, &j);
}

int
mvc_packdisk_end(struct mvc_packdisk *d, int (*finish_it)(void *arg),
    void (*drop_it)(void *arg), void *arg)
{
	struct job j = {
	    .disk = d, .finish = finish_it, .drop = drop_it, .arg = arg};

	return push(d, &j);
}

int
mvc_packdisk_wait(struct mvc_packdisk *d)
{
	return mvc_flow_wait(d->flow);
}
