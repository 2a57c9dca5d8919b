# du counts what is stored once, in a path and in all of a call.
. "$srcdir/tests/cmd/lib.sh"
# What compresses does so differently from one zstd to another.
mask_stored() {
	sed -E -e 's/(csv.*stored) [0-9.]+ kB/\1 SIZE/' \
	    -e 's/"stored":[0-9]+/"stored":N/g'
}
two_versions
t mvc du | mask_stored
t mvc du images
t mvc du model.bin HEAD~1:model.bin
t mvc du images/cats images/cats/2.jpg images/latest
t mvc du data HEAD: | mask_stored
t mvc du --json model.bin images/dogs | mask_stored
t mvc du nope
rm -r .git/mvc/segments/* .git/mvc/packs/*
t mvc du model.bin images
