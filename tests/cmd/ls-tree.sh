# Trees by their ids, and write-tree gives the same ones back.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
printf one >a
printf two >b
one=$(mvc hash-object -w a)
two=$(mvc hash-object -w b)
tab=$(printf '\t')
inner=$(mvc write-tree <<END
executable $two 3 1${tab}run
symlink - 0 1${tab}to${tab}../a b
END
)
root=$(mvc write-tree <<END
file $one 3 1${tab}"new\\nline"
file $one 3 1${tab}"tab\\there"
tree $inner 3 2${tab}z
END
)
t mvc ls-tree "$root"
t mvc ls-tree -r "$(echo "$root" | cut -c1-8)"
t mvc ls-tree --json "$inner"
mvc ls-tree -z "$root" | tr '\000' '\n'
for o in "" -r; do
	# shellcheck disable=SC2086
	mvc ls-tree $o "$root" | mvc write-tree | grep -c "$root"
	# shellcheck disable=SC2086
	mvc ls-tree -z $o "$root" | mvc write-tree -z | grep -c "$root"
done
echo "An empty directory in an empty directory"
nothing=$(mvc write-tree </dev/null)
t mvc ls-tree "$nothing"
empty=$(printf 'tree %s 0 0\te\n' "$nothing" | mvc write-tree)
empty=$(printf 'tree %s 0 0\td\n' "$empty" | mvc write-tree)
t mvc ls-tree -r "$empty"
mvc ls-tree -r "$empty" | mvc write-tree | grep -c "$empty"
t mvc ls-tree "$one"
