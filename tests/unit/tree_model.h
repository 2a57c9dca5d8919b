/*
 * A directory tree as a sorted list of paths, the simple model that the real
 * trees are compared with; and a memory store with a random source.
 */
#ifndef MVC_TESTS_TREE_MODEL_H
#define MVC_TESTS_TREE_MODEL_H

#include "memory_store.h"
#include "object/tree.h"

/* A file whose content is a number; 0 is a directory that was set. */
struct model_file {
	char path[64];
	uint32_t content;
};

struct model {
	struct model_file *files; /* in path order */
	size_t n, cap;
};

extern struct memory_store tree_store;

void tree_enter(void);
void tree_leave(void);

/* The seed is MVC_TEST_SEED or the time, and is printed. */
void random_start(void);
uint32_t random_below(uint32_t n);

void model_release(struct model *m);
void model_copy(struct model *to, const struct model *from);
/* content UINT32_MAX removes the path. Keep files and directories apart. */
void model_set(struct model *m, const char *path, uint32_t content);
const struct model_file *model_get(const struct model *m, const char *path);

/* The entry of a file of this content: odd ones are executable, those that
 * end in 7 are links. Its name is left out. */
struct mvc_entry model_entry(uint32_t content);

/* A tree from nothing. */
struct mvc_oid model_build(const struct model *m);
/* Walks the tree: it must hold just the model's files. */
void assert_tree_is(const struct mvc_oid *root, const struct model *m);

/* m becomes n files f0000000 … of contents 1, 2, … */
void model_fill(struct model *m, uint32_t n);

#endif
