#!/bin/sh
# Every script, seen by shellcheck.
cd "$(dirname "$0")/.." || exit 2
command -v shellcheck >/dev/null || {
	echo "skipped: shellcheck is not installed"
	exit 77
}
find tests tools contrib -type f -name '*.sh' ! -exec grep -q '^#!' {} \; \
    -exec shellcheck -s sh {} + || bad=1
find ./*.sh .ci tests tools contrib -type f \
    -exec grep -qE '^#!(/usr)?/bin/(env )?(ba)?sh' {} \; \
    -exec shellcheck -x {} + || bad=1
exit "${bad:-0}"
