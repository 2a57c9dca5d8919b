/*
 * Inside room remote: what every AWS tool finds the same way: settings of the
 * environment and of ~/.aws, credentials, signatures (version 4).
 *
 * Secrets are kept in memory only, wiped when freed, and are in no message.
 */
#ifndef MVC_REMOTE_AWS_H
#define MVC_REMOTE_AWS_H

#include "remote/http.h"

/* ---- settings (aws_profile.c) ---- */

/* The variables of one profile in ~/.aws/credentials and ~/.aws/config. */
struct mvc_aws_profile;

/*
 * name NULL: AWS_PROFILE, else "default". MVC_ENOTFOUND: a profile that was
 * named is in neither file.
 */
int
mvc_aws_profile_load(struct mvc_aws_profile **out, const char *name) MVC_MUST;
void mvc_aws_profile_free(struct mvc_aws_profile *p);
MVC_OWN_DEFINE(mvc_aws_profile)
const char *mvc_aws_profile_name(const struct mvc_aws_profile *p);
/* As long as the profile; NULL if it is not set. "s3.addressing_style" is
 * one inside of "s3 =". */
const char *
mvc_aws_profile_get(const struct mvc_aws_profile *p, const char *key);
/* The environment's variable, NULL if it is empty too. */
const char *mvc_aws_env(const char *name);

/* ---- credentials (aws_cred.c, aws_fetch.c) ---- */

struct mvc_aws_cred {
	char *key_id, *secret, *token; /* token may be NULL */
	int64_t expires; /* seconds since 1970; 0: never */
};
void mvc_aws_cred_release(struct mvc_aws_cred *c);

/* Where credentials come from, and the last ones. */
struct mvc_aws_chain;

/* http must outlive it, and the strings are copied. profile as above; a profile
 * named here goes before the environment's keys. */
int mvc_aws_chain_new(struct mvc_aws_chain **out, struct mvc_http *http,
    const char *profile, const char *region) MVC_MUST;
void mvc_aws_chain_free(struct mvc_aws_chain *c);
MVC_OWN_DEFINE(mvc_aws_chain)

/*
 * Credentials that are good for some minutes, fetched anew when they are not.
 * MVC_ENOTFOUND says where was looked. Thread-safe, as the next.
 */
int
mvc_aws_chain_get(struct mvc_aws_cred *out, struct mvc_aws_chain *c) MVC_MUST;
/* The server said that these have expired: look for others. */
void mvc_aws_chain_forget(
    struct mvc_aws_chain *c, const struct mvc_aws_cred *expired);
/* Where they came from, for messages: "profile lab"; good as long as c. */
const char *mvc_aws_chain_source(struct mvc_aws_chain *c);

/* One key = value of an answer into a credential, by AWS's names for it. */
int mvc_aws_cred_take(
    struct mvc_aws_cred *c, const char *name, const char *value) MVC_MUST;
/* The four sources that are not written down; each fills *out. */
int
mvc_aws_fetch_process(struct mvc_aws_cred *out, const char *command) MVC_MUST;
int mvc_aws_fetch_container(
    struct mvc_aws_cred *out, struct mvc_http *http, const char *url) MVC_MUST;
int mvc_aws_fetch_instance(
    struct mvc_aws_cred *out, struct mvc_http *http) MVC_MUST;
struct mvc_aws_role {
	const char *arn, *session, *external_id; /* the last two may be NULL */
	const char *token_file; /* of a web identity, or NULL: */
	const struct mvc_aws_cred *cred; /* whose role it is */
	const char *region;
};
int mvc_aws_fetch_role(struct mvc_aws_cred *out, struct mvc_http *http,
    const struct mvc_aws_role *role) MVC_MUST;

/* ---- signatures (aws_sign.c) ---- */

struct mvc_aws_request {
	const char *method;
	const char *path; /* percent-encoded */
	const char *query; /* encoded and sorted; "" */
	/* "name: value", names in lower case, NULL at the end: all that is
	 * signed, host and x-amz-date among them. */
	const char *const *headers;
	const char *payload; /* hex SHA-256 of the body, or UNSIGNED-PAYLOAD */
	const char *region, *service;
	const char *date; /* as x-amz-date, 20130524T000000Z */
};

/* Append the value of the Authorization header. */
int mvc_aws_sign(struct mvc_buf *out, const struct mvc_aws_request *rq,
    const struct mvc_aws_cred *cred) MVC_MUST;

/* Append text percent-encoded as AWS wants it; `slash`: '/' stays. */
int mvc_aws_encode(struct mvc_buf *out, const char *text, bool slash) MVC_MUST;
/* Append NAME=VALUE to a query; names must come in order. */
int mvc_aws_query(
    struct mvc_buf *out, const char *name, const char *value) MVC_MUST;
/* The time as x-amz-date has it. */
void mvc_aws_date(char out[17], int64_t now);
/* 2026-01-02T03:04:05Z (fractions allowed) in seconds since 1970. */
int mvc_aws_time(int64_t *out, const char *text) MVC_MUST;

#endif
