/*
 * A host that is reached by the user's own ssh, where `mvc serve` answers
 * (serve.c). All threads share one connection (mux.h); where it is lost, the
 * call is made again over a new one: each is the same when it is repeated, a
 * get and a list go on where they were.
 */
#include "hash/digest.h"
#include "remote/retry.h"
#include "remote/ssh_priv.h"
#include "util/bytes.h"
#include "util/banned.h"

#define BODY_PIECE ((size_t)256 << 10)

struct ssh {
	struct mvc_backend b; /* first */
	struct mvc_sshplace place;
	struct mvc_gate gate;
	pthread_mutex_t lock;
	struct mvc_sshlink *link; /* NULL: none */
	char *url;
};

/* ---- one connection for all ---- */

static int
take_link(struct mvc_sshlink **out, struct ssh *s)
{
	int err = MVC_OK;

	pthread_mutex_lock(&s->lock);
	if (!s->link) {
		err = mvc_sshlink_open(&s->link, &s->place);
		if (!err)
			s->link->users = 1;
	}
	if (!err)
		s->link->users++;
	*out = s->link;
	pthread_mutex_unlock(&s->lock);
	return err;
}

static void
drop_link(struct ssh *s, struct mvc_sshlink *l)
{
	bool last;

	pthread_mutex_lock(&s->lock);
	if (mvc_mux_dead(&l->mux) && s->link == l) {
		s->link = NULL;
		l->users--;
	}
	last = --l->users == 0;
	pthread_mutex_unlock(&s->lock);
	if (last)
		mvc_sshlink_free(l);
}

struct call;
typedef int (*talk_fn)(struct mvc_lane *lane, struct call *c);

/* A call, and how far it came. */
struct call {
	struct ssh *s;
	enum mvc_frame_type type;
	talk_fn talk; /* after the ask; NULL: wait for the end */
	uint64_t off, n;
	uint32_t flags;
	uint64_t expect; /* bytes of an answer */
	const char *const *texts;
	size_t n_texts;
	uint64_t a, b; /* what the end says */
	unsigned tries;
	uint64_t kept; /* bytes that need not come again */
	int err; /* of a callback of ours: the place is not asked again */
	/* get, list */
	mvc_take_fn take;
	mvc_key_fn each;
	void *arg;
	char last[MVC_KEY_MAX + 1];
	/* put */
	const struct mvc_body *body;
	struct mvc_oid hash;
};

static int
send_ask(struct mvc_lane *lane, struct call *c)
{
	MVC_SCOPED(mvc_buf) ask = MVC_BUF_INIT(MVC_FRAME_MAX);
	int err = mvc_ask_make(&ask, c->off, c->n, c->flags);

	for (size_t i = 0; !err && i < c->n_texts; i++)
		err = mvc_ask_add(&ask, c->texts[i]);
	return err ? err : mvc_lane_ask(lane, c->type, &ask);
}

/* Ours failed: the other side is told, and says that it has stopped. */
static int
give_up(struct mvc_lane *lane, int err)
{
	char text[MVC_ERROR_MAX];

	snprintf(text, sizeof(text), "%s", mvc_error_text());
	if (!mvc_lane_fail(lane, err, "it was ended"))
		(void)!mvc_lane_wait(lane);
	return mvc_error_adopt(err, text);
}

static int
converse(struct mvc_lane *lane, struct call *c)
{
	int err = send_ask(lane, c);

	if (!err && c->talk)
		err = c->talk(lane, c);
	if (c->err)
		return give_up(lane, c->err);
	if (!err)
		err = mvc_lane_wait(lane);
	if (!err && lane->n_end != 16)
		err = mvc_fail(MVC_EINVALID, "a malformed answer");
	c->a = mvc_get64(lane->end);
	c->b = mvc_get64(lane->end + 8);
	return err;
}

static int
call_once(struct call *c, bool *lost)
{
	char text[MVC_ERROR_MAX];
	struct mvc_sshlink *l;
	struct mvc_lane lane;
	int err = take_link(&l, c->s);

	*lost = err == MVC_EAGAIN;
	if (err)
		return err;
	atomic_fetch_add(&c->s->b.requests, 1);
	err = mvc_lane_open(&lane, &l->mux, 0, c->expect);
	if (!err) {
		err = converse(&lane, c);
		mvc_lane_close(&lane);
	}
	if (c->err)
		err = c->err;
	else if (err && mvc_mux_dead(&l->mux))
		err = mvc_sshlink_why(l, &c->s->place);
	else if (err)
		err = mvc_fail_prefix(err, "%s", c->s->url);
	/* It may be tried again. */
	*lost = err == MVC_EAGAIN && !c->err && mvc_mux_dead(&l->mux);
	snprintf(text, sizeof(text), "%s", mvc_error_text());
	drop_link(c->s, l);
	return err ? mvc_error_adopt(err, text) : MVC_OK;
}

static int
call(struct call *c)
{
	struct ssh *s = c->s;
	struct mvc_retry r = {0};
	bool lost = true;
	int err;

	mvc_gate_enter(&s->gate);
	do {
		c->tries++;
		err = call_once(c, &lost);
	} while (err && lost && mvc_retry_wait(&r, 0, false, c->kept));
	mvc_gate_leave(&s->gate, false);
	return err;
}

/* ---- calls ---- */

/* Bytes go from the lane to the caller; what came need not come again. */
static int
talk_get(struct mvc_lane *lane, struct call *c)
{
	const void *p;
	int err = MVC_OK;
	size_t n = 1;

	while (!err) {
		err = mvc_lane_front(lane, &p, &n);
		if (err || !n)
			break;
		if (n > c->n)
			return mvc_fail(
			    MVC_EINVALID, "more came than was asked for");
		c->err = c->take(c->arg, p, n);
		if (c->err)
			return c->err;
		mvc_backend_received(&c->s->b, n);
		c->kept += n;
		c->off += n;
		if (c->n != MVC_TO_END)
			c->n -= n;
		err = mvc_lane_took(lane, n);
	}
	return err;
}

static int
ssh_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	struct call c = {.s = (struct ssh *)b,
	    .type = MVC_ASK_GET,
	    .talk = talk_get,
	    .off = off,
	    .n = n,
	    .expect = n,
	    .texts = &key,
	    .n_texts = 1,
	    .take = take,
	    .arg = arg};
	int err = call(&c);

	if (!err && n != MVC_TO_END && c.n)
		err =
		    mvc_fail(MVC_ECORRUPT, "%s: %s is cut short", b->url, key);
	return err;
}

static int
send_body(struct mvc_lane *lane, struct call *c, struct mvc_digest *digest)
{
	const struct mvc_body *body = c->body;
	size_t piece =
	    body->size < BODY_PIECE ? (size_t)body->size : BODY_PIECE;
	MVC_OWN_MEM uint8_t *p = malloc(piece ? piece : 1);
	int err = p ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory to send");

	for (uint64_t at = 0; !err && at < body->size;) {
		uint64_t left = body->size - at;
		size_t n = left < piece ? (size_t)left : piece;

		c->err = body->read(body->arg, at, p, n);
		if (c->err)
			return c->err;
		if (!body->blake3)
			mvc_digest_update(digest, p, n);
		err = mvc_lane_send(lane, p, n);
		if (!err)
			mvc_backend_sent(&c->s->b, n);
		at += n;
	}
	return err;
}

static int
talk_put(struct mvc_lane *lane, struct call *c)
{
	struct mvc_digest digest;
	int err = mvc_digest_init(&digest);

	if (!err)
		err = send_body(lane, c, &digest);
	if (!err && c->body->blake3)
		c->hash = *c->body->blake3;
	else if (!err)
		mvc_digest_final(&digest, &c->hash);
	mvc_digest_release(&digest);
	return err ? err : mvc_lane_end(lane, &c->hash, sizeof(c->hash));
}

struct same {
	const struct mvc_body *body;
	uint64_t at;
	bool differs;
	uint8_t p[4096];
};

static int
compare(void *arg, const void *p, size_t n)
{
	struct same *m = arg;
	const uint8_t *at = p;

	while (n && !m->differs) {
		size_t k = n < sizeof(m->p) ? n : sizeof(m->p);
		int err;

		if (k > m->body->size - m->at) {
			m->differs = true;
			break;
		}
		err = m->body->read(m->body->arg, m->at, m->p, k);
		if (err)
			return err;
		m->differs = memcmp(m->p, at, k) != 0;
		m->at += k;
		at += k;
		n -= k;
	}
	return MVC_OK;
}

/* A put whose answer was lost may have been done: then what is there is ours. */
static int
settle_put(struct mvc_backend *b, const char *key, struct call *c)
{
	struct same m = {.body = c->body};
	int err = ssh_get(b, key, 0, MVC_TO_END, compare, &m);

	if (err)
		return err;
	return !m.differs && m.at == c->body->size
	    ? MVC_OK
	    : mvc_fail(MVC_EEXISTS, "%s: %s is there", b->url, key);
}

static int
ssh_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	struct call c = {.s = (struct ssh *)b,
	    .type = MVC_ASK_PUT,
	    .talk = talk_put,
	    .n = body->size,
	    .flags = flags,
	    .texts = &key,
	    .n_texts = 1,
	    .body = body};
	int err = call(&c);

	if (err == MVC_EEXISTS && c.tries > 1)
		err = settle_put(b, key, &c);
	return err;
}

static int
read_entry(struct mvc_lane *lane, char *key, struct mvc_keystat *st, bool *more)
{
	uint8_t head[MVC_ENTRY_HEAD];
	size_t got, n;
	int err = mvc_lane_read(lane, head, sizeof(head), &got);

	*more = !err && got;
	if (!*more)
		return err;
	n = mvc_entry_head(st, head);
	if (got == sizeof(head))
		err = mvc_lane_read(lane, key, n, &got);
	key[n] = 0;
	if (!err && (got != n || strlen(key) != n || !mvc_key_is_sane(key)))
		err = mvc_fail(MVC_EINVALID, "a list is malformed");
	return err;
}

static int
talk_list(struct mvc_lane *lane, struct call *c)
{
	const char *prefix = c->texts[0];
	char key[MVC_KEY_MAX + 1];
	struct mvc_keystat st;
	bool more = true;
	int err = MVC_OK;

	while (!err) {
		err = read_entry(lane, key, &st, &more);
		if (err || !more)
			break;
		if (strncmp(key, prefix, strlen(prefix)) != 0 ||
		    strcmp(key, c->last) <= 0)
			return mvc_fail(MVC_EINVALID, "a list is out of order");
		memcpy(c->last, key, sizeof(key));
		c->err = c->each(c->arg, key, &st);
		err = c->err;
	}
	return err;
}

static int
ssh_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	struct call c = {.s = (struct ssh *)b,
	    .type = MVC_ASK_LIST,
	    .talk = talk_list,
	    .expect = MVC_TO_END,
	    .n_texts = 2,
	    .each = each,
	    .arg = arg};
	const char *texts[] = {prefix, c.last};

	c.texts = texts;
	if (after && strlen(after) > MVC_KEY_MAX)
		return mvc_fail(
		    MVC_EINVALID, "%s: %s is no key", b->url, after);
	snprintf(c.last, sizeof(c.last), "%s", after ? after : "");
	return call(&c);
}

/* As many keys as a frame takes whatever their length. */
#define MOST_DEL (MVC_FRAME_MAX / (MVC_KEY_MAX + 2) - 1)

static int
ssh_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	int err = MVC_OK;

	for (size_t k; !err && n; keys += k, n -= k) {
		struct call c = {.s = (struct ssh *)b,
		    .type = MVC_ASK_DEL,
		    .texts = keys,
		    .n_texts = n < MOST_DEL ? n : MOST_DEL};

		k = c.n_texts;
		err = call(&c);
	}
	return err;
}

static int
ssh_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	struct call c = {.s = (struct ssh *)b,
	    .type = MVC_ASK_STAT,
	    .texts = &key,
	    .n_texts = 1};
	int err = call(&c);

	out->size = c.a;
	out->modified = (int64_t)c.b;
	return err;
}

static int
ssh_clock(struct mvc_backend *b, int64_t *now)
{
	struct call c = {.s = (struct ssh *)b, .type = MVC_ASK_CLOCK};
	int err = call(&c);

	if (!err)
		*now = (int64_t)c.b;
	return err;
}

/* ---- opening ---- */

static void
ssh_free(struct mvc_backend *b)
{
	struct ssh *s = (struct ssh *)b;

	mvc_sshlink_free(s->link);
	mvc_sshurl_release(&s->place.at);
	free(s->place.command);
	free(s->url);
	mvc_gate_release(&s->gate);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static const struct mvc_backend_ops ssh_ops = {
    .get = ssh_get,
    .put = ssh_put,
    .list = ssh_list,
    .del = ssh_del,
    .stat = ssh_stat,
    .clock = ssh_clock,
    .free = ssh_free,
};

/* Only the user says what runs: the environment, then the user's own Git
 * configuration, which the caller has read. */
static int
choose_command(struct ssh *s, const struct mvc_remote_place *place)
{
	const char *own = getenv("GIT_SSH_COMMAND");
	struct mvc_buf b = MVC_BUF_INIT(1 << 16);
	int err;

	if (!own || !*own)
		own = place->ssh;
	if (!own || !*own)
		return MVC_OK;
	err = mvc_buf_addf(&b, "%s \"$@\"", own);
	if (!err)
		s->place.command = mvc_buf_take(&b);
	mvc_buf_release(&b);
	return err;
}

static int
connect_first(struct ssh *s)
{
	struct mvc_retry r = {.tries = 4}; /* somebody waits */
	int err;

	do {
		err = mvc_sshlink_open(&s->link, &s->place);
	} while (err == MVC_EAGAIN && mvc_retry_wait(&r, 0, false, 0));
	if (err)
		return err;
	s->link->users = 1;
	s->b.can = s->link->can & (MVC_CAN_WRITE | MVC_CAN_LIST | MVC_CAN_TELL);
	s->b.shared = s->link->shared;
	return MVC_OK;
}

int
mvc_ssh_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place)
{
	struct ssh *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	pthread_mutex_init(&s->lock, NULL);
	mvc_gate_init(&s->gate, MVC_LANES);
	s->b.ops = &ssh_ops;
	s->b.calls = MVC_LANES;
	s->url = strdup(place->url);
	s->b.url = s->place.url = s->url;
	s->place.make = place->make;
	err = s->url ? mvc_sshurl_parse(&s->place.at, place->url)
		     : mvc_fail(MVC_ENOMEM, "no memory for a URL");
	if (!err)
		err = choose_command(s, place);
	if (!err)
		err = connect_first(s);
	if (err)
		ssh_free(&s->b);
	else
		*out = &s->b;
	return err;
}
