/*
 * For the static binary alone. libarchive's table of formats to write names
 * xar, which mvc never writes, and xar wants libxml2, which wants ICU and C++.
 */
#include <archive.h>

int
archive_write_set_format_xar(struct archive *a)
{
	(void)a;
	return ARCHIVE_FATAL;
}
