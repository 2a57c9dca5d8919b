#!/bin/sh
# A static mvc for Linux, which runs whatever the system's libraries are:
# contrib/static/build.sh [FOLDER]     (default: build-static)
# Needs what a build needs, and libnghttp2-dev libpsl-dev libunistring-dev.
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
# Functions that an archive wants, of which no archive is packaged.
wanted() {
	nm -u "$(pkg-config --variable=libdir "$1")/$1.a" 2>/dev/null |
		sed -nE "s/^ +U (($2)[A-Za-z_0-9]*)\$/\1/p" | sort -u
}
if [ -n "$(wanted libgit2 gss_)" ]; then
	wanted libcurl 'ldap_|ber_|RTMP_' |
		sed 's/.*/NOT_AVAILABLE(&)/' >unused.h
	${CC:-cc} -O2 -I. -c "$here/no-gss.c" -o no-gss.o
	ar rcs libno-gss.a no-gss.o
	libs="$libs -L$PWD -lno-gss"
fi
# All that libcurl's archive itself is made of, but for those.
curl=$(pkg-config --static --libs libcurl |
	sed -E 's/-l(gssapi_krb5|ldap|lber|rtmp)\b//g')
curl="$curl -lbrotlicommon -lunistring"
# All of libarchive but for formats that mvc neither reads nor writes: xar, and
# what is on a disk (-u has ours taken before the archive is looked through).
${CC:-cc} -O2 -c "$here/no-xar.c" -o no-xar.o
ar rcs libno-xar.a no-xar.o
archive=$(pkg-config --static --libs libarchive |
	sed -E 's/-l(acl|lz4|xml2|icu[a-z0-9]+)\b//g')
archive="-L$PWD -lno-xar $archive"
[ -x "$top/configure" ] || "$top/autogen.sh"
"$top/configure" -q --disable-shared PKG_CONFIG="pkg-config --static" \
    CFLAGS="${CFLAGS:--O2 -g}" GIT2_CFLAGS=" " GIT2_LIBS="$curl $libs" \
    --enable-linked-curl CURL_CFLAGS=" " CURL_LIBS="$curl" \
    --enable-linked-archive ARCHIVE_CFLAGS=" " ARCHIVE_LIBS="$archive"
make -j"$(nproc)" mvc \
    AM_LDFLAGS="-pthread -all-static -Wl,-u,archive_write_set_format_xar"
strip -o mvc-static mvc
if ldd mvc-static >/dev/null 2>&1; then
	echo "mvc-static is not static:" >&2
	ldd mvc-static >&2
	exit 1
fi
./mvc-static version
echo "$folder/mvc-static: $(wc -c <mvc-static) bytes, static"
