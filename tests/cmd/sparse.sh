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
