# An object of a bucket, tracked with its source.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
s3_start
rows 1000 1 >one && rows 1000 2 >two && noise 70000000 3 >big
place s3://lab put raw/a.csv one
place s3://lab put raw/big big
repo mine || exit 1
run() {
	t mvc "$@" 2>&1 | mask
}
run import s3://lab/raw/a.csv -o data/a.csv
cmp data/a.csv ../one
sed -n 's/^source //p' data/a.csv.mvc | sed 's/"[^ ]*"/VERSION/'
run import s3://lab/raw/big
cmp big ../big
run import s3://lab/raw/none
commit "Imported"
run update
place s3://lab put raw/a.csv ../two
run update
cmp data/a.csv ../two
place s3://lab del raw/a.csv
run update data/a.csv
cmp data/a.csv ../two
mvc fsck --full | tail -1
cd "$HERE" || exit 1
