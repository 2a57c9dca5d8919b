#include "remote/githistory.h"
#include "hash/digest.h"
#include "store/lines.h"
#include "util/banned.h"

#include <inttypes.h>

/* The longest state: a hundred thousand refs. */
#define STATE_MAX ((size_t)16 << 20)
#define STATES_MAX 10000
#define HOLDER_LEN 32
/* Like a collection's grace. */
#define GRACE (14 * 24 * 3600)

/* One file git/HOLDER/refs/ID. */
struct state {
	struct mvc_githistory h;
	struct mvc_oid id;
	struct mvc_oid *replaces;
	size_t n_replaces;
};

struct states {
	struct state *v;
	size_t n;
	struct mvc_backend *b;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a history");
}

/* Room for one more in an array that is doubled at powers of two. */
static int
grow(void *array, size_t n, size_t size)
{
	void **v = array, *more;

	if (n & (n - 1))
		return MVC_OK;
	more = realloc(*v, (n ? 2 * n : 1) * size);
	if (!more)
		return no_memory();
	*v = more;
	return MVC_OK;
}

void
mvc_githistory_release(struct mvc_githistory *h)
{
	for (size_t i = 0; i < h->n_refs; i++)
		free(h->refs[i].name);
	for (size_t i = 0; i < h->n_gone; i++)
		free(h->gone[i].name);
	free(h->gone);
	free(h->refs);
	free(h->parts);
	free(h->head);
	free(h->states);
	memset(h, 0, sizeof(*h));
}

static void
states_release(struct states *s)
{
	for (size_t i = 0; i < s->n; i++) {
		mvc_githistory_release(&s->v[i].h);
		free(s->v[i].replaces);
	}
	free(s->v);
}

struct mvc_gitpart_key
mvc_gitpart_key(const char *holder, const struct mvc_oid *id)
{
	struct mvc_gitpart_key k;

	snprintf(k.s, sizeof(k.s), "git/%.32s/bundles/%s", holder,
	    mvc_oid_hex(id).s);
	return k;
}

static struct mvc_gitpart_key
state_key(const char *holder, const struct mvc_oid *id)
{
	struct mvc_gitpart_key k;

	snprintf(
	    k.s, sizeof(k.s), "git/%.32s/refs/%s", holder, mvc_oid_hex(id).s);
	return k;
}

/* Where the name is, or would be. */
static size_t
ref_at(const struct mvc_githistory *h, const char *name, bool *is)
{
	size_t lo = 0, hi = h->n_refs;

	*is = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(h->refs[mid].name, name);

		if (cmp == 0)
			*is = true;
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct mvc_gitref *
mvc_githistory_ref(const struct mvc_githistory *h, const char *name)
{
	bool is;
	size_t i = ref_at(h, name, &is);

	return is ? &h->refs[i] : NULL;
}

static int
set_ref(struct mvc_githistory *h, const char *name, const char *oid,
    uint64_t serial)
{
	bool is;
	size_t i = ref_at(h, name, &is);
	struct mvc_gitref *r;
	int err;

	if (!is) {
		err = grow(&h->refs, h->n_refs, sizeof(*h->refs));
		if (err)
			return err;
		r = &h->refs[i];
		memmove(r + 1, r, (h->n_refs - i) * sizeof(*r));
		r->name = strdup(name);
		h->n_refs++;
		if (!r->name)
			return no_memory();
	}
	r = &h->refs[i];
	snprintf(r->oid, sizeof(r->oid), "%s", oid);
	r->serial = serial;
	return MVC_OK;
}

int
mvc_githistory_set(struct mvc_githistory *h, const char *name, const char *oid)
{
	return set_ref(h, name, oid, h->serial);
}

static void
forget_ref(struct mvc_githistory *h, struct mvc_gitref *r)
{
	free(r->name);
	h->n_refs--;
	memmove(r, r + 1, (size_t)(&h->refs[h->n_refs] - r) * sizeof(*r));
}

static int
add_gone(struct mvc_githistory *h, const char *name, uint64_t serial)
{
	int err = grow(&h->gone, h->n_gone, sizeof(*h->gone));

	if (err)
		return err;
	h->gone[h->n_gone] =
	    (struct mvc_gitref){.name = strdup(name), .serial = serial};
	return h->gone[h->n_gone++].name ? MVC_OK : no_memory();
}

int
mvc_githistory_drop(struct mvc_githistory *h, const char *name)
{
	int err = add_gone(h, name, h->serial);
	struct mvc_gitref *r = mvc_githistory_ref(h, name);

	if (!err && r)
		forget_ref(h, r);
	return err;
}

/* What is of a later serial, or the same one, is there again. */
static void
settle_gone(struct mvc_githistory *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n_gone; i++) {
		struct mvc_gitref *g = &h->gone[i];
		struct mvc_gitref *r = mvc_githistory_ref(h, g->name);

		if (r && r->serial >= g->serial) {
			free(g->name);
			continue;
		}
		if (r)
			forget_ref(h, r);
		h->gone[kept++] = *g;
	}
	h->n_gone = kept;
}

int
mvc_githistory_add_part(
    struct mvc_githistory *h, const struct mvc_oid *id, uint64_t size)
{
	int err;

	for (size_t i = 0; i < h->n_parts; i++)
		if (mvc_oid_eq(&h->parts[i].id, id))
			return MVC_OK;
	err = grow(&h->parts, h->n_parts, sizeof(*h->parts));
	if (!err)
		h->parts[h->n_parts++] =
		    (struct mvc_gitpart){.id = *id, .size = size};
	return err;
}

static int
add_state(struct mvc_githistory *h, const struct mvc_oid *id)
{
	int err = grow(&h->states, h->n_states, sizeof(*h->states));

	if (!err)
		h->states[h->n_states++] = *id;
	return err;
}

static int
malformed(const char *key)
{
	return mvc_fail(MVC_ECORRUPT, "a malformed line \"%s\"", key);
}

/* Git's own rules are looked at by git; these keep it from reading a name as
 * something else. */
static bool
is_ref_name(const char *s)
{
	if (strncmp(s, "refs/heads/", 11) && strncmp(s, "refs/tags/", 10))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f ||
		    strchr("~^:?*[\\\"", *s))
			return false;
	return true;
}

static bool
is_git_oid(const char *s, size_t n)
{
	return (n == 40 || n == 64) && strspn(s, "0123456789abcdef") >= n;
}

/* "OID SERIAL NAME" */
static int
parse_ref(struct mvc_githistory *h, char *value)
{
	char *serial = strchr(value, ' '), *name;
	uint64_t n;
	int err;

	name = serial ? strchr(serial + 1, ' ') : NULL;
	if (!name)
		return malformed("ref");
	*serial++ = 0;
	*name++ = 0;
	if (!is_git_oid(value, strlen(value)) || !is_ref_name(name) ||
	    mvc_githistory_ref(h, name))
		return malformed("ref");
	err = mvc_lines_u64(&n, serial);
	if (!err && n > h->serial)
		h->serial = n;
	return err ? err : set_ref(h, name, value, n);
}

/* "SERIAL NAME" */
static int
parse_gone(struct mvc_githistory *h, char *value)
{
	char *name = strchr(value, ' ');
	uint64_t n;
	int err;

	if (!name)
		return malformed("gone");
	*name++ = 0;
	if (!is_ref_name(name))
		return malformed("gone");
	err = mvc_lines_u64(&n, value);
	if (!err && n > h->serial)
		h->serial = n;
	return err ? err : add_gone(h, name, n);
}

/* "ID SIZE" */
static int
parse_part(struct mvc_githistory *h, const char *value)
{
	struct mvc_oid id;
	uint64_t size;
	int err;

	if (strlen(value) < MVC_OID_HEX + 2 || value[MVC_OID_HEX] != ' ' ||
	    mvc_oid_parse(&id, value, MVC_OID_HEX))
		return malformed("bundle");
	err = mvc_lines_u64(&size, value + MVC_OID_HEX + 1);
	return err ? err : mvc_githistory_add_part(h, &id, size);
}

static int
parse_replaces(struct state *s, const char *value)
{
	struct mvc_oid id;
	int err;

	if (mvc_oid_parse(&id, value, strlen(value)))
		return malformed("replaces");
	err = grow(&s->replaces, s->n_replaces, sizeof(*s->replaces));
	if (!err)
		s->replaces[s->n_replaces++] = id;
	return err;
}

static int
on_line(void *arg, const char *key, const char *value)
{
	struct state *s = arg;
	MVC_OWN_MEM char *text = strdup(value);

	if (!text)
		return no_memory();
	if (!strcmp(key, "replaces"))
		return parse_replaces(s, value);
	if (!strcmp(key, "bundle"))
		return parse_part(&s->h, value);
	if (!strcmp(key, "ref"))
		return parse_ref(&s->h, text);
	if (!strcmp(key, "gone"))
		return parse_gone(&s->h, text);
	if (strcmp(key, "head"))
		return MVC_OK; /* of a later version, harmless */
	if (s->h.head || strncmp(value, "refs/heads/", 11) ||
	    !is_ref_name(value))
		return malformed("head");
	s->h.head = MVC_TAKE(text);
	return MVC_OK;
}

static int
format(struct mvc_buf *out, const struct mvc_githistory *h)
{
	int err = mvc_lines_begin(out, "git");

	for (size_t i = 0; !err && i < h->n_states; i++)
		err = mvc_buf_addf(
		    out, "replaces %s\n", mvc_oid_hex(&h->states[i]).s);
	for (size_t i = 0; !err && i < h->n_parts; i++)
		err = mvc_buf_addf(out, "bundle %s %" PRIu64 "\n",
		    mvc_oid_hex(&h->parts[i].id).s, h->parts[i].size);
	if (!err && h->head)
		err = mvc_buf_addf(out, "head %s\n", h->head);
	for (size_t i = 0; !err && i < h->n_refs; i++)
		err = mvc_buf_addf(out, "ref %s %" PRIu64 " %s\n",
		    h->refs[i].oid, h->refs[i].serial, h->refs[i].name);
	for (size_t i = 0; !err && i < h->n_gone; i++)
		err = mvc_buf_addf(out, "gone %" PRIu64 " %s\n",
		    h->gone[i].serial, h->gone[i].name);
	return err ? err : mvc_lines_end(out);
}

static int
load_state(struct states *all, const char *key, const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(STATE_MAX);
	struct mvc_oid is;
	struct state *s;
	int err = mvc_backend_load(all->b, key, &text);

	if (err)
		return err;
	mvc_blake3(&is, text.data, text.len);
	if (!mvc_oid_eq(&is, id))
		return mvc_fail(
		    MVC_ECORRUPT, "%s: %s is damaged", all->b->url, key);
	if (all->n == STATES_MAX)
		return mvc_fail(
		    MVC_ETOOBIG, "%s has too many of %s", all->b->url, key);
	err = grow(&all->v, all->n, sizeof(*all->v));
	if (err)
		return err;
	s = &all->v[all->n++];
	memset(s, 0, sizeof(*s));
	s->id = *id;
	err = mvc_lines_parse("git", text.data, text.len, on_line, s);
	return err ? mvc_fail_prefix(err, "%s: %s", all->b->url, key) : MVC_OK;
}

static int
on_key(void *arg, const char *key, const struct mvc_keystat *st)
{
	const char *name = strrchr(key, '/') + 1;
	struct mvc_githistory *names = arg;
	struct mvc_oid id;

	(void)st;
	return mvc_oid_parse(&id, name, strlen(name)) ? MVC_OK
						      : add_state(names, &id);
}

static bool
is_replaced(const struct states *all, const struct mvc_oid *id)
{
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->v[i].n_replaces; k++)
			if (mvc_oid_eq(&all->v[i].replaces[k], id))
				return true;
	return false;
}

/* Two changes at once: the greater id has the name, the other a longer one. */
static int
keep_both(struct mvc_githistory *h, struct mvc_gitref *a, const char *oid)
{
	bool greater = strcmp(oid, a->oid) > 0;
	MVC_OWN_MEM char *name = NULL;
	uint64_t serial = a->serial;
	char lesser[sizeof(a->oid)];

	snprintf(lesser, sizeof(lesser), "%s", greater ? a->oid : oid);
	if (greater)
		snprintf(a->oid, sizeof(a->oid), "%s", oid);
	if (asprintf(&name, "%s-%.12s", a->name, lesser) < 0) {
		name = NULL;
		return no_memory();
	}
	return set_ref(h, name, lesser, serial);
}

static int
merge_ref(struct mvc_githistory *h, const struct mvc_gitref *r)
{
	struct mvc_gitref *old = mvc_githistory_ref(h, r->name);

	if (!old || old->serial < r->serial)
		return set_ref(h, r->name, r->oid, r->serial);
	if (old->serial > r->serial || !strcmp(old->oid, r->oid))
		return MVC_OK;
	return keep_both(h, old, r->oid);
}

/* Each name once. */
static int
merge_gone(struct mvc_githistory *h, const struct mvc_gitref *g)
{
	for (size_t i = 0; i < h->n_gone; i++) {
		struct mvc_gitref *old = &h->gone[i];

		if (strcmp(old->name, g->name))
			continue;
		if (old->serial < g->serial)
			old->serial = g->serial;
		return MVC_OK;
	}
	return add_gone(h, g->name, g->serial);
}

static int
merge_state(struct mvc_githistory *h, const struct state *s)
{
	int err = add_state(h, &s->id);

	for (size_t i = 0; !err && i < s->h.n_parts; i++)
		err = mvc_githistory_add_part(
		    h, &s->h.parts[i].id, s->h.parts[i].size);
	for (size_t i = 0; !err && i < s->h.n_refs; i++)
		err = merge_ref(h, &s->h.refs[i]);
	for (size_t i = 0; !err && i < s->h.n_gone; i++)
		err = merge_gone(h, &s->h.gone[i]);
	if (!err && !h->head && s->h.head) {
		h->head = strdup(s->h.head);
		if (!h->head)
			err = no_memory();
	}
	if (s->h.serial > h->serial)
		h->serial = s->h.serial;
	return err;
}

static int
read_once(struct mvc_githistory *out, struct mvc_backend *b, const char *holder)
{
	struct mvc_githistory names = {0};
	struct states all = {.b = b};
	char prefix[64];
	int err;

	snprintf(prefix, sizeof(prefix), "git/%.32s/refs/", holder);
	err = mvc_backend_list(b, prefix, NULL, on_key, &names);
	for (size_t i = 0; !err && i < names.n_states; i++)
		err = load_state(&all, state_key(holder, &names.states[i]).s,
		    &names.states[i]);
	/* In the order of their names: everybody merges to the same. */
	for (size_t i = 0; !err && i < all.n; i++)
		if (!is_replaced(&all, &all.v[i].id))
			err = merge_state(out, &all.v[i]);
	settle_gone(out);
	states_release(&all);
	mvc_githistory_release(&names);
	return err;
}

/* One that is replaced meanwhile goes: then there is a newer one. */
int
mvc_githistory_read(
    struct mvc_githistory *out, struct mvc_backend *b, const char *holder)
{
	int err = MVC_ENOTFOUND;

	memset(out, 0, sizeof(*out));
	for (int i = 0; err == MVC_ENOTFOUND && i < 10; i++) {
		mvc_githistory_release(out);
		err = read_once(out, b, holder);
	}
	if (err)
		mvc_githistory_release(out);
	return err;
}

static int
drop_replaced(
    const struct mvc_githistory *h, struct mvc_backend *b, const char *holder)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < h->n_states; i++) {
		struct mvc_gitpart_key key = state_key(holder, &h->states[i]);
		const char *one = key.s;

		err = mvc_backend_del(b, &one, 1);
	}
	return err;
}

int
mvc_githistory_write(
    struct mvc_githistory *h, struct mvc_backend *b, const char *holder)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(STATE_MAX);
	struct mvc_oid id;
	int err = format(&text, h);

	if (err)
		return err;
	mvc_blake3(&id, text.data, text.len);
	err = mvc_backend_save(
	    b, state_key(holder, &id).s, text.data, text.len, 0);
	if (!err)
		err = drop_replaced(h, b, holder);
	if (err)
		return err;
	h->n_states = 0;
	return add_state(h, &id);
}

struct sweep {
	const struct mvc_githistory *h;
	struct mvc_backend *b;
	int64_t now;
};

static int
on_part(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct sweep *s = arg;
	const char *name = strrchr(key, '/') + 1;
	struct mvc_oid id;

	if (mvc_oid_parse(&id, name, strlen(name)) ||
	    st->modified > s->now - GRACE)
		return MVC_OK;
	for (size_t i = 0; i < s->h->n_parts; i++)
		if (mvc_oid_eq(&s->h->parts[i].id, &id))
			return MVC_OK;
	return mvc_backend_del(s->b, &key, 1);
}

int
mvc_githistory_sweep(
    const struct mvc_githistory *h, struct mvc_backend *b, const char *holder)
{
	struct sweep s = {.h = h, .b = b};
	char prefix[64];
	int err = mvc_backend_clock(b, &s.now);

	snprintf(prefix, sizeof(prefix), "git/%.32s/bundles/", holder);
	return err ? err : mvc_backend_list(b, prefix, NULL, on_part, &s);
}

struct holders {
	int (*each)(void *arg, const char *holder);
	void *arg;
	char last[HOLDER_LEN + 1];
};

static int
on_holder(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct holders *s = arg;

	(void)st;
	key += strlen("git/");
	if (strspn(key, "0123456789abcdef") != HOLDER_LEN ||
	    strncmp(key + HOLDER_LEN, "/refs/", 6) ||
	    !strncmp(key, s->last, HOLDER_LEN))
		return MVC_OK;
	snprintf(s->last, sizeof(s->last), "%.32s", key);
	return s->each(s->arg, s->last);
}

int
mvc_githistory_holders(struct mvc_backend *b,
    int (*each)(void *arg, const char *holder), void *arg)
{
	struct holders s = {.each = each, .arg = arg};

	return mvc_backend_list(b, "git/", NULL, on_holder, &s);
}
