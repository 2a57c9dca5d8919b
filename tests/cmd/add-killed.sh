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
