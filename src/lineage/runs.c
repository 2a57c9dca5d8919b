#include "lineage/runs.h"

#include "util/beneath.h"
#include "util/file.h"

#include "util/banned.h"

struct mvc_runs_path
mvc_runs_path_of(const struct mvc_oid *id)
{
	struct mvc_runs_path p;
	const struct mvc_hex hex = mvc_oid_hex(id);

	snprintf(p.s, sizeof(p.s), ".mvc/runs/%.2s/%s.json", hex.s, hex.s + 2);
	return p;
}

struct mvc_runs_path
mvc_runs_environment_of(const struct mvc_oid *id)
{
	struct mvc_runs_path p;

	snprintf(p.s, sizeof(p.s), ".mvc/env/%s", mvc_oid_hex(id).s);
	return p;
}

int
mvc_runs_id_of(struct mvc_oid *out, const char *path)
{
	MVC_OWN_MEM char *hex = NULL;
	size_t n = strlen(path);

	/* .mvc/runs/aa/bbbb….json */
	if (n != 10 + MVC_OID_HEX + 1 + 5)
		return MVC_EINVALID;
	hex = strdup(path + 10);
	if (!hex)
		return mvc_fail(MVC_ENOMEM, "no memory");
	memmove(hex + 2, hex + 3, MVC_OID_HEX - 2);
	if (mvc_oid_parse(out, hex, MVC_OID_HEX) != MVC_OK ||
	    strcmp(mvc_runs_path_of(out).s, path) != 0)
		return MVC_EINVALID;
	return MVC_OK;
}

static void
drop_returns(struct mvc_buf *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\r' || text->data[i + 1] != '\n')
			text->data[kept++] = text->data[i];
	text->len = kept;
}

int
mvc_runs_parse(
    struct mvc_record *out, const struct mvc_oid *id, struct mvc_buf *text)
{
	const struct mvc_runs_path path = mvc_runs_path_of(id);
	struct mvc_oid is;

	*out = (struct mvc_record)MVC_RECORD_INIT;
	drop_returns(text);
	mvc_record_id(&is, text);
	if (!mvc_oid_eq(&is, id))
		return mvc_fail(MVC_ECORRUPT,
		    "%s was changed: its bytes have the id %.12s", path.s,
		    mvc_oid_hex(&is).s);
	return mvc_record_parse(out, path.s, text->data, text->len);
}

int
mvc_runs_get(struct mvc_record *out, int top, const struct mvc_oid *id)
{
	/* Every line may have one byte more. */
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_RECORD_MAX);
	const struct mvc_runs_path path = mvc_runs_path_of(id);
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	*out = (struct mvc_record)MVC_RECORD_INIT;
	err = mvc_beneath_parent(&folder, &name, top, path.s, false);
	if (!err)
		err = mvc_file_read(&text, folder, name);
	return err ? err : mvc_runs_parse(out, id, &text);
}
