#include "pipeline/pipeline.h"

#include "text/yaml.h"
#include "util/file.h"

#include <stdio.h>
#include <string.h>

#include "lineage/values.h"
#include "util/banned.h"

static void
release_stage(struct mvc_stage *s)
{
	free(s->name);
	free(s->desc);
	free(s->wdir);
	mvc_names_release(&s->cmd);
	mvc_names_release(&s->deps);
	for (size_t i = 0; i < s->params_n; i++) {
		free(s->params[i].file);
		mvc_names_release(&s->params[i].keys);
	}
	for (size_t i = 0; i < s->outs_n; i++)
		free(s->outs[i].path);
	free(s->params);
	free(s->outs);
}

void
mvc_pipeline_release(struct mvc_pipeline *p)
{
	for (size_t i = 0; i < p->n; i++)
		release_stage(&p->v[i]);
	free(p->v);
	free(p->path);
	*p = (struct mvc_pipeline)MVC_PIPELINE_INIT;
}

const struct mvc_stage *
mvc_pipeline_stage(const struct mvc_pipeline *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].name, name))
			return &p->v[i];
	return NULL;
}

/* ---- files ---- */

int
mvc_pipeline_values(
    struct mvc_jval **out, const char *path, const struct mvc_buf *text)
{
	const char *dot = strrchr(path, '.');
	int err;

	*out = NULL;
	if (!mvc_values_readable(path))
		return mvc_fail(MVC_EINVALID,
		    "%s: values are read from .json, .yaml and .yml", path);
	err = !strcmp(dot, ".json")
	    ? mvc_jval_parse(out, text->data ? text->data : "", text->len)
	    : mvc_yaml_parse(out, text->data ? text->data : "", text->len);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

static int
load(void *arg, struct mvc_jval **out, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_VALUES_FILE_MAX);
	int err;

	*out = NULL;
	err = mvc_file_read_beneath(&text, *(const int *)arg, path);
	return err ? err : mvc_pipeline_values(out, path, &text);
}

int
mvc_pipeline_read(struct mvc_pipeline *out, int top, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_PIPELINE_MAX);
	int err = mvc_file_read_beneath(&text, top, path);

	*out = (struct mvc_pipeline)MVC_PIPELINE_INIT;
	return err ? err
		   : mvc_pipeline_parse(out, path, text.data ? text.data : "",
			 text.len, load, &top);
}

int
mvc_pipeline_find(char **path, int top, const char *folder)
{
	static const char *const names[] = {"mvc.yaml", "dvc.yaml"};
	MVC_OWN_MEM char *at = strdup(folder);
	char *slash;

	*path = NULL;
	for (; at; *(slash ? slash : at) = 0) {
		for (size_t i = 0; i < 2; i++) {
			if (asprintf(path, "%s%s%s", at, *at ? "/" : "",
				names[i]) < 0) {
				*path = NULL;
				return mvc_fail(MVC_ENOMEM, "no memory");
			}
			if (!mvc_file_absent(top, *path))
				return MVC_OK;
			free(*path);
			*path = NULL;
		}
		if (!*at)
			return mvc_fail(MVC_ENOTFOUND,
			    "there is neither mvc.yaml nor dvc.yaml here: mvc "
			    "stage add begins one");
		slash = strrchr(at, '/');
	}
	return mvc_fail(MVC_ENOMEM, "no memory");
}
