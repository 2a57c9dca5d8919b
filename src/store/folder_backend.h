/* A folder as a backend: the local store's own, or one on a shared disk. */
#ifndef MVC_STORE_FOLDER_BACKEND_H
#define MVC_STORE_FOLDER_BACKEND_H

#include "store/backend.h"
#include "store/folder.h"

struct mvc_folder_backend {
	struct mvc_backend b; /* first */
	const struct mvc_folder *folder;
};

/* The folder must outlive it; url is its path. Nothing is to be freed. */
void mvc_folder_backend_init(
    struct mvc_folder_backend *out, const struct mvc_folder *f);

#endif
