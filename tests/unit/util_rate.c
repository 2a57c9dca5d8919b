#include "util/clock.h"
#include "util/rate.h"

#include <criterion/criterion.h>

static void *
move_some(void *rate)
{
	for (int i = 0; i < 5; i++)
		mvc_rate_moved(rate, 10000);
	return NULL;
}

Test(util_rate, all_threads_together_keep_the_limit)
{
	struct mvc_rate r = MVC_RATE_INIT(1000000);
	uint64_t from = mvc_now_ns();
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, move_some, &r), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	/* 200,000 bytes. */
	cr_assert_geq(mvc_now_ns() - from, 200000000);
}

Test(util_rate, no_limit_is_no_wait)
{
	struct mvc_rate r = MVC_RATE_INIT(0);

	mvc_rate_moved(&r, UINT64_MAX);
	mvc_rate_moved(NULL, UINT64_MAX);
	cr_assert_eq(r.next, 0);
}
