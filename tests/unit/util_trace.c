#include "scratch.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/trace.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

Test(util_trace, is_off_without_a_place_and_costs_nothing)
{
	struct mvc_trace *t;

	cr_assert_eq(mvc_trace_open(&t, NULL), 0);
	cr_assert_null(t);
	cr_assert_eq(mvc_trace_open(&t, "0"), 0);
	cr_assert_null(t);
	cr_assert_eq(mvc_trace_start(t), 0);
	mvc_trace_end(t, 0, "x.y", 1, 2);
	mvc_trace_free(t);
}

Test(util_trace, writes_one_object_a_line_and_appends, .init = scratch_enter,
    .fini = scratch_leave)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(10000);
	struct mvc_trace *t;
	double start, ms;
	int n = 0;

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(mvc_trace_open(&t, "log"), 0);
		mvc_trace_end(t, mvc_trace_start(t), "add.scan", 5, 7);
		mvc_trace_free(t);
	}
	cr_assert_eq(mvc_file_read(&b, AT_FDCWD, "log"), 0);
	cr_assert_eq(sscanf(b.data,
			 "{\"phase\":\"add.scan\",\"start_ms\":%lf,\"ms\":%lf,"
			 "\"items\":5,\"bytes\":7}\n%n",
			 &start, &ms, &n),
	    2);
	cr_assert_gt(n, 0);
	cr_assert_gt(b.len, (size_t)n);
	cr_assert_eq(strncmp(b.data + n, "{\"phase\"", 8), 0);
}

Test(util_trace, a_file_that_cannot_be_opened_is_an_error,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_trace *t;

	cr_assert_eq(mvc_trace_open(&t, "no/such/log"), MVC_ENOTFOUND);
	cr_assert_null(t);
}
