#include "scratch.h"
#include "util/ctx.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <string.h>

Test(util_ctx, defaults_follow_the_machine_within_the_caps)
{
	struct mvc_ctx ctx;

	mvc_ctx_init(&ctx);
	cr_assert_geq(ctx.threads, 1);
	cr_assert_gt(ctx.memory, 0);
	cr_assert_leq(ctx.memory,
	    (UINT64_C(256) << 20) + ctx.threads * (UINT64_C(32) << 20));
}

Test(util_ctx, threads_follow_the_affinity)
{
	struct mvc_limits l;
	cpu_set_t all, one;
	int cpu = 0;

	cr_assert_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	mvc_limits_read(&l, "");
	cr_assert_eq(l.cpus, 1);
}

Test(util_ctx, the_tightest_group_of_version_2_holds, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_limits l;

	scratch_write("proc/meminfo", "MemTotal:    8000000 kB\n");
	scratch_write("proc/self/cgroup", "0::/a/b\n");
	scratch_write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	scratch_write("sys/fs/cgroup/a/b/memory.max", "max\n");
	scratch_write("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
	scratch_write("sys/fs/cgroup/a/memory.max", "104857600\n");
	mvc_limits_read(&l, ".");
	cr_assert_eq(l.cpus, 1);
	cr_assert_eq(l.memory, 104857600);
}

Test(util_ctx, groups_of_version_1_hold_too, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_limits l;

	scratch_write(
	    "proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/y\n3:pids:/z\n");
	scratch_write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "70000");
	scratch_write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
	scratch_write("sys/fs/cgroup/memory/memory.limit_in_bytes", "4096");
	mvc_limits_read(&l, ".");
	cr_assert_eq(l.cpus, 1);
	cr_assert_eq(l.memory, 4096);
}

Test(util_ctx, without_limits_the_machine_is_the_limit, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_limits l;

	scratch_write("proc/meminfo", "MemTotal:    1000 kB\nMemFree: 1 kB\n");
	scratch_write("proc/self/cgroup", "garbage\n0:\n::\n");
	mvc_limits_read(&l, ".");
	cr_assert_geq(l.cpus, 1);
	cr_assert_eq(l.memory, 1024000);
}

static void
keep_text(void *arg, const char *text)
{
	memcpy(arg, text, strlen(text) + 1);
}

Test(util_ctx, warnings_are_tamed_and_reach_who_asked)
{
	struct mvc_ctx ctx = {0};
	char text[100] = "";

	mvc_warn(&ctx, "nobody hears");
	ctx.warn = keep_text;
	ctx.warn_arg = text;
	mvc_warn(&ctx, "odd name: %s", "a\033[31m\n");
	cr_assert_str_eq(text, "odd name: a?[31m?");
}
