#include "text/xml.h"
#include "util/buf.h"

#include <criterion/criterion.h>
#include <string.h>

static int
begin(void *arg, const char *name)
{
	return mvc_buf_addf(arg, "<%s", name);
}

static int
end(void *arg, const char *name, const char *text)
{
	return mvc_buf_addf(arg, "%s>", text);
}

static const struct mvc_xml_events events = {begin, end};

static int
parse(struct mvc_buf *b, const char *text)
{
	return mvc_xml_parse(text, strlen(text), &events, b);
}

Test(text_xml, elements_come_with_their_text)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);

	cr_assert_eq(parse(&b,
			 "<?xml version=\"1.0\"?>\n<A xmlns:n='u'><n:B>1 &amp; "
			 "2</n:B><C/></A>"),
	    0);
	cr_assert_str_eq(b.data, "<A<B1 & 2><C>>");
	mvc_buf_release(&b);
}

Test(text_xml, a_document_type_is_refused)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);

	cr_assert_eq(parse(&b, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
	    MVC_EINVALID);
	cr_assert_str_eq(
	    mvc_error_text(), "XML with a document type is refused");
	cr_assert_eq(b.len, 0);
	mvc_buf_release(&b);
}

Test(text_xml, what_is_cut_off_or_no_xml_is_an_error)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);

	cr_assert_eq(parse(&b, "<a><b>"), MVC_EINVALID);
	cr_assert_eq(parse(&b, ""), MVC_EINVALID);
	cr_assert_eq(parse(&b, "it works!"), MVC_EINVALID);
	mvc_buf_release(&b);
}

Test(text_xml, depth_is_bounded)
{
	struct mvc_buf b = MVC_BUF_INIT(1000), text = MVC_BUF_INIT(1000);

	for (int i = 0; i <= MVC_XML_DEPTH; i++)
		cr_assert_eq(mvc_buf_add_str(&text, "<a>"), 0);
	cr_assert_eq(parse(&b, text.data), MVC_EINVALID);
	cr_assert_str_eq(mvc_error_text(), "XML is nested too deeply");
	mvc_buf_release(&b);
	mvc_buf_release(&text);
}
