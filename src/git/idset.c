#include "git/idset.h"
#include "git/repo.h"

#include <errno.h>
#include <stdio.h>
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

/* The slot that holds the id, or the empty one where it belongs. */
static git_oid *
slot_of(const struct mvc_idset *s, const git_oid *id)
{
	uint64_t h;

	/* Ids are hashes already. */
	memcpy(&h, id->id, sizeof(h));
	for (size_t i = (size_t)h & (s->size - 1);; i = (i + 1) & (s->size - 1))
		if (git_oid_is_zero(&s->slots[i]) ||
		    git_oid_equal(&s->slots[i], id))
			return &s->slots[i];
}

static int
grow(struct mvc_idset *s)
{
	struct mvc_idset big = {.size = s->size ? 2 * s->size : 1024};

	big.slots = calloc(big.size, sizeof(*big.slots));
	if (!big.slots)
		return mvc_fail(
		    MVC_ENOMEM, "no memory for %zu Git ids", big.size);
	for (size_t i = 0; i < s->size; i++)
		if (!git_oid_is_zero(&s->slots[i]))
			*slot_of(&big, &s->slots[i]) = s->slots[i];
	big.n = s->n;
	free(s->slots);
	*s = big;
	return MVC_OK;
}

int
mvc_idset_add(bool *added, struct mvc_idset *s, const git_oid *id)
{
	git_oid *slot;
	int err;

	*added = false;
	if (git_oid_is_zero(id))
		return MVC_OK;
	if (s->n >= s->size / 4 * 3) {
		err = grow(s);
		if (err)
			return err;
	}
	slot = slot_of(s, id);
	if (!git_oid_is_zero(slot))
		return MVC_OK;
	*slot = *id;
	s->n++;
	*added = true;
	return MVC_OK;
}

bool
mvc_idset_has(const struct mvc_idset *s, const git_oid *id)
{
	return s->n && !git_oid_is_zero(slot_of(s, id));
}

void
mvc_idset_release(struct mvc_idset *s)
{
	free(s->slots);
	memset(s, 0, sizeof(*s));
}

int
mvc_idset_shallow(struct mvc_idset *s, const struct mvc_repo *r)
{
	MVC_OWN_MEM char *path = NULL;
	char line[256];
	git_oid id;
	bool added;
	FILE *f;
	int err;

	err = mvc_git_textf(&path, "%s/shallow", r->commondir);
	if (err)
		return err;
	f = mvc_file_stream(path);
	if (!f)
		return errno == ENOENT ? MVC_OK
				       : mvc_sys_fail(AT_FDCWD, "open", path);
	while (!err && fgets(line, sizeof(line), f))
		if (git_oid_fromstr(&id, line) == 0)
			err = mvc_idset_add(&added, s, &id);
	if (!err && ferror(f))
		err = mvc_fail_errno("read %s", path);
	fclose(f);
	return err;
}
