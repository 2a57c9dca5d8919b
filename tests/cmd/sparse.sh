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
