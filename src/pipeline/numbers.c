#include "pipeline/numbers.h"

#include "pipeline/pipeline.h"
#include "lineage/values.h"
#include "work/view.h"

#include "util/banned.h"

static int
load(void *arg, struct mvc_jval **out, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_VALUES_FILE_MAX);
	int err;

	*out = NULL;
	err = mvc_numbers_text(&text, arg, path);
	return err ? err : mvc_pipeline_values(out, path, &text);
}

/* MVC_ENOTFOUND: there is none. */
static int
find(struct mvc_pipeline *out, struct mvc_view *v, const char *folder)
{
	static const char *const names[] = {"mvc.yaml", "dvc.yaml"};
	MVC_OWN_MEM char *at = strdup(folder);
	char *slash;

	for (; at; *(slash ? slash : at) = 0) {
		for (size_t i = 0; i < 2; i++) {
			MVC_SCOPED(mvc_buf)
			text = MVC_BUF_INIT(MVC_PIPELINE_MAX);
			MVC_OWN_MEM char *path = NULL;
			int err;

			if (asprintf(&path, "%s%s%s", at, *at ? "/" : "",
				names[i]) < 0) {
				path = NULL;
				return mvc_fail(MVC_ENOMEM, "no memory");
			}
			err = mvc_numbers_text(&text, v, path);
			if (!err)
				return mvc_pipeline_parse(out, path,
				    text.data ? text.data : "", text.len, load,
				    v);
			if (err != MVC_ENOTFOUND)
				return err;
		}
		if (!*at)
			return MVC_ENOTFOUND;
		slash = strrchr(at, '/');
	}
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
add_outs(
    struct mvc_names *out, const struct mvc_stage *s, enum mvc_out_kind kind)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < s->outs_n; i++)
		if (s->outs[i].kind == kind)
			err = mvc_names_add(out, s->outs[i].path);
	return err;
}

static int
add_params(struct mvc_names *out, const struct mvc_stage *s)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < s->params_n; i++)
		err = mvc_names_add(out, s->params[i].file);
	return err;
}

int
mvc_pipeline_numbers(struct mvc_names *out, struct mvc_view *v,
    const char *folder, enum mvc_numbers which)
{
	MVC_SCOPED(mvc_pipeline) p = MVC_PIPELINE_INIT;
	int err = find(&p, v, folder);

	for (size_t i = 0; !err && i < p.n; i++)
		err = which == MVC_NUMBERS_PARAMS
		    ? add_params(out, &p.v[i])
		    : add_outs(out, &p.v[i],
			  which == MVC_NUMBERS_METRICS ? MVC_OUT_METRICS
						       : MVC_OUT_PLOTS);
	mvc_names_sort(out);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}
