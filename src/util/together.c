#include "util/together.h"
#include "util/flow.h"

#include <stdint.h>

#include "util/banned.h"

static int
task_work(void *ctx, void *job, unsigned thread)
{
	const struct mvc_task *t = job;

	return t->run(t->arg);
}

int
mvc_together(const struct mvc_task *tasks, unsigned n)
{
	static const struct mvc_flow_ops ops = {.work = task_work};
	MVC_OWN(mvc_flow) *flow = NULL;
	int err = n ? mvc_flow_new(&flow, n, n, &ops, NULL) : MVC_OK;

	for (unsigned i = 0; !err && i < n; i++)
		err = mvc_flow_push(flow, (void *)(uintptr_t)&tasks[i]);
	return err || !n ? err : mvc_flow_wait(flow);
}
