#include "store/rootlist.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>

void
mvc_rootlist_release(struct mvc_rootlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		mvc_root_release(&l->at[i].root);
	free(l->at);
	l->at = NULL;
	l->n = 0;
}

struct loading {
	struct mvc_rootlist *out;
	const struct mvc_folder *folder;
	int (*bad)(void *arg, const char *key, int err);
	void *arg;
	char holder[33]; /* whose roots are being read */
};

static bool
is_hex(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") >= n;
}

static bool
is_root_name(const char *name)
{
	size_t n = strlen(name);

	return n >= MVC_OID_HEX && n <= MVC_OID_HEX + 17 &&
	    is_hex(name, MVC_OID_HEX) &&
	    (n == MVC_OID_HEX || name[MVC_OID_HEX] == '~');
}

static int
grow(struct mvc_rootlist *l)
{
	struct mvc_listed_root *t;

	if ((l->n & (l->n + 1)) != 0)
		return MVC_OK;
	t = realloc(l->at, (2 * l->n + 2) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for roots");
	l->at = t;
	return MVC_OK;
}

static int
load_root(struct loading *in, const char *holder, const char *name)
{
	struct mvc_listed_root *r;
	struct stat st;
	int err = grow(in->out);

	if (err)
		return err;
	r = &in->out->at[in->out->n];
	memset(r, 0, sizeof(*r));
	snprintf(r->holder, sizeof(r->holder), "%.32s", holder);
	snprintf(r->key.s, sizeof(r->key.s), "roots/%.32s/%.81s", holder, name);
	if (fstatat(in->folder->fd, r->key.s, &st, 0) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", r->key.s);
	r->made = st.st_mtime;
	err = mvc_root_read(&r->root, in->folder, r->key.s);
	/* Its holder dropped it meanwhile. */
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (err)
		return in->bad ? in->bad(in->arg, r->key.s, err) : err;
	in->out->n++;
	return MVC_OK;
}

static int
take_root(void *arg, int dirfd, const char *name)
{
	struct loading *in = arg;

	return is_root_name(name) ? load_root(in, in->holder, name) : MVC_OK;
}

static int
take_holder(void *arg, int dirfd, const char *name)
{
	struct loading *in = arg;
	char folder[48];

	if (strlen(name) != 32 || !is_hex(name, 32))
		return MVC_OK;
	snprintf(in->holder, sizeof(in->holder), "%.32s", name);
	snprintf(folder, sizeof(folder), "roots/%.32s", name);
	return mvc_folder_each(in->folder, folder, take_root, in);
}

int
mvc_rootlist_load(struct mvc_rootlist *out, const struct mvc_folder *f,
    int (*bad)(void *arg, const char *key, int err), void *arg)
{
	struct loading in = {.out = out, .folder = f, .bad = bad, .arg = arg};
	int err;

	out->at = NULL;
	out->n = 0;
	err = mvc_folder_each(f, "roots", take_holder, &in);
	if (err)
		mvc_rootlist_release(out);
	return err;
}
