#!/bin/sh
# Each command has all four: src/cmd/cmd_X.c, a line MVC_CMD(X) in
# src/cmd/list.def, man/mvc-X.1 and a test tests/cmd/X.sh (or X-*.sh). And the
# page names each long option that the command has, and in its synopsis no other;
# the completion, made from the same tables as -h, says which those are.
fish=$PWD/contrib/completion/mvc.fish
cd "$(dirname "$0")/.." || exit 2
[ -f src/cmd/list.def ] || exit 77
# The long options that a page, on standard input, names.
named() {
	grep -E '\bFl ' | tr -s ' ,|()' '\n' |
		sed -n 's/^-\([a-z][a-z-]*\)$/\1/p' | sort -u
}
# check_options PAGE; -q, -v, -h, -j and -n are the same everywhere.
check_options() {
	[ -f "$fish" ] || return 0
	cmd=${1#man/mvc-}
	cmd=${cmd%.1}
	wrong=0
	named <"$1" >"$list"
	has=$(sed -n "s/.*_from $cmd' .*-l \([a-z-]*\).*/\1/p" "$fish")
	for o in $has; do
		case $o in help | quiet | verbose | jobs | dry-run) continue ;; esac
		grep -qx -e "$o" "$list" ||
			{ echo "$1: does not name --$o"; wrong=1; }
	done
	for o in $(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$1" | named); do
		grep -q "_from $cmd' .*-l $o " "$fish" ||
			{ echo "$1: mvc $cmd has no --$o"; wrong=1; }
	done
	return $wrong
}
list=$(mktemp) || exit 2
trap 'rm -f "$list"' EXIT
{
	for f in src/cmd/cmd_*.c; do
		n=${f#src/cmd/cmd_}
		echo "${n%.c}"
	done
	sed -n 's/^MVC_CMD(\([a-z0-9_]*\)).*/\1/p' src/cmd/list.def
} | sort -u | {
	while read -r name; do
		word=$(echo "$name" | tr _ -)
		grep -q "^MVC_CMD($name)" src/cmd/list.def ||
			{ echo "$word: not in src/cmd/list.def"; bad=1; }
		[ -f "src/cmd/cmd_$name.c" ] ||
			{ echo "$word: no src/cmd/cmd_$name.c"; bad=1; }
		[ -f "man/mvc-$word.1" ] ||
			{ echo "$word: no man/mvc-$word.1"; bad=1; }
		found=
		for t in "tests/cmd/$word.sh" "tests/cmd/$word"-*.sh; do
			[ -f "$t" ] && found=1
		done
		[ -n "$found" ] || { echo "$word: no tests/cmd/$word.sh"; bad=1; }
	done
	for m in man/mvc-*.1; do
		[ -f "$m" ] || continue
		word=${m#man/mvc-}
		name=$(echo "${word%.1}" | tr - _)
		grep -q "^MVC_CMD($name)" src/cmd/list.def ||
			{ echo "$m: no such command"; bad=1; }
	done
	for m in man/mvc-*.1; do
		check_options "$m" || bad=1
	done
	exit "${bad:-0}"
}
