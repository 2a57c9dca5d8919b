#include "lineage/strace.h"

#include "util/clock.h"
#include "util/file.h"
#include "util/run.h"
#include "util/sys.h"

#include <ctype.h>

#include "util/banned.h"

/* What the tracer has still to write when the command has ended. */
#define WAIT_NS (UINT64_C(10) * 1000000000)
#define CALLS "trace=execve,open,openat,openat2"
/* Calls that wait for their second line. */
#define PENDING 256

struct mvc_strace {
	char *path; /* of the notes */
	char **argv;
	bool filter; /* strace has --seccomp-bpf: other calls cost nothing */
};

void
mvc_strace_free(struct mvc_strace *t)
{
	if (!t)
		return;
	if (t->path)
		mvc_file_discard(AT_FDCWD, t->path);
	free(t->path);
	free(t->argv);
	free(t);
}

static int
try(const char *filter)
{
	const char *argv[] = {"strace", "-D", "-f", "-y", "-o", "/dev/null",
	    "-e", CALLS, filter ? filter : "--", filter ? "--" : "true",
	    filter ? "true" : NULL, NULL};
	struct mvc_run run = {.argv = argv};
	int err = mvc_run(&run);

	if (err == MVC_ENOTFOUND)
		return mvc_fail(MVC_ENOTFOUND, "strace is not installed");
	if (err || run.status == 0)
		return err;
	return mvc_fail(MVC_ENOTFOUND, "strace may not trace here: %.*s",
	    (int)strcspn(run.err, "\n"), run.err);
}

int
mvc_strace_open(struct mvc_strace **out, const char *folder)
{
	MVC_OWN(mvc_strace) *t = calloc(1, sizeof(*t));
	uint64_t id;
	int err;

	*out = NULL;
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory to trace");
	t->filter = !try("--seccomp-bpf");
	err = t->filter ? MVC_OK : try(NULL);
	if (!err)
		err = mvc_random(&id, sizeof(id));
	if (err)
		return err;
	if (asprintf(&t->path, "%s/" MVC_TMP_PREFIX "trace-%016llx", folder,
		(unsigned long long)id) < 0) {
		t->path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory to trace");
	}
	*out = MVC_TAKE(t);
	return MVC_OK;
}

static bool
is_program(const char *name)
{
	MVC_OWN_MEM char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
	char at[4096], *folder, *rest = path;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	while (rest && (folder = strsep(&rest, ":"))) {
		snprintf(at, sizeof(at), "%s/%s", *folder ? folder : ".", name);
		if (access(at, X_OK) == 0)
			return true;
	}
	return false;
}

int
mvc_strace_command(char *const **out, struct mvc_strace *t, char *const *argv)
{
	static const char *const words[] = {
	    "strace", "-D", "-f", "-y", "-s", "0", "-e", CALLS, "-o"};
	size_t n = 0, k = sizeof(words) / sizeof(*words);

	if (!is_program(argv[0]))
		return mvc_fail(MVC_ENOTFOUND, "%s cannot be run", argv[0]);
	while (argv[n])
		n++;
	free(t->argv);
	t->argv = calloc(k + n + 4, sizeof(*t->argv));
	if (!t->argv)
		return mvc_fail(MVC_ENOMEM, "no memory to trace");
	/* exec takes them without const, and writes to none. */
	memcpy(t->argv, words, sizeof(words));
	t->argv[k++] = t->path;
	if (t->filter)
		t->argv[k++] = (char *)(uintptr_t) "--seccomp-bpf";
	t->argv[k++] = (char *)(uintptr_t) "--";
	memcpy(t->argv + k, argv, n * sizeof(*argv));
	*out = t->argv;
	return MVC_OK;
}

/* ---- a line ---- */

static unsigned
digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0')
					 : (unsigned)((c | 32) - 'a' + 10);
}

/* One character after a backslash. */
static const char *
unescape_one(char *out, const char *p)
{
	static const char from[] = "ntrfv", to[] = "\n\t\r\f\v";
	const char *is = *p ? strchr(from, *p) : NULL;
	unsigned c = 0;

	if (is) {
		*out = to[is - from];
		return p + 1;
	}
	if (*p == 'x' && isxdigit((unsigned char)p[1]) &&
	    isxdigit((unsigned char)p[2])) {
		*out = (char)(digit(p[1]) * 16 + digit(p[2]));
		return p + 3;
	}
	if (*p < '0' || *p > '7') {
		*out = *p;
		return p + (*p != 0);
	}
	for (int i = 0; i < 3 && *p >= '0' && *p <= '7'; i++)
		c = c * 8 + digit(*p++);
	*out = (char)c;
	return p;
}

static void
unescape(char *s)
{
	const char *p = s;

	while (*p)
		if (*p == '\\')
			p = unescape_one(s++, p + 1);
		else
			*s++ = *p++;
	*s = 0;
}

/* In paths '<' and '>' are escaped, so that the last ones are the result's. */
static char *
result_of(char *line)
{
	char *end = strrchr(line, '>'), *begin = strrchr(line, '<');

	if (!end || !begin || end < begin || end[1] || begin[1] != '/' ||
	    begin - line < 4 || !isdigit((unsigned char)begin[-1]))
		return NULL;
	*end = *begin = 0;
	return begin + 1;
}

char *
mvc_strace_line(char *line, bool *writes, bool *unfinished)
{
	static const char tail[] = "<unfinished ...>";
	size_t n = strlen(line), k = strlen(tail);
	char *path, *flags;

	*unfinished = n > k && !strcmp(line + n - k, tail);
	path = *unfinished ? NULL : result_of(line);
	/* Flags follow the last string. */
	flags = strrchr(line, '"');
	*writes = flags && strstr(flags, "O_WRONLY");
	if (flags && strstr(flags, "O_DIRECTORY"))
		*writes = true;
	if (path)
		unescape(path);
	return path;
}

/* ---- the notes ---- */

struct reading {
	long first, waiting[PENDING]; /* process ids: writes, to be resumed */
	bool ended;
	int (*each)(void *arg, const char *path);
	void *arg;
};

static int
read_line(struct reading *rd, char *line)
{
	bool writes, unfinished;
	char *rest, *path;
	long pid = strtol(line, &rest, 10), *slot;

	if (rest == line)
		return MVC_OK;
	rest += strspn(rest, " ");
	if (!rd->first)
		rd->first = pid;
	if (!strncmp(rest, "+++ ", 4) || !strncmp(rest, "--- ", 4)) {
		rd->ended |= *rest == '+' && pid == rd->first;
		return MVC_OK;
	}
	slot = &rd->waiting[(unsigned long)pid % PENDING];
	path = mvc_strace_line(rest, &writes, &unfinished);
	if (unfinished) {
		*slot = writes ? pid : 0;
		return MVC_OK;
	}
	if (!strncmp(rest, "<... ", 5)) {
		writes = *slot == pid;
		*slot = 0;
	}
	return path && !writes ? rd->each(rd->arg, path) : MVC_OK;
}

/* Whole lines, until the command's end or that of the notes. */
static int
read_lines(struct reading *rd, FILE *f)
{
	MVC_OWN_MEM char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int err = MVC_OK;

	while (!err && !rd->ended && (n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] != '\n') {
			if (fseek(f, -(long)n, SEEK_CUR))
				return mvc_fail_errno("read what was traced");
			break;
		}
		line[n - 1] = 0;
		err = read_line(rd, line);
	}
	clearerr(f);
	return err;
}

int
mvc_strace_read(
    struct mvc_strace *t, int (*each)(void *arg, const char *path), void *arg)
{
	const struct timespec moment = {0, 2000000};
	struct reading rd = {.each = each, .arg = arg};
	uint64_t begun = mvc_now_ns();
	FILE *f = mvc_file_stream(t->path);
	int err = f ? MVC_OK : mvc_fail_errno("read what was traced");

	while (!err && !rd.ended && mvc_now_ns() - begun < WAIT_NS) {
		err = read_lines(&rd, f);
		if (!err && !rd.ended)
			nanosleep(&moment, NULL);
	}
	if (f)
		fclose(f);
	return err || rd.ended
	    ? err
	    : mvc_fail(MVC_EIO, "strace did not write to the end");
}
