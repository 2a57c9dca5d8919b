#include "util/buf.h"

#include <criterion/criterion.h>

Test(util_buf, grows_and_keeps_a_nul_at_its_end)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);

	cr_assert_eq(mvc_buf_add_str(&b, "one"), 0);
	cr_assert_eq(mvc_buf_addf(&b, " %d", 2), 0);
	cr_assert_str_eq(b.data, "one 2");
}

Test(util_buf, refuses_to_pass_its_maximum)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4);

	cr_assert_eq(mvc_buf_add_str(&b, "four"), 0);
	cr_assert_eq(mvc_buf_add_char(&b, '!'), MVC_ETOOBIG);
	cr_assert_eq(b.len, 4);
}
