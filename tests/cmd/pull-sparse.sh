# Of what the patterns of mvc sparse leave out only names come, never content;
# what was asked for by name comes all the same.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir -p data/cats data/dogs/small
for i in 1 2 3 4; do
	noise 100000 $i >data/cats/$i
	noise 100000 1$i >data/dogs/$i
	noise 300000 2$i >data/dogs/small/$i
done
noise 700000 31 >model && noise 50000 32 >notes
mvc add -q data model notes && commit "first"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q

fresh() {
	cd "$HERE" && git clone -q r "$1" && cd "$1" &&
	    git config mvc.remote.lab.url "$HERE/lab"
}
# Bytes in the store, to the nearest 100 kB.
stored() {
	find .git/mvc/packs -name '*.pack' -exec cat {} + | wc -c |
	    awk '{ printf "%d00 kB\n", ($1 + 50000) / 100000 }'
}

fresh c
mvc sparse set -q /data/cats /notes
t mvc pull 2>&1 | mask
find data notes -type f | sort
stored
t mvc pull


# What checkout fetches by itself.
mvc sparse add -q '/data/dogs/small/2'
t mvc checkout 2>&1 | mask
stored
mvc sparse off -q
t mvc pull 2>&1 | mask
same data "$HERE/r/data" && same model "$HERE/r/model"
mvc fsck --full | tail -1

# A path that is named.
fresh d
mvc sparse set -q /notes
mvc fetch -q -- data/cats/1
stored
t mvc pull -q notes
ls
stored

# A version that was never pushed.
cd "$HERE/r" && noise 1000 40 >data/cats/5 && mvc add -q -u && commit "second"
cd "$HERE/d" && git pull -q && mvc sparse set -q /data/cats || exit 1
t mvc pull 2>&1 | mask | mask_ids
