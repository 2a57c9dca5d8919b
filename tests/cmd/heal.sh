# What the store lost, or has damaged, comes again from a remote by itself.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir data
for i in 1 2 3 4 5 6; do noise 100000 "$i" >"data/$i"; done
# With zeros, which are not written where a file is sparse.
{ noise 1500000 9; head -c 300000 /dev/zero; noise 1500000 10; } >big
mvc add -q data big && commit "first"
cp -R data big ..
noise 100000 20 >data/1 && mvc add -q data && commit "second"
cp data/1 ../second
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q --all
# Every pack of some length: gone, or with a byte of another kind.
packs() {
	find .git/mvc/packs -name '*.pack' -size "$1"
}
hurt() {
	for f in $(packs "$1"); do
		chmod u+w "$f"
		printf x | dd of="$f" bs=1 seek=50000 conv=notrunc 2>/dev/null
	done
}

echo "== fetch, where packs are gone and roots remain"
packs +1 | xargs rm -f
t mvc fetch --all 2>&1 | mask
t mvc fetch --all
mvc fsck --full | tail -2

echo "== checkout, of packs that are gone"
packs +1 | xargs rm -f
rm -r data big
t mvc checkout 2>&1 | mask
cmp data/1 ../second && cmp data/2 ../data/2 && cmp big ../big
mvc fsck --full | tail -2

echo "== checkout, of packs that are damaged"
hurt +100
rm -r data big
t mvc checkout 2>&1 | mask
cmp data/1 ../second && cmp data/2 ../data/2 && cmp big ../big

echo "== cat prints no byte that is wrong, and all that are right"
hurt +1000
mvc cat big | cmp - ../big
packs +1000 | xargs rm -f
mvc cat big | cmp - ../big
mvc cat HEAD~1:data/1 | cmp - ../data/1

echo "== fsck"
mv big .. && packs +1000 | xargs rm -f
mvc fsck 2>&1 | grep -v "^set aside\|^missing: packs" | mask
rm -r data
hurt +100
mvc fsck --full >said 2>&1
tail -1 said
mvc checkout -q && cmp data/1 ../second && cmp big ../big
mvc fsck --full | tail -1

echo "== without a remote it is said"
git config --unset mvc.remote.lab.url
packs +1000 | xargs rm -f
rm big
t mvc checkout big 2>&1 | mask_ids
t mvc cat big >/dev/null

echo "== for programs"
git config mvc.remote.lab.url "$HERE/lab" && git config mvc.autofetch true
mvc pull -q
packs +1000 | xargs rm -f && rm -rf data big
masked() {
	sed -E 's/[0-9a-f]{64}/OID/g; s/"(objects|bytes|packs)":[0-9]+/"\1":N/g'
}
mvc fsck --json 2>err | masked | sed 's/"findings":\[[^]]*\]/"findings":[...]/'
masked <err
mvc checkout -q && cmp big ../big
packs +1000 | xargs rm -f && rm -rf data big
mvc checkout --json 2>err >out || cat err
masked <err
cmp big ../big
cd .. && mvc clone --json -r "$HERE/lab" r new | masked | sed "s|$HERE|HERE|" |
    sed -E "s/\"(requests|received)\":[0-9]+/\"\1\":N/g"
mvc clone --json --no-data r bare
