/*
 * libmvc for other programs: #include <mvc.h>, pkg-config --cflags --libs mvc.
 *
 * The interface is young: for now it tells its version. It grows when the
 * formats and the commands over them have settled; what the library exports
 * beyond this header is its own and may change with every release.
 */
#ifndef MVC_H
#define MVC_H

#ifdef __cplusplus
extern "C" {
#endif

#define MVC_VERSION_MAJOR 0
#define MVC_VERSION_MINOR 1
#define MVC_VERSION_PATCH 0

/* The version of the library that runs, as "0.1.0"; static storage. */
const char *mvc_version(void);

#ifdef __cplusplus
}
#endif

#endif
