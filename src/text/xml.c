#include "text/xml.h"
#include "util/buf.h"

#include <expat.h>
#include <limits.h>
#include "util/banned.h"

struct reader {
	XML_Parser parser;
	const struct mvc_xml_events *events;
	void *arg;
	unsigned depth;
	int err;
	struct mvc_buf text;
};

/* What follows the namespace's prefix. */
static const char *
bare(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static void
stop(struct reader *r, int err)
{
	if (!r->err)
		r->err = err;
	XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL
on_begin(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = arg;
	int err = MVC_OK;

	mvc_buf_clear(&r->text);
	if (++r->depth > MVC_XML_DEPTH)
		err = mvc_fail(MVC_EINVALID, "XML is nested too deeply");
	else if (r->events->begin)
		err = r->events->begin(r->arg, bare(name));
	if (err)
		stop(r, err);
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reader *r = arg;
	int err = MVC_OK;

	r->depth--;
	if (r->events->end)
		err = r->events->end(
		    r->arg, bare(name), r->text.len ? r->text.data : "");
	mvc_buf_clear(&r->text);
	if (err)
		stop(r, err);
}

static void XMLCALL
on_text(void *arg, const XML_Char *p, int n)
{
	struct reader *r = arg;
	int err = mvc_buf_add(&r->text, p, (size_t)n);

	if (err)
		stop(r, mvc_fail_prefix(err, "XML"));
}

/* A document type could declare entities that grow without end. */
static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
    const XML_Char *pubid, int internal)
{
	stop(
	    arg, mvc_fail(MVC_EINVALID, "XML with a document type is refused"));
}

static int
run(struct reader *r, const char *p, size_t n)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	if (XML_Parse(r->parser, p, (int)n, 1) == XML_STATUS_OK)
		return r->err;
	if (r->err)
		return r->err;
	return mvc_fail(MVC_EINVALID, "XML, line %lu: %s",
	    (unsigned long)XML_GetCurrentLineNumber(r->parser),
	    XML_ErrorString(XML_GetErrorCode(r->parser)));
}

int
mvc_xml_parse(
    const char *p, size_t n, const struct mvc_xml_events *events, void *arg)
{
	struct reader r = {.events = events,
	    .arg = arg,
	    .text = MVC_BUF_INIT(MVC_XML_TEXT_MAX)};
	int err;

	if (n > INT_MAX)
		return mvc_fail(MVC_ETOOBIG, "XML of more than 2 GiB");
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		return mvc_fail(MVC_ENOMEM, "no memory to read XML");
	err = run(&r, p, n);
	XML_ParserFree(r.parser);
	mvc_buf_release(&r.text);
	return err;
}
