#include "cmd/origin.h"
#include "git/config.h"
#include "git/repo.h"
#include "hash/digest.h"
#include "remote/fetch.h"
#include "remote/remote.h"
#include "store/formatfile.h"
#include "store/root.h"
#include "util/file.h"
#include "work/pointerfile.h"
#include "work/remoteconf.h"
#include "util/banned.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

void
mvc_origin_release(struct mvc_origin *o)
{
	mvc_repo_free(o->repo);
	mvc_repo_free(o->there);
	mvc_pointer_release(&o->pointer);
	mvc_aside_release(&o->aside);
	free(o->url);
	free(o->inner);
	free(o->from);
}

/* ---- a version, by its id or pointer ---- */

static bool
is_oid(struct mvc_oid *out, const char *s)
{
	return !mvc_oid_parse(out, s, strlen(s));
}

int
mvc_origin_version(struct mvc_origin *o, const char *what)
{
	const char *slash = strchr(what, '/');
	uint8_t id[16];
	int err = MVC_OK;

	if (slash && slash - what == 32 && !mvc_hex_parse(id, 16, what, 32) &&
	    is_oid(&o->pointer.oid, slash + 1))
		snprintf(o->holder, sizeof(o->holder), "%.32s", what);
	else if (!is_oid(&o->pointer.oid, what))
		err = mvc_pointer_read(&o->pointer, AT_FDCWD, what);
	if (err == MVC_ENOTFOUND)
		err = mvc_fail(err,
		    "%s is no pointer's file, and no id of 64 digits", what);
	o->inner = strdup("");
	return err || o->inner ? err : mvc_fail(MVC_ENOMEM, "no memory");
}

/* ---- the places that may have it ---- */

struct place {
	struct mvc_remoteconf conf;
	struct mvc_formatfile format;
	struct mvc_backend *b;
	struct mvc_far *far;
	char holder[33];
	bool own; /* a clone's: the clone is its holder */
};

static void
place_release(struct place *p)
{
	mvc_far_free(p->far);
	mvc_backend_free(p->b);
	mvc_remoteconf_release(&p->conf);
}

struct seeking {
	struct mvc_origin *o;
	struct place *p;
	struct mvc_root root;
	bool found;
};

/* Whether the holder has it. */
static int
try_holder(struct seeking *s, const char *holder)
{
	struct mvc_root_key key;
	int err = mvc_root_find(&s->root, &key, s->p->b, holder,
	    &s->o->pointer.oid, mvc_far_trash(s->p->far));

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	/* Of its own store some may only be a part. */
	s->found = !s->root.part;
	if (s->found && holder != s->p->holder)
		snprintf(s->p->holder, sizeof(s->p->holder), "%s", holder);
	if (!s->found)
		mvc_root_release(&s->root);
	return s->found;
}

static int
each_holder(void *arg, const char *key, const struct mvc_keystat *st)
{
	const char *holder = key + strlen("holders/");
	uint8_t id[16];

	if (strlen(holder) != 32 || mvc_hex_parse(id, 16, holder, 32))
		return MVC_OK;
	return try_holder(arg, holder);
}

/* A version that is known by its id alone is what its root says. */
static void
take_root(struct mvc_pointer *p, const struct mvc_root *r)
{
	if (p->type)
		return;
	p->type = r->tree ? MVC_POINTER_TREE : MVC_POINTER_FILE;
	p->size = r->size;
	p->files = r->files;
}

static int
find_root(struct mvc_origin *o, struct place *p)
{
	struct seeking s = {.o = o, .p = p};
	int err;

	if (p->own)
		err = try_holder(&s, p->holder);
	else if (o->holder[0])
		err = try_holder(&s, o->holder);
	else
		err = mvc_backend_list(p->b, "holders/", NULL, each_holder, &s);
	if (err < 0)
		return err;
	if (!s.found)
		return mvc_fail(MVC_ENOTFOUND, "%.12s was never pushed to %s",
		    mvc_oid_hex(&o->pointer.oid).s, p->b->url);
	take_root(&o->pointer, &s.root);
	mvc_root_release(&s.root);
	return MVC_OK;
}

static int
open_far(struct mvc_origin *o, struct place *p)
{
	MVC_OWN_MEM char *cache = NULL;
	struct mvc_oid hash;
	char name[32];
	int err;

	mvc_blake3(&hash, p->b->url, strlen(p->b->url));
	snprintf(name, sizeof(name), "%.16s", mvc_oid_hex(&hash).s);
	err = mvc_aside_path(&cache, &o->aside, name);
	return err ? err : mvc_far_open(&p->far, &o->env->ctx, p->b, cache);
}

/* Whose configuration says where remotes are. */
static struct mvc_repo *
speaker(struct mvc_origin *o)
{
	if (o->there)
		return o->there;
	return o->repo ? o->repo : o->env->repo;
}

static int
open_remote(struct mvc_origin *o, struct place *p)
{
	struct mvc_repo *r = speaker(o);
	int err;

	if (!r && !strpbrk(o->remote, "/:"))
		return mvc_fail(MVC_EUSAGE,
		    "%s: there is no repository here that says where that "
		    "is: name its URL",
		    o->remote);
	err = mvc_remoteconf_get(&p->conf, r, o->remote);
	return err ? err
		   : mvc_remoteconf_open(
			 &p->b, &p->format, r, &o->env->ctx, &p->conf, false);
}

/* The store of a repository on this machine. */
static int
open_own_store(struct mvc_origin *o, struct place *p)
{
	MVC_OWN_MEM char *set = NULL;
	MVC_OWN_MEM char *path = NULL;
	struct mvc_remote_place place = {.base = o->there->worktree};
	int err = mvc_config_string(&set, o->there, "mvc.store");

	p->own = true;
	if (!err)
		err = mvc_repo_clone_id(p->holder, o->there, false);
	if (!err && asprintf(&path, "%s/mvc", o->there->commondir) < 0) {
		path = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	place.url = set && *set ? set : path;
	if (!err)
		err = mvc_remote_open(&p->b, &o->env->ctx, &place);
	return err ? err : mvc_remote_format(&p->format, p->b, false);
}

/* ---- fetching ---- */

struct why {
	char text[MVC_ERROR_MAX];
};

static void
missing(void *arg, const struct mvc_fetch_item *item, const char *why)
{
	struct why *w = arg;

	if (!w->text[0])
		snprintf(w->text, sizeof(w->text), "%s", why);
}

static int
bring(struct mvc_origin *o, struct place *p, struct mvc_store *store,
    const char *here)
{
	const struct mvc_pointer *v = &o->pointer;
	struct mvc_fetch_item item = {.oid = v->oid,
	    .tree = v->type == MVC_POINTER_TREE,
	    .size = v->size,
	    .files = v->files,
	    .path = o->url ? o->url : "",
	    .inner = o->inner};
	struct why why = {.text = ""};
	struct mvc_fetch f = {.ctx = &o->env->ctx,
	    .store = store,
	    .far = p->far,
	    .there = p->holder,
	    .here = here,
	    .items = &item,
	    .n = 1,
	    .missing = missing,
	    .arg = &why};
	int err = mvc_fetch(&f);

	o->objects += f.objects;
	o->bytes += f.bytes;
	o->requests += p->b->requests;
	o->received += p->b->received;
	if (!err && item.state == MVC_FETCH_MISSING)
		err = mvc_fail(MVC_ENOTFOUND, "%s: %s", p->b->url, why.text);
	return err;
}

static int
fetch_from(struct mvc_origin *o, struct mvc_store *store, const char *here,
    int (*open)(struct mvc_origin *o, struct place *p))
{
	struct place p = {.b = NULL};
	const char *name;
	int err = open(o, &p);

	if (!err)
		err = open_far(o, &p);
	if (!err)
		err = find_root(o, &p);
	if (!err)
		err = bring(o, &p, store, here);
	if (!err) {
		name = p.conf.name && *p.conf.name ? p.conf.name : p.b->url;
		free(o->from);
		o->from = strdup(name);
		if (!o->from)
			err = mvc_fail(MVC_ENOMEM, "no memory for a name");
	}
	place_release(&p);
	return err;
}

int
mvc_origin_fetch(
    struct mvc_origin *o, struct mvc_store *store, const char *here)
{
	int err;

	if (o->there && !o->remote) {
		err = fetch_from(o, store, here, open_own_store);
		if (err != MVC_ENOTFOUND)
			return err;
	}
	err = fetch_from(o, store, here, open_remote);
	return err && o->url ? mvc_fail_prefix(err, "%s", o->url) : err;
}
