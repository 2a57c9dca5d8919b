/*
 * Inside room remote: a ring of bytes between two threads. It has no lock of
 * its own: every call is made under the lock of its owner, but the bytes of a
 * span may be used without, until it is taken or filled.
 */
#ifndef MVC_REMOTE_PIPE_H
#define MVC_REMOTE_PIPE_H

#include <stddef.h>
#include <stdint.h>

struct mvc_pipe {
	uint8_t *p;
	size_t cap; /* a power of two */
	uint64_t in, out; /* bytes that went through, in - out is what waits */
};

static inline size_t
mvc_pipe_waiting(const struct mvc_pipe *q)
{
	return (size_t)(q->in - q->out);
}

static inline size_t
mvc_pipe_room(const struct mvc_pipe *q)
{
	return q->cap - mvc_pipe_waiting(q);
}

/* Bytes at the front, without a break; out += n takes them. */
static inline const void *
mvc_pipe_front(const struct mvc_pipe *q, size_t *n)
{
	size_t at = (size_t)(q->out & (q->cap - 1));

	*n = mvc_pipe_waiting(q);
	if (*n > q->cap - at)
		*n = q->cap - at;
	return q->p + at;
}

/* Room at the end, likewise; in += n has filled it. */
static inline void *
mvc_pipe_back(const struct mvc_pipe *q, size_t *n)
{
	size_t at = (size_t)(q->in & (q->cap - 1));

	*n = mvc_pipe_room(q);
	if (*n > q->cap - at)
		*n = q->cap - at;
	return q->p + at;
}

#endif
