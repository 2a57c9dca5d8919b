# What is recorded stays recorded, whatever .mvcignore says of it later.
. "$srcdir/tests/cmd/lib.sh"

repo r || exit 1
mkdir -p d/tmp/deep d/keep
echo 1 >d/1
echo 2 >d/x.log
echo 3 >d/tmp/t
echo 4 >d/tmp/deep/u
echo 5 >d/keep/k.log
mvc add -q d && commit First
printf '%s\n' '*.log' /d/tmp/ >.mvcignore && git add .mvcignore && commit Hide

echo "== nothing has changed"
t mvc status
t mvc diff
t mvc add -u
t mvc checkout
git status --short

echo "== changes of it are seen, new ones beside it are not"
echo two >d/x.log
echo three >d/tmp/t
echo new | tee d/new.log d/tmp/new d/tmp/deep/new d/keep/new.log >/dev/null
mkdir d/tmp/void
rm d/keep/k.log
t mvc status -v
t mvc diff
t mvc status d/x.log
t mvc status -v d/tmp
t mvc checkout | mask
t mvc add d/new.log
t mvc add d/tmp/new
t mvc add d/x.log | mask
t mvc add d/tmp | mask
t mvc add -u | mask
t mvc ls -r d
commit Second

echo "== back and forth"
git switch -q --detach HEAD~1
t mvc checkout | mask
cat d/x.log d/tmp/t d/keep/k.log
rm d/x.log && t mvc checkout | mask
git switch -q main
t mvc checkout | mask
cat d/x.log d/tmp/t

echo "== in a fresh clone"
git clone -q . ../c && cd ../c || exit 1
git config mvc.store "$scratch/work/r/.git/mvc"
t mvc status
t mvc checkout | mask
t mvc status
echo 2 >d/x.log
t mvc status -v
t mvc diff
t mvc checkout -f | mask
cat d/x.log

echo "== also where the stat cache is lost"
rm .git/mvc/statcache*
t mvc checkout | mask
t mvc status
rm .git/mvc/statcache* && echo longer >d/x.log
t mvc checkout | mask
t mvc checkout -f | mask
cat d/x.log
t mvc status

echo "== untracked, it is hidden from then on"
t mvc rm --cached d/x.log
t mvc status
t mvc add -u
t mvc ls -r d
commit Third
t mvc mv d/1 d/1.log
t mvc status
commit Fourth
echo new >d/new.log
t mvc rm d
find d -type f | sort
