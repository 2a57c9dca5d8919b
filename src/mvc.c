#include "mvc.h"

#include "config.h"

const char *
mvc_version(void)
{
	return PACKAGE_VERSION;
}
