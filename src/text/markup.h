/* Text in HTML, SVG and XML. */
#ifndef MVC_TEXT_MARKUP_H
#define MVC_TEXT_MARKUP_H

#include "util/buf.h"

/* Append it so that it is text and nothing else, also in an attribute's double
 * quotes. What may not stand there, or would reorder what is around it, becomes
 * U+FFFD. */
int mvc_markup_add(struct mvc_buf *out, const char *s) MVC_MUST;

#endif
