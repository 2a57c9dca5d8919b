#!/bin/sh
# Each command has all four: src/cmd/cmd_X.c, a line MVC_CMD(X) in
# src/cmd/list.def, man/mvc-X.1 and a test tests/cmd/X.sh (or X-*.sh).
cd "$(dirname "$0")/.." || exit 2
[ -f src/cmd/list.def ] || exit 77
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
	exit "${bad:-0}"
}
