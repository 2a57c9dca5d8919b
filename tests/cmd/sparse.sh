# sparse: the patterns of one work tree, kept.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
t mvc sparse list
t mvc sparse list --json
t mvc sparse add images/
t mvc sparse set images/cats/ '!*.tmp'
t mvc sparse add 'images/dogs/*.json'
t mvc sparse list
t mvc sparse list --json
t mvc sparse set ''
t mvc sparse set 'a
b'
t mvc sparse set
t cat .git/mvc/sparse
git worktree add -q ../other && cd ../other || exit 1
t mvc sparse list
cd ../r || exit 1
t mvc sparse set model.pt
t mvc sparse list
t mvc sparse off
t mvc sparse list
t mvc sparse

echo "== an empty folder that the patterns leave out, and back"
repo ../empty && mkdir -p d/s0 e && echo 1 >d/s0/n && echo 2 >e/x || exit 1
mvc add -q d e && commit "two" && mvc sparse set -q /e && mvc checkout -q
mvc rm -q -f d/s0/n
mvc checkout -q
t mvc status
mvc sparse off -q && mvc checkout -q
t find d

echo "== what is left out is said, and is no difference"
repo ../some && mkdir -p d/a d/b e || exit 1
for f in 1 2 3; do echo $f >d/a/$f && echo $f >d/b/$f; done
echo e >e/e && mvc add -q d e && commit "two"
git clone -q . ../clone && cd ../clone || exit 1
git config mvc.store ../some/.git/mvc
mvc sparse set -q /d/a
t mvc status
t mvc checkout | mask
t mvc status --exit-code
t mvc status --porcelain
echo 22 >d/a/2
t mvc status
t mvc add -u | mask
rm -r d
t mvc status
t mvc checkout | mask
t mvc status
cd ../some && echo f >f && mvc add -q f && commit "f" || exit 1
mvc sparse set -q /d && mvc checkout -q
t mvc status
