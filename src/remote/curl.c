#include "remote/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include "util/banned.h"

/* Set once, under the lock of pthread_once, then only read: libcurl itself has
 * one global state a process. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct mvc_curl curl;
static bool loaded;
static char why[256];

#ifdef MVC_LINK_CURL
static bool
find_all(void)
{
#define X(name) curl.name = curl_##name;
	MVC_CURL_FUNCTIONS(X)
#undef X
	return true;
}
#else
#ifdef __APPLE__
static const char *const names[] = {
    "libcurl.4.dylib", "/usr/lib/libcurl.dylib"};
#else
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
#endif

static bool
find(void *out, void *lib, const char *name)
{
	void *at = dlsym(lib, name);

	memcpy(out, &at, sizeof(at));
	if (!at)
		snprintf(why, sizeof(why), "libcurl is too old: no %s", name);
	return at;
}

static bool
find_all(void)
{
	void *lib = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !lib; i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!lib) {
		snprintf(why, sizeof(why),
		    "libcurl (%s) is not installed: apt install libcurl4",
		    names[0]);
		return false;
	}
#define X(name)                                    \
	if (!find(&curl.name, lib, "curl_" #name)) \
		return false;
	MVC_CURL_FUNCTIONS(X)
#undef X
	return true;
}
#endif

static void
load(void)
{
	if (!find_all())
		return;
	loaded = curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	if (!loaded)
		snprintf(why, sizeof(why), "libcurl does not start");
}

int
mvc_curl_load(const struct mvc_curl **out)
{
	*out = &curl;
	pthread_once(&once, load);
	return loaded ? MVC_OK : mvc_fail(MVC_ENOTFOUND, "%s", why);
}
