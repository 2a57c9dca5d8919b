# A version out of a bucket, by nothing but keys for it.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
s3_start
two_versions
mvc push -q -r s3://lab/cats
cd "$HERE" && cp r/images.mvc . || exit 1
get() {
	t mvc get "$@" 2>&1 | mask | mask_ids
}
get -r s3://lab/cats images.mvc
same images r/images
oid=$(sed -n 's/^oid //p' r/model.bin.mvc)
get -r s3://lab/cats "$oid" -o model.bin
cmp model.bin r/model.bin
get -r s3://lab/none "$oid" -o none
AWS_SECRET_ACCESS_KEY=wrong get -r s3://lab/cats images.mvc -o none
[ ! -e none ] || echo "it is there"

# Of a repository of which only the bucket has the data.
(cd r && mvc remote add lab s3://lab/cats >/dev/null && commit "Its place")
git clone -q --bare r bare
get bare model.bin -f
cmp model.bin r/model.bin
