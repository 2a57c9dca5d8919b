#include "lineage/mask.h"

#include <criterion/criterion.h>

static void
assert_masked(const char *before, const char *word, const char *as)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);

	cr_assert_eq(mvc_mask_word(&b, before, word), 0);
	cr_assert_str_eq(b.data ? b.data : "", as);
}

Test(lineage_mask, secrets_of_a_command_line_are_masked)
{
	assert_masked(NULL, "--password=hunter2", "--password=***");
	assert_masked(NULL, "DB_PASSWORD=hunter2", "DB_PASSWORD=***");
	assert_masked(NULL, "apiKey:hunter2", "apiKey:***");
	assert_masked("--api-key", "hunter2", "***");
	assert_masked("--authToken", "hunter2", "***");
	assert_masked(NULL, "s3://me:pw@host/x", "s3://***@host/x");
	assert_masked(NULL, "https://h/x?X-Amz-Signature=00ff&b=1",
	    "https://h/x?X-Amz-Signature=***&b=1");
	assert_masked(NULL, "key AKIAIOSFODNN7EXAMPLE here", "key *** here");
	assert_masked(NULL, "ghp_0123456789abcdefghijABCDEFGHIJ", "***");
	assert_masked(NULL, "-----BEGIN RSA PRIVATE KEY-----\nMII", "***");
}

Test(lineage_mask, other_words_stay_as_they_are)
{
	static const char *const words[] = {"", "train.py", "--lr=0.01",
	    "--tokenizer=bert", "--keys=a,b", "monkey=1", "user@host:x",
	    "https://host/a@b", "--author=Ada", "sk-learn", "a=b=c",
	    "--compass=north"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_masked(NULL, words[i], words[i]);
	assert_masked("--pad-token", "<pad>", "<pad>");
	assert_masked("--max-token", "512", "512");
	assert_masked("--password", "--verbose", "--verbose");
	assert_masked("password", "plain", "plain");
}

Test(lineage_mask, bytes_that_are_no_text_are_replaced)
{
	assert_masked(NULL,
	    "a\xff"
	    "b",
	    "a\xef\xbf\xbd"
	    "b");
}

Test(lineage_mask, values_are_judged_by_their_names_and_forms)
{
	cr_assert(mvc_mask_is("db.password", "x"));
	cr_assert(mvc_mask_is("AWS_SECRET_ACCESS_KEY", "x"));
	cr_assert(mvc_mask_is("", "glpat-0123456789abcdefgh"));
	cr_assert_not(mvc_mask_is("password", ""));
	cr_assert_not(mvc_mask_is("eos_token", "<|endoftext|>"));
	cr_assert_not(mvc_mask_is("use_auth", "true"));
	cr_assert_not(mvc_mask_is("name", "resnet50"));
}
