/* UTF-8, strictly: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef MVC_TEXT_UTF8_H
#define MVC_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the character that p begins with (n > 0 are there), and its
 * number in *c; 0 when p begins with none. */
size_t mvc_utf8_next(uint32_t *c, const void *p, size_t n);

#endif
