#include "util/ctx.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/banned.h"

#include <inttypes.h>
#include <stdarg.h>
#ifdef __linux__
#include <sched.h>
#endif

/* DESIGN.md: at most 256 MiB plus 32 MiB a thread. */
#define MEMORY_BASE (UINT64_C(256) << 20)
#define MEMORY_THREAD (UINT64_C(32) << 20)
/* Below this nothing would move; a smaller machine swaps. */
#define MEMORY_LEAST (UINT64_C(48) << 20)
#define THREADS_MOST 256

/* A file of /proc or /sys, which have no size; false if not to be had. */
static bool
slurp(char *out, size_t size, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return false;
	n = fread(out, 1, size - 1, f);
	out[n] = 0;
	fclose(f);
	return n > 0;
}

static bool
slurp_under(char *out, size_t size, const char *folder, const char *name)
{
	char path[4096 + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return slurp(out, size, path);
}

/* At most quota/period CPUs, rounded up; a quota below 1 is none. */
static void
limit_cpus(struct mvc_limits *l, long long quota, long long period)
{
	long long n;

	if (quota <= 0 || period <= 0)
		return;
	n = quota / period + (quota % period != 0);
	if (n < (long long)l->cpus)
		l->cpus = (unsigned)n;
}

static void
limit_memory(struct mvc_limits *l, const char *text)
{
	uint64_t n;

	/* "max" (v2) is no number. */
	if (sscanf(text, "%" SCNu64, &n) == 1 && n > 0 &&
	    (l->memory == 0 || n < l->memory))
		l->memory = n;
}

static void
read_group(struct mvc_limits *l, const char *folder)
{
	char a[64], b[64];
	long long quota, period;

	if (slurp_under(a, sizeof(a), folder, "cpu.max") &&
	    sscanf(a, "%lld %lld", &quota, &period) == 2)
		limit_cpus(l, quota, period);
	if (slurp_under(a, sizeof(a), folder, "cpu.cfs_quota_us") &&
	    slurp_under(b, sizeof(b), folder, "cpu.cfs_period_us"))
		limit_cpus(l, atoll(a), atoll(b));
	if (slurp_under(a, sizeof(a), folder, "memory.max"))
		limit_memory(l, a);
	if (slurp_under(a, sizeof(a), folder, "memory.limit_in_bytes"))
		limit_memory(l, a);
}

/*
 * The group and all above it: a limit anywhere on the way holds. In a
 * container the path may be one of the host's; then only its top is found,
 * which is the container's own.
 */
static void
read_groups(struct mvc_limits *l, const char *top, char *group)
{
	char folder[4096];
	char *slash;

	for (;;) {
		snprintf(folder, sizeof(folder), "%s%s", top, group);
		read_group(l, folder);
		slash = strrchr(group, '/');
		if (!slash)
			return;
		*slash = 0;
	}
}

/* Lines are ID:CONTROLLERS:PATH; version 2 has no controllers. */
static void
read_group_line(struct mvc_limits *l, const char *root, char *line)
{
	char top[1024];
	char *kinds = strchr(line, ':');
	char *path = kinds ? strchr(kinds + 1, ':') : NULL;

	if (!path)
		return;
	*path++ = 0;
	kinds++;
	if (*kinds && strncmp(kinds, "cpu", 3) && strcmp(kinds, "memory"))
		return;
	snprintf(top, sizeof(top), "%s/sys/fs/cgroup%s%s", root,
	    *kinds ? "/" : "", kinds);
	read_groups(l, top, path);
}

static unsigned
allowed_cpus(void)
{
	long n;
#ifdef __linux__
	/* More CPUs than fit fail with EINVAL: then count those online. */
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
#endif
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

void
mvc_limits_read(struct mvc_limits *out, const char *root)
{
	char text[8192], folder[1024];
	char *save, *line;
	uint64_t kib;

	out->cpus = allowed_cpus();
	out->memory = 0;
	snprintf(folder, sizeof(folder), "%s/proc", root);
	line = slurp_under(text, sizeof(text), folder, "meminfo")
	    ? strstr(text, "MemTotal:")
	    : NULL;
	if (line && sscanf(line, "MemTotal: %" SCNu64, &kib) == 1 &&
	    kib < UINT64_MAX / 1024)
		out->memory = kib * 1024;
	if (slurp_under(text, sizeof(text), folder, "self/cgroup"))
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			read_group_line(out, root, line);
	if (out->cpus == 0)
		out->cpus = 1;
}

/* Half of what there is: programs and the page cache need theirs. */
static uint64_t
memory_for(const struct mvc_limits *limits, unsigned threads)
{
	uint64_t memory = MEMORY_BASE + MEMORY_THREAD * threads;

	if (limits->memory && limits->memory / 2 < memory)
		memory = limits->memory / 2;
	return memory < MEMORY_LEAST ? MEMORY_LEAST : memory;
}

void
mvc_ctx_init(struct mvc_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	mvc_ctx_set_threads(ctx, 0);
}

void
mvc_ctx_set_threads(struct mvc_ctx *ctx, unsigned threads)
{
	struct mvc_limits limits;

	mvc_limits_read(&limits, "");
	if (threads == 0)
		threads = limits.cpus;
	ctx->threads = threads < THREADS_MOST ? threads : THREADS_MOST;
	ctx->memory = memory_for(&limits, ctx->threads);
}

void
mvc_warn(struct mvc_ctx *ctx, const char *fmt, ...)
{
	char text[MVC_ERROR_MAX];
	va_list ap;

	if (!ctx->warn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	ctx->warn(ctx->warn_arg, text);
}
