# What write-tree refuses; ls-tree.sh has what it takes.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
printf one >a
one=$(mvc hash-object -w a)
none=$(echo "$one" | tr 0-9a-f 1-9a-f0)
try() {
	# shellcheck disable=SC2059
	printf "$@" | t mvc write-tree
}
try 'file %s 3 1\ta\nfile %s 3 1\td/b\n' "$one" "$one"
try 'file %s 3 1\tb\nfile %s 3 1\ta\n' "$one" "$one"
try 'file %s 3 1\t../a\n' "$one"
try 'file %s 3 1\t.GIT\n' "$one"
try 'file %s 4 1\ta\n' "$one"
try 'file %s 3 1\ta\n' "$none"
try 'file %s 3 2\ta\n' "$one"
try 'tree %s 3 1\ta\n' "$none"
try 'file %s 3 1 a\n' "$one"
try 'file %s 3\ta\n' "$one"
try 'fifo %s 3 1\ta\n' "$one"
try 'file xx 3 1\ta\n'
try 'symlink - 0 1\ta\n'
try 'file %s 3 1\t"a\n' "$one"
try 'file %s 3 1\t"\\q"\n' "$one"
try 'file %s 99999999999999999999 1\ta\n' "$one"
printf 'file %s 3 1\ta\n' "$none" | t mvc write-tree --missing
