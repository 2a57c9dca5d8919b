#!/bin/sh
# Try mvc: install what it needs, build it, and show it at work on real data.
# Debian 12 or later, Ubuntu 24.04 or later; as root, or with sudo. It may be
# run again at any time.
set -u
top=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$top" || exit 1
log=$top/try.log
# shellcheck source=contrib/packages.sh
. contrib/packages.sh

say "mvc is tried in three steps: packages, build, demonstration."
refresh_packages
# shellcheck disable=SC2046
install_packages "the build" $(build_packages)
install_packages "the demonstration" python3 python3-sklearn
build_mvc "$top/build"
sudo=
[ "$(id -u)" = 0 ] || sudo="sudo "
PATH=$top/build:$PATH sh contrib/demo/demo.sh "$top/demo" || exit 1
say
say "Done: mvc is built, and the demonstration is in $top/demo."
say "To look around in it:    cd $top/demo; PATH=$top/build:\$PATH; git log; mvc status"
say "To have mvc everywhere, with its manual (man mvc):    ${sudo}make -C $top/build install"
