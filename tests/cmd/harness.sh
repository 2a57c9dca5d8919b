# The harness itself: fixed surroundings, and helpers that do what they say.
. "$srcdir/tests/cmd/lib.sh"
t git config user.name
git init -q r && cd r || exit 1
noise 5000 1 >a
noise 5000 1 >b
noise 5000 2 >c
t cmp a b
t cmp -s a c
t cksum a
rows 3 7
ln -s a l
chmod +x b
sums
git add -A
commit "One"
t git log --format='%H %an %ad'
echo "done in 1.2 s, 3 min 4 s, 10.4 MB/s, 17 ms; a1b2c3d4" | mask | mask_ids
