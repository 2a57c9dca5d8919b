/* Git's config syntax: no crash, and positions stay inside and in order. */
#include "git/gitconfig.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t size, end;
};

static int
check(void *arg, const struct mvc_gitconfig_var *v)
{
	struct seen *s = arg;

	if (v->start < s->end || v->end <= v->start || v->end > s->size ||
	    !strchr(v->key, '.') || strlen(v->key) > MVC_GITCONFIG_KEY_MAX ||
	    (v->value && strlen(v->value) > MVC_GITCONFIG_VALUE_MAX))
		abort();
	s->end = v->end;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = {size, 0};

	(void)!mvc_gitconfig_parse((const char *)data, size, check, &s);
	return 0;
}
