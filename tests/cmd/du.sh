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

echo "What no other path has"
repo ../own && mkdir a b || exit 1
noise 300000 1 >a/only && noise 400000 2 >a/shared && cp a/shared b/copy
noise 50000 3 >b/small && cp a/shared c
mvc add -q a b c && commit "One"
t mvc du -u
t mvc du --unique a
t mvc du -u a/only
t mvc du -u a/shared b/small
t mvc du -u HEAD:b
t mvc du -u --json b
mvc rm -q --cached c && mvc rm -q --cached b
t mvc du -u
