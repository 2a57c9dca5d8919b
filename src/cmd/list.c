#include "cmd/cmd.h"
#include "util/banned.h"

#define MVC_CMD(name) extern const struct mvc_cmd mvc_cmd_##name;
#include "cmd/list.def"
#undef MVC_CMD

const struct mvc_cmd *const mvc_cmds[] = {
#define MVC_CMD(name) &mvc_cmd_##name,
#include "cmd/list.def"
#undef MVC_CMD
    NULL,
};

const struct mvc_cmd *
mvc_cmd_find(const char *name)
{
	for (size_t i = 0; mvc_cmds[i]; i++)
		if (!strcmp(mvc_cmds[i]->name, name))
			return mvc_cmds[i];
	return NULL;
}

int
mvc_exit_of(int code)
{
	switch (code) {
	case MVC_OK:
		return 0;
	case MVC_EFINDING:
		return 1;
	case MVC_EAGAIN:
		return 75;
	case MVC_EUSAGE:
		return 129;
	default:
		return 128;
	}
}
