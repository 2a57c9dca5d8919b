/* Functions that invite overflows or hide errors (as git's banned.h). */
#ifndef MVC_UTIL_BANNED_H
#define MVC_UTIL_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison strtok gmtime localtime ctime asctime mktemp tmpnam

#endif
