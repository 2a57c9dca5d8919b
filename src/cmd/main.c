#include "util/error.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	printf("mvc %s\n", "0.1.0");
	return 0;
}
