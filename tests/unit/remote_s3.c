#include "remote/s3_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static int
write_down(void *arg, const char *key, const struct mvc_keystat *st)
{
	return mvc_buf_addf(arg, "%s %llu %lld\n", key,
	    (unsigned long long)st->size, (long long)st->modified);
}

static int
read_page(struct mvc_s3_page *page, struct mvc_buf *b, const char *inside)
{
	MVC_SCOPED(mvc_buf) xml = MVC_BUF_INIT(10000);

	memset(page, 0, sizeof(*page));
	cr_assert_eq(mvc_buf_addf(&xml,
			 "<ListBucketResult>%s</ListBucketResult>", inside),
	    0);
	return mvc_s3_page_read(
	    page, xml.data, xml.len, "cats/", write_down, b);
}

Test(remote_s3, a_list_gives_keys_below_the_prefix_that_a_store_may_have)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_s3_page page;

	cr_assert_eq(read_page(&page, &b,
			 "<Contents><Key>cats/roots/a</Key><Size>5</Size>"
			 "<LastModified>2026-01-02T03:04:05.678Z</LastModified>"
			 "</Contents><Contents><Key>dogs/a</Key></Contents>"
			 "<Contents><Key>cats/</Key></Contents>"
			 "<Contents><Key>cats/../x</Key></Contents>"),
	    0);
	cr_assert_str_eq(b.data, "roots/a 5 1767323045\n");
	cr_assert_eq(page.keys, 4);
	cr_assert_not(page.more);
	mvc_s3_page_release(&page);
	mvc_buf_release(&b);
}

Test(remote_s3, encoded_keys_are_decoded_wherever_that_is_said)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_s3_page page;
	const char *one = "<Contents><Key>cats%2Fa%7Eb</Key><Size>0</Size>"
			  "</Contents>";
	char both[300];

	cr_assert_eq(read_page(&page, &b, one), 0);
	cr_assert_eq(b.len, 0);
	snprintf(both, sizeof(both), "%s<EncodingType>url</EncodingType>", one);
	cr_assert_eq(read_page(&page, &b, both), 0);
	cr_assert_str_eq(b.data, "a~b 0 0\n");
	mvc_buf_release(&b);
}

Test(remote_s3, a_page_says_whether_there_are_more)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_s3_page page;

	cr_assert_eq(read_page(&page, &b,
			 "<IsTruncated>true</IsTruncated>"
			 "<NextContinuationToken>x=/y</NextContinuationToken>"),
	    0);
	cr_assert(page.more);
	cr_assert_str_eq(page.token, "x=/y");
	mvc_s3_page_release(&page);
	mvc_buf_release(&b);
}

Test(remote_s3, a_list_that_is_none_is_refused)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_s3_page page;

	cr_assert_eq(
	    read_page(&page, &b, "<Contents></Contents>"), MVC_EINVALID);
	cr_assert_eq(read_page(&page, &b,
			 "<Contents><Key>cats/a</Key><Size>-x</Size>"
			 "</Contents>"),
	    MVC_EINVALID);
	cr_assert_eq(read_page(&page, &b, "<Contents>"), MVC_EINVALID);
	mvc_s3_page_release(&page);
	mvc_buf_release(&b);
}

Test(remote_s3, errors_are_read_from_xml_and_from_nothing_else)
{
	static const char xml[] =
	    "<Error><Code>PermanentRedirect</Code><Message>Go.</Message>"
	    "<Region>eu-west-1</Region></Error>";
	static const char page[] = "<html><body>Bad gateway<br></body></html>";
	struct mvc_s3_error e;

	mvc_s3_error_read(&e, xml, strlen(xml));
	cr_assert_str_eq(e.code, "PermanentRedirect");
	cr_assert_str_eq(e.message, "Go");
	cr_assert_str_eq(e.region, "eu-west-1");
	mvc_s3_error_read(&e, page, strlen(page));
	cr_assert_str_eq(e.code, "");
}
