#include "util/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "util/banned.h"

extern char **environ;

/* The program in an absolute folder of PATH: a relative one, or an empty one,
 * would run what somebody committed. */
static int
find_program(char *out, size_t size, const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/')) {
		if (name[0] != '/' || strlen(name) >= size)
			return mvc_fail(
			    MVC_EINVALID, "run %s: not absolute", name);
		memcpy(out, name, strlen(name) + 1);
		return MVC_OK;
	}
	for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
		size_t n = strcspn(at, ":");
		int k = snprintf(out, size, "%.*s/%s", (int)n, at, name);

		if (at[0] == '/' && k > 0 && (size_t)k < size &&
		    access(out, X_OK) == 0)
			return MVC_OK;
		at += n + (at[n] == ':');
	}
	return mvc_fail(
	    MVC_ENOTFOUND, "%s is needed, and not in any folder of PATH", name);
}

int
mvc_child_end(struct mvc_child *c, unsigned ms)
{
	static const struct timespec pause = {0, 10000000};
	int status = 0;
	pid_t done = 0;

	if (c->in >= 0)
		close(c->in);
	c->in = -1;
	if (c->pid <= 0)
		return -1;
	for (unsigned t = 0; !done && t < ms; t += 10) {
		done = waitpid(c->pid, &status, WNOHANG);
		if (!done)
			nanosleep(&pause, NULL);
	}
	if (!done)
		kill(c->pid, SIGTERM);
	while (!done || (done < 0 && errno == EINTR))
		done = waitpid(c->pid, &status, 0);
	c->pid = -1;
	return done > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
mvc_child_release(struct mvc_child *c)
{
	int *fds[] = {&c->in, &c->out, &c->err};

	for (int i = 0; i < 3; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	if (c->pid > 0) {
		kill(c->pid, SIGTERM);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	c->pid = -1;
}

/* In the child: only calls that are safe after fork. */
static void
become(const char *program, const struct mvc_run *run, const char **env,
    int pipes[3][2])
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(pipes[0][0], 0) < 0 || dup2(pipes[1][1], 1) < 0 ||
	    dup2(pipes[2][1], 2) < 0)
		_exit(127);
	if (run->dir && chdir(run->dir) < 0)
		_exit(127);
	execve(program, (char *const *)run->argv, (char *const *)env);
	_exit(127);
}

/* Whether the variable at `s` has the name that "NAME=VALUE" has. */
static bool
same_name(const char *s, const char *var)
{
	size_t n = var ? strcspn(var, "=") + 1 : 0;

	return var && strncmp(s, var, n) == 0;
}

static int
make_env(const char ***out, const char *extra)
{
	const char **env;
	size_t n = 0, k = 0;

	while (environ && environ[n])
		n++;
	env = calloc(n + 3, sizeof(*env));
	if (!env)
		return mvc_fail(MVC_ENOMEM, "no memory to run a program");
	for (size_t i = 0; i < n; i++)
		if (!same_name(environ[i], "LC_ALL=") &&
		    !same_name(environ[i], extra))
			env[k++] = environ[i];
	env[k++] = "LC_ALL=C";
	env[k] = extra;
	*out = env;
	return MVC_OK;
}

int
mvc_child_start(struct mvc_child *c, const struct mvc_run *run)
{
	int p[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
	MVC_OWN_MEM const char **env = NULL;
	char program[4096];
	int err;

	err = find_program(program, sizeof(program), run->argv[0]);
	if (!err)
		err = make_env(&env, run->env);
	if (err)
		return err;
	/* A socket, since writing to one can be told not to raise SIGPIPE. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p[0]) < 0)
		err = mvc_fail_errno("make a socket");
	for (int i = 1; i < 3 && !err; i++)
		if (pipe2(p[i], O_CLOEXEC) < 0)
			err = mvc_fail_errno("make a pipe");
	if (!err) {
		c->pid = fork();
		if (c->pid == 0)
			become(program, run, env, p);
		if (c->pid < 0)
			err = mvc_fail_errno("start %s", program);
	}
	for (int i = 0; i < 3; i++) {
		int theirs = i == 0 ? 0 : 1;

		if (p[i][theirs] >= 0)
			close(p[i][theirs]);
	}
	c->in = p[0][1];
	c->out = p[1][0];
	c->err = p[2][0];
	return err;
}

/* Feed what the socket takes; closes it at the end, or when nobody reads (its
 * program then says so by its status). */
static void
feed(struct mvc_child *c, const struct mvc_run *run, size_t *fed)
{
	ssize_t w = 0;

	if (*fed < run->n_in)
		w = send(c->in, (const char *)run->in + *fed, run->n_in - *fed,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (w < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (w > 0)
		*fed += (size_t)w;
	if (w < 0 || *fed == run->n_in) {
		close(c->in);
		c->in = -1;
	}
}

static int
drain(int *fd, struct mvc_buf *out)
{
	char part[16384];
	ssize_t r = read(*fd, part, sizeof(part));

	if (r < 0 && errno == EINTR)
		return MVC_OK;
	if (r < 0)
		return mvc_fail_errno("read what a program prints");
	if (r == 0) {
		close(*fd);
		*fd = -1;
		return MVC_OK;
	}
	return out ? mvc_buf_add(out, part, (size_t)r) : MVC_OK;
}

static int
drain_err(struct mvc_child *c, struct mvc_run *run, size_t *n)
{
	struct mvc_buf b = MVC_BUF_INIT(16384);
	int err = drain(&c->err, &b);

	if (!err && b.len && *n + 1 < sizeof(run->err)) {
		size_t k = sizeof(run->err) - 1 - *n;

		if (k > b.len)
			k = b.len;
		memcpy(run->err + *n, b.data, k);
		*n += k;
		run->err[*n] = 0;
	}
	mvc_buf_release(&b);
	return err;
}

static int
converse(struct mvc_child *c, struct mvc_run *run)
{
	size_t fed = 0, n_err = 0;
	int err = MVC_OK;

	while (!err && (c->in >= 0 || c->out >= 0 || c->err >= 0)) {
		struct pollfd p[3] = {{c->in, POLLOUT, 0}, {c->out, POLLIN, 0},
		    {c->err, POLLIN, 0}};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return mvc_fail_errno("wait for a program");
		if (p[0].revents)
			feed(c, run, &fed);
		if (p[1].revents)
			err = drain(&c->out, run->out);
		if (!err && p[2].revents)
			err = drain_err(c, run, &n_err);
	}
	return err;
}

int
mvc_run(struct mvc_run *run)
{
	struct mvc_child c = MVC_CHILD_INIT;
	int err, status;

	run->err[0] = 0;
	err = mvc_child_start(&c, run);
	if (!err)
		err = converse(&c, run);
	if (err) {
		mvc_child_release(&c);
		return mvc_fail_prefix(err, "run %s", run->argv[0]);
	}
	while (waitpid(c.pid, &status, 0) < 0)
		if (errno != EINTR)
			return mvc_fail_errno("wait for %s", run->argv[0]);
	if (!WIFEXITED(status))
		return mvc_fail(MVC_EIO, "%s was ended by signal %d",
		    run->argv[0], WTERMSIG(status));
	run->status = WEXITSTATUS(status);
	return MVC_OK;
}

int
mvc_run_check(struct mvc_run *run)
{
	int err = mvc_run(run);
	size_t n = strlen(run->err);

	if (err || run->status == 0)
		return err;
	while (n > 0 && run->err[n - 1] == '\n')
		run->err[--n] = 0;
	return mvc_fail(MVC_EIO, "%s %s failed (%d): %s", run->argv[0],
	    run->argv[1] ? run->argv[1] : "", run->status,
	    n ? run->err : "it does not say why");
}
