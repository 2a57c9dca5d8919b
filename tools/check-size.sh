#!/bin/sh
# Functions of at most 100 lines, nine in ten of at most 50; files of at most
# 1,000. Counts from a definition's name to its closing brace, in the layout
# that .clang-format makes.
cd "$(dirname "$0")/.." || exit 2
find src tests -name '*.c' -o -name '*.h' | sort | xargs awk '
FNR == 1 { if (file) end_file(); file = FILENAME }
{ lines[FILENAME] = FNR }
/^[A-Za-z_].*\(/ && !/;$/ { name = $0; start = FNR }
/^{/ { open = name != "" }
/^}/ && open {
	n = FNR - start + 1
	sub(/\(.*/, "", name)
	if (n > 100) { print FILENAME ":" start ": " name ": " n " lines"; bad++ }
	count[n]++; total++
	if (n > longest) longest = n
	open = 0; name = ""
}
function end_file() {
	if (lines[file] > 1000) { print file ": " lines[file] " lines"; bad++ }
	else if (lines[file] > 600) print file ": " lines[file] " lines (aim: 600)"
}
END {
	end_file()
	for (n = 0; seen < total * 0.5; n++) seen += count[n]
	p50 = n - 1
	for (; seen < total * 0.9; n++) seen += count[n]
	p90 = n - 1
	print total " functions: median " p50 ", nine in ten at most " p90 \
	    ", longest " longest " lines"
	if (p90 > 50) { print "nine in ten should be at most 50 lines"; bad++ }
	exit bad > 0
}'
