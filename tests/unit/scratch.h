/*
 * A scratch folder of its own for a unit test: Test(room_file, sentence,
 * .init = scratch_enter, .fini = scratch_leave). The test runs inside it.
 */
#ifndef MVC_TESTS_SCRATCH_H
#define MVC_TESTS_SCRATCH_H

#include <stddef.h>

void scratch_enter(void);
void scratch_leave(void);
/* Write a file (parents made) of a C string, or of n bytes. */
void scratch_write(const char *path, const char *text);
void scratch_write_bytes(const char *path, const void *p, size_t n);
/* n bytes that look random, the same for the same seed. */
void scratch_noise(void *p, size_t n, unsigned seed);

#endif
