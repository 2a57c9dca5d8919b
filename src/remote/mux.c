#include "remote/mux.h"
#include "util/bytes.h"
#include "util/clock.h"
#include "util/sys.h"

#include <errno.h>
#include <poll.h>
#include "util/banned.h"

#define READ_SIZE ((size_t)256 << 10)
#define PING_MS 10000
#define LOOK_MS 500
/* More was never given: what is added up stays small. */
#define MOST_CREDIT (UINT64_C(1) << 40)

static uint64_t
now_ms(void)
{
	return mvc_now_ns() / 1000000;
}

int
mvc_mux_init(struct mvc_mux *m, int in, int out)
{
	memset(m, 0, sizeof(*m));
	m->in = in;
	m->out = out;
	m->frame = malloc(MVC_FRAME_HEAD + MVC_FRAME_MAX);
	if (!m->frame)
		return mvc_fail(MVC_ENOMEM, "no memory for a connection");
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->turn, NULL);
	m->said = now_ms();
	return MVC_OK;
}

void
mvc_mux_release(struct mvc_mux *m)
{
	if (!m->frame)
		return;
	pthread_cond_destroy(&m->turn);
	pthread_mutex_destroy(&m->lock);
	free(m->frame);
	m->frame = NULL;
}

void
mvc_mux_kill(struct mvc_mux *m, int err, const char *text)
{
	pthread_mutex_lock(&m->lock);
	if (!m->err) {
		m->err = err;
		snprintf(m->text, sizeof(m->text), "%s", text);
	}
	pthread_cond_broadcast(&m->turn);
	for (struct mvc_lane *l = m->lanes; l; l = l->next)
		pthread_cond_broadcast(&l->cond);
	pthread_mutex_unlock(&m->lock);
}

bool
mvc_mux_dead(struct mvc_mux *m)
{
	bool dead;

	pthread_mutex_lock(&m->lock);
	dead = m->err != MVC_OK;
	pthread_mutex_unlock(&m->lock);
	return dead;
}

/* ---- sending ---- */

int
mvc_mux_say(struct mvc_mux *m, const void *p, size_t n)
{
	const uint8_t *from = p;
	int err = MVC_OK;

	while (!err && n) {
		struct pollfd pf = {m->out, POLLOUT, 0};
		size_t k = 0;

		err = mvc_sys_push(&k, m->out, from, n);
		from += k;
		n -= k;
		if (k)
			atomic_store(&m->said, now_ms());
		if (!err && n && mvc_mux_dead(m))
			err = MVC_EAGAIN;
		if (!err && n && poll(&pf, 1, LOOK_MS) < 0 && errno != EINTR)
			err = mvc_fail_errno("wait for a connection");
	}
	return err;
}

/* With the lock held; it is open while the bytes leave, and others queue. */
static int
send_in_turn(struct mvc_mux *m, size_t n)
{
	int err;

	pthread_mutex_unlock(&m->lock);
	err = mvc_mux_say(m, m->frame, n);
	if (err)
		mvc_mux_kill(m, MVC_EAGAIN, "the connection was lost");
	pthread_mutex_lock(&m->lock);
	return err;
}

/* With the lock held. */
static int
queue_frame(struct mvc_mux *m, const struct mvc_frame *f, const void *p)
{
	uint64_t mine = m->tickets++;
	int err;

	while (mine != m->serving)
		pthread_cond_wait(&m->turn, &m->lock);
	err = m->err;
	if (!err) {
		mvc_frame_make(m->frame, f);
		if (f->n)
			memcpy(m->frame + MVC_FRAME_HEAD, p, f->n);
		err = send_in_turn(m, MVC_FRAME_HEAD + f->n);
	}
	m->serving++;
	pthread_cond_broadcast(&m->turn);
	return err ? mvc_error_adopt(m->err, m->text) : MVC_OK;
}

static int
send_frame(struct mvc_mux *m, const struct mvc_frame *f, const void *p)
{
	int err;

	pthread_mutex_lock(&m->lock);
	err = queue_frame(m, f, p);
	pthread_mutex_unlock(&m->lock);
	return err;
}

/* Never waits, or two readers could for each other: where a frame is on its way
 * already, that says enough. */
static void
ping(struct mvc_mux *m)
{
	static const struct mvc_frame f = {.type = MVC_FRAME_PING};
	struct pollfd pf = {m->out, POLLOUT, 0};
	uint64_t said;

	/* Said first: another thread may say something between the two. */
	said = atomic_load(&m->said);
	if (now_ms() - said < PING_MS)
		return;
	pthread_mutex_lock(&m->lock);
	if (m->tickets == m->serving && !m->err && poll(&pf, 1, 0) == 1 &&
	    (pf.revents & POLLOUT))
		(void)!queue_frame(m, &f, NULL);
	pthread_mutex_unlock(&m->lock);
}

/* ---- receiving ---- */

static int
fill(struct mvc_lane *l, const uint8_t *p, size_t n)
{
	if (mvc_pipe_room(&l->in) < n || l->ended)
		return mvc_fail(
		    MVC_EINVALID, "more came than there was credit for");
	while (n) {
		size_t k;
		void *to = mvc_pipe_back(&l->in, &k);

		k = k < n ? k : n;
		memcpy(to, p, k);
		l->in.in += k;
		p += k;
		n -= k;
	}
	return MVC_OK;
}

static int
add_credit(struct mvc_lane *l, const uint8_t *p, size_t n)
{
	if (n != 4 || l->credit > MOST_CREDIT)
		return mvc_fail(MVC_EINVALID, "a credit is malformed");
	l->credit += mvc_get32(p);
	return MVC_OK;
}

static int
keep_end(struct mvc_lane *l, const uint8_t *p, size_t n)
{
	if (n > MVC_END_MAX || l->ended)
		return mvc_fail(MVC_EINVALID, "an end is malformed");
	memcpy(l->end, p, n);
	l->n_end = n;
	l->ended = true;
	return MVC_OK;
}

static int
keep_failure(struct mvc_lane *l, const uint8_t *p, size_t n)
{
	l->err = mvc_frame_failure(p, n);
	snprintf(l->text, sizeof(l->text), "%s", mvc_error_text());
	return MVC_OK;
}

static int
give_lane(struct mvc_lane *l, const struct mvc_frame *f, const uint8_t *p)
{
	int err = MVC_OK;

	if (f->type == MVC_FRAME_DATA)
		err = fill(l, p, f->n);
	else if (f->type == MVC_FRAME_CREDIT)
		err = add_credit(l, p, f->n);
	else if (f->type == MVC_FRAME_END)
		err = keep_end(l, p, f->n);
	else if (f->type == MVC_FRAME_FAIL)
		err = keep_failure(l, p, f->n);
	pthread_cond_broadcast(&l->cond);
	return err;
}

static int
give(struct mvc_mux *m, const struct mvc_frame *f, const uint8_t *p)
{
	struct mvc_lane *l;
	int err = MVC_OK;

	if (f->type >= MVC_ASK_OPEN)
		return m->ask
		    ? m->ask(m->arg, f, p)
		    : mvc_fail(MVC_EINVALID, "who is asked must not ask");
	pthread_mutex_lock(&m->lock);
	for (l = m->lanes; l && (!l->id || l->id != f->lane); l = l->next)
		;
	/* Of a lane that has ended some may still come. */
	if (l)
		err = give_lane(l, f, p);
	pthread_mutex_unlock(&m->lock);
	return err;
}

/* All frames that are there whole; *used says how far they go. */
static int
give_all(struct mvc_mux *m, const uint8_t *p, size_t n, size_t *used)
{
	struct mvc_frame f;
	int err = MVC_OK;

	for (*used = 0; !err && n - *used >= MVC_FRAME_HEAD;) {
		const uint8_t *at = p + *used;

		err = mvc_frame_parse(&f, at);
		if (!err && n - *used - MVC_FRAME_HEAD < f.n)
			break;
		if (!err)
			err = give(m, &f, at + MVC_FRAME_HEAD);
		*used += MVC_FRAME_HEAD + f.n;
	}
	return err;
}

/* Bytes at the end of what is there; *got = 0: none came for a while. */
static int
read_some(struct mvc_mux *m, void *p, size_t n, size_t *got)
{
	struct pollfd pf = {m->in, POLLIN, 0};
	ssize_t r;

	*got = 0;
	if (poll(&pf, 1, LOOK_MS) <= 0)
		return MVC_OK;
	r = read(m->in, p, n);
	if (r < 0 && (errno == EINTR || errno == EAGAIN))
		return MVC_OK;
	if (r <= 0)
		return mvc_fail(MVC_EAGAIN, "the connection was closed");
	*got = (size_t)r;
	return MVC_OK;
}

int
mvc_mux_hear(struct mvc_mux *m, void *p, size_t n, uint64_t ms)
{
	uint64_t until = now_ms() + ms;
	size_t at = 0, got;
	int err = MVC_OK;

	memset(p, 0, n);
	while (!err && at < n) {
		err = read_some(m, (uint8_t *)p + at, n - at, &got);
		at += got;
		if (!err && at < n && now_ms() > until)
			err = mvc_fail(MVC_EAGAIN, "nothing answers for %u s",
			    (unsigned)(ms / 1000));
	}
	return err;
}

static int
read_all(struct mvc_mux *m, uint8_t *buf)
{
	uint64_t heard = now_ms();
	size_t len = 0, got, used;
	int err = MVC_OK;

	while (!err) {
		err = read_some(m, buf + len, READ_SIZE - len, &got);
		if (got)
			heard = now_ms();
		if (!err && m->stall_ms && now_ms() - heard > m->stall_ms)
			err = mvc_fail(MVC_EAGAIN,
			    "the connection is silent for %u s",
			    m->stall_ms / 1000);
		len += got;
		if (!err && got)
			err = give_all(m, buf, len, &used);
		if (!err && got) {
			memmove(buf, buf + used, len - used);
			len -= used;
		}
		if (!err)
			ping(m);
		if (!err && mvc_mux_dead(m))
			err = mvc_error_adopt(m->err, m->text);
	}
	return err;
}

int
mvc_mux_read(struct mvc_mux *m)
{
	MVC_OWN_MEM uint8_t *buf = malloc(READ_SIZE);
	int err;

	if (buf)
		err = read_all(m, buf);
	else
		err = mvc_fail(MVC_ENOMEM, "no memory for a connection");
	mvc_mux_kill(m, err, mvc_error_text());
	return err;
}

/* ---- lanes ---- */

static size_t
ring_size(uint64_t expect)
{
	size_t n = 64;

	if (!expect)
		return 0;
	while (n < MVC_WINDOW && n < expect)
		n *= 2;
	return n;
}

int
mvc_lane_open(
    struct mvc_lane *l, struct mvc_mux *m, uint32_t id, uint64_t expect)
{
	int err;

	memset(l, 0, sizeof(*l));
	l->mux = m;
	l->credit = MVC_WINDOW;
	l->in.cap = ring_size(expect);
	l->in.p = malloc(l->in.cap ? l->in.cap : 1);
	if (!l->in.p)
		return mvc_fail(MVC_ENOMEM, "no memory for a request");
	pthread_mutex_lock(&m->lock);
	err = m->err ? mvc_error_adopt(m->err, m->text) : MVC_OK;
	if (!err && m->n_lanes == MVC_LANES)
		err = mvc_fail(
		    MVC_EINVALID, "more than %d requests at once", MVC_LANES);
	if (!err && id && id <= m->last)
		err = mvc_fail(MVC_EINVALID, "a request's number is not new");
	if (!err) {
		l->id = id;
		if (id)
			m->last = id;
		pthread_cond_init(&l->cond, NULL);
		l->next = m->lanes;
		m->lanes = l;
		m->n_lanes++;
	}
	pthread_mutex_unlock(&m->lock);
	if (err)
		free(l->in.p);
	return err;
}

void
mvc_lane_close(struct mvc_lane *l)
{
	struct mvc_mux *m = l->mux;
	struct mvc_lane **at;

	pthread_mutex_lock(&m->lock);
	for (at = &m->lanes; *at != l; at = &(*at)->next)
		;
	*at = l->next;
	m->n_lanes--;
	pthread_mutex_unlock(&m->lock);
	pthread_cond_destroy(&l->cond);
	free(l->in.p);
}

static int
lane_frame(struct mvc_lane *l, uint8_t type, const void *p, size_t n)
{
	struct mvc_frame f = {.n = (uint32_t)n, .lane = l->id, .type = type};

	return send_frame(l->mux, &f, p);
}

int
mvc_lane_ask(
    struct mvc_lane *l, enum mvc_frame_type type, const struct mvc_buf *ask)
{
	struct mvc_frame f = {.n = (uint32_t)ask->len, .type = (uint8_t)type};
	struct mvc_mux *m = l->mux;
	int err;

	if (ask->len > MVC_FRAME_MAX)
		return mvc_fail(MVC_ETOOBIG, "a request is too long");
	pthread_mutex_lock(&m->lock);
	if (m->last == UINT32_MAX) {
		err = mvc_fail(MVC_EINVALID, "too many requests");
	} else {
		/* Numbered as it takes its turn: they arrive ascending. */
		f.lane = l->id = ++m->last;
		err = queue_frame(m, &f, ask->data);
	}
	pthread_mutex_unlock(&m->lock);
	return err;
}

/* Under the lock: what ends a lane from outside. */
static int
broken(struct mvc_lane *l)
{
	if (l->err)
		return mvc_error_adopt(l->err, l->text);
	if (l->mux->err)
		return mvc_error_adopt(l->mux->err, l->mux->text);
	return MVC_OK;
}

static int
take_credit(struct mvc_lane *l, size_t *n)
{
	struct mvc_mux *m = l->mux;
	int err;

	pthread_mutex_lock(&m->lock);
	while (!(err = broken(l)) && !l->credit)
		pthread_cond_wait(&l->cond, &m->lock);
	if (*n > MVC_FRAME_MAX)
		*n = MVC_FRAME_MAX;
	if (*n > l->credit)
		*n = (size_t)l->credit;
	if (!err)
		l->credit -= *n;
	pthread_mutex_unlock(&m->lock);
	return err;
}

int
mvc_lane_send(struct mvc_lane *l, const void *p, size_t n)
{
	const uint8_t *from = p;
	int err = MVC_OK;

	while (!err && n) {
		size_t k = n;

		err = take_credit(l, &k);
		if (!err)
			err = lane_frame(l, MVC_FRAME_DATA, from, k);
		from += k;
		n -= k;
	}
	return err;
}

int
mvc_lane_end(struct mvc_lane *l, const void *p, size_t n)
{
	return lane_frame(l, MVC_FRAME_END, p, n);
}

int
mvc_lane_fail(struct mvc_lane *l, int code, const char *text)
{
	uint8_t p[4 + MVC_ERROR_MAX];
	size_t n = strlen(text);

	if (n > MVC_ERROR_MAX)
		n = MVC_ERROR_MAX;
	mvc_put32(p, (uint32_t)code);
	memcpy(p + 4, text, n);
	return lane_frame(l, MVC_FRAME_FAIL, p, 4 + n);
}

int
mvc_lane_front(struct mvc_lane *l, const void **p, size_t *n)
{
	struct mvc_mux *m = l->mux;
	int err;

	*n = 0;
	pthread_mutex_lock(&m->lock);
	while (!(err = broken(l)) && !l->ended && !mvc_pipe_waiting(&l->in))
		pthread_cond_wait(&l->cond, &m->lock);
	/* What came before a failure is had first; what ended well is whole,
	 * whatever became of the channel. */
	if (mvc_pipe_waiting(&l->in) || (l->ended && !l->err))
		err = MVC_OK;
	if (!err)
		*p = mvc_pipe_front(&l->in, n);
	pthread_mutex_unlock(&m->lock);
	return err;
}

int
mvc_lane_took(struct mvc_lane *l, size_t n)
{
	struct mvc_mux *m = l->mux;
	uint32_t tell = 0;
	uint8_t p[4];

	pthread_mutex_lock(&m->lock);
	l->in.out += n;
	l->untold += (uint32_t)n;
	if (l->untold >= MVC_WINDOW / 4 && !l->ended) {
		tell = l->untold;
		l->untold = 0;
	}
	pthread_mutex_unlock(&m->lock);
	if (!tell)
		return MVC_OK;
	mvc_put32(p, tell);
	return lane_frame(l, MVC_FRAME_CREDIT, p, 4);
}

int
mvc_lane_read(struct mvc_lane *l, void *p, size_t n, size_t *got)
{
	const void *from;
	int err = MVC_OK;
	size_t k = 1;

	for (*got = 0; !err && *got < n && k; *got += k) {
		err = mvc_lane_front(l, &from, &k);
		if (err)
			break;
		k = k < n - *got ? k : n - *got;
		memcpy((uint8_t *)p + *got, from, k);
		err = mvc_lane_took(l, k);
	}
	return err;
}

int
mvc_lane_wait(struct mvc_lane *l)
{
	const void *p;
	int err = MVC_OK;
	size_t n = 1;

	while (!err && n) {
		err = mvc_lane_front(l, &p, &n);
		if (!err && n)
			err = mvc_lane_took(l, n);
	}
	return err;
}
