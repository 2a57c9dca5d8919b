#!/bin/sh
# Nothing left unfinished in the source, and no path of somebody's machine.
cd "$(dirname "$0")/.." || exit 2
places=
for p in src tests tools contrib man doc ./*.md ./*.ac ./*.am ./*.sh .ci; do
	[ -e "$p" ] && places="$places $p"
done
files() {
	# shellcheck disable=SC2086
	find $places -type f ! -name '*.o' ! -name '*.lo' ! -name '*.a' \
	    ! -name '*.log' ! -name '*.trs' ! -path '*/.deps/*' \
	    ! -path '*/.libs/*' ! -path '*/seeds/*' ! -name check-words.sh \
	    \( ! -path 'tests/*' -o -name '*.*' -o -name run \)
}
files | xargs grep -nIE '(^|[^A-Za-z0-9_.])/(work|farm|root|tmp/wt)/' && bad=1
files | grep -E '^(src|contrib|man)/' |
	xargs grep -nIE '\b(TODO|FIXME|XXX|HACK)\b|[Nn]ot implemented' && bad=1
files | grep -vE '\.(out|tab|golden)$' | xargs grep -nIE '[[:space:]]+$' && bad=1
exit "${bad:-0}"
