#include "store/fsck_priv.h"
#include "util/sys.h"
#include "util/banned.h"

void
fsck_found(struct checking *k, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (k->f->finding)
		k->f->finding(k->f->arg, text);
}

int
fsck_set_aside(struct checking *k, const char *key)
{
	char **t;

	for (size_t i = 0; i < k->n_aside; i++)
		if (!strcmp(k->aside[i], key))
			return MVC_OK;
	t = realloc(k->aside, (k->n_aside + 1) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for findings");
	k->aside = t;
	t[k->n_aside] = strdup(key);
	if (!t[k->n_aside])
		return mvc_fail(MVC_ENOMEM, "no memory for findings");
	k->n_aside++;
	return MVC_OK;
}

static int
run(struct checking *k)
{
	int err;

	err =
	    k->f->repair ? mvc_folder_lock(&k->lock, k->folder, true) : MVC_OK;
	if (!err)
		err = mvc_mark_new(&k->mark, k->f->store);
	if (!err)
		err = fsck_look_packs(k);
	if (!err)
		err = fsck_look_segments(k);
	if (!err)
		err = fsck_look_roots(k);
	if (!err)
		err = fsck_look_trash(k);
	if (!err && k->f->repair && k->f->damaged)
		err = fsck_repair(k);
	if (!err)
		err = fsck_reach_pointers(k);
	return err;
}

static void
release(struct checking *k)
{
	for (size_t i = 0; i < k->n_aside; i++)
		free(k->aside[i]);
	free(k->aside);
	mvc_mark_free(k->mark);
	mvc_rootlist_release(&k->roots);
	mvc_oidset_release(&k->bad);
	if (k->lock >= 0)
		close(k->lock);
}

int
mvc_fsck_claim(struct mvc_fsck *f)
{
	struct checking k = {
	    .f = f, .folder = &f->store->folder, .lock = -1, .claims = true};
	int err;

	f->repair = true;
	err = fsck_reach_pointers(&k);
	release(&k);
	return err;
}

int
mvc_fsck(struct mvc_fsck *f)
{
	struct checking k = {.f = f, .folder = &f->store->folder, .lock = -1};
	int err;

	err = run(&k);
	release(&k);
	if (err)
		return err;
	if (f->missing)
		return mvc_fail(MVC_EFINDING,
		    "%llu path%s not whole in the store",
		    (unsigned long long)f->missing,
		    f->missing == 1 ? " is" : "s are");
	if (f->damaged && !f->repair)
		return mvc_fail(
		    MVC_EFINDING, "the store has damage; nothing was changed");
	return MVC_OK;
}
