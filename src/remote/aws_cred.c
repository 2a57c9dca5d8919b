#include "remote/aws.h"

#include <pthread.h>
#include <time.h>
#include "util/banned.h"

/* Fetched anew so long before they expire. */
#define EARLY 300

struct mvc_aws_chain {
	struct mvc_http *http;
	char *named; /* a profile that was asked for, or NULL */
	char *region;
	pthread_mutex_t lock;
	struct mvc_aws_cred cred; /* the last ones */
	char source[256];
};

static void
wipe(char **s)
{
	if (*s)
		explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void
mvc_aws_cred_release(struct mvc_aws_cred *c)
{
	wipe(&c->key_id);
	wipe(&c->secret);
	wipe(&c->token);
	c->expires = 0;
}

static int
put(char **to, const char *value)
{
	wipe(to);
	if (!value || !*value)
		return MVC_OK;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return mvc_fail(MVC_EINVALID,
			    "a credential with a space or control character");
	*to = strdup(value);
	return *to ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a key");
}

static int
copy(struct mvc_aws_cred *to, const struct mvc_aws_cred *from)
{
	int err = put(&to->key_id, from->key_id);

	if (!err)
		err = put(&to->secret, from->secret);
	if (!err)
		err = put(&to->token, from->token);
	to->expires = from->expires;
	return err;
}

int
mvc_aws_cred_take(struct mvc_aws_cred *c, const char *name, const char *value)
{
	if (!strcmp(name, "AccessKeyId"))
		return put(&c->key_id, value);
	if (!strcmp(name, "SecretAccessKey"))
		return put(&c->secret, value);
	if (!strcmp(name, "SessionToken") || !strcmp(name, "Token"))
		return put(&c->token, value);
	if (!strcmp(name, "Expiration"))
		return mvc_aws_time(&c->expires, value);
	return MVC_OK;
}

int
mvc_aws_chain_new(struct mvc_aws_chain **out, struct mvc_http *http,
    const char *profile, const char *region)
{
	MVC_OWN(mvc_aws_chain) *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (!c)
		return mvc_fail(MVC_ENOMEM, "no memory for credentials");
	pthread_mutex_init(&c->lock, NULL);
	c->http = http;
	c->named = profile ? strdup(profile) : NULL;
	c->region = strdup(region);
	if (!c->region || (profile && !c->named))
		return mvc_fail(MVC_ENOMEM, "no memory for credentials");
	*out = MVC_TAKE(c);
	return MVC_OK;
}

void
mvc_aws_chain_free(struct mvc_aws_chain *c)
{
	if (!c)
		return;
	mvc_aws_cred_release(&c->cred);
	pthread_mutex_destroy(&c->lock);
	free(c->named);
	free(c->region);
	free(c);
}

const char *
mvc_aws_chain_source(struct mvc_aws_chain *c)
{
	return c->source;
}

static bool
is_set(const struct mvc_aws_cred *c)
{
	return c->key_id && c->secret;
}

static int
from_pair(struct mvc_aws_cred *out, const char *id, const char *secret,
    const char *token)
{
	int err = put(&out->key_id, id);

	if (!err)
		err = put(&out->secret, secret);
	return err ? err : put(&out->token, token);
}

static int
from_environment(struct mvc_aws_chain *c)
{
	const char *id = mvc_aws_env("AWS_ACCESS_KEY_ID");
	const char *secret = mvc_aws_env("AWS_SECRET_ACCESS_KEY");
	struct mvc_aws_role role = {
	    .arn = mvc_aws_env("AWS_ROLE_ARN"),
	    .session = mvc_aws_env("AWS_ROLE_SESSION_NAME"),
	    .token_file = mvc_aws_env("AWS_WEB_IDENTITY_TOKEN_FILE"),
	    .region = c->region,
	};

	if (c->named)
		return MVC_OK;
	if (id && secret) {
		snprintf(c->source, sizeof(c->source), "AWS_ACCESS_KEY_ID");
		return from_pair(
		    &c->cred, id, secret, mvc_aws_env("AWS_SESSION_TOKEN"));
	}
	if (id || secret)
		return mvc_fail(MVC_EINVALID,
		    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: one is set, "
		    "and the other is not");
	if (!role.token_file || !role.arn)
		return MVC_OK;
	snprintf(c->source, sizeof(c->source), "AWS_WEB_IDENTITY_TOKEN_FILE");
	return mvc_aws_fetch_role(&c->cred, c->http, &role);
}

/* http://169.254.170.2/…, or any that a variable names: in clear only to an
 * address that stays on this machine. */
static int
container_url(char *out, size_t size)
{
	const char *relative =
	    mvc_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = mvc_aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	static const char *const safe[] = {"https://", "http://127.",
	    "http://localhost", "http://[::1]", "http://169.254.170.2/",
	    "http://169.254.170.23/", "http://[fd00:ec2::23]/"};
	size_t i = 0, n = sizeof(safe) / sizeof(safe[0]);

	*out = 0;
	if (relative)
		snprintf(out, size, "http://169.254.170.2%s", relative);
	else if (full)
		snprintf(out, size, "%s", full);
	if (relative || !full)
		return MVC_OK;
	while (i < n && strncmp(full, safe[i], strlen(safe[i])) != 0)
		i++;
	return i < n ? MVC_OK
		     : mvc_fail(MVC_EDENIED,
			   "AWS_CONTAINER_CREDENTIALS_FULL_URI names neither "
			   "https nor this machine");
}

static int
from_container(struct mvc_aws_chain *c)
{
	char url[1024];
	int err = container_url(url, sizeof(url));

	if (err || !*url)
		return err;
	snprintf(c->source, sizeof(c->source), "the container");
	return mvc_aws_fetch_container(&c->cred, c->http, url);
}

static int
from_instance(struct mvc_aws_chain *c)
{
	const char *off = mvc_aws_env("AWS_EC2_METADATA_DISABLED");
	int err;

	if (off && !strcasecmp(off, "true"))
		return MVC_OK;
	snprintf(c->source, sizeof(c->source), "the instance");
	err = mvc_aws_fetch_instance(&c->cred, c->http);
	/* Most machines are none of Amazon's. */
	if (err == MVC_EAGAIN || err == MVC_ENOTFOUND)
		err = MVC_OK;
	return err ? mvc_fail_prefix(err, "credentials of the instance") : err;
}

static int from_profile(
    struct mvc_aws_chain *c, const struct mvc_aws_profile *p, int depth);

/* Credentials of somebody else, by which a role is taken. */
static int
from_source(struct mvc_aws_chain *c, const struct mvc_aws_profile *p, int depth)
{
	MVC_OWN(mvc_aws_profile) *other = NULL;
	const char *name = mvc_aws_profile_get(p, "source_profile");
	const char *where = mvc_aws_profile_get(p, "credential_source");
	int err;

	if (name) {
		if (depth > 4)
			return mvc_fail(MVC_EINVALID,
			    "profile %s: source_profile goes in a circle",
			    mvc_aws_profile_name(p));
		err = mvc_aws_profile_load(&other, name);
		/* A profile may name itself: then its own keys are meant. */
		if (!err && !strcmp(name, mvc_aws_profile_name(p)))
			return from_pair(&c->cred,
			    mvc_aws_profile_get(p, "aws_access_key_id"),
			    mvc_aws_profile_get(p, "aws_secret_access_key"),
			    mvc_aws_profile_get(p, "aws_session_token"));
		return err ? err : from_profile(c, other, depth + 1);
	}
	if (where && !strcmp(where, "Environment"))
		return from_pair(&c->cred, mvc_aws_env("AWS_ACCESS_KEY_ID"),
		    mvc_aws_env("AWS_SECRET_ACCESS_KEY"),
		    mvc_aws_env("AWS_SESSION_TOKEN"));
	if (where && !strcmp(where, "EcsContainer"))
		return from_container(c);
	if (where && !strcmp(where, "Ec2InstanceMetadata"))
		return from_instance(c);
	return mvc_fail(MVC_EINVALID,
	    "profile %s: role_arn needs source_profile, credential_source or "
	    "web_identity_token_file",
	    mvc_aws_profile_name(p));
}

static int
from_role(struct mvc_aws_chain *c, const struct mvc_aws_profile *p, int depth)
{
	struct mvc_aws_role role = {
	    .arn = mvc_aws_profile_get(p, "role_arn"),
	    .session = mvc_aws_profile_get(p, "role_session_name"),
	    .external_id = mvc_aws_profile_get(p, "external_id"),
	    .token_file = mvc_aws_profile_get(p, "web_identity_token_file"),
	    .region = c->region,
	};
	struct mvc_aws_cred own = {0};
	int err = MVC_OK;

	if (!role.token_file) {
		err = from_source(c, p, depth);
		own = c->cred;
		memset(&c->cred, 0, sizeof(c->cred));
		role.cred = &own;
		if (!err && !is_set(&own))
			err = mvc_fail(MVC_ENOTFOUND,
			    "profile %s: its role's source has no credentials",
			    mvc_aws_profile_name(p));
	}
	if (!err)
		err = mvc_aws_fetch_role(&c->cred, c->http, &role);
	mvc_aws_cred_release(&own);
	return err;
}

static int
from_profile(
    struct mvc_aws_chain *c, const struct mvc_aws_profile *p, int depth)
{
	const char *id = mvc_aws_profile_get(p, "aws_access_key_id");
	const char *secret = mvc_aws_profile_get(p, "aws_secret_access_key");
	const char *command = mvc_aws_profile_get(p, "credential_process");

	snprintf(c->source, sizeof(c->source), "profile %s",
	    mvc_aws_profile_name(p));
	if (mvc_aws_profile_get(p, "role_arn"))
		return from_role(c, p, depth);
	if (id && secret)
		return from_pair(&c->cred, id, secret,
		    mvc_aws_profile_get(p, "aws_session_token"));
	if (command)
		return mvc_aws_fetch_process(&c->cred, command);
	if (mvc_aws_profile_get(p, "sso_session") ||
	    mvc_aws_profile_get(p, "sso_start_url"))
		return mvc_fail(MVC_EDENIED,
		    "profile %s signs in by SSO: give it \"credential_process "
		    "= aws configure export-credentials --profile %s\" in a "
		    "profile of its own",
		    mvc_aws_profile_name(p), mvc_aws_profile_name(p));
	return MVC_OK;
}

static int
from_files(struct mvc_aws_chain *c)
{
	MVC_OWN(mvc_aws_profile) *p = NULL;
	int err = mvc_aws_profile_load(&p, c->named);

	return err ? err : from_profile(c, p, 0);
}

static int
renew(struct mvc_aws_chain *c)
{
	int (*const steps[])(struct mvc_aws_chain *) = {
	    from_environment, from_files, from_container, from_instance};
	int err = MVC_OK;

	mvc_aws_cred_release(&c->cred);
	for (size_t i = 0; i < 4 && !err && !is_set(&c->cred); i++)
		err = steps[i](c);
	if (err || is_set(&c->cred))
		return err;
	return mvc_fail(MVC_ENOTFOUND,
	    "no credentials for S3: neither AWS_ACCESS_KEY_ID and "
	    "AWS_SECRET_ACCESS_KEY, nor a profile in ~/.aws/credentials "
	    "(AWS_PROFILE, mvc remote add --profile), nor a container's or an "
	    "instance's");
}

int
mvc_aws_chain_get(struct mvc_aws_cred *out, struct mvc_aws_chain *c)
{
	int err = MVC_OK;

	pthread_mutex_lock(&c->lock);
	if (!is_set(&c->cred) ||
	    (c->cred.expires && (int64_t)time(NULL) > c->cred.expires - EARLY))
		err = renew(c);
	if (!err)
		err = copy(out, &c->cred);
	pthread_mutex_unlock(&c->lock);
	return err;
}

void
mvc_aws_chain_forget(
    struct mvc_aws_chain *c, const struct mvc_aws_cred *expired)
{
	pthread_mutex_lock(&c->lock);
	if (is_set(&c->cred) && !strcmp(c->cred.secret, expired->secret))
		mvc_aws_cred_release(&c->cred);
	pthread_mutex_unlock(&c->lock);
}
