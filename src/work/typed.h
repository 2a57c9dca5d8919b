/*
 * Paths as the user types them, in the spelling of what they name: where case
 * is folded (core.ignoreCase) Data/A is data/a if that is there. What is not
 * there stays as it was typed.
 */
#ifndef MVC_WORK_TYPED_H
#define MVC_WORK_TYPED_H

#include "git/repo.h"

#include <stdbool.h>

/* As mvc_repo_path() otherwise. */
int mvc_typed_path(char **out, struct mvc_repo *r, const char *arg) MVC_MUST;
/* The same for where `from` (so spelled) is to be moved: its own name may be
 * wanted in another case. */
int mvc_typed_target(
    char **out, struct mvc_repo *r, const char *arg, const char *from) MVC_MUST;

/* Whether the folder lists the path's last name in this very spelling. */
bool mvc_typed_listed(int top, const char *path);

/* mvc_sys_rename(), also where only the spelling is new: ext4 takes both names
 * for one and does nothing, so it goes by way of another name. */
int mvc_typed_rename(
    int from_dir, const char *from, int to_dir, const char *to) MVC_MUST;

#endif
