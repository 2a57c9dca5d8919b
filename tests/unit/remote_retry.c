#include "remote/retry.h"

#include <criterion/criterion.h>
#include <pthread.h>

Test(remote_retry, retry_after_is_seconds_or_a_date_and_bounded)
{
	int64_t now = 784111770; /* Sun, 06 Nov 1994 08:49:30 GMT */

	cr_assert_eq(mvc_retry_after(NULL, now), 0);
	cr_assert_eq(mvc_retry_after("7", now), 7);
	cr_assert_eq(mvc_retry_after("100000", now), 60);
	cr_assert_eq(mvc_retry_after("soon", now), 0);
	cr_assert_eq(mvc_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 7);
	cr_assert_eq(mvc_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), 0);
}

Test(remote_retry, gives_up_after_some_tries_but_not_while_bytes_come)
{
	struct mvc_retry r = {0};
	unsigned n = 0;

	r.tries = 8;
	cr_assert(mvc_retry_wait(&r, 0, false, 0));
	cr_assert_not(mvc_retry_wait(&r, 0, false, 0));
	for (uint64_t moved = 1;
	     n < 3 && mvc_retry_wait(&r, 0, false, moved << 20); moved++)
		n++;
	cr_assert_eq(n, 3);
	cr_assert_eq(r.tries, 1);
}

Test(remote_retry, a_busy_place_gets_half_as_many_then_slowly_more)
{
	struct mvc_gate g;

	mvc_gate_init(&g, 8);
	for (int i = 0; i < 4; i++)
		mvc_gate_enter(&g);
	mvc_gate_leave(&g, true);
	cr_assert_eq((unsigned)g.limit, 4);
	/* Told together is told once. */
	mvc_gate_leave(&g, true);
	cr_assert_eq((unsigned)g.limit, 4);
	mvc_gate_leave(&g, false);
	mvc_gate_leave(&g, false);
	for (int i = 0; i < 4; i++) {
		mvc_gate_enter(&g);
		mvc_gate_leave(&g, false);
	}
	cr_assert_eq((unsigned)g.limit, 5);
	for (int i = 0; i < 100; i++) {
		mvc_gate_enter(&g);
		mvc_gate_leave(&g, false);
	}
	cr_assert_eq((unsigned)g.limit, 8);
	mvc_gate_release(&g);
}
