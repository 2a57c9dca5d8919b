#include "util/command.h"
#include "util/clock.h"
#include "util/own.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "util/banned.h"

extern char **environ;

static const int sent_on[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
#define SENT_ON (sizeof(sent_on) / sizeof(*sent_on))

/* In the child: only calls that are safe after fork. */
static void
become(const struct mvc_command *c, const sigset_t *mask, int report)
{
	int why;

	sigprocmask(SIG_SETMASK, mask, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!c->folder || fchdir(c->folder - 1) == 0)
		execvpe(c->argv[0], c->argv, c->env ? c->env : environ);
	why = errno;
	send(report, &why, sizeof(why), MSG_NOSIGNAL);
	_exit(127);
}

static int
start(pid_t *pid, const struct mvc_command *c, const sigset_t *mask)
{
	int ends[2], why = 0;
	ssize_t got;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return mvc_fail_errno("make a socket");
	*pid = fork();
	if (*pid == 0)
		become(c, mask, ends[1]);
	close(ends[1]);
	if (*pid < 0) {
		close(ends[0]);
		return mvc_fail_errno("run %s", c->argv[0]);
	}
	do
		got = read(ends[0], &why, sizeof(why));
	while (got < 0 && errno == EINTR);
	close(ends[0]);
	if (got != sizeof(why))
		return MVC_OK;
	waitpid(*pid, NULL, 0);
	errno = why;
	return mvc_fail_errno("run %s", c->argv[0]);
}

/* ---- several ---- */

struct mvc_commands_was {
	sigset_t set, mask;
	struct sigaction child;
};

int
mvc_commands_begin(struct mvc_commands *l)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};

	*l = (struct mvc_commands){.was = calloc(1, sizeof(*l->was))};
	if (!l->was)
		return mvc_fail(MVC_ENOMEM, "no memory");
	sigemptyset(&l->was->set);
	sigaddset(&l->was->set, SIGCHLD);
	for (size_t i = 0; i < SENT_ON; i++)
		sigaddset(&l->was->set, sent_on[i]);
	/* Blocked they wait to be asked for; who is ignored with SIGCHLD never
	 * comes. */
	sigaction(SIGCHLD, &plain, &l->was->child);
	sigprocmask(SIG_BLOCK, &l->was->set, &l->was->mask);
	return MVC_OK;
}

void
mvc_commands_end(struct mvc_commands *l)
{
	if (!l->was)
		return;
	sigprocmask(SIG_SETMASK, &l->was->mask, NULL);
	sigaction(SIGCHLD, &l->was->child, NULL);
	free(l->was);
	free(l->v);
	*l = (struct mvc_commands){.n = 0};
}

int
mvc_commands_start(struct mvc_commands *l, struct mvc_command *c)
{
	struct mvc_command **v = reallocarray(l->v, l->n + 1, sizeof(*l->v));
	pid_t pid = -1;
	int err;

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	l->v = v;
	c->begun = mvc_now_ns();
	err = start(&pid, c, &l->was->mask);
	if (err)
		return err;
	c->pid = pid;
	l->v[l->n++] = c;
	return MVC_OK;
}

/* One that has ended, its results set. */
static int
reap(struct mvc_command **done, struct mvc_commands *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct mvc_command *c = l->v[i];
		int status;
		pid_t pid = waitpid((pid_t)c->pid, &status, WNOHANG);

		if (pid == 0 || (pid < 0 && errno == EINTR))
			continue;
		if (pid < 0)
			return mvc_fail_errno("wait for %s", c->argv[0]);
		c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		c->status =
		    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + c->signal;
		c->ns = mvc_now_ns() - c->begun;
		l->v[i] = l->v[--l->n];
		*done = c;
		break;
	}
	return MVC_OK;
}

int
mvc_commands_wait(struct mvc_command **done, struct mvc_commands *l)
{
	int err;

	*done = NULL;
	while (l->n) {
		siginfo_t info;

		err = reap(done, l);
		if (err || *done)
			return err;
		if (sigwaitinfo(&l->was->set, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD)
			continue;
		if (info.si_signo != SIGUSR1 && info.si_signo != SIGUSR2)
			l->signal = info.si_signo;
		/* The terminal's go to its whole foreground group. */
		for (size_t i = 0; info.si_code != SI_KERNEL && i < l->n; i++)
			kill((pid_t)l->v[i]->pid, info.si_signo);
	}
	return MVC_OK;
}

int
mvc_command_run(struct mvc_command *c)
{
	struct mvc_commands l;
	struct mvc_command *done;
	int err = mvc_commands_begin(&l);

	if (!err)
		err = mvc_commands_start(&l, c);
	if (!err)
		err = mvc_commands_wait(&done, &l);
	mvc_commands_end(&l);
	return err;
}
