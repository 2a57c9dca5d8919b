/*
 * The byte layouts of trees and recipes, once. All numbers are little-endian,
 * nothing is padded. mvc-format(5) says the same in prose.
 *
 * tree node                              id: derive-key "mvc tree 1"
 *      0  u8   level: 0 a leaf, n an inner node over nodes of level n-1
 *      1  u32  count of entries
 *      5       entries
 *   entry
 *      0  u8   kind: 1 file, 2 executable, 3 symlink, 4 directory, 5 node
 *      1  u16  length of the name, 1 .. 255
 *      3       name
 *   then, of a symlink                   of the others
 *      0  u16  length, 1 .. 4095         0  u64  size
 *      2       target                    8  u64  files
 *                                       16  32   id
 *
 * recipe (filed under the file's id)     part (derive-key "mvc recipe 1")
 *      0  u8   version, 1                0  u8   version, 1
 *      1  u8   level                     1  u8   level
 *      2  u16  flags, 0                  2  u16  flags, 0
 *      4  u64  file size                 4  u64  bytes of the file below
 *     12  u32  count of entries         12  u32  count of entries
 *     16       entries                  16       entries
 *         u32  count of sections
 *              sections
 *   entry of level 0: id 32, length u32; of the others: id 32, length u64
 *   section: type u32, length u32, bytes; skipped when the type is unknown
 */
#ifndef MVC_OBJECT_FORMAT_H
#define MVC_OBJECT_FORMAT_H

#include "hash/oid.h"

#define MVC_TREE_CONTEXT "mvc tree 1"
#define MVC_TREE_HEAD 5
#define MVC_TREE_COUNT_AT 1
#define MVC_ENTRY_HEAD 3
#define MVC_ENTRY_NAME_LEN_AT 1
#define MVC_ENTRY_TAIL (16 + MVC_OID_SIZE) /* of all but links */
#define MVC_ENTRY_FILES_AT 8
#define MVC_ENTRY_ID_AT 16
#define MVC_LINK_HEAD 2

/* The shortest entry: a link, name and target of one byte. */
#define MVC_ENTRY_SHORTEST (MVC_ENTRY_HEAD + 1 + MVC_LINK_HEAD + 1)

#define MVC_RECIPE_CONTEXT "mvc recipe 1"
#define MVC_RECIPE_VERSION 1
#define MVC_RECIPE_HEAD 16
#define MVC_RECIPE_LEVEL_AT 1
#define MVC_RECIPE_FLAGS_AT 2
#define MVC_RECIPE_SIZE_AT 4
#define MVC_RECIPE_COUNT_AT 12
#define MVC_RECIPE_ENTRY0 (MVC_OID_SIZE + 4)
#define MVC_RECIPE_ENTRY (MVC_OID_SIZE + 8)
#define MVC_SECTION_HEAD 8

#endif
