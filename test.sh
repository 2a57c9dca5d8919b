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
install_packages "the tests" libcriterion-dev openssh-client \
    openssh-server python3 python3-sklearn python3-venv unzip zstd \
    $(known_packages b3sum clang-format-14 exfat-fuse exfatprogs mandoc nginx-light python3-jsonschema \
        shellcheck strace xfsprogs)
build_mvc "$top/build" --enable-werror
# A real S3 server; without Go those tests are skipped.
command -v go >/dev/null || install_packages "the S3 server of the tests" golang-go
[ -x "${XDG_CACHE_HOME:-$HOME/.cache}/mvc-tests/versitygw-1.8.0" ] ||
	say "Building versitygw, an S3 server, for the tests: some minutes, once"
sh contrib/versitygw.sh >"$log" 2>&1 || {
	tail -3 "$log"
	say "versitygw could not be built: the tests of S3 will be skipped"
}
# The independent reader of the formats; without these two it is skipped.
"$top/build/python/bin/python3" -c 'import blake3, zstandard' 2>/dev/null || {
	say "Installing for tests/reader.py, by pip: blake3 zstandard"
	{
		python3 -m venv "$top/build/python" &&
			"$top/build/python/bin/pip" install -q blake3 zstandard
	} >"$log" 2>&1 ||
		say "pip could not: tests/reader.sh will be skipped"
}
say "Running make check, ten minutes or more; what each test prints is in build/tests"
results() {
	grep --line-buffered -E '^(PASS|FAIL|SKIP|ERROR|XPASS):' |
	    while read -r result test; do
		why=
		[ "$result" != SKIP: ] || why=$(sed -n 's/^skipped: / - /p' \
		    "build/${test%.sh}.log" | head -n 1)
		say "$result $test$why"
	done
}
{
	make -C build check -j"$(nproc)" 2>&1
	echo "make check: exit status $?"
} | tee "$log" | results
if ! grep -qx 'make check: exit status 0' "$log"; then
	cat build/test-suite.log
	stop "Some tests failed: build/test-suite.log says which and why."
fi
unit=$(sed -n 's/.*Tested: .*Passing: [^0-9]*\([0-9]*\).*/\1/p' \
    build/tests/unit-tests.log)
say
say "All tests passed: $(grep -c '^PASS:' "$log") of make check, the unit tests among them${unit:+ being $unit}; $(grep -c '^SKIP:' "$log") skipped."
