/*
 * Inside room remote: many requests over one channel, the same at both ends.
 *
 *     callers ─ lane ─┐                                   ┌─ lane ─ workers
 *     callers ─ lane ─┼─ frames, taking turns ─ channel ──┼─ lane ─ workers
 *     callers ─ lane ─┘                                   └─ lane ─ workers
 *
 * A lane is one request: bytes in both directions and an end, or a failure. A
 * sender has credit for MVC_WINDOW bytes of a lane; the receiver gives more as
 * its caller takes them. So the thread that reads the channel never waits for
 * anybody, whoever is slow stops its own lane only, and memory is bounded
 * whatever the peer does. Frames are short and leave in the order of asking, so
 * a long transfer does not hold up a short one.
 *
 * Who has said nothing for PING_MS says so; who has heard nothing for stall_ms
 * gives the channel up.
 */
#ifndef MVC_REMOTE_MUX_H
#define MVC_REMOTE_MUX_H

#include "remote/frame.h"
#include "remote/pipe.h"

#include <pthread.h>

struct mvc_lane;

struct mvc_mux {
	int in, out; /* borrowed; out does not block */
	unsigned stall_ms;
	/* An ask came (reading thread; borrowed payload); NULL: none may. */
	int (*ask)(void *arg, const struct mvc_frame *f, const uint8_t *p);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	uint64_t tickets, serving; /* of those who send */
	uint8_t *frame; /* the one being sent */
	struct mvc_lane *lanes;
	unsigned n_lanes;
	uint32_t last; /* the highest lane that there was */
	_Atomic uint64_t said; /* ms */
	int err; /* the channel is dead, and why */
	char text[MVC_ERROR_MAX];
};

int mvc_mux_init(struct mvc_mux *m, int in, int out) MVC_MUST;
/* No lane is open, nobody reads. */
void mvc_mux_release(struct mvc_mux *m);

/* n bytes outside of any frame: the hello. MVC_EAGAIN where none come for `ms`,
 * or no more; what came stands at p, then NULs. */
int mvc_mux_say(struct mvc_mux *m, const void *p, size_t n) MVC_MUST;
int mvc_mux_hear(struct mvc_mux *m, void *p, size_t n, uint64_t ms) MVC_MUST;

/*
 * Read and hand out frames, on one thread, until the channel ends. Always an
 * error: MVC_EAGAIN where it was closed or fell silent, MVC_EINVALID for a peer
 * that does not keep to the protocol. All lanes fail with it.
 */
int mvc_mux_read(struct mvc_mux *m) MVC_MUST;
/* The same, from outside: everybody who waits is told. */
void mvc_mux_kill(struct mvc_mux *m, int err, const char *text);
bool mvc_mux_dead(struct mvc_mux *m);

struct mvc_lane {
	struct mvc_lane *next;
	struct mvc_mux *mux;
	uint32_t id; /* 0: not asked yet */
	pthread_cond_t cond;
	struct mvc_pipe in; /* came, and was not taken */
	uint64_t credit; /* bytes that may be sent */
	uint32_t untold; /* bytes taken, not given anew */
	bool ended; /* the other side's last byte is there */
	uint8_t end[MVC_END_MAX]; /* and what it said with it */
	size_t n_end;
	int err; /* the other side failed */
	char text[MVC_ERROR_MAX];
};

/* id 0: the ask gives it the next number. At most `expect` bytes will come.
 * Storage is the caller's. */
int mvc_lane_open(struct mvc_lane *l, struct mvc_mux *m, uint32_t id,
    uint64_t expect) MVC_MUST;
void mvc_lane_close(struct mvc_lane *l);

/* An ask, by whoever opened the lane. */
int mvc_lane_ask(struct mvc_lane *l, enum mvc_frame_type type,
    const struct mvc_buf *ask) MVC_MUST;
/* Bytes; waits for credit. The other side's failure is returned. */
int mvc_lane_send(struct mvc_lane *l, const void *p, size_t n) MVC_MUST;
/* The end, with up to MVC_END_MAX bytes; or a failure, with its text. Who was
 * asked closes the lane before. */
int mvc_lane_end(struct mvc_lane *l, const void *p, size_t n) MVC_MUST;
int mvc_lane_fail(struct mvc_lane *l, int code, const char *text) MVC_MUST;

/* Wait for bytes: *n of them at *p, good until took; *n = 0: the end. */
int mvc_lane_front(struct mvc_lane *l, const void **p, size_t *n) MVC_MUST;
int mvc_lane_took(struct mvc_lane *l, size_t n) MVC_MUST;
/* Up to n bytes, fewer only at the end. */
int mvc_lane_read(struct mvc_lane *l, void *p, size_t n, size_t *got) MVC_MUST;
/* Wait for the end; bytes before it are dropped. */
int mvc_lane_wait(struct mvc_lane *l) MVC_MUST;

#endif
