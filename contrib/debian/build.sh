#!/bin/sh
# The Debian packages mvc, libmvc0 and libmvc-dev: contrib/debian/build.sh [OUT]
# (default: ./build-debian). Needs: apt install dpkg-dev debhelper and what
# README.md lists for a build; DEB_BUILD_OPTIONS=nocheck leaves the tests out.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$top/build-debian}
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -rf "$out/mvc"
mkdir "$out/mvc"
cd "$top"
if git rev-parse --git-dir >/dev/null 2>&1; then
	git archive HEAD | tar -x -C "$out/mvc"
else
	find . -maxdepth 1 ! -name . ! -name 'build*' \
	    -exec cp -R {} "$out/mvc/" \;
fi
cd "$out/mvc"
cp -R contrib/debian debian
dpkg-buildpackage -us -uc -b
cd ..
ls -l ./*.deb
