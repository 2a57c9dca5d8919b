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
	execvpe(c->argv[0], c->argv, c->env ? c->env : environ);
	why = errno;
	send(report, &why, sizeof(why), MSG_NOSIGNAL);
	_exit(127);
}

/* Until it has ended, sending on what we are sent. */
static int
attend(struct mvc_command *c, pid_t pid, const sigset_t *set)
{
	int status;

	for (;;) {
		siginfo_t info;
		pid_t done;

		if (sigwaitinfo(set, &info) < 0)
			continue;
		/* The terminal's go to its whole foreground group. */
		if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(pid, info.si_signo);
		done = waitpid(pid, &status, WNOHANG);
		if (done < 0 && errno != EINTR)
			return mvc_fail_errno("wait for %s", c->argv[0]);
		if (done == pid)
			break;
	}
	c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + c->signal;
	return MVC_OK;
}

static int
start(pid_t *pid, struct mvc_command *c, const sigset_t *mask)
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

int
mvc_command_run(struct mvc_command *c)
{
	struct sigaction plain = {.sa_handler = SIG_DFL}, before;
	uint64_t begun = mvc_now_ns();
	sigset_t set, old;
	pid_t pid = -1;
	int err;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < SENT_ON; i++)
		sigaddset(&set, sent_on[i]);
	/* Blocked they wait for attend(); who is ignored with SIGCHLD never
	 * comes. */
	sigaction(SIGCHLD, &plain, &before);
	sigprocmask(SIG_BLOCK, &set, &old);
	err = start(&pid, c, &old);
	if (!err)
		err = attend(c, pid, &set);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGCHLD, &before, NULL);
	c->ns = mvc_now_ns() - begun;
	return err;
}
