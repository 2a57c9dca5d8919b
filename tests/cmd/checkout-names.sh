# Names that a file system would take for one are refused in time.
. "$srcdir/tests/cmd/lib.sh"
: >probe
[ ! -e PROBE ] || skip "this file system folds case"
rm probe
repo r
mkdir -p d/sub d/e
echo 1 >d/sub/Cat && echo 2 >d/sub/cat && echo 3 >d/e/x && echo 4 >d/e/y
mvc add -q d && commit Data
rm -r d .git/mvc/statcache*
git config core.ignorecase true
t mvc checkout | mask
ls
git config core.ignorecase false
t mvc checkout | mask
git config core.ignorecase true
t mvc checkout | mask
rm d/sub/cat && mvc add -q d
t mvc checkout -v | mask
