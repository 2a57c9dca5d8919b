#include "remote/ssh_priv.h"
#include "util/banned.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

void
mvc_sshurl_release(struct mvc_sshurl *u)
{
	free(u->host);
	free(u->port);
	free(u->path);
	memset(u, 0, sizeof(*u));
}

static bool
is_made_of(const char *s, size_t n, const char *letters)
{
	return n > 0 && s[0] != '-' && strspn(s, letters) >= n;
}

/* A user's ssh configuration may give host and user to a shell (ProxyCommand
 * with %h): nothing but plain characters goes there. */
static bool
host_is_plain(const char *s, size_t n)
{
	const char *at = memrchr(s, '@', n);
	size_t user = at ? (size_t)(at - s) : 0;

	if (at && !is_made_of(s, user, LETTERS "._+-@"))
		return false;
	if (at) {
		s += user + 1;
		n -= user + 1;
	}
	return is_made_of(s, n, LETTERS "._-:");
}

static char *
keep(const char *s, size_t n)
{
	return strndup(s, n);
}

/* [USER@]HOST or [USER@][ADDRESS], without the brackets; *end comes after. */
static char *
keep_host(const char *s, size_t n, const char **end)
{
	const char *open = memchr(s, '[', n);
	const char *close =
	    open ? memchr(open, ']', n - (size_t)(open - s)) : NULL;
	char *out;

	if (!open || !close || (open > s && open[-1] != '@')) {
		const char *at = memrchr(s, '@', n);
		const char *host = at ? at + 1 : s;
		const char *colon = memchr(host, ':', n - (size_t)(host - s));

		*end = colon ? colon : s + n;
		return keep(s, (size_t)(*end - s));
	}
	*end = close + 1;
	out = keep(s, (size_t)(close - s));
	if (out)
		memmove(out + (open - s), out + (open - s) + 1,
		    (size_t)(close - open));
	return out;
}

static int
no_url(const char *url, const char *why)
{
	return mvc_fail(MVC_EINVALID, "%s: %s", url, why);
}

/* Relative ones are below the home folder, where ssh begins. */
static int
keep_path(struct mvc_sshurl *out, const char *url, const char *path)
{
	if (!strncmp(path, "/~/", 3))
		path += 3;
	else if (!strncmp(path, "~/", 2))
		path += 2;
	else if (path[0] == '~' || !strncmp(path, "/~", 2))
		return no_url(url, "write the path in full, or ~/PATH");
	path = *path ? path : ".";
	out->path = keep(path, strlen(path));
	return out->path ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
check(const struct mvc_sshurl *u, const char *url)
{
	if (!u->host || !u->path)
		return mvc_fail(MVC_ENOMEM, "no memory for a URL");
	if (!host_is_plain(u->host, strlen(u->host)))
		return no_url(url, "that is no host that ssh could be given");
	if (u->port &&
	    (strlen(u->port) > 5 ||
		!is_made_of(u->port, strlen(u->port), "0123456789")))
		return no_url(url, "that is no port");
	return MVC_OK;
}

static int
parse_url(struct mvc_sshurl *out, const char *url)
{
	const char *s = url + strlen("ssh://"), *end;
	size_t n = strcspn(s, "/");
	int err;

	out->host = keep_host(s, n, &end);
	if (end < s + n && *end == ':' && end + 1 < s + n)
		out->port = keep(end + 1, (size_t)(s + n - end - 1));
	else if (end < s + n && *end != ':')
		return no_url(url, "that is no host");
	if (!s[n])
		return no_url(url, "the path is missing: ssh://HOST/PATH");
	err = keep_path(out, url, s + n);
	if (!err && !mvc_url_decode(out->path))
		err = no_url(url, "a percent sign says no byte");
	return err;
}

static int
parse_short(struct mvc_sshurl *out, const char *url)
{
	const char *bracket = strstr(url, "]:");
	const char *colon = bracket ? bracket + 1 : strchr(url, ':');
	const char *end;

	if (!colon)
		return no_url(url, "write HOST:PATH");
	out->host = keep_host(url, (size_t)(colon - url), &end);
	if (end != colon)
		return no_url(url, "that is no host");
	if (!colon[1])
		return no_url(url, "the path is missing: HOST:PATH");
	return keep_path(out, url, colon + 1);
}

int
mvc_sshurl_parse(struct mvc_sshurl *out, const char *url)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = !strncmp(url, "ssh://", 6) ? parse_url(out, url)
					 : parse_short(out, url);
	if (!err)
		err = check(out, url);
	if (err)
		mvc_sshurl_release(out);
	return err;
}

/*
 * The path is no part of what a shell sees: it is sent as data, when mvc runs
 * there. The user's own command is for a shell, as GIT_SSH_COMMAND is.
 */
void
mvc_ssh_args(const char *argv[MVC_SSH_ARGS], const struct mvc_sshurl *u,
    const char *command, bool terminal)
{
	size_t n = 0;

	if (command) {
		argv[n++] = "/bin/sh";
		argv[n++] = "-c";
		argv[n++] = command;
	}
	argv[n++] = "ssh";
	argv[n++] = "-T";
	argv[n++] = "-x";
	if (!terminal) {
		argv[n++] = "-o";
		argv[n++] = "BatchMode=yes";
	}
	if (u->port) {
		argv[n++] = "-p";
		argv[n++] = u->port;
	}
	argv[n++] = "--";
	argv[n++] = u->host;
	argv[n++] = "mvc serve --stdio";
	argv[n] = NULL;
}
