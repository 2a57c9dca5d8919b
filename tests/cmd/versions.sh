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
t mvc checkout -f HEAD~1 -- d/a | mask
cat d/a d/b
t mvc status
t mvc add d | mask

echo "== The executable bit is a part of a file's version"
git reset -q --hard HEAD~1
t mvc checkout -f | mask
find run -perm -u+x
git checkout -q main 2>/dev/null; git reset -q --hard ORIG_HEAD
t mvc status
t mvc add run
t mvc checkout | mask
find run -perm -u+x

echo "== A version of which only the top tree is left"
mkdir -p e/s; noise 300000 1 >e/s/big; echo 1 >e/top
mvc add -q e && commit Three
noise 200000 3 >keep; echo 2 >e/top
mvc add -q e keep && commit Four
noise 300000 5 >e/s/big
mvc add -q e && commit Five
git cat-file -p HEAD:e.mvc > ../e5
git cat-file -p HEAD:.gitignore > ../ign
git cat-file -p HEAD~1:e.mvc > ../e4
git cat-file -p HEAD:keep.mvc > ../keep
git reset -q --hard HEAD~1
t mvc checkout | mask
git reset -q --hard HEAD~2
cp ../e5 e.mvc; cp ../keep keep.mvc; cp ../ign .gitignore
git add e.mvc keep.mvc .gitignore
git commit -qm "Five alone"
git reflog expire --expire=now --all
rm -f .git/ORIG_HEAD
git status --short
t mvc gc --now --yes
mvc cat-object -t tree "$(sed -n 's/^oid //p' ../e4)"
t mvc status
t mvc checkout | mask
t mvc checkout -f | mask
t mvc add --force e |mask
t mvc status
mvc fsck
