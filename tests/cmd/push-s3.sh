# Push, fetch, pull and fsck against a real S3 server.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
s3_start
two_versions
git config mvc.remote.lab.url s3://lab/cats
t mvc push HEAD~1 2>&1 | mask
t mvc push 2>&1 | mask
t mvc push
[ "$(mvc push --json | sed 's/.*"requests":\([0-9]*\).*/\1/')" -le 5 ] ||
    echo "more than five requests"
t mvc push --all --verify -r s3://lab/copy 2>&1 | mask

cd "$HERE" && git clone -q r c && cd c || exit 1
mvc config mvc.remote.lab.url s3://lab/cats
t mvc fetch 2>&1 | mask
t mvc pull 2>&1 | mask
same images "$HERE/r/images"
same model.bin "$HERE/r/model.bin"
mvc fsck --full | tail -1
t mvc fsck -r lab --full

# Nothing here, and a path of it.
cd "$HERE" && git clone -q r d && cd d || exit 1
mvc config mvc.remote.lab.url s3://lab/cats
mvc cat images/dogs/b.jpg | cmp - "$HERE/r/images/dogs/b.jpg"

# A place without a store; one with something else.
t mvc fetch -r s3://lab/none
