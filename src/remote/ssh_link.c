/*
 * A connection: ssh as a child, a thread that reads the channel, and one that
 * keeps the end of what ssh prints, to be shown when it fails. (A master that
 * ssh leaves behind may hold that handle for ever: nobody waits for its end.)
 */
#include "remote/ssh_priv.h"
#include "util/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include "util/banned.h"

/* Without a terminal nobody answers questions. */
#define HELLO_MS 60000
#define HELLO_ASKING_MS 600000
#define STALL_MS 60000
/* How long ssh may take to end when its channel has. */
#define END_MS 3000

static void
keep_said(struct mvc_sshlink *l, const char *p, size_t n)
{
	size_t most = sizeof(l->said) - 1;

	pthread_mutex_lock(&l->lock);
	if (n > most) {
		p += n - most;
		n = most;
	}
	if (l->n_said + n > most) {
		size_t drop = l->n_said + n - most;

		memmove(l->said, l->said + drop, l->n_said - drop);
		l->n_said -= drop;
	}
	memcpy(l->said + l->n_said, p, n);
	l->n_said += n;
	l->said[l->n_said] = 0;
	pthread_mutex_unlock(&l->lock);
}

static void *
listen_to_ssh(void *arg)
{
	struct mvc_sshlink *l = arg;
	struct pollfd pf = {l->child.err, POLLIN, 0};
	char part[1024];
	ssize_t r = 1;

	while (r != 0) {
		int n = poll(&pf, 1, 50);

		if (n == 0 && l->over)
			break;
		if (n <= 0)
			continue;
		r = read(pf.fd, part, sizeof(part));
		if (r > 0)
			keep_said(l, part, (size_t)r);
		else if (r < 0 && errno != EINTR)
			break;
	}
	return NULL;
}

static void *
read_channel(void *arg)
{
	struct mvc_sshlink *l = arg;

	(void)!mvc_mux_read(&l->mux);
	return NULL;
}

/* ssh ends, and all that it said is there; its exit status. */
static int
finish(struct mvc_sshlink *l, unsigned ms)
{
	int status = mvc_child_end(&l->child, ms);

	l->over = true;
	if (l->listening)
		pthread_join(l->listener, NULL);
	l->listening = false;
	return status;
}

/* The last lines, as one. */
static const char *
words(struct mvc_sshlink *l)
{
	while (l->n_said && strchr("\r\n ", l->said[l->n_said - 1]))
		l->said[--l->n_said] = 0;
	for (size_t i = 0; i < l->n_said; i++)
		if (l->said[i] == '\r' || l->said[i] == '\n')
			l->said[i] = ' ';
	return l->said;
}

/* What trying again does not mend. */
static bool
is_final(const char *said)
{
	static const char *const signs[] = {
	    "Permission denied",
	    "Host key verification failed",
	    "HOST IDENTIFICATION HAS CHANGED",
	    "Could not resolve hostname",
	    "Bad configuration option",
	    "Bad owner or permissions",
	    "command-line",
	    "Too many authentication failures",
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (strstr(said, signs[i]))
			return true;
	return false;
}

int
mvc_sshlink_why(struct mvc_sshlink *l, const struct mvc_sshplace *place)
{
	int code = MVC_EAGAIN;

	pthread_mutex_lock(&l->lock);
	pthread_mutex_lock(&l->mux.lock);
	if (l->mux.err)
		code = l->mux.err;
	code = mvc_fail(code, "%s: %s%s%s", place->url,
	    l->mux.err ? l->mux.text : "the connection was lost",
	    l->n_said ? ": " : "", words(l));
	pthread_mutex_unlock(&l->mux.lock);
	pthread_mutex_unlock(&l->lock);
	return code;
}

/* No hello came: ssh, the shell there, or mvc there say why. */
static int
not_greeted(struct mvc_sshlink *l, const struct mvc_sshplace *place, int err)
{
	char why[256];
	int status;

	snprintf(why, sizeof(why), "%s", mvc_error_text());
	status = finish(l, END_MS);
	words(l);
	if (status == 127)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s: mvc is not installed on %s, or not in the PATH of "
		    "`ssh %s mvc version`%s%s: install it there",
		    place->url, place->at.host, place->at.host,
		    l->n_said ? ": " : "", l->said);
	if (status == 129 || strstr(l->said, "no command 'serve'"))
		return mvc_fail(MVC_EVERSION,
		    "%s: mvc on %s is too old, it has no `mvc serve`: install "
		    "a newer one there",
		    place->url, place->at.host);
	if (status == 255)
		return mvc_fail(is_final(l->said) ? MVC_EDENIED : MVC_EAGAIN,
		    "%s: %s", place->url,
		    l->n_said ? l->said : "ssh failed, and does not say why");
	return mvc_fail(
	    err, "%s: %s%s%s", place->url, why, l->n_said ? ": " : "", l->said);
}

static int
greet(struct mvc_sshlink *l, const struct mvc_sshplace *place, bool asking)
{
	uint8_t hello[MVC_HELLO_SIZE], got[MVC_HELLO_SIZE + 1] = "";
	int err;

	mvc_hello_make(hello);
	err = mvc_mux_say(&l->mux, hello, sizeof(hello));
	if (!err)
		err = mvc_mux_hear(&l->mux, got, MVC_HELLO_SIZE,
		    asking ? HELLO_ASKING_MS : HELLO_MS);
	/* Fewer bytes, then the end: those are not mvc's either. */
	if (got[0] && memcmp(got, MVC_HELLO_MAGIC, 8)) {
		got[MVC_HELLO_SIZE] = 0;
		finish(l, 0);
		return mvc_fail(MVC_EINVALID,
		    "%s: something there prints \"%s\" before mvc serve can "
		    "answer: a login file such as .bashrc must print nothing "
		    "where there is no terminal",
		    place->url, (char *)got);
	}
	if (err)
		return not_greeted(l, place, err);
	err = mvc_hello_check(got);
	return err ? mvc_fail_prefix(err, "%s", place->url) : MVC_OK;
}

static int
ask_open(struct mvc_lane *lane, const struct mvc_sshplace *place)
{
	MVC_SCOPED(mvc_buf) ask = MVC_BUF_INIT(2 * MVC_ASK_TEXT);
	int err;

	err = mvc_ask_make(&ask, 0, 0, place->make);
	if (!err)
		err = mvc_ask_add(&ask, place->at.path);
	if (!err)
		err = mvc_lane_ask(lane, MVC_ASK_OPEN, &ask);
	return err ? err : mvc_lane_wait(lane);
}

static int
open_place(struct mvc_sshlink *l, const struct mvc_sshplace *place)
{
	struct mvc_lane lane;
	int err = mvc_lane_open(&lane, &l->mux, 0, 0);

	if (err)
		return err;
	err = ask_open(&lane, place);
	if (!err && lane.n_end != 16)
		err = mvc_fail(MVC_EINVALID, "a malformed answer");
	if (!err) {
		l->can = mvc_get32(lane.end);
		l->shared = mvc_get32(lane.end + 8) & 0666;
	}
	mvc_lane_close(&lane);
	if (err && mvc_mux_dead(&l->mux))
		return mvc_sshlink_why(l, place);
	return err ? mvc_fail_prefix(err, "%s", place->url) : MVC_OK;
}

static int
start(struct mvc_sshlink *l, const struct mvc_sshplace *place)
{
	const char *argv[MVC_SSH_ARGS];
	struct mvc_run run = {.argv = argv};
	bool asking = isatty(STDERR_FILENO);
	int err;

	mvc_ssh_args(argv, &place->at, place->command, asking);
	err = mvc_child_start(&l->child, &run);
	if (!err)
		err = mvc_mux_init(&l->mux, l->child.out, l->child.in);
	if (!err && fcntl(l->child.in, F_SETFL, O_NONBLOCK) < 0)
		err = mvc_fail_errno("set up a connection");
	if (!err) {
		l->listening =
		    !pthread_create(&l->listener, NULL, listen_to_ssh, l);
		err = greet(l, place, asking);
	}
	if (err)
		return err;
	l->mux.stall_ms = STALL_MS;
	if (pthread_create(&l->reader, NULL, read_channel, l))
		return mvc_fail(MVC_ENOMEM, "no thread for a connection");
	l->reading = true;
	return open_place(l, place);
}

int
mvc_sshlink_open(struct mvc_sshlink **out, const struct mvc_sshplace *place)
{
	struct mvc_sshlink *l = calloc(1, sizeof(*l));
	int err;

	*out = NULL;
	if (!l)
		return mvc_fail(MVC_ENOMEM, "no memory for a connection");
	l->child = (struct mvc_child)MVC_CHILD_INIT;
	pthread_mutex_init(&l->lock, NULL);
	err = start(l, place);
	if (err)
		mvc_sshlink_free(l);
	else
		*out = l;
	return err;
}

void
mvc_sshlink_free(struct mvc_sshlink *l)
{
	if (!l)
		return;
	if (l->reading) {
		mvc_mux_kill(&l->mux, MVC_EAGAIN, "the connection was closed");
		pthread_join(l->reader, NULL);
	}
	finish(l, l->reading ? END_MS : 0);
	mvc_child_release(&l->child);
	mvc_mux_release(&l->mux);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
