# What a remote promises is checked; what is here too is put back.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir data
for i in 1 2 3 4 5; do noise 30000 $i >data/$i; done
noise 3000000 9 >big
mvc add -q data && commit "first"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q
mvc add -q big && commit "second" && mvc push -q
short() {
	sed 's/[0-9a-f]\{64\}/ID/g; s|packs/[0-9a-f][0-9a-f]|packs/aa|'
}
t mvc fsck -r lab | short
t mvc fsck -r lab --full | short

# A pack gone, one too short, one with a byte of another kind; a segment gone.
cp -R "$HERE/lab" "$HERE/kept"
one=$(find "$HERE"/lab/packs -name '*.pack' -size -1000k | head -1)
two=$(find "$HERE"/lab/packs -name '*.pack' -size +1000k | head -1)
rm "$one"
rm "$(find "$HERE/lab/segments" -type f | head -1)"
chmod u+w "$two" && printf x | dd of="$two" bs=1 seek=1000 conv=notrunc 2>/dev/null
t mvc fsck -r lab -n | short
t mvc fsck -r lab | short
t mvc fsck -r lab | short
t mvc fsck -r lab --full | short
t mvc fsck -r lab --full | short
diff -r "$HERE/lab/packs" "$HERE/kept/packs"
diff -r "$HERE/lab/segments" "$HERE/kept/segments"

# What is not here cannot be put back.
cd "$HERE" && mvc clone -q --no-data r c && cd c &&
    git config mvc.remote.lab.url "$HERE/lab" || exit 1
rm -f "$one"
t mvc fsck -r lab | short
mvc fsck -r lab --json | grep -o '"damaged":.*'

# A root that is no root.
for f in "$HERE"/lab/roots/*/*; do
	chmod u+w "$f" && echo >>"$f"
done
t mvc fsck -r lab | short | sed 's/[0-9a-f]\{32\}/ID/g'
