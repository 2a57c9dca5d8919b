# Collection in an S3 bucket; gc-remote.sh has the rest.
. "$srcdir/tests/cmd/lib.sh"
s3_start
gc_far s3://lab/cats "$scratch/s3/lab/cats"
