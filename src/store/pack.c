#include "store/pack.h"
#include "hash/digest.h"
#include "store/format.h"
#include "util/bytes.h"
#include "util/sys.h"
#include "util/banned.h"

void
mvc_pack_index_release(struct mvc_pack_index *ix)
{
	free(ix->entries);
	free(ix->needs);
	ix->entries = NULL;
	ix->needs = NULL;
	ix->n = ix->n_needs = 0;
}

int
mvc_pack_entry_cmp(const void *a, const void *b)
{
	const struct mvc_pack_entry *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return mvc_oid_cmp(&x->id, &y->id);
}

static void
put_entry(uint8_t *p, const struct mvc_pack_entry *e)
{
	memcpy(p, e->id.b, 32);
	memcpy(p + 32, e->check, 16);
	mvc_put64(p + 48, e->offset);
	mvc_put32(p + 56, e->raw);
	mvc_put32(p + 60, e->packed);
	p[64] = (uint8_t)e->kind;
	p[65] = (uint8_t)e->codec;
}

static void
get_entry(struct mvc_pack_entry *e, const uint8_t *p)
{
	memcpy(e->id.b, p, 32);
	memcpy(e->check, p + 32, 16);
	e->offset = mvc_get64(p + 48);
	e->raw = mvc_get32(p + 56);
	e->packed = mvc_get32(p + 60);
	e->kind = p[64];
	e->codec = p[65];
}

int
mvc_pack_index_encode(struct mvc_buf *out, struct mvc_pack_index *ix)
{
	size_t size = MVC_PACK_INDEX_HEAD + (size_t)ix->n_needs * 32 +
	    (size_t)ix->n * MVC_PACK_ENTRY;
	uint8_t *p;
	int err;

	qsort(ix->entries, ix->n, sizeof(*ix->entries), mvc_pack_entry_cmp);
	mvc_buf_clear(out);
	err = mvc_buf_reserve(out, size);
	if (err)
		return err;
	p = (uint8_t *)out->data;
	mvc_put32(p, ix->n);
	mvc_put32(p + 4, ix->n_needs);
	mvc_put64(p + 8, ix->salt);
	p += MVC_PACK_INDEX_HEAD;
	for (uint32_t i = 0; i < ix->n_needs; i++, p += 32)
		memcpy(p, ix->needs[i].b, 32);
	for (uint32_t i = 0; i < ix->n; i++, p += MVC_PACK_ENTRY)
		put_entry(p, &ix->entries[i]);
	out->len = size;
	mvc_blake3_derive(&ix->name, MVC_PACK_CONTEXT, out->data, out->len);
	return MVC_OK;
}

static int
check_entry(const struct mvc_pack_entry *e, uint64_t end)
{
	if (e->kind < MVC_CHUNK || e->kind > MVC_KIND_LAST)
		return mvc_fail(
		    MVC_ECORRUPT, "object of unknown kind %d", (int)e->kind);
	if (e->raw == 0 || e->raw > MVC_OBJECT_MAX || e->packed == 0 ||
	    e->packed > MVC_OBJECT_MAX)
		return mvc_fail(MVC_ECORRUPT,
		    "object %.12s has impossible lengths",
		    mvc_oid_hex(&e->id).s);
	if (e->offset < MVC_PACK_HEADER || e->offset > end ||
	    e->packed > end - e->offset)
		return mvc_fail(MVC_ECORRUPT,
		    "object %.12s lies outside the pack",
		    mvc_oid_hex(&e->id).s);
	return MVC_OK;
}

static int
decode_entries(struct mvc_pack_index *ix, const uint8_t *p, uint64_t end)
{
	for (uint32_t i = 0; i < ix->n; i++, p += MVC_PACK_ENTRY) {
		struct mvc_pack_entry *e = &ix->entries[i];
		int err;

		get_entry(e, p);
		err = check_entry(e, end);
		if (err)
			return err;
		if (i > 0 && mvc_pack_entry_cmp(e - 1, e) >= 0)
			return mvc_fail(
			    MVC_ECORRUPT, "the index is not in order");
	}
	return MVC_OK;
}

int
mvc_pack_index_decode(struct mvc_pack_index *out, const void *data, size_t n,
    uint64_t objects_end)
{
	const uint8_t *p = data;
	int err;

	memset(out, 0, sizeof(*out));
	if (n < MVC_PACK_INDEX_HEAD)
		return mvc_fail(MVC_ECORRUPT, "the index is too short");
	out->n = mvc_get32(p);
	out->n_needs = mvc_get32(p + 4);
	out->salt = mvc_get64(p + 8);
	if (out->n > MVC_PACK_OBJECTS || out->n_needs > MVC_PACK_NEEDS ||
	    n !=
		MVC_PACK_INDEX_HEAD + (size_t)out->n_needs * 32 +
		    (size_t)out->n * MVC_PACK_ENTRY) {
		out->n = out->n_needs = 0;
		return mvc_fail(MVC_ECORRUPT, "the index has a wrong count");
	}
	out->entries = calloc(out->n ? out->n : 1, sizeof(*out->entries));
	out->needs = calloc(out->n_needs ? out->n_needs : 1, 32);
	if (!out->entries || !out->needs) {
		mvc_pack_index_release(out);
		return mvc_fail(MVC_ENOMEM, "no memory for a pack's index");
	}
	p += MVC_PACK_INDEX_HEAD;
	memcpy(out->needs, p, (size_t)out->n_needs * 32);
	err = decode_entries(out, p + (size_t)out->n_needs * 32, objects_end);
	if (err)
		mvc_pack_index_release(out);
	else
		mvc_blake3_derive(&out->name, MVC_PACK_CONTEXT, data, n);
	return err;
}

/* Where the index lies, from the trailer; checks magic and bounds. */
static int
read_trailer(
    uint64_t *at, size_t *len, struct mvc_oid *name, int fd, const char *path)
{
	uint8_t t[MVC_PACK_TRAILER], head[MVC_PACK_HEADER];
	struct stat st;
	uint64_t size, n;
	size_t got;
	int err;

	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	size = (uint64_t)st.st_size;
	if (size < MVC_PACK_HEADER + MVC_PACK_INDEX_HEAD + MVC_PACK_TRAILER)
		return mvc_fail(MVC_ECORRUPT, "%s is cut short", path);
	err = mvc_sys_pread(&got, fd, head, sizeof(head), 0, path);
	if (!err && got == sizeof(head))
		err = mvc_sys_pread(
		    &got, fd, t, sizeof(t), size - sizeof(t), path);
	if (err)
		return err;
	if (got != sizeof(t) ||
	    memcmp(head, MVC_PACK_MAGIC, MVC_MAGIC_SIZE - 1) ||
	    memcmp(t + 48, MVC_PACK_END_MAGIC, MVC_MAGIC_SIZE - 1))
		return mvc_fail(
		    MVC_ECORRUPT, "%s is no pack, or cut short", path);
	/* Where the two ends differ, one is damaged. */
	if (head[7] != t[55])
		return mvc_fail(
		    MVC_ECORRUPT, "%s says two versions of itself", path);
	if (head[7] != 1)
		return mvc_fail(MVC_EVERSION,
		    "%s is of a later version of packs: use a newer mvc", path);
	*at = mvc_get64(t);
	n = mvc_get64(t + 8);
	memcpy(name->b, t + 16, 32);
	if (*at < MVC_PACK_HEADER || *at > size - MVC_PACK_TRAILER ||
	    n != size - MVC_PACK_TRAILER - *at ||
	    n > MVC_PACK_INDEX_HEAD + (uint64_t)MVC_PACK_NEEDS * 32 +
		    (uint64_t)MVC_PACK_OBJECTS * MVC_PACK_ENTRY)
		return mvc_fail(
		    MVC_ECORRUPT, "%s has its index out of bounds", path);
	*len = (size_t)n;
	return MVC_OK;
}

int
mvc_pack_index_read(struct mvc_pack_index *out, int fd, const char *path,
    const struct mvc_oid *name)
{
	MVC_OWN_MEM void *bytes = NULL;
	struct mvc_oid said;
	uint64_t at = 0;
	size_t len = 0, got;
	int err;

	memset(out, 0, sizeof(*out));
	err = read_trailer(&at, &len, &said, fd, path);
	if (err)
		return err;
	bytes = malloc(len);
	if (!bytes)
		return mvc_fail(MVC_ENOMEM, "no memory for %s", path);
	err = mvc_sys_pread(&got, fd, bytes, len, at, path);
	if (err)
		return err;
	err = mvc_pack_index_decode(out, bytes, got, at);
	if (err)
		return mvc_fail_prefix(err, "%s", path);
	out->entries_at =
	    at + MVC_PACK_INDEX_HEAD + (uint64_t)out->n_needs * 32;
	if (mvc_oid_eq(&out->name, &said) &&
	    (!name || mvc_oid_eq(&out->name, name)))
		return MVC_OK;
	mvc_pack_index_release(out);
	return mvc_fail(MVC_ECORRUPT,
	    "%s: the index is damaged (it is not what the name says)", path);
}

const struct mvc_pack_entry *
mvc_pack_index_find(const struct mvc_pack_index *ix, enum mvc_kind kind,
    const struct mvc_oid *id)
{
	struct mvc_pack_entry key = {.kind = kind, .id = *id};

	return bsearch(
	    &key, ix->entries, ix->n, sizeof(*ix->entries), mvc_pack_entry_cmp);
}

int
mvc_pack_index_search(struct mvc_pack_entry *out, int fd, uint64_t at,
    uint32_t n, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct mvc_pack_entry key = {.kind = kind, .id = *id};
	uint8_t bytes[MVC_PACK_ENTRY];
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		size_t got;
		int c, err;

		err = mvc_sys_pread(&got, fd, bytes, sizeof(bytes),
		    at + (uint64_t)mid * MVC_PACK_ENTRY, "a pack's index");
		if (!err && got != sizeof(bytes))
			err = mvc_fail(MVC_ECORRUPT, "a pack was cut short");
		if (err)
			return err;
		get_entry(out, bytes);
		c = mvc_pack_entry_cmp(&key, out);
		if (c == 0)
			return check_entry(out, at);
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return MVC_ENOTFOUND;
}

struct mvc_pack_path
mvc_pack_path(const struct mvc_oid *name)
{
	struct mvc_pack_path p;
	struct mvc_hex hex = mvc_oid_hex(name);

	snprintf(p.s, sizeof(p.s), "packs/%.2s/%s.pack", hex.s, hex.s);
	return p;
}

int
mvc_pack_name_parse(struct mvc_oid *out, const char *file)
{
	size_t n = strlen(file);

	if (n != MVC_OID_HEX + 5 || strcmp(file + MVC_OID_HEX, ".pack"))
		return mvc_fail(MVC_EINVALID, "%s is no pack's name", file);
	return mvc_oid_parse(out, file, MVC_OID_HEX);
}
