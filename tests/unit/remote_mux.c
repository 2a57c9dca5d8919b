/* Frames and lanes, with a peer that does as the test says. */
#include "remote/mux.h"
#include "remote/serve.h"
#include "scratch.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCRATCH .init = scratch_enter, .fini = scratch_leave

static struct mvc_mux mux;
static pthread_t reader;
static int peer; /* the other end of what mux speaks over */
static int ended;

static void *
read_mux(void *arg)
{
	ended = mvc_mux_read(&mux);
	return NULL;
}

static void
start(void)
{
	int fd[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	cr_assert_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	cr_assert_eq(mvc_mux_init(&mux, fd[0], fd[0]), 0);
	peer = fd[1];
	pthread_create(&reader, NULL, read_mux, NULL);
}

static void
stop(void)
{
	close(peer);
	pthread_join(reader, NULL);
	close(mux.in);
	mvc_mux_release(&mux);
}

static void
say(uint8_t type, uint32_t lane, const void *p, size_t n)
{
	struct mvc_frame f = {.n = (uint32_t)n, .lane = lane, .type = type};
	uint8_t head[MVC_FRAME_HEAD];

	mvc_frame_make(head, &f);
	cr_assert_eq(write(peer, head, sizeof(head)), sizeof(head));
	if (n)
		cr_assert_eq(write(peer, p, n), (ssize_t)n);
}

static void
hear(struct mvc_frame *f, void *p)
{
	uint8_t head[MVC_FRAME_HEAD];

	do {
		cr_assert_eq(
		    recv(peer, head, sizeof(head), MSG_WAITALL), sizeof(head));
		cr_assert_eq(mvc_frame_parse(f, head), 0);
	} while (f->type == MVC_FRAME_PING);
	if (f->n)
		cr_assert_eq(recv(peer, p, f->n, MSG_WAITALL), (ssize_t)f->n);
}

static void
open_lane(struct mvc_lane *a, uint64_t expect)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_FRAME_MAX);
	struct mvc_frame f;
	uint8_t p[100];

	cr_assert_eq(mvc_lane_open(a, &mux, 0, expect), 0);
	cr_assert_eq(mvc_ask_make(&b, 0, expect, 0), 0);
	cr_assert_eq(mvc_lane_ask(a, MVC_ASK_GET, &b), 0);
	hear(&f, p);
	cr_assert_eq(f.type, MVC_ASK_GET);
	cr_assert_eq(f.lane, a->id);
}

Test(remote_mux, asks_are_numbered_in_the_order_that_they_leave)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_FRAME_MAX);
	struct mvc_lane first, second;
	struct mvc_frame f, g;
	uint8_t p[100];

	start();
	cr_assert_eq(mvc_lane_open(&second, &mux, 0, 10), 0);
	cr_assert_eq(mvc_lane_open(&first, &mux, 0, 10), 0);
	cr_assert_eq(mvc_ask_make(&b, 0, 10, 0), 0);
	cr_assert_eq(mvc_lane_ask(&first, MVC_ASK_GET, &b), 0);
	cr_assert_eq(mvc_lane_ask(&second, MVC_ASK_GET, &b), 0);
	hear(&f, p);
	hear(&g, p);
	cr_assert_lt(f.lane, g.lane);
	mvc_lane_close(&first);
	mvc_lane_close(&second);
	stop();
}

Test(remote_mux, what_comes_before_anything_was_asked_is_dropped)
{
	struct mvc_lane a;

	start();
	cr_assert_eq(mvc_lane_open(&a, &mux, 0, 10), 0);
	say(MVC_FRAME_FAIL, 0, "\xfd\xff\xff\xffno", 6);
	shutdown(peer, SHUT_WR);
	cr_assert_eq(mvc_lane_wait(&a), MVC_EAGAIN);
	mvc_lane_close(&a);
	stop();
}

Test(remote_mux, answers_come_in_any_order)
{
	struct mvc_lane a, b;
	char got[10] = "";
	size_t n;

	start();
	open_lane(&a, 10);
	open_lane(&b, 10);
	say(MVC_FRAME_DATA, b.id, "two", 3);
	say(MVC_FRAME_END, b.id, "", 0);
	say(MVC_FRAME_DATA, a.id, "o", 1);
	say(MVC_FRAME_DATA, a.id, "ne", 2);
	say(MVC_FRAME_END, a.id, "x", 1);
	cr_assert_eq(mvc_lane_read(&a, got, 9, &n), 0);
	cr_assert_str_eq(got, "one");
	cr_assert_eq(a.n_end, 1);
	memset(got, 0, sizeof(got));
	cr_assert_eq(mvc_lane_read(&b, got, 9, &n), 0);
	cr_assert_str_eq(got, "two");
	mvc_lane_close(&a);
	mvc_lane_close(&b);
	stop();
	cr_assert_eq(ended, MVC_EAGAIN);
}

Test(remote_mux, a_failure_is_told_with_its_text_and_without_its_controls)
{
	struct mvc_lane a;

	start();
	open_lane(&a, 10);
	say(MVC_FRAME_FAIL, a.id, "\xf4\xff\xff\xff\033[2Jfull", 12);
	cr_assert_eq(mvc_lane_wait(&a), MVC_EAGAIN);
	cr_assert_str_eq(mvc_error_text(), "?[2Jfull");
	mvc_lane_close(&a);
	cr_assert_eq(mvc_frame_failure((const void *)"\1\0\0\0x", 5), MVC_EIO);
	cr_assert_eq(mvc_frame_failure((const void *)"\0", 1), MVC_EIO);
	stop();
}

Test(remote_mux, more_than_was_asked_for_ends_the_connection)
{
	static const char much[100];
	struct mvc_lane a;

	start();
	open_lane(&a, 10);
	say(MVC_FRAME_DATA, a.id, much, sizeof(much));
	cr_assert_eq(mvc_lane_wait(&a), MVC_EINVALID);
	mvc_lane_close(&a);
	stop();
	cr_assert_eq(ended, MVC_EINVALID);
}

static void
dies_of(uint8_t type, const void *p, size_t n)
{
	struct mvc_lane a;

	start();
	open_lane(&a, 10);
	say(type, a.id, p, n);
	cr_assert_eq(mvc_lane_wait(&a), MVC_EINVALID, "%d", type);
	mvc_lane_close(&a);
	stop();
}

Test(remote_mux, malformed_frames_end_the_connection)
{
	static const char much[100];

	dies_of(0, "", 0);
	dies_of(6, "", 0);
	dies_of(23, "", 0);
	dies_of(MVC_FRAME_CREDIT, "xxx", 3);
	dies_of(MVC_FRAME_END, much, MVC_END_MAX + 1);
	dies_of(MVC_ASK_GET, much, 20); /* who is asked does not ask */
}

Test(remote_mux, what_comes_late_is_dropped)
{
	struct mvc_lane a;

	start();
	open_lane(&a, 10);
	say(MVC_FRAME_DATA, 77, "x", 1);
	say(MVC_FRAME_END, a.id, "", 0);
	cr_assert_eq(mvc_lane_wait(&a), 0);
	mvc_lane_close(&a);
	stop();
}

static void *
send_much(void *arg)
{
	char *p = calloc(1, MVC_WINDOW + 10);

	*(int *)arg = mvc_lane_send(mux.lanes, p, MVC_WINDOW + 10);
	free(p);
	return NULL;
}

Test(remote_mux, a_sender_waits_for_credit_and_stops_for_a_failure)
{
	uint8_t *p = malloc(MVC_FRAME_MAX);
	struct mvc_frame f;
	struct mvc_lane a;
	pthread_t t;
	int err = 1;

	start();
	open_lane(&a, 0);
	pthread_create(&t, NULL, send_much, &err);
	for (size_t n = 0; n < MVC_WINDOW; n += f.n)
		hear(&f, p);
	usleep(50000);
	cr_assert_eq(recv(peer, p, 1, MSG_DONTWAIT), -1);
	say(MVC_FRAME_CREDIT, a.id, "\4\0\0\0", 4);
	hear(&f, p);
	cr_assert_eq(f.n, 4);
	say(MVC_FRAME_FAIL, a.id,
	    "\xfd\xff\xff\xff"
	    "no",
	    6);
	pthread_join(t, NULL);
	cr_assert_eq(err, MVC_ENOTFOUND);
	mvc_lane_close(&a);
	stop();
	free(p);
}

Test(remote_mux, credit_is_given_as_bytes_are_taken)
{
	char *p = calloc(1, MVC_FRAME_MAX), *q = malloc(MVC_WINDOW / 4);
	struct mvc_frame f;
	struct mvc_lane a;
	uint8_t credit[4];
	size_t n;

	start();
	open_lane(&a, MVC_TO_END);
	for (size_t at = 0; at < MVC_WINDOW / 4; at += MVC_FRAME_MAX)
		say(MVC_FRAME_DATA, a.id, p, MVC_FRAME_MAX);
	cr_assert_eq(mvc_lane_read(&a, q, MVC_WINDOW / 4, &n), 0);
	hear(&f, credit);
	cr_assert_eq(f.type, MVC_FRAME_CREDIT);
	cr_assert_eq(mvc_get32(credit), MVC_WINDOW / 4);
	mvc_lane_close(&a);
	stop();
	free(p);
	free(q);
}

Test(remote_mux, silence_ends_the_connection)
{
	struct mvc_lane a;

	mux.stall_ms = 0;
	start();
	mux.stall_ms = 600;
	open_lane(&a, 10);
	cr_assert_eq(mvc_lane_wait(&a), MVC_EAGAIN);
	cr_assert_not_null(strstr(mvc_error_text(), "silent"));
	mvc_lane_close(&a);
	stop();
}

/* ---- a server, and a client that is not honest ---- */

static struct mvc_ctx ctx;
static int served;

static void *
serve(void *arg)
{
	struct mvc_serve_options o = {.in = *(int *)arg, .out = *(int *)arg};

	served = mvc_serve(&ctx, &o);
	close(o.in);
	return NULL;
}

static int far;

static void
start_server(void)
{
	uint8_t hello[MVC_HELLO_SIZE];
	int fd[2];

	mvc_ctx_init(&ctx);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	peer = fd[0];
	far = fd[1];
	pthread_create(&reader, NULL, serve, &far);
	mvc_hello_make(hello);
	cr_assert_eq(write(peer, hello, sizeof(hello)), sizeof(hello));
	cr_assert_eq(
	    recv(peer, hello, sizeof(hello), MSG_WAITALL), sizeof(hello));
	cr_assert_eq(mvc_hello_check(hello), 0);
}

static void
ask(uint8_t type, uint32_t lane, uint64_t n, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(10000);

	cr_assert_eq(mvc_ask_make(&b, 0, n, 1), 0);
	if (text)
		cr_assert_eq(mvc_ask_add(&b, text), 0);
	say(type, lane, b.data, b.len);
}

static int
answer(char *text)
{
	uint8_t *p = malloc(MVC_FRAME_MAX + 1);
	struct mvc_frame f;
	int code = 0;

	hear(&f, p);
	p[f.n] = 0;
	if (f.type == MVC_FRAME_FAIL)
		code = (int)mvc_get32(p);
	snprintf(text, 100, "%s", f.n > 4 ? (char *)p + 4 : "");
	free(p);
	return code;
}

static void
stop_server(int want)
{
	shutdown(peer, SHUT_WR);
	pthread_join(reader, NULL);
	close(peer);
	cr_assert_eq(served, want, "%d: %s", served, mvc_error_text());
}

Test(remote_mux, a_server_refuses_what_is_no_key_and_what_comes_first, SCRATCH)
{
	char text[100];

	start_server();
	ask(MVC_ASK_STAT, 1, 0, "format");
	cr_assert_eq(answer(text), MVC_EINVALID);
	ask(MVC_ASK_OPEN, 2, 0, "store");
	cr_assert_eq(answer(text), 0);
	ask(MVC_ASK_OPEN, 3, 0, "/");
	cr_assert_eq(answer(text), MVC_EINVALID);
	ask(MVC_ASK_GET, 4, 1, "../../etc/passwd");
	cr_assert_eq(answer(text), MVC_EINVALID);
	ask(MVC_ASK_PUT, 5, 1, "/tmp/x");
	cr_assert_eq(answer(text), MVC_EINVALID);
	ask(MVC_ASK_LIST, 6, 1, "/");
	cr_assert_eq(answer(text), MVC_EINVALID);
	ask(MVC_ASK_DEL, 7, 1, "a/../b");
	cr_assert_eq(answer(text), MVC_EINVALID);
	ask(MVC_ASK_STAT, 8, 1, NULL);
	cr_assert_eq(answer(text), MVC_EINVALID);
	stop_server(0);
}

Test(remote_mux, a_server_that_has_answered_has_room_for_the_next_ask, SCRATCH)
{
	uint32_t lane = 1;
	char text[100];

	start_server();
	ask(MVC_ASK_OPEN, lane++, 0, "store");
	cr_assert_eq(answer(text), 0);
	while (lane < 1 + MVC_LANES)
		ask(MVC_ASK_PUT, lane++, 10, "packs/x");
	for (int i = 0; i < 2000; i++) {
		ask(MVC_ASK_CLOCK, lane++, 0, NULL);
		cr_assert_eq(answer(text), 0);
	}
	stop_server(0);
}

Test(remote_mux, a_put_is_named_only_when_its_hash_is_right, SCRATCH)
{
	static const uint8_t wrong[MVC_END_MAX];
	char text[100];

	start_server();
	ask(MVC_ASK_OPEN, 1, 0, "store");
	cr_assert_eq(answer(text), 0);
	ask(MVC_ASK_PUT, 2, 3, "packs/x");
	say(MVC_FRAME_DATA, 2, "abc", 3);
	say(MVC_FRAME_END, 2, wrong, sizeof(wrong));
	cr_assert_eq(answer(text), MVC_ECORRUPT);
	ask(MVC_ASK_PUT, 3, 3, "packs/x");
	say(MVC_FRAME_DATA, 3, "ab", 2);
	say(MVC_FRAME_END, 3, wrong, sizeof(wrong));
	cr_assert_eq(answer(text), MVC_ECORRUPT);
	ask(MVC_ASK_PUT, 4, 0, "packs/x");
	say(MVC_FRAME_END, 4, wrong, sizeof(wrong));
	cr_assert_eq(answer(text), MVC_ECORRUPT);
	/* One that is cut off. */
	ask(MVC_ASK_PUT, 5, 3, "packs/x");
	say(MVC_FRAME_DATA, 5, "ab", 2);
	stop_server(0);
	cr_assert_neq(access("store/packs/x", F_OK), 0);
	cr_assert_eq(system("test -z \"$(find store -type f)\""), 0);
}

Test(remote_mux, a_server_ends_with_a_client_that_breaks_the_rules, SCRATCH)
{
	static char much[MVC_FRAME_MAX];
	char text[100];

	start_server();
	ask(MVC_ASK_OPEN, 1, 0, "store");
	cr_assert_eq(answer(text), 0);
	ask(MVC_ASK_PUT, 2, 10, "packs/x");
	say(MVC_FRAME_DATA, 2, much, 100);
	stop_server(MVC_EINVALID);

	start_server();
	ask(MVC_ASK_PUT, 2, 10, "packs/x");
	ask(MVC_ASK_PUT, 1, 10, "packs/x"); /* a number of old */
	stop_server(MVC_EINVALID);

	start_server();
	ask(MVC_ASK_OPEN, 1, 0, "store");
	cr_assert_eq(answer(text), 0);
	for (uint32_t i = 2; i < 3 + MVC_LANES; i++)
		ask(MVC_ASK_PUT, i, 10, "packs/x"); /* too many at once */
	stop_server(MVC_EINVALID);

	start_server();
	say(MVC_ASK_GET, 1, "short", 5);
	stop_server(MVC_EINVALID);
}
