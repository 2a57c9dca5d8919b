#include "tree/find.h"

#include "tree/cursor.h"

#include "util/banned.h"

void
mvc_found_release(struct mvc_found *f)
{
	free(f->text);
	memset(f, 0, sizeof(*f));
}

static int
keep(struct mvc_found *out, const struct mvc_entry *e)
{
	out->text = malloc(e->name_len + e->target_len + 1);
	if (!out->text)
		return mvc_fail(MVC_ENOMEM, "no memory for a name");
	out->e = *e;
	out->e.name = out->text;
	out->e.target = e->target_len ? out->text + e->name_len : NULL;
	if (e->name_len)
		memcpy(out->text, e->name, e->name_len);
	if (e->target_len)
		memcpy(out->text + e->name_len, e->target, e->target_len);
	out->text[e->name_len + e->target_len] = 0;
	return MVC_OK;
}

static int
keep_root(
    struct mvc_found *out, struct mvc_cursor *c, const struct mvc_oid *root)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_DIR, .id = *root};
	int err = mvc_cursor_open(c, root, NULL);

	if (err)
		return err;
	mvc_cursor_sums(c, &e.size, &e.files);
	return keep(out, &e);
}

int
mvc_tree_find(struct mvc_found *out, const struct mvc_source *source,
    const struct mvc_oid *root, const char *path)
{
	MVC_OWN(mvc_cursor) *c = NULL;
	struct mvc_entry dir = {.id = *root};
	const char *at = path;
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_cursor_new(&c, source);
	if (err)
		return err;
	if (!*path)
		return keep_root(out, c, root);
	for (;;) {
		const struct mvc_entry *e;
		size_t len = strcspn(at, "/");

		err = mvc_cursor_open(c, &dir.id, at == path ? NULL : &dir);
		if (!err)
			err = mvc_cursor_seek(c, at, len, false);
		if (err)
			return err;
		e = mvc_cursor_item(c);
		if (!e || mvc_name_cmp(e->name, e->name_len, at, len))
			break;
		if (!at[len])
			return keep(out, e);
		if (e->kind != MVC_ENTRY_DIR)
			break;
		dir = *e;
		at += len + 1;
	}
	return mvc_fail(MVC_ENOTFOUND, "'%s' is not in the tree", path);
}
