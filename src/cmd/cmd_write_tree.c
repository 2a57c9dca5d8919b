/* The other way round than ls-tree: entries from standard input, in its form
 * and order. */
#include "cmd/env.h"
#include "cmd/object.h"
#include "store/blob.h"
#include "store/writer.h"
#include "tree/edit.h"
#include "tree/find.h"
#include "util/banned.h"

#include <errno.h>
#include <stdio.h>

/* The longest line: a path and a target, quoted. */
#define LINE_MAX_BYTES (UINT32_C(4) << 20)

struct write_args {
	bool zero, missing;
};

static const struct mvc_opt write_opts[] = {
    MVC_OPT_FLAG(
	'z', "zero", struct write_args, zero, "names end by NUL, unquoted"),
    MVC_OPT_FLAG(0, "missing", struct write_args, missing,
	"do not look whether the content is in the store"),
    MVC_OPT_END,
};

struct writing {
	struct mvc_env *env;
	const struct write_args *a;
	struct mvc_writer *w;
	struct mvc_tree_edit *edit;
	struct mvc_buf line, name, target;
	unsigned n; /* of the line */
};

static int
bad(const char *what)
{
	return mvc_fail(MVC_EINVALID, "%s", what);
}

/* Up to the next end character; *end: there was nothing. */
static int
read_until(struct mvc_buf *out, int stop, bool *end)
{
	int c, err = MVC_OK;

	mvc_buf_clear(out);
	while (!err && (c = getc_unlocked(stdin)) != EOF && c != stop)
		err = mvc_buf_add_char(out, (char)c);
	if (err == MVC_ETOOBIG)
		return bad("too long");
	*end = !err && c == EOF && out->len == 0;
	if (!err && ferror(stdin))
		err = mvc_fail_errno("read standard input");
	return err ? err : mvc_buf_reserve(out, 0);
}

static int
parse_id(struct mvc_entry *e, const char *p, size_t n)
{
	if (e->kind == MVC_ENTRY_LINK)
		return n == 1 && *p == '-' ? MVC_OK
					   : bad("a symlink's id is '-'");
	return mvc_oid_parse(&e->id, p, n) ? bad("a malformed id") : MVC_OK;
}

static int
parse_number(uint64_t *out, const char *p, size_t n)
{
	char text[21], *end;

	if (n == 0 || n > 20 || *p < '0' || *p > '9')
		return bad("a malformed number");
	memcpy(text, p, n);
	text[n] = 0;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno || *end ? bad("a malformed number") : MVC_OK;
}

/* "KIND ID SIZE FILES", which a tab ends. */
static int
parse_fields(struct mvc_entry *e, const char *p, const char *tab)
{
	int err = MVC_OK;

	for (int i = 0; !err && i < 4; i++) {
		const char *end = memchr(p, ' ', (size_t)(tab - p));
		size_t n;

		if (!end)
			end = tab;
		n = (size_t)(end - p);
		if ((i < 3) == (end == tab))
			return bad("not KIND ID SIZE FILES, a tab and "
				   "a name");
		if (i == 0)
			e->kind = mvc_entry_kind_of(p, n);
		else if (i == 1)
			err = parse_id(e, p, n);
		else
			err = parse_number(i == 2 ? &e->size : &e->files, p, n);
		if (!e->kind)
			return bad("an unknown kind");
		p = end + 1;
	}
	return err;
}

static int
parse_names(struct writing *wr, struct mvc_entry *e, const char *p)
{
	const char *end = wr->line.data + wr->line.len, *tab;
	bool link = e->kind == MVC_ENTRY_LINK, none;
	int err;

	if (wr->a->zero) {
		err = mvc_buf_add(&wr->name, p, (size_t)(end - p));
		if (!err && link)
			err = read_until(&wr->target, 0, &none);
		return err;
	}
	tab = link ? memchr(p, '\t', (size_t)(end - p)) : end;
	if (!tab)
		return bad("a symlink without a target");
	err = mvc_name_unquote(&wr->name, p, (size_t)(tab - p));
	if (!err && link)
		err = mvc_name_unquote(
		    &wr->target, tab + 1, (size_t)(end - tab - 1));
	return err ? bad("a malformed name") : MVC_OK;
}

/* The content is there, and as long as is said. */
static int
check_content(const struct writing *wr, struct mvc_entry *e)
{
	struct mvc_found found;
	uint64_t size;
	int err;

	if (wr->a->missing || e->kind == MVC_ENTRY_LINK)
		return MVC_OK;
	if (e->kind == MVC_ENTRY_DIR) {
		err = mvc_tree_find(
		    &found, mvc_store_source(wr->env->store), &e->id, "");
		if (err)
			return err;
		size = found.e.size;
		err = found.e.files == e->files ? MVC_OK : bad("wrong FILES");
		mvc_found_release(&found);
	} else {
		err = mvc_blob_size(&size, wr->env->store, &e->id);
	}
	if (err)
		return err;
	return size == e->size ? MVC_OK : bad("wrong SIZE");
}

static int
take_line(struct writing *wr)
{
	struct mvc_entry e = {.kind = 0};
	const char *tab;
	int err;

	mvc_buf_clear(&wr->name);
	mvc_buf_clear(&wr->target);
	tab = wr->line.len ? memchr(wr->line.data, '\t', wr->line.len) : NULL;
	if (!tab)
		return bad("no tab");
	err = parse_fields(&e, wr->line.data, tab);
	if (!err)
		err = parse_names(wr, &e, tab + 1);
	if (err)
		return err;
	if (!wr->name.len || strlen(wr->name.data) != wr->name.len)
		return bad("a malformed name");
	if (e.kind != MVC_ENTRY_DIR && e.files != 1)
		return bad("FILES is 1 unless it is a tree");
	if (e.kind == MVC_ENTRY_LINK) {
		e.target = wr->target.data;
		e.target_len = wr->target.len;
	}
	err = check_content(wr, &e);
	if (!err)
		err = mvc_tree_edit_set(wr->edit, wr->name.data, &e);
	return err;
}

static int
write_all(struct writing *wr)
{
	struct mvc_oid root;
	uint64_t size, files;
	bool end = false;
	int err;

	err = mvc_writer_new(&wr->w, wr->env->store);
	if (!err)
		err = mvc_tree_edit_new(&wr->edit,
		    mvc_store_source(wr->env->store), mvc_writer_sink(wr->w),
		    NULL);
	while (!err) {
		wr->n++;
		err = read_until(&wr->line, wr->a->zero ? 0 : '\n', &end);
		if (end)
			break;
		if (!err)
			err = take_line(wr);
		if (err)
			return mvc_fail_prefix(err, "line %u", wr->n);
	}
	if (!err)
		err = mvc_tree_edit_finish(wr->edit, &root, &size, &files);
	if (!err)
		err = mvc_writer_flush(wr->w);
	if (!err)
		mvc_print(wr->env, "%s\n", mvc_oid_hex(&root).s);
	return err;
}

static int
write_tree_run(struct mvc_env *env, const void *args)
{
	struct writing wr = {.env = env,
	    .a = args,
	    .line = MVC_BUF_INIT(LINE_MAX_BYTES),
	    .name = MVC_BUF_INIT(LINE_MAX_BYTES),
	    .target = MVC_BUF_INIT(LINE_MAX_BYTES)};
	int err = write_all(&wr);

	mvc_tree_edit_free(wr.edit);
	mvc_writer_free(wr.w);
	mvc_buf_release(&wr.line);
	mvc_buf_release(&wr.name);
	mvc_buf_release(&wr.target);
	return err;
}

const struct mvc_cmd mvc_cmd_write_tree = {
    .name = "write-tree",
    .summary = "store a tree from a list of entries",
    .usage = "<LIST",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_NEED_STORE,
    .opts = write_opts,
    .args_size = sizeof(struct write_args),
    .run = write_tree_run,
};
