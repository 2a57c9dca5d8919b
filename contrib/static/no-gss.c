/*
 * For the static binary alone. libgit2.a and libcurl.a of Debian want MIT
 * Kerberos for HTTP, and Kerberos is not packaged for static linking. mvc never
 * uses libgit2's transports, and asks libcurl for no such authentication, so
 * "no mechanism is available" is an answer that nobody asks for. Nor does
 * anybody ask libcurl for LDAP and RTMP (build.sh lists what those want).
 */
#include <stddef.h>

#define NOT_AVAILABLE(name)                                                    \
	unsigned name(void);                                                   \
	unsigned name(void)                                                    \
	{                                                                      \
		return 16u << 16; /* GSS_S_UNAVAILABLE */                      \
	}

NOT_AVAILABLE(gss_delete_sec_context)
NOT_AVAILABLE(gss_display_name)
NOT_AVAILABLE(gss_display_status)
NOT_AVAILABLE(gss_import_name)
NOT_AVAILABLE(gss_indicate_mechs)
NOT_AVAILABLE(gss_init_sec_context)
NOT_AVAILABLE(gss_inquire_context)
NOT_AVAILABLE(gss_release_buffer)
NOT_AVAILABLE(gss_release_name)
NOT_AVAILABLE(gss_release_oid_set)
NOT_AVAILABLE(gss_test_oid_set_member)
NOT_AVAILABLE(gss_unwrap)
NOT_AVAILABLE(gss_wrap)
#include "unused.h"

void *GSS_C_NT_HOSTBASED_SERVICE;
