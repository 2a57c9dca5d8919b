#include "tree/cursor.h"

#include "util/banned.h"

struct place {
	struct mvc_buf bytes;
	struct mvc_tree_node node;
	size_t at; /* the item; above the last place, the node entered */
};

struct mvc_cursor {
	const struct mvc_source *source;
	struct place places[MVC_TREE_LEVELS];
	unsigned depth; /* places in use, from the top node's on */
};

int
mvc_cursor_new(struct mvc_cursor **out, const struct mvc_source *source)
{
	struct mvc_cursor *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return mvc_fail(MVC_ENOMEM, "no memory for a tree");
	c->source = source;
	for (size_t i = 0; i < MVC_TREE_LEVELS; i++)
		c->places[i].bytes.max = MVC_TREE_NODE_MAX;
	return MVC_OK;
}

void
mvc_cursor_free(struct mvc_cursor *c)
{
	if (!c)
		return;
	mvc_cursor_close(c);
	for (size_t i = 0; i < MVC_TREE_LEVELS; i++)
		mvc_buf_release(&c->places[i].bytes);
	free(c);
}

void
mvc_cursor_close(struct mvc_cursor *c)
{
	while (c->depth)
		mvc_tree_node_release(&c->places[--c->depth].node);
}

static int
corrupt(const struct mvc_oid *id, const char *what)
{
	return mvc_fail(MVC_ECORRUPT, "the tree %.12s is damaged: %s",
	    mvc_oid_hex(id).s, what);
}

/* Read the node into the place after the last, without counting it. */
static int
load(struct mvc_cursor *c, const struct mvc_oid *id)
{
	struct place *p = &c->places[c->depth];
	int err;

	p->at = 0;
	err = c->source->get(c->source->arg, MVC_TREE, id, &p->bytes);
	if (err)
		return err;
	err = mvc_tree_decode(&p->node, p->bytes.data, p->bytes.len);
	if (err)
		return mvc_fail_prefix(err, "tree %.12s", mvc_oid_hex(id).s);
	return MVC_OK;
}

static bool
has_sums(const struct mvc_tree_node *n, const struct mvc_entry *e)
{
	return n->size == e->size && n->files == e->files;
}

int
mvc_cursor_open(
    struct mvc_cursor *c, const struct mvc_oid *id, const struct mvc_entry *dir)
{
	const struct mvc_tree_node *node = &c->places[0].node;
	int err;

	mvc_cursor_close(c);
	err = load(c, id);
	if (err)
		return err;
	c->depth = 1;
	if (node->level && node->n < 2)
		err = corrupt(id, "its top node has one node below");
	else if (dir && !has_sums(node, dir))
		err = corrupt(id, "it has other sums than its entry");
	if (err)
		mvc_cursor_close(c);
	return err;
}

void
mvc_cursor_sums(const struct mvc_cursor *c, uint64_t *size, uint64_t *files)
{
	*size = c->depth ? c->places[0].node.size : 0;
	*files = c->depth ? c->places[0].node.files : 0;
}

const struct mvc_entry *
mvc_cursor_item(const struct mvc_cursor *c)
{
	const struct place *p;

	if (!c->depth)
		return NULL;
	p = &c->places[c->depth - 1];
	return p->at < p->node.n ? &p->node.entries[p->at] : NULL;
}

unsigned
mvc_cursor_level(const struct mvc_cursor *c)
{
	if (!mvc_cursor_item(c))
		return 0;
	return c->places[c->depth - 1].node.level;
}

bool
mvc_cursor_is_last(const struct mvc_cursor *c)
{
	for (unsigned i = 0; i < c->depth; i++)
		if (c->places[i].at + 1 < c->places[i].node.n)
			return false;
	return true;
}

/* The entry of the node that comes before the item's, or NULL. */
static const struct mvc_entry *
item_before(const struct mvc_cursor *c)
{
	for (unsigned i = c->depth; i--;) {
		const struct place *p = &c->places[i];

		if (p->at)
			return &p->node.entries[p->at - 1];
	}
	return NULL;
}

static int
check_child(const struct mvc_cursor *c, const struct mvc_tree_node *child)
{
	const struct mvc_entry *e = mvc_cursor_item(c), *before, *first, *last;

	if (child->level + 1 != mvc_cursor_level(c))
		return corrupt(&e->id, "it is of another level");
	if (!child->n || !has_sums(child, e))
		return corrupt(&e->id, "it has other sums than its entry");
	first = &child->entries[0];
	last = &child->entries[child->n - 1];
	before = item_before(c);
	if (mvc_name_cmp(last->name, last->name_len, e->name, e->name_len))
		return corrupt(&e->id, "it has another last name");
	if (before &&
	    mvc_name_cmp(before->name, before->name_len, first->name,
		first->name_len) >= 0)
		return corrupt(&e->id, "its names are not in order");
	return MVC_OK;
}

int
mvc_cursor_enter(struct mvc_cursor *c)
{
	struct place *p = &c->places[c->depth];
	int err;

	err = load(c, &mvc_cursor_item(c)->id);
	if (err)
		return err;
	err = check_child(c, &p->node);
	if (err)
		mvc_tree_node_release(&p->node);
	else
		c->depth++;
	return err;
}

void
mvc_cursor_skip(struct mvc_cursor *c)
{
	struct place *p = &c->places[c->depth - 1];

	p->at++;
	while (p->at == p->node.n && c->depth > 1) {
		mvc_tree_node_release(&p->node);
		c->depth--;
		p--;
		p->at++;
	}
}

int
mvc_cursor_seek(struct mvc_cursor *c, const char *name, size_t len, bool also)
{
	const struct mvc_entry *e;
	int err;

	while ((e = mvc_cursor_item(c))) {
		int cmp = mvc_name_cmp(e->name, e->name_len, name, len);

		if (cmp < 0 || (cmp == 0 && also)) {
			mvc_cursor_skip(c);
			if (cmp == 0)
				break;
			continue;
		}
		if (e->kind != MVC_ENTRY_NODE)
			break;
		err = mvc_cursor_enter(c);
		if (err)
			return err;
	}
	return MVC_OK;
}
