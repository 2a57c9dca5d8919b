#include "lineage/environment.h"

#include "lineage/mask.h"
#include "text/json.h"
#include "text/jsontree.h"
#include "util/file.h"
#include "util/run.h"

#include <sys/utsname.h>

#include "util/banned.h"

extern char **environ;

#define HEAD "environment 1"

/* Prefixes of variables that change what numbers come out. */
static const char *const variables[] = {"BLIS_", "CUBLAS_", "CUDA_", "CUDNN_",
    "HIP_", "JAX_", "KMP_", "LANG=", "LC_ALL=", "MKL_", "NCCL_", "NUMEXPR_",
    "NVIDIA_", "OMP_", "OPENBLAS_", "PYTHONHASHSEED=", "ROCR_", "TF_CUDNN_",
    "TF_DETERMINISTIC_", "TF_ENABLE_", "TORCH_", "TZ=", "XLA_"};

/* Without the work tree's own modules, which might do anything. */
static const char ask_python[] =
    "import sys\n"
    "sys.path[:] = [p for p in sys.path if p not in ('', '.')]\n"
    "import json, platform\n"
    "from importlib import metadata\n"
    "json.dump({'python': {'version': platform.python_version(),\n"
    "  'implementation': platform.python_implementation()},\n"
    " 'packages': {d.metadata['Name']: d.version\n"
    "  for d in metadata.distributions() if d.metadata['Name']}},\n"
    " sys.stdout)\n";

static int
write_member(void *arg, const char *key, const struct mvc_jval *v)
{
	if (mvc_jval_str(v))
		mvc_json_key_str(arg, key, mvc_jval_str(v));
	return MVC_OK;
}

static int
write_object(struct mvc_json *j, const struct mvc_jval *doc, const char *key)
{
	const struct mvc_jval *v = doc ? mvc_jval_get(doc, key) : NULL;
	int err;

	if (!v || mvc_jval_kind(v) != MVC_JOBJECT)
		return MVC_OK;
	mvc_json_key(j, key);
	mvc_json_object(j);
	err = mvc_jval_each(v, write_member, j);
	mvc_json_end(j);
	return err;
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What the interpreter says of itself; NULL where it does not. */
static struct mvc_jval *
python_of(const char *const *command)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_ENVIRONMENT_MAX);
	MVC_OWN_MEM char *cwd = NULL, *path = NULL;
	const char *argv[] = {command[0], "-c", ask_python, NULL};
	struct mvc_run run = {.argv = argv, .out = &text};
	struct mvc_jval *doc = NULL;

	if (!command[0] || strncmp(base_of(command[0]), "python", 6))
		return NULL;
	/* Links are not followed: of a virtual environment they lead out. */
	if (command[0][0] != '/' && strchr(command[0], '/')) {
		cwd = getcwd(NULL, 0);
		if (!cwd || asprintf(&path, "%s/%s", cwd, command[0]) < 0)
			return NULL;
		argv[0] = path;
	}
	if (mvc_run_check(&run) || mvc_jval_parse(&doc, text.data, text.len))
		return NULL;
	return doc;
}

/* The first line's value of a file such as /proc/cpuinfo. */
static bool
line_of(char *out, size_t size, const char *path, const char *name)
{
	MVC_OWN_MEM char *line = NULL;
	size_t cap = 0, n = strlen(name);
	FILE *f = mvc_file_stream(path);
	bool found = false;

	while (f && !found && getline(&line, &cap, f) > 0) {
		const char *at = line + n;

		if (strncmp(line, name, n))
			continue;
		at += strspn(at, "\t :");
		snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
		found = true;
	}
	if (f)
		fclose(f);
	return found;
}

static void
write_machine(struct mvc_json *j)
{
	char text[256];

	mvc_json_key(j, "cpu");
	mvc_json_object(j);
	if (line_of(text, sizeof(text), "/proc/cpuinfo", "model name"))
		mvc_json_key_str(j, "model", text);
	mvc_json_end(j);
	mvc_json_key(j, "gpu");
	mvc_json_object(j);
	if (line_of(text, sizeof(text), "/proc/driver/nvidia/version",
		"NVRM version"))
		mvc_json_key_str(j, "driver", text);
	mvc_json_end(j);
	mvc_json_key(j, "mvc");
	mvc_json_object(j);
	mvc_json_key_str(j, "version", MVC_VERSION);
	mvc_json_end(j);
}

static void
write_system(struct mvc_json *j)
{
	char text[256];
	struct utsname u;

	mvc_json_key(j, "system");
	mvc_json_object(j);
	if (line_of(text, sizeof(text), "/etc/os-release", "PRETTY_NAME=\"")) {
		text[strcspn(text, "\"")] = 0;
		mvc_json_key_str(j, "distribution", text);
	}
	if (uname(&u) == 0) {
		mvc_json_key_str(j, "kernel", u.release);
		mvc_json_key_str(j, "machine", u.machine);
		mvc_json_key_str(j, "name", u.sysname);
	}
	mvc_json_end(j);
}

static size_t
name_len(const char *var)
{
	return strspn(var, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
}

static bool
is_told(const char *var)
{
	if (var[name_len(var)] != '=')
		return false;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		if (!strncmp(var, variables[i], strlen(variables[i])))
			return true;
	return false;
}

static int
by_name(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t n = name_len(x), k = name_len(y);
	int c = memcmp(x, y, n < k ? n : k);

	return c ? c : n < k ? -1 : n > k;
}

static int
write_variable(struct mvc_json *j, const char *var)
{
	MVC_SCOPED(mvc_buf) value = MVC_BUF_INIT(1 << 16);
	MVC_OWN_MEM char *name = strndup(var, name_len(var));
	int err;

	if (!name)
		return mvc_fail(MVC_ENOMEM, "no memory");
	var += strlen(name) + 1;
	err = mvc_mask_is(name, var) ? mvc_buf_add_str(&value, MVC_MASK)
				     : mvc_mask_word(&value, NULL, var);
	if (!err)
		mvc_json_key_str(j, name, value.data ? value.data : "");
	return err;
}

static int
write_variables(struct mvc_json *j)
{
	MVC_OWN_MEM const char **list = NULL;
	size_t n = 0, told = 0;
	int err = MVC_OK;

	while (environ && environ[n])
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < n; i++)
		if (is_told(environ[i]))
			list[told++] = environ[i];
	qsort(list, told, sizeof(*list), by_name);
	mvc_json_key(j, "variables");
	mvc_json_object(j);
	for (size_t i = 0; !err && i < told; i++)
		err = write_variable(j, list[i]);
	mvc_json_end(j);
	return err;
}

int
mvc_environment_format(struct mvc_buf *out, const char *const *command)
{
	MVC_OWN(mvc_jval) *python = python_of(command);
	struct mvc_json j;
	int err;

	mvc_json_init_buf(&j, out);
	j.pretty = true;
	mvc_json_object(&j);
	mvc_json_key_str(&j, "$mvc", HEAD);
	write_machine(&j);
	err = write_object(&j, python, "packages");
	if (!err)
		err = write_object(&j, python, "python");
	write_system(&j);
	if (!err)
		err = write_variables(&j);
	mvc_json_end(&j);
	mvc_json_newline(&j);
	return err ? err : mvc_json_finish(&j);
}
