#include "bundle/import.h"
#include "bundle/writer.h"
#include "cmd/checkout.h"
#include "cmd/importing.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/add.h"
#include "work/typed.h"
#include "util/banned.h"

struct importing {
	struct mvc_env *env;
	const struct mvc_import_args *a;
	const char *word; /* the archive */
	char *path; /* where its content is tracked */
	int fd;
	struct mvc_archive_source source;
	struct mvc_pointer now;
	struct mvc_writer_sums sums;
	uint64_t begun; /* ns */
};

/* How long the name is without the suffix of an archive; 0: it has none. */
static size_t
stem_of(const char *name)
{
	size_t n = 0;

	(void)mvc_archive_format_of(name, &n);
	return n && name[n - 1] != '/' ? n : 0;
}

bool
mvc_import_is_archive(const char *word)
{
	return stem_of(word) > 0 && mvc_file_exists(AT_FDCWD, word);
}

static const char *
base_of(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? slash + 1 : word;
}

static int
find_path(struct importing *im)
{
	const char *base = base_of(im->word);
	MVC_OWN_MEM char *stem = strndup(base, stem_of(base));

	if (!stem)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	return mvc_typed_path(
	    &im->path, im->env->repo, im->a->output ? im->a->output : stem);
}

static int
on_pread(void *arg, size_t *got, void *p, size_t n, uint64_t off)
{
	struct importing *im = arg;

	return mvc_sys_pread(got, im->fd, p, n, off, im->word);
}

static int
open_archive(struct importing *im)
{
	struct stat st;
	int err = mvc_sys_open(
	    &im->fd, AT_FDCWD, im->word, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (err)
		return err;
	if (fstat(im->fd, &st) < 0)
		return mvc_fail_errno("stat %s", im->word);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s is no file", im->word);
	im->source.pread = on_pread;
	im->source.arg = im;
	im->source.size = (uint64_t)st.st_size;
	return MVC_OK;
}

/* "NAME BLAKE3 .", the name without what would take it apart. */
static int
set_source(struct importing *im, const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1024);
	int err = MVC_OK;

	for (const char *p = base_of(im->word); !err && *p; p++)
		err = *p <= ' ' || *p == 0x7f || *p == '%'
		    ? mvc_buf_addf(&b, "%%%02X", (unsigned char)*p)
		    : mvc_buf_add_char(&b, *p);
	if (!err)
		err = mvc_buf_addf(&b, " %s .", mvc_oid_hex(id).s);
	if (!err)
		im->now.source = mvc_buf_take(&b);
	return err || im->now.source
	    ? err
	    : mvc_fail(MVC_ENOMEM, "no memory to import");
}

static int
read_archive(struct importing *im, struct mvc_writer *w)
{
	MVC_OWN(mvc_archive_reader) *r = NULL;
	struct mvc_env *env = im->env;
	struct mvc_imported got;
	struct mvc_oid id;
	int err;

	err = mvc_archive_reader_new(&r, &im->source);
	if (!err)
		err = mvc_archive_import(&got, &env->ctx, env->store, w, r);
	if (!err)
		err = mvc_archive_id(&id, r);
	if (err == MVC_EINVALID || err == MVC_ECORRUPT)
		return mvc_fail_prefix(err, "%s", im->word);
	if (err)
		return err;
	im->now.type = MVC_POINTER_TREE;
	im->now.oid = got.oid;
	im->now.size = got.size;
	im->now.files = got.files;
	mvc_writer_get_sums(w, &im->sums);
	return set_source(im, &id);
}

static int
import(struct importing *im)
{
	MVC_OWN(mvc_writer) *w = NULL;
	MVC_OWN(mvc_work) *work = NULL;
	struct mvc_add_opts opts = {0};
	struct mvc_env *env = im->env;
	int err;

	err = find_path(im);
	if (!err)
		err = open_archive(im);
	if (!err)
		err = mvc_work_open(&work, &env->ctx, env->repo, env->store);
	/* Before much is read. */
	if (!err)
		err = mvc_add_given(work, im->path, NULL, NULL, &opts);
	if (!err)
		err = mvc_writer_new(&w, env->store);
	if (!err)
		err = read_archive(im, w);
	if (!err)
		err = mvc_add_given(work, im->path, &im->now, w, &opts);
	return err;
}

static void
report(struct importing *im)
{
	struct mvc_env *env = im->env;
	struct mvc_json *j;

	if (!env->common.json) {
		mvc_line_fit(env, im->path);
		mvc_line(env, im->path, NULL, "%s  %s   stored %s   %s",
		    mvc_human_files(im->now.files).s,
		    mvc_human_size(im->now.size).s,
		    mvc_human_size(im->sums.packed).s,
		    mvc_human_time(mvc_now_ns() - im->begun).s);
		mvc_line(env, "staged", "git commit", "%s",
		    mvc_namef(env, "%s.mvc .gitignore", im->path));
		return;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "path", im->path);
	mvc_json_key_str(j, "oid", mvc_oid_hex(&im->now.oid).s);
	mvc_json_key_u64(j, "size", im->now.size);
	mvc_json_key_u64(j, "files", im->now.files);
	mvc_json_key_str(j, "source", im->now.source);
	mvc_json_key_u64(j, "stored", im->sums.packed);
	mvc_json_end(j);
}

static int
put(struct importing *im)
{
	struct mvc_env *env = im->env;
	const char *base = base_of(im->word);
	MVC_OWN_MEM char *stem = strndup(base, stem_of(base));
	char *words[] = {(char *)im->a->output, NULL}, **argv = env->argv;
	bool quiet = env->out.quiet;
	int err;

	if (!stem)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (!words[0])
		words[0] = stem;
	env->argv = words;
	env->dashdash = -1;
	env->out.quiet = quiet || env->common.json;
	err = mvc_cmd_put(env, false, NULL);
	env->out.quiet = quiet;
	env->argv = argv;
	return err;
}

int
mvc_import_archive(
    struct mvc_env *env, const struct mvc_import_args *a, const char *word)
{
	struct importing im = {.env = env,
	    .a = a,
	    .word = word,
	    .fd = -1,
	    .now = MVC_POINTER_INIT,
	    .begun = mvc_now_ns()};
	int err;

	mvc_bar_start(env);
	err = import(&im);
	mvc_bar_stop(env);
	if (!err)
		report(&im);
	if (!err && a->checkout)
		err = put(&im);
	if (im.fd >= 0)
		close(im.fd);
	free(im.path);
	mvc_pointer_release(&im.now);
	return err;
}
