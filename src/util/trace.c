#include "util/trace.h"
#include "util/clock.h"
#include "util/sys.h"
#include "util/banned.h"

#include <inttypes.h>
#include <unistd.h>

struct mvc_trace {
	int fd;
	uint64_t born;
};

int
mvc_trace_open(struct mvc_trace **out, const char *where)
{
	struct mvc_trace *t;
	int err;

	*out = NULL;
	if (!where || !*where || !strcmp(where, "0"))
		return MVC_OK;
	t = calloc(1, sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "open the trace %s", where);
	t->born = mvc_now_ns();
	t->fd = STDERR_FILENO;
	if (strcmp(where, "1")) {
		err = mvc_sys_open(&t->fd, AT_FDCWD, where,
		    O_WRONLY | O_CREAT | O_APPEND, 0666);
		if (err) {
			free(t);
			return err;
		}
	}
	*out = t;
	return MVC_OK;
}

void
mvc_trace_free(struct mvc_trace *t)
{
	if (t && t->fd != STDERR_FILENO)
		close(t->fd);
	free(t);
}

uint64_t
mvc_trace_start(struct mvc_trace *t)
{
	return t ? mvc_now_ns() : 0;
}

void
mvc_trace_end(struct mvc_trace *t, uint64_t start, const char *phase,
    uint64_t items, uint64_t bytes)
{
	char line[512];
	int n;

	if (!t)
		return;
	n = snprintf(line, sizeof(line),
	    "{\"phase\":\"%s\",\"start_ms\":%.3f,\"ms\":%.3f,"
	    "\"items\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n",
	    phase, start > t->born ? (double)(start - t->born) / 1e6 : 0.0,
	    (double)(mvc_now_ns() - start) / 1e6, items, bytes);
	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	/* One write, so that threads' and processes' lines do not mix. A trace
	 * that cannot be written is no reason to fail. */
	(void)!mvc_sys_write(t->fd, line, (size_t)n, "the trace");
}
