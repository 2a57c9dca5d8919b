/* Settings as the AWS tools keep them: no crash, and strings stay in bounds. */
#include "text/ini.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
check(void *arg, const struct mvc_ini_var *v)
{
	if (!*v->key || strlen(v->section) >= MVC_INI_MAX ||
	    strlen(v->key) >= MVC_INI_MAX || strlen(v->value) >= MVC_INI_MAX)
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)!mvc_ini_parse((const char *)data, size, check, NULL);
	return 0;
}
