/* Tree nodes: what is accepted has one form, so it is encoded the same. */
#include "object/tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_buf) again = MVC_BUF_INIT(MVC_TREE_NODE_MAX);
	MVC_SCOPED(mvc_tree_node) node;

	if (mvc_tree_decode(&node, data, size))
		return 0;
	if (mvc_tree_encode(&again, node.level, node.entries, node.n))
		abort();
	if (again.len != size || memcmp(again.data, data, size))
		abort();
	return 0;
}
