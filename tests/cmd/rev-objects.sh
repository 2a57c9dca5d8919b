# Every object that a revision's pointers need.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
noise 2000000 4 >big
printf one >a
one=$(mvc hash-object -w a)
big=$(mvc hash-object -w big)
tree=$(printf 'file %s 3 1\ta\nfile %s 3 1\tb\nfile %s 2000000 1\tbig\n' \
	"$one" "$one" "$big" | mvc write-tree)
printf 'mvc pointer 1\noid %s\ntype tree\nsize 2000006\nfiles 3\n' "$tree" >d.mvc
printf 'mvc pointer 1\noid %s\ntype file\nsize 3\n' "$one" >x.mvc
git add ./*.mvc && commit data
mvc rev-objects HEAD >all
grep -v "^chunk.* d/big$" all | cut -c1-20,70- | sed 's/ [0-9a-f]* / ID /'
mvc cut big | awk '{ print "chunk", $3, "d/big" }' >cuts
grep "^chunk.* d/big$" all | same cuts -
t mvc rev-objects HEAD~1
t mvc rev-objects none | sed "s:$scratch:SCRATCH:"

echo "What is missing"
t mvc rev-objects --missing HEAD
printf 'mvc pointer 1\noid %s\ntype file\nsize 3\n' "$(echo "$one" | tr 0-9a-f 1-9a-f0)" >x.mvc
printf 'mvc pointer 1\noid %s\ntype tree\nsize 3\nfiles 3\n' "$(echo "$one" | tr 0-9a-f 1-9a-f0)" >e.mvc
git add ./*.mvc && commit missing
t mvc rev-objects --missing HEAD
