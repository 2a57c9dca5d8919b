# An add that was killed between its pointer and its stat cache: the cache is
# put back to what it was before.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir d
noise 1000 1 >d/a
noise 1000 2 >f
mvc add d f >/dev/null
commit "One"
cp -R .git/mvc ../before
cut_short() {
	rm -f .git/mvc/statcache*
	cp ../before/statcache* .git/mvc/
}

echo "The same add again completes"
noise 1000 3 >d/b
noise 1000 4 >f
mvc add d f >/dev/null
cut_short
t mvc add d f 2>&1 | mask
t mvc status
t mvc add -u

echo "One that finds another edit is refused, and keeps it"
cut_short
noise 1000 5 >d/c
t mvc add d
t mvc checkout d 2>&1 | mask
t mvc add d 2>&1 | mask
t mvc status

echo "One that wrote a pointer and did not stage it"
mvc add -q -f d f && commit "Three"
noise 1000 6 >f
mvc add -q --no-stage f
t mvc add -u
t git status --short

echo "One that held Git's index"
noise 1000 7 >f
mvc add -q f
printf 'held by mvc\n' >.git/index.lock
git commit -qm "Four" 2>&1 | head -n 1 | sed "s:$scratch/work:HERE:"
t mvc status
t git commit -qm "Four"
if command -v flock >/dev/null; then
	exec 9>>.git/index.lock && printf 'held by mvc\n' >&9 && flock 9
	mvc status >/dev/null
	[ -f .git/index.lock ] || echo "the lock of a live one is gone"
	exec 9>&-
fi
: >.git/index.lock
mvc status >/dev/null
[ -f .git/index.lock ] || echo "the lock of git is gone"

echo "== while another git command holds the index, nothing is begun"
: >.git/index.lock
git diff --name-only >before
echo more >>d/1
for command in "add d" "mv d e" "rm --cached d"; do
	# shellcheck disable=SC2086
	t mvc $command 2>&1 | sed "s:$scratch:SCRATCH:"
done
git diff --name-only | diff before -
t mvc status
rm .git/index.lock
t mvc add d | mask
