# Installed and found by pkg-config: a small program that uses libmvc builds
# and runs, with the shared and with the static library; the library
# exports mvc_* alone; manual pages and git-mvc are there.
. "$srcdir/tests/cmd/lib.sh"
need pkg-config
unset MAKEFLAGS MAKELEVEL MFLAGS
make -s -C "$builddir" install DESTDIR="$scratch/root" >"$scratch/log" 2>&1 || {
	cat "$scratch/log"
	exit 1
}
pc=$(find "$scratch/root" -name mvc.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
root=$scratch/root$prefix
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="$libdir/pkgconfig"
pc() {
	pkg-config --define-variable=prefix="$root" \
	    --define-variable=libdir="$libdir" "$@" mvc
}

cat >program.c <<'END'
#include <mvc.h>
#include <stdio.h>
#include <string.h>

int
main(void)
{
	char said[32];

	snprintf(said, sizeof(said), "%d.%d.%d", MVC_VERSION_MAJOR,
	    MVC_VERSION_MINOR, MVC_VERSION_PATCH);
	if (strcmp(said, mvc_version())) {
		printf("mvc.h is %s, libmvc is %s\n", said, mvc_version());
		return 1;
	}
	return 0;
}
END
# shellcheck disable=SC2046,SC2086
${CC:-cc} ${CHECK_CFLAGS-} -Wno-error program.c -o program \
    $(pc --cflags) $(pc --libs) || exit 1
LD_LIBRARY_PATH=$libdir ./program || exit 1
# All of the static library: what pkg-config names must have all that it needs.
if [ "$(uname)" = Linux ] && [ -f "$libdir/libmvc.a" ]; then
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} ${CHECK_CFLAGS-} -Wno-error program.c -o static \
	    $(pc --cflags) -Wl,--whole-archive "$libdir/libmvc.a" \
	    -Wl,--no-whole-archive $(pc --static --libs | sed 's/-lmvc//') &&
	    ./static || exit 1
fi
[ "$(pc --modversion)" = "$("$root/bin/mvc" version | sed 's/^mvc //;q')" ] || {
	echo "mvc version: $("$root/bin/mvc" version); mvc.pc: $(pc --modversion)"
	exit 1
}

[ "$(readlink "$root/bin/git-mvc")" = mvc ] || {
	echo "no git-mvc beside mvc"
	exit 1
}
for page in man1/mvc.1 man1/git-mvc.1; do
	[ -n "$(find "$root" -path "*/$page")" ] || {
		echo "no manual page $page"
		exit 1
	}
done
if command -v nm >/dev/null && [ -f "$libdir/libmvc.so" ]; then
	if nm -D --defined-only "$libdir/libmvc.so" |
		grep -vE ' (mvc_|__asan|__odr_asan|__gcov|__llvm|__start_|__stop_|_init$|_fini$)'
	then
		echo "libmvc.so exports names that are not its own"
		exit 1
	fi
fi
