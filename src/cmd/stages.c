#include "cmd/stages.h"

#include "git/repo.h"
#include "util/sys.h"
#include "work/typed.h"
#include "util/banned.h"

#include <fcntl.h>

void
mvc_stages_release(struct mvc_stages *s)
{
	if (s->top >= 0)
		close(s->top);
	mvc_graph_free(s->g);
	mvc_pipeline_release(&s->p);
	free(s->path);
	free(s->wanted);
	*s = (struct mvc_stages)MVC_STAGES_INIT;
}

int
mvc_stages_find(struct mvc_stages *s, struct mvc_env *env)
{
	MVC_OWN_MEM char *folder = NULL;
	int err = mvc_typed_path(&folder, env->repo, ".");

	if (!err)
		err = mvc_sys_open(&s->top, AT_FDCWD, env->repo->worktree,
		    O_RDONLY | O_DIRECTORY, 0);
	return err ? err : mvc_pipeline_find(&s->path, s->top, folder);
}

int
mvc_stages_open(struct mvc_stages *s, struct mvc_env *env)
{
	int err = mvc_stages_find(s, env);

	if (!err)
		err = mvc_pipeline_read(&s->p, s->top, s->path);
	return err ? err : mvc_graph_open(&s->g, &s->p);
}

int
mvc_stages_select(struct mvc_stages *s, struct mvc_env *env, bool single)
{
	int err = mvc_stages_open(s, env);

	if (err)
		return err;
	s->wanted = calloc(s->p.n + 1, sizeof(*s->wanted));
	if (!s->wanted)
		return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
	return mvc_graph_select(s->wanted, s->g, (const char *const *)env->argv,
	    (size_t)env->argc, single);
}
