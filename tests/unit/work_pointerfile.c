#include "scratch.h"

#include "work/pointerfile.h"

#include <criterion/criterion.h>
#include <fcntl.h>

static const char text[] =
    "mvc pointer 1\n"
    "oid 6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d\n"
    "type file\nsize 12\nlabel a=b\n";

Test(work_pointerfile, files_are_written_and_read_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) q = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) none = MVC_POINTER_INIT;

	scratch_write("d/keep", "");
	cr_assert_eq(mvc_pointer_parse(&p, "x", text, sizeof(text) - 1), 0);
	cr_assert_eq(mvc_pointer_write(&p, AT_FDCWD, "d/x.mvc"), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(mvc_pointer_read(&q, AT_FDCWD, "d/x.mvc"), 0);
	cr_assert_eq(q.size, 12);
	cr_assert_str_eq(q.labels.v[0], "a=b");
	cr_assert_eq(
	    mvc_pointer_read(&none, AT_FDCWD, "d/none.mvc"), MVC_ENOTFOUND);
}

Test(work_pointerfile, links_are_not_followed, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_pointer p;

	scratch_write("d/x.mvc", text);
	cr_assert_eq(symlink("d", "l"), 0);
	cr_assert_eq(symlink("d/x.mvc", "x.mvc"), 0);
	cr_assert_neq(mvc_pointer_read(&p, AT_FDCWD, "l/x.mvc"), 0);
	cr_assert_neq(mvc_pointer_read(&p, AT_FDCWD, "x.mvc"), 0);
	cr_assert_eq(mvc_pointer_read(&p, AT_FDCWD, "d"), MVC_EINVALID);
}
