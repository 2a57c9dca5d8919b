# Collection in an S3 bucket; gc-remote.sh has the rest.
. "$srcdir/tests/cmd/lib.sh"
s3_start
gc_far s3://lab/cats "$scratch/s3/lab/cats"

# Puts that were cut off, in parts that no key has: of this remote's, those that
# are old enough go.
uploads() {
	find "$scratch/s3/lab/.sgwtmp/multipart" -mindepth 2 -maxdepth 2 |
	    wc -l | tr -d ' '
}
cut() {
	command place "$1" cut "$2" half 2>/dev/null || echo "$1 $2: cut off"
}
# How much of one was sent when it ended is not said.
sizes() {
	sed -E 's/[0-9.]+ [kM]?B$/SIZE/; s/[0-9.]+ [kM]?B  /SIZE  /'
}
truncate -s 64M half
cut s3://lab/cats packs/aa/big
cut s3://lab/cats segments/big
cut s3://lab/dogs packs/aa/big
cut s3://lab/cats elsewhere/big
t mvc gc -r lab --yes
find "$scratch/s3/lab/.sgwtmp/multipart" -mindepth 2 -maxdepth 2 \
    -exec touch -d '15 days ago' {} +
cut s3://lab/cats packs/bb/new
uploads
t mvc gc -r lab | sizes
uploads
t mvc gc -r lab --yes -v | sizes
uploads
t mvc gc -r lab --yes
