/*
 * One thread reads the channel and hands each ask to a worker; workers block
 * on the disk and on their own lane only. A put is hashed as it arrives, and is
 * given its name only if the hash is what the sender says at the end; its end
 * is sent when all of it is durable.
 */
#include "remote/serve.h"
#include "hash/digest.h"
#include "remote/backends.h"
#include "remote/mux.h"
#include "util/beneath.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/sys.h"

#include <fcntl.h>
#include "util/banned.h"

/* Clients say something every ten seconds. */
#define STALL_MS 120000
#define HELLO_MS 60000

struct job {
	struct job *next;
	struct mvc_lane lane;
	uint8_t type;
	uint8_t end[16]; /* what its end says */
	struct mvc_ask ask;
	uint8_t payload[]; /* ask points into it */
};

struct server {
	struct mvc_ctx *ctx;
	const struct mvc_serve_options *options;
	struct mvc_mux mux;
	_Atomic(struct mvc_backend *) backend;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct job *first, **last;
	unsigned n_threads, idle, waiting;
	bool opening; /* the place was asked for */
	bool over;
	pthread_t threads[MVC_LANES];
};

/* ---- the place ---- */

/* The folders of a new path, durable before anything in them is. */
static int
sync_folders(int root, const char *path)
{
	char part[MVC_ASK_TEXT + 1];
	int err = mvc_sys_fsync_dir(root, ".");

	for (const char *p = path; !err && p; p = *p ? p + 1 : NULL) {
		p += strcspn(p, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		err = mvc_sys_fsync_dir(root, part);
	}
	return err;
}

static int
make_beneath(int root, const char *path)
{
	char inside[MVC_ASK_TEXT + 3];
	const char *name;
	int fd, err;

	snprintf(inside, sizeof(inside), "%s/x", path);
	err = mvc_beneath_parent(&fd, &name, root, inside, true);
	if (err)
		return err;
	close(fd);
	return sync_folders(root, path);
}

/* Go there, never by a link; the folder is "." from then on. */
static int
enter(const char *root, const char *path, bool make)
{
	MVC_OWN_FD int dir = -1, fd = -1;
	int err;

	path += strspn(path, "/");
	err = mvc_sys_open(&dir, AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	if (!*path)
		fd = MVC_TAKE_FD(dir);
	else
		err =
		    mvc_beneath_open(&fd, dir, path, O_RDONLY | O_DIRECTORY, 0);
	if (err == MVC_ENOTFOUND && make) {
		err = make_beneath(dir, path);
		if (!err)
			err = mvc_beneath_open(
			    &fd, dir, path, O_RDONLY | O_DIRECTORY, 0);
	}
	if (!err && fchdir(fd) < 0)
		err = mvc_fail_errno("open %s", path);
	return err == MVC_EINVALID
	    ? mvc_fail(MVC_EDENIED, "%s is not below what is served", path)
	    : err;
}

static int
open_place(struct server *s, struct mvc_ask *ask, struct mvc_backend **out)
{
	char path[MVC_ASK_TEXT + 1], *end;
	MVC_SCOPED(mvc_buf) url = MVC_BUF_INIT(2 * MVC_ASK_TEXT);
	struct mvc_remote_place place = {.make = ask->flags & 1};
	int err = MVC_OK;

	*out = NULL;
	if (!mvc_ask_next(ask, path) || !*path)
		return mvc_fail(MVC_EINVALID, "no path");
	for (end = path + strlen(path); end > path + 1 && end[-1] == '/';)
		*--end = 0;
	if (s->options->read_only)
		place.make = false;
	if (s->options->root)
		err = enter(s->options->root, path, place.make);
	/* Whatever it looks like, it is a path. */
	if (!err && s->options->root)
		err = mvc_buf_add_str(&url, ".");
	else if (!err)
		err = mvc_buf_addf(
		    &url, "%s%s", path[0] == '/' ? "" : "./", path);
	place.url = url.data;
	return err ? err : mvc_dir_open(out, s->ctx, &place);
}

static int
do_open(struct server *s, struct job *j)
{
	struct mvc_backend *b;
	bool again;
	int err;

	pthread_mutex_lock(&s->lock);
	again = s->opening;
	s->opening = true;
	pthread_mutex_unlock(&s->lock);
	if (again)
		return mvc_fail(MVC_EINVALID, "a place was opened before");
	err = open_place(s, &j->ask, &b);
	if (err)
		return err;
	if (s->options->read_only)
		b->can &= ~(unsigned)MVC_CAN_WRITE;
	mvc_put64(j->end, b->can);
	mvc_put64(j->end + 8, b->shared);
	s->backend = b;
	return MVC_OK;
}

/* ---- asks ---- */

static int
take_key(struct mvc_ask *ask, char key[MVC_ASK_TEXT + 1])
{
	if (!mvc_ask_next(ask, key) || !mvc_key_is_sane(key))
		return mvc_fail(MVC_EINVALID, "\"%s\" is no key", key);
	return MVC_OK;
}

static int
send_piece(void *arg, const void *p, size_t n)
{
	return mvc_lane_send(arg, p, n);
}

static void
end_with(struct job *j, uint64_t a, uint64_t b)
{
	mvc_put64(j->end, a);
	mvc_put64(j->end + 8, b);
}

struct counted {
	struct mvc_lane *lane;
	uint64_t n;
};

static int
send_counted(void *arg, const void *p, size_t n)
{
	struct counted *c = arg;

	c->n += n;
	return send_piece(c->lane, p, n);
}

static int
do_get(struct mvc_backend *b, struct job *j)
{
	char key[MVC_ASK_TEXT + 1];
	struct counted c = {&j->lane, 0};
	int err = take_key(&j->ask, key);

	if (!err)
		err = mvc_backend_get(
		    b, key, j->ask.off, j->ask.n, send_counted, &c);
	end_with(j, c.n, 0);
	return err;
}

struct arriving {
	struct mvc_lane *lane;
	struct mvc_digest digest;
	uint64_t at, size;
};

static int
check_arrived(struct arriving *a)
{
	struct mvc_oid oid;
	int err = mvc_lane_wait(a->lane);

	mvc_digest_final(&a->digest, &oid);
	if (!err &&
	    (a->lane->n_end != MVC_END_MAX ||
		memcmp(a->lane->end, &oid, MVC_END_MAX) != 0))
		err = mvc_fail(MVC_ECORRUPT,
		    "the bytes that arrived are not those that were sent");
	return err;
}

static int
arrive(void *arg, uint64_t off, void *p, size_t n)
{
	struct arriving *a = arg;
	size_t got;
	int err;

	if (off != a->at)
		return mvc_fail(MVC_EIO, "what was sent is wanted twice");
	err = mvc_lane_read(a->lane, p, n, &got);
	if (!err && got < n)
		err = mvc_fail(MVC_ECORRUPT, "less arrived than was promised");
	if (err)
		return err;
	mvc_digest_update(&a->digest, p, n);
	a->at += n;
	return a->at == a->size ? check_arrived(a) : MVC_OK;
}

static int
put_body(struct mvc_backend *b, struct job *j, const char *key)
{
	struct arriving a = {.lane = &j->lane, .size = j->ask.n};
	struct mvc_body body = {
	    .size = a.size, .read = arrive, .arg = &a, .fd = -1};
	int err = mvc_digest_init(&a.digest);

	if (!err && !a.size)
		err = check_arrived(&a);
	if (!err)
		err = mvc_backend_put(b, key, &body, j->ask.flags);
	mvc_digest_release(&a.digest);
	return err;
}

static int
do_put(struct mvc_backend *b, struct job *j)
{
	char key[MVC_ASK_TEXT + 1];
	bool there = false;
	int err = take_key(&j->ask, key);

	if (!err && j->ask.flags & ~(unsigned)MVC_PUT_NEW)
		err = mvc_fail(MVC_EVERSION, "a put of an unknown kind");
	/* What need not be sent should not be. */
	if (!err && j->ask.flags & MVC_PUT_NEW)
		err = mvc_backend_has(b, key, &there);
	if (!err && there)
		err = mvc_fail(MVC_EEXISTS, "%s is there", key);
	return err ? err : put_body(b, j, key);
}

struct listing {
	struct mvc_lane *lane;
	size_t n;
	uint8_t p[MVC_FRAME_MAX];
};

static int
flush_list(struct listing *l)
{
	size_t n = l->n;

	l->n = 0;
	return mvc_lane_send(l->lane, l->p, n);
}

static int
list_key(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct listing *l = arg;
	int err = MVC_OK;

	if (sizeof(l->p) - l->n < MVC_ENTRY_HEAD + MVC_KEY_MAX)
		err = flush_list(l);
	l->n += mvc_entry_make(l->p + l->n, key, st);
	return err;
}

/* "" or sane folders, each with its '/'. */
static bool
prefix_is_sane(char *prefix)
{
	size_t n = strlen(prefix);
	bool sane;

	if (!n)
		return true;
	if (prefix[n - 1] != '/')
		return false;
	prefix[n - 1] = 0;
	sane = mvc_key_is_sane(prefix);
	prefix[n - 1] = '/';
	return sane;
}

static int
do_list(struct mvc_backend *b, struct job *j)
{
	char prefix[MVC_ASK_TEXT + 1], after[MVC_ASK_TEXT + 1];
	MVC_OWN_MEM struct listing *l = malloc(sizeof(*l));
	int err;

	if (!l)
		return mvc_fail(MVC_ENOMEM, "no memory for a list");
	if (!mvc_ask_next(&j->ask, prefix) || !prefix_is_sane(prefix))
		return mvc_fail(
		    MVC_EINVALID, "\"%s\" is no folder of keys", prefix);
	mvc_ask_next(&j->ask, after);
	l->lane = &j->lane;
	l->n = 0;
	err = mvc_backend_list(b, prefix, *after ? after : NULL, list_key, l);
	return err ? err : flush_list(l);
}

static int
do_del(struct mvc_backend *b, struct job *j)
{
	char key[MVC_ASK_TEXT + 1];
	const char *one = key;
	int err = MVC_OK;

	while (!err && j->ask.texts) {
		err = take_key(&j->ask, key);
		if (!err)
			err = mvc_backend_del(b, &one, 1);
	}
	return err;
}

static int
do_stat(struct mvc_backend *b, struct job *j)
{
	char key[MVC_ASK_TEXT + 1];
	struct mvc_keystat st;
	int err = take_key(&j->ask, key);

	if (!err)
		err = mvc_backend_stat(b, key, &st);
	if (!err)
		end_with(j, st.size, (uint64_t)st.modified);
	return err;
}

static int
do_clock(struct mvc_backend *b, struct job *j)
{
	int64_t now;
	int err = mvc_backend_clock(b, &now);

	if (!err)
		end_with(j, 0, (uint64_t)now);
	return err;
}

static int
do_job(struct server *s, struct job *j)
{
	static int (*const doing[])(struct mvc_backend * b, struct job * j) = {
	    [MVC_ASK_GET] = do_get,
	    [MVC_ASK_PUT] = do_put,
	    [MVC_ASK_LIST] = do_list,
	    [MVC_ASK_DEL] = do_del,
	    [MVC_ASK_STAT] = do_stat,
	    [MVC_ASK_CLOCK] = do_clock,
	};
	struct mvc_backend *b = s->backend;

	if (j->type == MVC_ASK_OPEN)
		return do_open(s, j);
	if (!b)
		return mvc_fail(MVC_EINVALID, "no place was opened");
	return doing[j->type](b, j);
}

/* ---- workers ---- */

static struct job *
next_job(struct server *s)
{
	struct job *j;

	pthread_mutex_lock(&s->lock);
	s->idle++;
	while (!s->first && !s->over)
		pthread_cond_wait(&s->cond, &s->lock);
	s->idle--;
	j = s->first;
	if (j) {
		s->waiting--;
		s->first = j->next;
		if (!s->first)
			s->last = &s->first;
	}
	pthread_mutex_unlock(&s->lock);
	return j;
}

/* Who has the answer may ask for more at once: the lane is closed before. A
 * channel that is gone is found by who reads it. */
static void
answer(struct job *j, int err)
{
	mvc_lane_close(&j->lane);
	if (err)
		(void)!mvc_lane_fail(&j->lane, err, mvc_error_text());
	else
		(void)!mvc_lane_end(&j->lane, j->end, sizeof(j->end));
}

static void *
work(void *arg)
{
	struct server *s = arg;
	struct job *j;

	while ((j = next_job(s))) {
		answer(j, do_job(s, j));
		free(j);
	}
	return NULL;
}

static int
queue_job(struct server *s, struct job *j)
{
	int err = MVC_OK;

	pthread_mutex_lock(&s->lock);
	*s->last = j;
	s->last = &j->next;
	s->waiting++;
	if (s->waiting > s->idle && s->n_threads < MVC_LANES) {
		if (!pthread_create(&s->threads[s->n_threads], NULL, work, s))
			s->n_threads++;
		else if (!s->n_threads)
			err = mvc_fail(MVC_ENOMEM, "no thread to work");
	}
	pthread_cond_signal(&s->cond);
	pthread_mutex_unlock(&s->lock);
	return err;
}

static int
on_ask(void *arg, const struct mvc_frame *f, const uint8_t *p)
{
	struct server *s = arg;
	struct job *j = calloc(1, sizeof(*j) + f->n);
	int err = MVC_OK;

	if (!j)
		return mvc_fail(MVC_ENOMEM, "no memory for a request");
	memcpy(j->payload, p, f->n);
	j->type = f->type;
	err = mvc_ask_parse(&j->ask, j->payload, f->n);
	if (!err && !f->lane)
		err = mvc_fail(MVC_EINVALID, "an ask without a number");
	if (!err)
		err = mvc_lane_open(&j->lane, &s->mux, f->lane,
		    f->type == MVC_ASK_PUT ? j->ask.n : 0);
	if (err) {
		free(j);
		return err;
	}
	return queue_job(s, j);
}

/* ---- from hello to the end ---- */

static int
greet(struct server *s)
{
	uint8_t hello[MVC_HELLO_SIZE];
	int err;

	mvc_hello_make(hello);
	err = mvc_mux_say(&s->mux, hello, sizeof(hello));
	if (!err)
		err = mvc_mux_hear(&s->mux, hello, sizeof(hello), HELLO_MS);
	return err ? err : mvc_hello_check(hello);
}

static void
end_workers(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->over = true;
	pthread_cond_broadcast(&s->cond);
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->n_threads; i++)
		pthread_join(s->threads[i], NULL);
}

static int
serve(struct server *s)
{
	int flags = fcntl(s->mux.out, F_GETFL), err;

	if (flags < 0 || fcntl(s->mux.out, F_SETFL, flags | O_NONBLOCK) < 0)
		return mvc_fail_errno("set up standard output");
	err = greet(s);
	if (err)
		return err;
	s->mux.stall_ms = STALL_MS;
	err = mvc_mux_read(&s->mux);
	end_workers(s);
	fcntl(s->mux.out, F_SETFL, flags);
	return err == MVC_EAGAIN ? MVC_OK : err;
}

int
mvc_serve(struct mvc_ctx *ctx, const struct mvc_serve_options *options)
{
	struct server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory to serve");
	s->ctx = ctx;
	s->options = options;
	s->last = &s->first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->cond, NULL);
	err = mvc_mux_init(&s->mux, options->in, options->out);
	s->mux.ask = on_ask;
	s->mux.arg = s;
	if (!err)
		err = serve(s);
	mvc_backend_free(s->backend);
	mvc_mux_release(&s->mux);
	pthread_cond_destroy(&s->cond);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return err;
}
