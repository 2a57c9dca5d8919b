#include "remote/aws.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <string.h>

#define SCRATCH .init = enter, .fini = scratch_leave

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* No credentials but those of the test. */
static void
enter(void)
{
	static const char *const names[] = {"AWS_ACCESS_KEY_ID",
	    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
	    "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
	    "AWS_WEB_IDENTITY_TOKEN_FILE",
	    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI"};

	scratch_enter();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", "config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

static void
signature_is(
    const struct mvc_aws_request *rq, const char *secret, const char *want)
{
	struct mvc_aws_cred cred = {
	    .key_id = strdup("AKIAIOSFODNN7EXAMPLE"), .secret = strdup(secret)};
	struct mvc_buf b = MVC_BUF_INIT(10000);

	cr_assert_eq(mvc_aws_sign(&b, rq, &cred), 0);
	cr_assert_str_eq(strstr(b.data, "Signature="), want);
	mvc_aws_cred_release(&cred);
	mvc_buf_release(&b);
}

/* The examples of "Authenticating Requests: Using the Authorization Header". */
#define S3_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define S3_HOST "host: examplebucket.s3.amazonaws.com"

static struct mvc_aws_request
s3_example(const char *method, const char *path, const char *query,
    const char *const *headers)
{
	struct mvc_aws_request rq = {method, path, query, headers, EMPTY,
	    "us-east-1", "s3", "20130524T000000Z"};

	return rq;
}

Test(remote_aws, signs_the_get_of_the_manual)
{
	const char *const headers[] = {"x-amz-date: 20130524T000000Z",
	    "range: bytes=0-9", S3_HOST, "x-amz-content-sha256: " EMPTY, NULL};
	struct mvc_aws_request rq = s3_example("GET", "/test.txt", "", headers);

	signature_is(&rq, S3_SECRET,
	    "Signature=f0e8bdb87c964420e857bd35b5d6ed31"
	    "0bd44f0170aba48dd91039c6036bdb41");
}

Test(remote_aws, signs_the_put_of_the_manual)
{
#define SUM "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
	const char *const headers[] = {S3_HOST,
	    "date: Fri, 24 May 2013 00:00:00 GMT",
	    "x-amz-date: 20130524T000000Z",
	    "x-amz-storage-class: REDUCED_REDUNDANCY",
	    "x-amz-content-sha256: " SUM, NULL};
	struct mvc_aws_request rq =
	    s3_example("PUT", "/test%24file.text", "", headers);

	rq.payload = SUM;
	signature_is(&rq, S3_SECRET,
	    "Signature=98ad721746da40c64f1a55b78f14c238"
	    "d841ea1380cd77a1b5971af0ece108bd");
#undef SUM
}

Test(remote_aws, signs_the_queries_of_the_manual)
{
	const char *const headers[] = {S3_HOST, "x-amz-date: 20130524T000000Z",
	    "x-amz-content-sha256: " EMPTY, NULL};
	struct mvc_aws_request rq =
	    s3_example("GET", "/", "lifecycle=", headers);

	signature_is(&rq, S3_SECRET,
	    "Signature=fea454ca298b7da1c68078a5d1bdbfbb"
	    "e0d65c699e0f91ac7a200a0136783543");
	rq.query = "max-keys=2&prefix=J";
	signature_is(&rq, S3_SECRET,
	    "Signature=34b48302e7b5fa45bde8084f4b7868a8"
	    "6f0a534bc59db6670ed5711ef69dc6f7");
}

/* aws-sig-v4-test-suite: get-vanilla, get-header-value-trim. */
Test(remote_aws, signs_the_test_suite)
{
	const char *const plain[] = {"host: example.amazonaws.com",
	    "x-amz-date: 20150830T123600Z", NULL};
	const char *const spaces[] = {"host: example.amazonaws.com",
	    "my-header1:  value1", "my-header2:  \"a   b   c\"",
	    "x-amz-date: 20150830T123600Z", NULL};
	struct mvc_aws_request rq = {"GET", "/", "", plain, EMPTY, "us-east-1",
	    "service", "20150830T123600Z"};
	const char *secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

	signature_is(&rq, secret,
	    "Signature=5fa00fa31553b73ebf1942676e86291e"
	    "8372ff2a2260956d9b8aae1d763fbf31");
	rq.headers = spaces;
	signature_is(&rq, secret,
	    "Signature=acc3ed3afb60bb290fc8d2dd0098b991"
	    "1fcaa05412b367055dee359757a9c736");
}

Test(remote_aws, encodes_all_but_the_unreserved)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);

	cr_assert_eq(mvc_aws_encode(&b, "a-B_9.~ /+\xc3\xa4", true), 0);
	cr_assert_str_eq(b.data, "a-B_9.~%20/%2B%C3%A4");
	mvc_buf_clear(&b);
	cr_assert_eq(mvc_aws_query(&b, "a", "b/c"), 0);
	cr_assert_eq(mvc_aws_query(&b, "d", ""), 0);
	cr_assert_str_eq(b.data, "a=b%2Fc&d=");
	mvc_buf_release(&b);
}

static void
keys_are(const char *profile, const char *id, const char *token)
{
	struct mvc_http_options o = {0};
	struct mvc_http *http;
	struct mvc_aws_chain *chain;
	struct mvc_aws_cred cred = {0};

	cr_assert_eq(mvc_http_new(&http, &o), 0);
	cr_assert_eq(mvc_aws_chain_new(&chain, http, profile, "r"), 0);
	cr_assert_eq(
	    mvc_aws_chain_get(&cred, chain), 0, "%s", mvc_error_text());
	cr_assert_str_eq(cred.key_id, id);
	cr_assert_str_eq(cred.token ? cred.token : "", token);
	mvc_aws_cred_release(&cred);
	mvc_aws_chain_free(chain);
	mvc_http_free(http);
}

static int
failure(const char *profile)
{
	struct mvc_http_options o = {0};
	struct mvc_http *http;
	struct mvc_aws_chain *chain;
	struct mvc_aws_cred cred = {0};
	int err;

	cr_assert_eq(mvc_http_new(&http, &o), 0);
	cr_assert_eq(mvc_aws_chain_new(&chain, http, profile, "r"), 0);
	err = mvc_aws_chain_get(&cred, chain);
	mvc_aws_cred_release(&cred);
	mvc_aws_chain_free(chain);
	mvc_http_free(http);
	return err;
}

Test(remote_aws, the_environment_goes_before_files_but_not_a_named_profile,
    SCRATCH)
{
	scratch_write("credentials",
	    "[default]\naws_access_key_id = D\naws_secret_access_key = x\n"
	    "[lab]\naws_access_key_id=L\naws_secret_access_key=y\n"
	    "aws_session_token=T\n");
	keys_are(NULL, "D", "");
	setenv("AWS_PROFILE", "lab", 1);
	keys_are(NULL, "L", "T");
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "z", 1);
	keys_are(NULL, "E", "");
	keys_are("lab", "L", "T");
}

Test(remote_aws, a_program_of_the_configuration_gives_keys, SCRATCH)
{
	scratch_write("keys.json",
	    "{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": "
	    "\"s\", \"SessionToken\": \"t\", \"Expiration\": "
	    "\"2099-01-02T03:04:05Z\"}");
	scratch_write("config",
	    "[profile p]\ncredential_process = cat \"keys.json\"\n"
	    "[profile bad]\ncredential_process = sh -c 'exit 3'\n");
	keys_are("p", "P", "t");
	cr_assert_eq(failure("bad"), MVC_EIO);
}

Test(remote_aws, what_is_missing_or_half_is_told, SCRATCH)
{
	cr_assert_eq(failure("nobody"), MVC_ENOTFOUND);
	cr_assert(strstr(mvc_error_text(), "no profile \"nobody\""));
	cr_assert_eq(failure(NULL), MVC_ENOTFOUND);
	cr_assert(strstr(mvc_error_text(), "no credentials for S3"));
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	cr_assert_eq(failure(NULL), MVC_EINVALID);
	unsetenv("AWS_ACCESS_KEY_ID");
	scratch_write("config",
	    "[profile a]\nrole_arn=x\nsource_profile=b\n"
	    "[profile b]\nrole_arn=x\nsource_profile=a\n"
	    "[profile sso]\nsso_session = s\n");
	cr_assert_eq(failure("a"), MVC_EINVALID);
	cr_assert(strstr(mvc_error_text(), "in a circle"));
	cr_assert_eq(failure("sso"), MVC_EDENIED);
}

Test(remote_aws, a_container_is_asked_in_clear_on_this_machine_only, SCRATCH)
{
	setenv(
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.org/keys", 1);
	cr_assert_eq(failure(NULL), MVC_EDENIED);
}
