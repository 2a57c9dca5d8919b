#include "work/settle.h"
#include "work/gitfolder.h"
#include "util/clock.h"
#include "util/sys.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/banned.h"

#define NAME "mvc/checkout-running"
#define TEXT_MAX 4096

static void
read_boot(char out[64])
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(TEXT_MAX);
	size_t n = 0;

	out[0] = 0;
	if (mvc_file_read(&b, AT_FDCWD, "/proc/sys/kernel/random/boot_id"))
		return;
	while (n < b.len && n < 63 && b.data[n] > ' ')
		n++;
	memcpy(out, b.data ? b.data : "", n);
	out[n] = 0;
}

static int
path_of(struct mvc_buf *out, const char *git_dir)
{
	return mvc_buf_addf(out, "%s/%s", git_dir, NAME);
}

static bool
read_lines(struct mvc_settle *out, const char *at, const char *end)
{
	while (at < end && out->n < MVC_SETTLE_MAX) {
		struct mvc_settle_line *l = &out->lines[out->n];
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		if (!nl ||
		    sscanf(at, "%63s %" SCNd64 " %" SCNd64, l->boot, &l->begin,
			&l->end) != 3)
			return false;
		out->n++;
		at = nl + 1;
	}
	return at == end;
}

/* The machine stopped before the lines themselves were on the disk. */
static void
doubt_all(struct mvc_settle *s)
{
	s->n = 1;
	s->lines[0] = (struct mvc_settle_line){"?", INT64_MIN, 0};
}

void
mvc_settle_read(struct mvc_settle *out, const char *git_dir)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);

	memset(out, 0, sizeof(*out));
	read_boot(out->boot);
	if (path_of(&path, git_dir) || !mvc_file_exists(AT_FDCWD, path.data))
		return;
	if (mvc_file_read(&text, AT_FDCWD, path.data) || !text.len ||
	    !read_lines(out, text.data, text.data + text.len))
		doubt_all(out);
}

static bool
is_foreign(const struct mvc_settle *s, const struct mvc_settle_line *l)
{
	return s->boot[0] && strcmp(s->boot, l->boot) != 0;
}

bool
mvc_settle_doubts_any(const struct mvc_settle *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (is_foreign(s, &s->lines[i]))
			return true;
	return false;
}

bool
mvc_settle_doubts(const struct mvc_settle *s, const struct mvc_stat_entry *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct mvc_settle_line *l = &s->lines[i];

		if (is_foreign(s, l) && e->modified >= l->begin &&
		    (!l->end || e->modified <= l->end))
			return true;
	}
	return false;
}

/* Durable, at the end of a checkout too: half a record, or none, would have all
 * that was ever written doubted. */
static int
write_lines(const struct mvc_settle *s, const char *git_dir)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	int err = path_of(&path, git_dir);

	for (size_t i = 0; !err && i < s->n; i++)
		err = mvc_buf_addf(&text, "%s %" PRId64 " %" PRId64 "\n",
		    s->lines[i].boot, s->lines[i].begin, s->lines[i].end);
	if (!err)
		err = mvc_file_replace(
		    AT_FDCWD, path.data, text.data, text.len, 0666);
	if (!err)
		mvc_gitfolder_share(AT_FDCWD, path.data);
	return err;
}

/* This boot's line, made where there is none; the oldest makes room. */
static struct mvc_settle_line *
own_line(struct mvc_settle *s)
{
	struct mvc_settle_line *l;

	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->lines[i].boot, s->boot))
			return &s->lines[i];
	if (s->n == MVC_SETTLE_MAX)
		memmove(s->lines, s->lines + 1, --s->n * sizeof(*s->lines));
	l = &s->lines[s->n++];
	memcpy(l->boot, s->boot, sizeof(l->boot));
	l->begin = mvc_clock_ns(MVC_CLOCK_FILES);
	return l;
}

int
mvc_settle_begin(struct mvc_settle *s, const char *git_dir)
{
	if (!s->boot[0])
		return MVC_OK;
	own_line(s)->end = 0;
	return write_lines(s, git_dir);
}

/* An empty one would be taken for one that did not reach the disk. */
static int
remove_lines(const char *git_dir)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	int err = path_of(&path, git_dir);

	if (!err)
		err = mvc_sys_unlink(AT_FDCWD, path.data);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

int
mvc_settle_end(struct mvc_settle *s, const char *git_dir, bool all)
{
	size_t kept = 0;

	if (!s->boot[0])
		return MVC_OK;
	for (size_t i = 0; i < s->n; i++)
		if (!all || !is_foreign(s, &s->lines[i]))
			s->lines[kept++] = s->lines[i];
	s->n = kept;
	for (size_t i = 0; i < s->n; i++)
		if (!is_foreign(s, &s->lines[i]))
			s->lines[i].end = mvc_clock_ns(CLOCK_REALTIME);
	return s->n ? write_lines(s, git_dir) : remove_lines(git_dir);
}
