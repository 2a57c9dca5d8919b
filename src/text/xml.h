/*
 * XML as servers answer with it, read as events. No DTD, no entities but the
 * five of XML itself: a document that declares any is refused.
 */
#ifndef MVC_TEXT_XML_H
#define MVC_TEXT_XML_H

#include "util/error.h"

#include <stddef.h>

/* An element's text is no longer, nor are there more in each other. */
#define MVC_XML_TEXT_MAX 65536
#define MVC_XML_DEPTH 32

struct mvc_xml_events {
	/* An element begins; its name without a namespace. May be NULL. */
	int (*begin)(void *arg, const char *name);
	/* It ends: with the text right inside of it, as a string ("" for an
	 * element of elements). Both good for the call. */
	int (*end)(void *arg, const char *name, const char *text);
};

/*
 * Read a whole document. MVC_EINVALID with what is wrong and where; another
 * answer than 0 of an event ends it and is returned.
 */
int mvc_xml_parse(const char *p, size_t n, const struct mvc_xml_events *events,
    void *arg) MVC_MUST;

#endif
