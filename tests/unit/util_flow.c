#include "util/flow.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

struct run {
	uint64_t next; /* the number that finish() must see */
	uint64_t fail_at; /* work() of this one fails */
	uint64_t fail_in; /* finish() of this one fails */
	uint64_t finished; /* calls */
	atomic_uint_fast64_t worked, dropped, under_way, most;
	struct mvc_flow *inner;
};

/* Jobs are numbers from 1. */
static void *
job_of(uint64_t i)
{
	return (void *)(uintptr_t)i;
}

static int
work(void *ctx, void *job, unsigned thread)
{
	struct run *r = ctx;
	uint64_t i = (uintptr_t)job;

	atomic_fetch_add(&r->worked, 1);
	/* The first ones are slow, so that order is not for free. */
	if (i % 7 == 1 && i < 100) {
		struct timespec t = {0, 1000000};
		nanosleep(&t, NULL);
	}
	if (r->fail_at && (i == r->fail_at || i == r->fail_at + 3))
		return mvc_fail(MVC_ECORRUPT, "job %d is bad", (int)i);
	return MVC_OK;
}

static int
finish(void *ctx, void *job)
{
	struct run *r = ctx;
	uint64_t i = (uintptr_t)job;

	cr_assert_eq(i, ++r->next);
	r->finished++;
	if (i == r->fail_in)
		return mvc_fail(MVC_ENOSPACE, "no room for %d", (int)i);
	return r->inner ? mvc_flow_push(r->inner, job) : MVC_OK;
}

static void
drop(void *ctx, void *job)
{
	struct run *r = ctx;

	atomic_fetch_add(&r->dropped, 1);
}

static const struct mvc_flow_ops ops = {work, finish, drop};

/* Push 1 .. n until one fails; returns push's last result. */
static int
push_all(struct mvc_flow *f, uint64_t n, uint64_t *pushed)
{
	int err = MVC_OK;

	for (*pushed = 0; *pushed < n && !err;)
		err = mvc_flow_push(f, job_of(++*pushed));
	return err;
}

Test(util_flow, keeps_the_order_on_any_number_of_threads)
{
	static const unsigned threads[] = {0, 1, 2, 8, 32};
	static const unsigned depths[] = {0, 1, 2, 64};

	for (size_t t = 0; t < 5; t++)
		for (size_t d = 0; d < 4; d++) {
			struct run r = {0};
			struct mvc_flow *f;
			uint64_t n;

			cr_assert_eq(
			    mvc_flow_new(&f, threads[t], depths[d], &ops, &r),
			    0);
			cr_assert_eq(push_all(f, 300, &n), 0);
			cr_assert_eq(mvc_flow_wait(f), 0);
			cr_assert_eq(r.finished, 300);
			cr_assert_eq(r.worked, 300);
			cr_assert_eq(r.dropped, 300);
			cr_assert_eq(mvc_flow_push(f, job_of(301)), 0);
			cr_assert_eq(mvc_flow_wait(f), 0);
			cr_assert_eq(r.finished, 301);
			mvc_flow_free(f);
		}
}

Test(util_flow, reports_the_first_error_in_push_order_with_its_text)
{
	for (int turn = 0; turn < 20; turn++) {
		struct run r = {.fail_at = 50};
		struct mvc_flow *f;
		uint64_t n;

		cr_assert_eq(mvc_flow_new(&f, 8, 16, &ops, &r), 0);
		(void)!push_all(f, 1000, &n);
		mvc_fail(MVC_EIO, "something else");
		cr_assert_eq(mvc_flow_wait(f), MVC_ECORRUPT);
		cr_assert_str_eq(mvc_error_text(), "job 50 is bad");
		cr_assert_eq(r.finished, 49);
		cr_assert_eq(r.dropped, n);
		cr_assert_eq(mvc_flow_push(f, job_of(1)), MVC_ECORRUPT);
		cr_assert_eq(r.dropped, n + 1);
		mvc_flow_free(f);
	}
}

Test(util_flow, stops_at_an_error_of_finish)
{
	struct run r = {.fail_in = 20};
	struct mvc_flow *f;
	uint64_t n;

	cr_assert_eq(mvc_flow_new(&f, 3, 8, &ops, &r), 0);
	cr_assert_eq(push_all(f, 100000, &n), MVC_ENOSPACE);
	cr_assert_str_eq(mvc_error_text(), "no room for 20");
	cr_assert_eq(mvc_flow_wait(f), MVC_ENOSPACE);
	cr_assert_eq(r.finished, 20);
	cr_assert_eq(r.dropped, n);
	mvc_flow_free(f);
}

Test(util_flow, drops_what_is_not_finished_when_freed)
{
	struct run r = {0};
	struct mvc_flow *f;
	uint64_t n;

	cr_assert_eq(mvc_flow_new(&f, 2, 64, &ops, &r), 0);
	cr_assert_eq(push_all(f, 60, &n), 0);
	mvc_flow_free(f);
	cr_assert_eq(r.dropped, 60);
	cr_assert_lt(r.finished, 60);
	mvc_flow_free(NULL);
}

Test(util_flow, may_push_into_another_flow_whose_error_stops_both)
{
	struct run inner = {.fail_in = 70}, outer = {0};
	struct mvc_flow *f;
	uint64_t n;

	cr_assert_eq(mvc_flow_new(&outer.inner, 4, 2, &ops, &inner), 0);
	cr_assert_eq(mvc_flow_new(&f, 4, 4, &ops, &outer), 0);
	cr_assert_eq(push_all(f, 1000, &n), MVC_ENOSPACE);
	cr_assert_str_eq(mvc_error_text(), "no room for 70");
	mvc_flow_free(f);
	mvc_flow_free(outer.inner);
	cr_assert_eq(inner.finished, 70);
	cr_assert_eq(outer.dropped, n);
}

static int
count_work(void *ctx, void *job, unsigned thread)
{
	struct run *r = ctx;
	uint64_t now = atomic_fetch_add(&r->under_way, 1) + 1;

	if (now > r->most)
		r->most = now;
	return MVC_OK;
}

static int
count_finish(void *ctx, void *job)
{
	struct run *r = ctx;

	atomic_fetch_sub(&r->under_way, 1);
	r->finished++;
	return MVC_OK;
}

Test(util_flow, holds_no_more_than_its_depth)
{
	static const struct mvc_flow_ops count = {
	    count_work, count_finish, NULL};
	struct run r = {0};
	struct mvc_flow *f;
	uint64_t n;

	cr_assert_eq(mvc_flow_new(&f, 8, 5, &count, &r), 0);
	cr_assert_eq(push_all(f, 20000, &n), 0);
	cr_assert_eq(mvc_flow_wait(f), 0);
	cr_assert_leq(r.most, 5);
	cr_assert_eq(r.finished, 20000);
	mvc_flow_free(f);
}

Test(util_flow, needs_neither_work_nor_finish)
{
	static const struct mvc_flow_ops only_drop = {NULL, NULL, drop};
	struct run r = {0};
	struct mvc_flow *f;
	uint64_t n;

	cr_assert_eq(mvc_flow_new(&f, 8, 3, &only_drop, &r), 0);
	cr_assert_eq(push_all(f, 1000, &n), 0);
	cr_assert_eq(mvc_flow_wait(f), 0);
	cr_assert_eq(r.dropped, 1000);
	mvc_flow_free(f);
}
