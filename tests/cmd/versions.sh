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
