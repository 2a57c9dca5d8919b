# What belongs to a version, and when one that is here can be compared with.
. "$srcdir/tests/cmd/lib.sh"
repo r
mkdir d
echo 1 >d/a; echo 1 >d/b; echo '#!/bin/sh' >run
mvc add -q d run && commit One
echo 2 >d/a; chmod +x run; sleep .02
mvc add -q d run && commit Two

echo "== A path of a revision: it alone"
echo mine >d/b
t mvc checkout -f HEAD~1 -- d/a
cat d/a d/b
t mvc status
t mvc add d | mask

echo "== The executable bit is a part of a file's version"
git reset -q --hard HEAD~1
t mvc checkout -f | mask
ls -l run | cut -c 4
git checkout -q main 2>/dev/null; git reset -q --hard ORIG_HEAD
t mvc status
t mvc add run
t mvc checkout | mask
ls -l run | cut -c 4
