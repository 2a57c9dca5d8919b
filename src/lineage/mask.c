#include "lineage/mask.h"

#include "text/utf8.h"

#include <ctype.h>
#include <strings.h>

#include "util/banned.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TOKEN_CHARS LETTERS "0123456789+/=_.~-"

/* The words of a name, any of which says so; in lower case. */
static const char *const words[] = {"auth", "authorization", "bearer",
    "credential", "credentials", "passphrase", "passwd", "password", "pwd",
    "secret", "secrets", "token"};
/* Two of them, one after the other. */
static const char *const pairs[][2] = {{"access", "key"}, {"api", "key"},
    {"auth", "key"}, {"encryption", "key"}, {"private", "key"},
    {"secret", "key"}, {"shared", "key"}, {"signing", "key"}, {"pass", "word"}};
static const char *const glued[] = {"accesskey", "apikey", "authtoken",
    "privatekey", "secretkey", "accesstoken", "sig", "signature"};
/* How well-known keys begin, and how many characters follow at least. */
static const struct {
	const char *start;
	size_t rest;
} forms[] = {{"AKIA", 16}, {"ASIA", 16}, {"ghp_", 20}, {"gho_", 20},
    {"ghs_", 20}, {"ghu_", 20}, {"github_pat_", 20}, {"glpat-", 16},
    {"hf_", 20}, {"sk-", 20}, {"xoxb-", 10}, {"xoxp-", 10}, {"xoxa-", 10},
    {"AIza", 30}, {"eyJ", 40}, {"npm_", 30}, {"pypi-", 30}, {"dckr_pat_", 16},
    {"wandb_v1_", 20}};
#define N(list) (sizeof(list) / sizeof(*(list)))

struct word {
	char s[32]; /* lower case; longer ones are none of ours */
};

/* The next word of a name, which '_', '-', '.' and a capital after a small
 * letter take apart; NULL at the end. */
static const char *
next_word(struct word *out, const char *at)
{
	size_t n = 0;

	while (*at && !isalnum((unsigned char)*at))
		at++;
	if (!*at)
		return NULL;
	while (isalnum((unsigned char)*at)) {
		if (n + 1 < sizeof(out->s))
			out->s[n++] = (char)tolower((unsigned char)*at);
		at++;
		if (isupper((unsigned char)*at) &&
		    islower((unsigned char)at[-1]))
			break;
	}
	out->s[n] = 0;
	return at;
}

static bool
is_one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(s, list[i]))
			return true;
	return false;
}

bool
mvc_mask_names(const char *name)
{
	struct word w, last = {""};

	for (const char *at = name; (at = next_word(&w, at)); last = w) {
		if (is_one_of(w.s, words, N(words)) ||
		    is_one_of(w.s, glued, N(glued)))
			return true;
		for (size_t i = 0; i < N(pairs); i++)
			if (!strcmp(last.s, pairs[i][0]) &&
			    !strcmp(w.s, pairs[i][1]))
				return true;
	}
	return false;
}

/* The length of a well-known key that s begins with, 0 if none. */
static size_t
form_at(const char *s)
{
	for (size_t i = 0; i < N(forms); i++) {
		size_t k = strlen(forms[i].start), n;

		if (strncmp(s, forms[i].start, k))
			continue;
		n = strspn(s + k, TOKEN_CHARS);
		if (n >= forms[i].rest)
			return k + n;
	}
	return 0;
}

/* A tokenizer's "<pad>" and true or false are none; nor is a number. */
static bool
may_be_secret(const char *s)
{
	return *s && s[strspn(s, "0123456789.-+eE")] && !strpbrk(s, "<>[]|") &&
	    strcasecmp(s, "true") && strcasecmp(s, "false") &&
	    strcasecmp(s, "none") && strcasecmp(s, "null");
}

bool
mvc_mask_is(const char *name, const char *value)
{
	if (mvc_mask_names(name) && may_be_secret(value))
		return true;
	for (const char *s = value; *s; s++)
		if (form_at(s))
			return true;
	return strstr(value, "PRIVATE KEY-----");
}

/* Where the user's part of a URL ends, that is an '@' before any '/'. */
static const char *
user_end(const char *s)
{
	size_t n = strcspn(s, "/?# \t\n'\"");
	const char *at = NULL;

	for (size_t i = 0; i < n; i++)
		if (s[i] == '@')
			at = s + i;
	return at;
}

/* What precedes s is a name, back to what cannot be in one. */
static bool
is_named_secret(const char *word, const char *equals)
{
	char name[64];
	const char *from = equals;
	size_t n;

	while (from > word &&
	    (isalnum((unsigned char)from[-1]) || strchr("_-.", from[-1])))
		from--;
	n = (size_t)(equals - from);
	if (n == 0 || n >= sizeof(name))
		return false;
	memcpy(name, from, n);
	name[n] = 0;
	return mvc_mask_names(name);
}

/* One step: what s begins with, masked or as it is; *s is after it. */
static int
step(struct mvc_buf *out, const char *word, const char **s)
{
	const char *end;
	size_t n = form_at(*s);
	uint32_t c;

	if (n) {
		*s += n;
		return mvc_buf_add_str(out, MVC_MASK);
	}
	if (!strncmp(*s, "://", 3) && (end = user_end(*s + 3))) {
		*s = end;
		return mvc_buf_add_str(out, "://" MVC_MASK);
	}
	if ((**s == '=' || **s == ':') && is_named_secret(word, *s)) {
		n = strcspn(*s + 1, "&;,'\" \t\n");
		if (n) {
			int err = mvc_buf_add(out, *s, 1);

			*s += 1 + n;
			return err ? err : mvc_buf_add_str(out, MVC_MASK);
		}
	}
	n = mvc_utf8_next(&c, *s, strlen(*s));
	*s += n ? n : 1;
	return n ? mvc_buf_add(out, *s - n, n)
		 : mvc_buf_add_str(out, "\xef\xbf\xbd");
}

int
mvc_mask_word(struct mvc_buf *out, const char *before, const char *word)
{
	int err = MVC_OK;

	/* --password VALUE */
	if ((before && before[0] == '-' && !strchr(before, '=') &&
		mvc_mask_names(before) && word[0] != '-' &&
		may_be_secret(word)) ||
	    strstr(word, "PRIVATE KEY-----"))
		return mvc_buf_add_str(out, MVC_MASK);
	for (const char *s = word; !err && *s;)
		err = step(out, word, &s);
	return err;
}
