#include "cmd/suggest.h"
#include "cmd/cmd.h"
#include "util/banned.h"

#define WORD_MAX 32

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits (insert, delete, change, swap neighbours) from a to b. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			d[i][j] =
			    least(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
				least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

const char *
mvc_suggest(const char *word, const char *const *list, size_t n)
{
	const char *best = NULL;
	unsigned least_edits = (unsigned)strlen(word) / 3 + 1;

	for (size_t i = 0; i < n; i++) {
		unsigned edits = distance(word, list[i]);

		if (edits < least_edits ||
		    (edits == least_edits && !best && edits < strlen(word))) {
			best = list[i];
			least_edits = edits;
		}
	}
	return best;
}

/* Verbs of DVC and git-lfs that are called something else here. */
static const struct {
	const char *verb;
	const char *answer;
} foreign[] = {
    {"commit", "mvc add -u records changed data; git commit commits it"},
    {"destroy", "mvc deinit stops using mvc here and keeps your files"},
    {"list", "mvc ls [REV:]PATH lists data"},
    {"ls-files", "mvc ls lists data"},
    {"migrate",
	"fetch the real files with the other tool (dvc pull, "
	"git lfs pull), untrack them there, then mvc add PATH"},
    {"move", "mvc mv OLD NEW moves data and its pointer"},
    {"prune", "mvc gc frees what nothing refers to"},
    {"remove",
	"mvc rm PATH removes data; mvc rm --cached PATH untracks it "
	"and keeps the files"},
    {"track", "mvc add PATH tracks data"},
    {"unprotect",
	"there is nothing to unprotect: mvc's files are ordinary "
	"and writable"},
    {"untrack", "mvc rm --cached PATH untracks data and keeps the files"},
};

int
mvc_no_command(const char *name)
{
	const char *names[256];
	const char *meant;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (!strcmp(name, foreign[i].verb))
			return mvc_fail(MVC_EUSAGE, "there is no '%s' here: %s",
			    name, foreign[i].answer);
	for (size_t i = 0; mvc_cmds[i] && n < 256; i++)
		if (!(mvc_cmds[i]->flags & MVC_CMD_HIDDEN))
			names[n++] = mvc_cmds[i]->name;
	meant = mvc_suggest(name, names, n);
	if (meant)
		return mvc_fail(MVC_EUSAGE,
		    "there is no command '%s'; did you mean '%s'?", name,
		    meant);
	return mvc_fail(
	    MVC_EUSAGE, "there is no command '%s'; mvc help lists them", name);
}
