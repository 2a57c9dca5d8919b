#include "bundle/libarchive.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include "util/banned.h"

/* Set once, under the lock of pthread_once, then only read. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct mvc_libarchive lib;
static bool loaded;
static char why[256];

#ifdef MVC_LINK_ARCHIVE
static bool
find_all(void)
{
#define X(name) lib.name = archive_##name;
	MVC_ARCHIVE_FUNCTIONS(X)
#undef X
	return true;
}
#else
#ifdef __APPLE__
static const char *const names[] = {"libarchive.13.dylib",
    "/opt/homebrew/opt/libarchive/lib/libarchive.13.dylib",
    "/usr/local/opt/libarchive/lib/libarchive.13.dylib",
    "/usr/lib/libarchive.2.dylib"};
#else
static const char *const names[] = {"libarchive.so.13"};
#endif

static bool
find(void *out, void *handle, const char *name)
{
	void *at = dlsym(handle, name);

	memcpy(out, &at, sizeof(at));
	if (!at)
		snprintf(
		    why, sizeof(why), "libarchive is too old: no %s", name);
	return at;
}

static bool
find_all(void)
{
	void *handle = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !handle; i++)
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		snprintf(why, sizeof(why),
		    "libarchive (%s) is not installed: apt install "
		    "libarchive13",
		    names[0]);
		return false;
	}
#define X(name)                                         \
	if (!find(&lib.name, handle, "archive_" #name)) \
		return false;
	MVC_ARCHIVE_FUNCTIONS(X)
#undef X
	return true;
}
#endif

static void
load(void)
{
	loaded = find_all();
	lib.utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!lib.utf8)
		lib.utf8 = newlocale(LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
}

int
mvc_libarchive_load(const struct mvc_libarchive **out)
{
	*out = &lib;
	pthread_once(&once, load);
	return loaded ? MVC_OK : mvc_fail(MVC_ENOTFOUND, "%s", why);
}

locale_t
mvc_libarchive_enter(const struct mvc_libarchive *l)
{
	return l->utf8 ? uselocale(l->utf8) : (locale_t)0;
}

void
mvc_libarchive_leave(locale_t before)
{
	if (before)
		(void)uselocale(before);
}
