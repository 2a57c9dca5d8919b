#!/bin/sh
# Test mvc: install what the tests need, build, and pass all of them. Debian
# 12 or later, Ubuntu 24.04 or later; as root, or with sudo. It may be run
# again at any time.
set -u
top=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$top" || exit 1
log=$top/test.log
# shellcheck source=contrib/packages.sh
. contrib/packages.sh

say "mvc is tested in three steps: packages, build, make check."
refresh_packages
# shellcheck disable=SC2046
install_packages "the build" $(build_packages)
# shellcheck disable=SC2046
install_packages "the tests" libcriterion-dev python3 python3-sklearn \
    $(known_packages b3sum clang-format-14 mandoc shellcheck strace)
build_mvc "$top/build" --enable-werror
say "Running make check; what each test prints is in build/tests"
make -C build check -j"$(nproc)" >"$log" 2>&1
status=$?
grep -E '^(PASS|FAIL|SKIP|ERROR|XPASS):' "$log"
if [ "$status" != 0 ]; then
	cat build/test-suite.log
	stop "Some tests failed: build/test-suite.log says which and why."
fi
unit=$(sed -n 's/.*Tested: .*Passing: [^0-9]*\([0-9]*\).*/\1/p' \
    build/tests/unit-tests.log)
say
say "All tests passed: $(grep -c '^PASS:' "$log") of make check, the unit tests among them${unit:+ being $unit}; $(grep -c '^SKIP:' "$log") skipped."
