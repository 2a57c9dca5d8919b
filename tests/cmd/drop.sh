# What a remote holds can go here, and comes back when it is asked for.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir data
for i in 1 2 3 4 5; do noise 100000 "$i" >"data/$i"; done
noise 3000000 6 >big
noise 50000 7 >small
mvc add -q data big small && commit "first"
cp -R data big small ../

echo "== what is only here stays"
t mvc drop big
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q -- big
t mvc drop big data
noise 10 1 >>big
t mvc drop big
mvc checkout -q --force big
noise 2000 8 >new && mvc add -q new
t mvc drop new
t mvc drop data/1
t mvc drop nothing
mvc push -q

echo "== a remote that lost something holds it no more"
one=$(find "$HERE/lab/packs" -name '*.pack' -size +2000k)
mv "$one" "$HERE/kept"
t mvc drop big 2>&1 | mask_ids
head -c 1000 "$HERE/kept" >"$one"
t mvc drop big 2>&1 | sed 's|packs/../|packs/aa/|' | mask_ids
cp "$HERE/kept" "$one"
ls big data small

echo "== dropped, and back"
before=$(du -sk .git/mvc/packs | cut -f1)
t mvc drop -n big data
t mvc drop big data
[ $((before - $(du -sk .git/mvc/packs | cut -f1))) -gt 3000 ] || echo "no space"
ls
t mvc status
t mvc fsck --full
mvc gc --yes >/dev/null
t mvc drop big
t mvc status
mvc cat big | cmp - ../big
t mvc checkout 2>&1 | mask
same data ../data && cmp big ../big && cmp small ../small
t mvc status

echo "== only the copy in the store"
t mvc drop --keep-files big
cmp big ../big
t mvc status
t mvc fsck --full
rm big && mvc checkout -q big && cmp big ../big
mvc drop --json small | sed -E 's/"oid":"[0-9a-f]+"/"oid":"ID"/'
mvc status --json | grep -o '"on":"lab"'
mvc log small >/dev/null && mvc diff

echo "== other versions of it stay"
noise 3000000 9 >big && mvc add -q big && commit "second" && mvc push -q
t mvc drop big
mvc cat HEAD:big >../second
noise 3000000 9 | cmp - ../second
mv "$HERE/lab" "$HERE/away"
mvc cat HEAD~1:big | cmp - ../big
t mvc checkout big | mask
