# Data comes from a remote and is put here.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir data
for i in 1 2 3 4 5; do noise 30000 $i >data/$i; done
noise 100000 9 >one
mvc add -q data one && commit "first"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q

cd "$HERE" && git clone -q r c && cd c || exit 1
t mvc pull
git config mvc.remote.lab.url "$HERE/lab"
t mvc pull -n
t mvc pull data/2 2>&1 | mask
t mvc pull one 2>&1 | mask
t mvc pull 2>&1 | mask
same data "$HERE/r/data"
t mvc pull
t mvc status

# What others changed; what is changed here stays.
(
	cd "$HERE/r" || exit 1
	noise 30000 20 >data/2
	noise 30000 21 >data/3
	mvc add -q -u && commit "second" && mvc push -q
)
git pull -q
echo mine >>data/3
t mvc pull 2>&1 | mask
tail -c 5 data/3
t mvc pull --force 2>&1 | mask
same data "$HERE/r/data"

# What was never pushed is named; the rest is put.
(
	cd "$HERE/r" || exit 1
	noise 1000 30 >late && noise 1000 31 >data/6
	mvc add -q -u && commit "third" && mvc push -q
	mvc add -q late && commit "fourth"
)
git pull -q
t mvc pull 2>&1 | mask | mask_ids
