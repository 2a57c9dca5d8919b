/*
 * Which of the tracked data to have in this work tree: patterns in Git's
 * ignore syntax in GITDIR/mvc/sparse, where a match means "have it" and '!'
 * takes back. Without the file everything is wanted.
 */
#ifndef MVC_WORK_SPARSE_H
#define MVC_WORK_SPARSE_H

#include "work/ignorefile.h"

#include "util/buf.h"

struct mvc_sparse;
/* *out is NULL where there is no file: all is wanted. */
int mvc_sparse_open(struct mvc_sparse **out, const char *git_dir) MVC_MUST;
void mvc_sparse_free(struct mvc_sparse *s);
MVC_OWN_DEFINE(mvc_sparse)

/* Whether a path is wanted; NULL wants all. */
bool
mvc_sparse_wants(const struct mvc_sparse *s, const char *path, bool is_dir);
/* The patterns' text ("" if there is none), and new ones; NULL: all again. */
int mvc_sparse_read(struct mvc_buf *out, const char *git_dir) MVC_MUST;
int mvc_sparse_write(const char *git_dir, const char *text) MVC_MUST;

#endif
