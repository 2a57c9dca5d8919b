/* Whatever is read as YAML is written as JSON that is read as the same. */
#include "text/json.h"
#include "text/yaml.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
write_json(struct mvc_buf *out, const struct mvc_jval *v)
{
	struct mvc_json j;

	mvc_json_init_buf(&j, out);
	assert(mvc_jval_write(&j, v) == 0);
	return mvc_json_finish(&j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_buf) a = MVC_BUF_INIT(64 << 20);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(64 << 20);
	MVC_OWN(mvc_jval) *v = NULL;
	MVC_OWN(mvc_jval) *w = NULL;

	if (mvc_yaml_parse(&v, (const char *)data, size))
		return 0;
	/* Few values, but long ones, may be too much. */
	if (write_json(&a, v))
		return 0;
	assert(mvc_jval_parse(&w, a.data, a.len) == 0);
	assert(write_json(&b, w) == 0);
	assert(a.len == b.len && !memcmp(a.data, b.data, a.len));
	return 0;
}
