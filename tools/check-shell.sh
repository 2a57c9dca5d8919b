#!/bin/sh
# Every script, seen by shellcheck.
cd "$(dirname "$0")/.." || exit 2
command -v shellcheck >/dev/null || {
	echo "skipped: shellcheck is not installed"
	exit 77
}
find tests tools contrib -type f -name '*.sh' \
    ! -exec grep -q '^#!' {} \; -print | xargs shellcheck -s sh || bad=1
find ./*.sh .ci tests tools contrib -type f \
    -exec grep -lE '^#!(/usr)?/bin/(env )?(ba)?sh' {} + 2>/dev/null |
	xargs shellcheck || bad=1
exit "${bad:-0}"
