/*
 * record NAME...: put files and folders into .git/mvc and write NAME.mvc, as
 * simply as can be; for tests of what reads them.
 */
#include "hash/digest.h"
#include "store/ingest.h"
#include "tree/edit.h"
#include "work/pointerfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HOLDER "0123456789abcdef0123456789abcdef"

static struct mvc_ctx ctx;
static struct mvc_store *store;
static struct mvc_writer *writer;
static struct mvc_ingested last;

static void
must(int err)
{
	if (!err)
		return;
	fprintf(stderr, "record: %s\n", mvc_error_text());
	exit(1);
}

static int
done(void *arg, void *user, const struct mvc_ingested *res)
{
	must(res->err);
	last = *res;
	return 0;
}

static struct mvc_entry
put_file(const char *path, const struct stat *st)
{
	struct mvc_ingest *in;
	struct mvc_dirref *dir;

	must(mvc_ingest_new(&in, &ctx, writer, done, NULL));
	must(mvc_dirref_new(&dir, open(".", O_RDONLY | O_DIRECTORY), "."));
	must(mvc_ingest_file(in, dir, path, (uint64_t)st->st_size, NULL));
	must(mvc_ingest_wait(in));
	mvc_ingest_free(in);
	mvc_dirref_drop(dir);
	return (struct mvc_entry){
	    .kind = st->st_mode & 0100 ? MVC_ENTRY_EXEC : MVC_ENTRY_FILE,
	    .size = last.size,
	    .files = 1,
	    .id = last.oid};
}

static void
put_folder(struct mvc_tree_edit *t, const char *path, const char *in_tree);

static void
put_path(struct mvc_tree_edit *t, const char *path, const char *in_tree)
{
	char target[PATH_MAX];
	struct mvc_entry e;
	struct stat st;

	lstat(path, &st);
	if (S_ISDIR(st.st_mode)) {
		e = (struct mvc_entry){.kind = MVC_ENTRY_DIR};
	} else if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlink(path, target, sizeof(target));

		e = (struct mvc_entry){.kind = MVC_ENTRY_LINK,
		    .files = 1,
		    .target = target,
		    .target_len = (size_t)n};
	} else {
		e = put_file(path, &st);
	}
	must(mvc_tree_edit_set(t, in_tree, &e));
	if (S_ISDIR(st.st_mode))
		put_folder(t, path, in_tree);
}

static void
put_folder(struct mvc_tree_edit *t, const char *path, const char *in_tree)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char below[PATH_MAX], full[PATH_MAX];
		const char *name = list[i]->d_name;

		snprintf(below, sizeof(below), "%s%s%s", in_tree,
		    *in_tree ? "/" : "", name);
		snprintf(full, sizeof(full), "%s/%s", path, name);
		if (strcmp(name, ".") && strcmp(name, ".."))
			put_path(t, full, below);
		free(list[i]);
	}
	free(list);
}

static void
record(const char *path)
{
	struct mvc_pointer p = MVC_POINTER_INIT;
	struct mvc_tree_edit *t;
	struct mvc_claim claim = {.base = NULL};
	struct mvc_entry e;
	struct stat st;
	char name[PATH_MAX];

	if (lstat(path, &st))
		must(mvc_fail_errno("%s", path));
	if (S_ISDIR(st.st_mode)) {
		must(mvc_tree_edit_new(&t, mvc_store_source(store),
		    mvc_writer_sink(writer), NULL));
		put_folder(t, path, "");
		must(mvc_tree_edit_finish(t, &p.oid, &p.size, &p.files));
		mvc_tree_edit_free(t);
		p.type = MVC_POINTER_TREE;
	} else {
		e = put_file(path, &st);
		p.oid = e.id;
		p.size = e.size;
		p.files = 1;
		p.type =
		    st.st_mode & 0100 ? MVC_POINTER_EXEC : MVC_POINTER_FILE;
	}
	claim.oid = p.oid;
	claim.tree = p.type == MVC_POINTER_TREE;
	claim.size = p.size;
	claim.files = p.files;
	must(mvc_writer_claim(writer, HOLDER, &claim, 1));
	snprintf(name, sizeof(name), "%s.mvc", path);
	must(mvc_pointer_write(&p, AT_FDCWD, name));
}

int
main(int argc, char **argv)
{
	mvc_ctx_init(&ctx);
	must(mvc_store_open(&store, &ctx, ".git/mvc"));
	must(mvc_writer_new(&writer, store));
	for (int i = 1; i < argc; i++)
		record(argv[i]);
	mvc_writer_free(writer);
	mvc_store_free(store);
	return 0;
}
