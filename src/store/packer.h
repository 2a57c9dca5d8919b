/*
 * struct mvc_packer: one pack being written. Objects are kept in memory until
 * there are MVC_PACK_TOGETHER bytes of them, then written to a temporary.
 */
#ifndef MVC_STORE_PACKER_H
#define MVC_STORE_PACKER_H

#include "store/folder.h"
#include "store/pack.h"
#include "store/packdisk.h"

struct mvc_packer;

/* The folder and the disk stay while packers live. */
int mvc_packer_new(struct mvc_packer **out, const struct mvc_folder *store,
    struct mvc_packdisk *disk) MVC_MUST;
/* Once the disk is gone, or has nothing of it. */
void mvc_packer_free(struct mvc_packer *p);
MVC_OWN_DEFINE(mvc_packer)

/* Append an object; e->offset is set. */
int mvc_packer_add(struct mvc_packer *p, struct mvc_pack_entry *e,
    const void *packed) MVC_MUST;
uint64_t mvc_packer_bytes(const struct mvc_packer *p);
uint32_t mvc_packer_count(const struct mvc_packer *p);
/* At its target size or count: to be sealed. */
bool mvc_packer_full(const struct mvc_packer *p);

/* Append all objects of `from`, which is still in memory (below
 * MVC_PACK_TOGETHER), and empty it. */
int mvc_packer_absorb(struct mvc_packer *p, struct mvc_packer *from) MVC_MUST;

/* Fix the pack's name: no more objects. A salt other than 0 gives the same
 * objects another name. Its index is good until the packer is freed. */
int mvc_packer_close(struct mvc_packer *p, uint64_t salt) MVC_MUST;
const struct mvc_pack_index *mvc_packer_index(const struct mvc_packer *p);

/* Write the rest and publish under the name: fsync, rename; done once the disk
 * was waited for. The packer is taken. The folder (packs/aa, made where missing)
 * is left for the caller to fsync. */
int mvc_packer_publish(struct mvc_packer *p) MVC_MUST;
/* The length of its file, once closed. */
uint64_t mvc_packer_file_size(const struct mvc_packer *p);

#endif
