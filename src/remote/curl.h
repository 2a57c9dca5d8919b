/*
 * Inside room remote: libcurl, loaded when the first remote needs it.
 *
 * With all that it stands on (TLS, Kerberos, LDAP, …) it doubles the time that
 * a program takes to start; `mvc status` and Git's hooks should not pay for
 * that. A static build links it (MVC_LINK_CURL).
 */
#ifndef MVC_REMOTE_CURL_H
#define MVC_REMOTE_CURL_H

#include "util/error.h"

#include <curl/curl.h>

/* Every function that we call, as X(name). */
#define MVC_CURL_FUNCTIONS(X)  \
	X(easy_cleanup)        \
	X(easy_getinfo)        \
	X(easy_init)           \
	X(easy_pause)          \
	X(easy_setopt)         \
	X(easy_strerror)       \
	X(global_init)         \
	X(multi_add_handle)    \
	X(multi_cleanup)       \
	X(multi_info_read)     \
	X(multi_init)          \
	X(multi_perform)       \
	X(multi_poll)          \
	X(multi_remove_handle) \
	X(multi_setopt)        \
	X(multi_strerror)      \
	X(multi_wakeup)        \
	X(slist_append)        \
	X(slist_free_all)

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct mvc_curl {
#define X(name) __typeof__(&curl_##name) name;
	MVC_CURL_FUNCTIONS(X)
#undef X
};

/* Static storage. MVC_ENOTFOUND where the system has none: says what to
 * install. Thread-safe. */
int mvc_curl_load(const struct mvc_curl **out) MVC_MUST;

#endif
