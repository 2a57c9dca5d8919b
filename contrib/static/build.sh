#!/bin/sh
# A static mvc for Linux, which runs whatever the system's libraries are:
# contrib/static/build.sh [FOLDER]     (default: build-static)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
folder=${1:-$top/build-static}
mkdir -p "$folder"
cd "$folder"

libs="$(pkg-config --static --libs libgit2)"
case $libs in
*ssh2*) libs="$libs $(pkg-config --static --libs libssh2)" ;;
esac
if nm -u "$(pkg-config --variable=libdir libgit2)/libgit2.a" 2>/dev/null |
    grep -q ' gss_'; then
	${CC:-cc} -O2 -c "$here/no-gss.c" -o no-gss.o
	ar rcs libno-gss.a no-gss.o
	libs="$libs -L$PWD -lno-gss"
fi
[ -x "$top/configure" ] || "$top/autogen.sh"
"$top/configure" -q --disable-shared PKG_CONFIG="pkg-config --static" \
    CFLAGS="${CFLAGS:--O2 -g}" GIT2_CFLAGS=" " GIT2_LIBS="$libs"
make -j"$(nproc)" mvc AM_LDFLAGS="-pthread -all-static"
strip -o mvc-static mvc
if ldd mvc-static >/dev/null 2>&1; then
	echo "mvc-static is not static:" >&2
	ldd mvc-static >&2
	exit 1
fi
./mvc-static version
echo "$folder/mvc-static: $(wc -c <mvc-static) bytes, static"
