#!/bin/sh
# Each header compiles alone. CC and CHECK_CFLAGS come from make.
top=$(cd "$(dirname "$0")/.." && pwd) || exit 2
cd "$top/src" || exit 2
: "${CC:=cc}"
for h in ./*.h */*.h; do
	[ -f "$h" ] || continue
	# shellcheck disable=SC2086
	printf '#include "%s"\ntypedef int only_this_header;\n' "$h" |
		$CC -I. ${CHECK_CFLAGS-} -fsyntax-only -x c - || {
		echo "src/$h: does not compile alone"
		bad=1
	}
done
exit "${bad:-0}"
