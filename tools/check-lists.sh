#!/bin/sh
# Each source and each unit test stands once in the lists that make reads.
cd "$(dirname "$0")/.." || exit 2
list() {
	tr -s ' \t' '\n' <"$1" | grep -x "$2"
}
compare() {
	list "$1" "$2" | sort | uniq -d | sed "s|.*|$1: & stands twice|"
	shift 2
	for f; do
		[ ! -f "$f" ] || grep -q "[[:space:]]$f\([[:space:]]\|\$\)" \
		    src/sources.mk tests/tests.mk || echo "$f: in no list"
	done
}
bad=$(
	compare src/sources.mk 'src/.*\.[ch]' src/*/*.c src/*/*.h
	compare tests/tests.mk 'tests/unit/.*\.[ch]' tests/unit/*.c tests/unit/*.h
)
[ -z "$bad" ] || echo "$bad"
[ -z "$bad" ]
