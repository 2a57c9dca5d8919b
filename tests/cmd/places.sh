# Where a repository can be: linked, below, bare, shallow, elsewhere by GIT_DIR.
. "$srcdir/tests/cmd/lib.sh"
here() {
	sed "s:$scratch/work:HERE:g"
}
repo r || exit 1
mkdir -p data/deep
noise 50000 1 >data/one
noise 70000 2 >data/deep/two
mvc add -q data && commit One

echo "== below, and with -C"
(cd data/deep && t mvc status && noise 100 3 >three && t mvc status &&
    t mvc add three | mask && t mvc status --porcelain)
(cd data && rm one && t mvc checkout one | mask)
mkdir other && (cd other && t mvc status && t mvc add ../data/one)
commit Two
(cd .. && t mvc -C r status && t mvc -C r/data add one deep &&
    t mvc -C nowhere status)
(cd data && t git mvc status && t git -C .. mvc status)
(cd .git && t mvc status && t mvc add ../data) | here
t git status --short

echo "== GIT_DIR and GIT_WORK_TREE"
noise 10 4 >data/four
(cd .. && GIT_DIR=r/.git GIT_WORK_TREE=r t mvc status --porcelain)
(cd / && GIT_DIR=$scratch/work/r/.git GIT_WORK_TREE=$scratch/work/r \
    t mvc status)
(cd data && GIT_DIR=../.git GIT_WORK_TREE=.. t mvc add . | mask)
git reset -q --hard && mvc checkout -q --force
mkdir ../apart && (cd ../apart &&
    GIT_DIR=$scratch/work/r/.git GIT_WORK_TREE=. t mvc status)
ls -A ../apart

echo "== a linked work tree: its own cache, the same store"
git worktree add -q ../linked HEAD~1
cd ../linked || exit 1
t mvc status
t mvc checkout | mask
sums data
noise 90000 5 >data/linked
t mvc add -u | mask
git commit -qm "Linked"
ls -A "$(git rev-parse --git-dir)/mvc"
ls -A ../r/.git/mvc
t mvc fsck --full
t mvc gc --now --yes
t mvc fsck --full
(cd ../r && t mvc gc --now --yes && t mvc status && t mvc fsck --full)
mvc sparse set data/deep >/dev/null && mvc checkout -q && ls data
(cd ../r && mvc checkout -q && ls data)
cd ../r || exit 1

echo "== a submodule"
git init -q ../super && cd ../super && git commit -q --allow-empty -m Start
git -c protocol.file.allow=always submodule add -q ../r sub 2>/dev/null
cd sub || exit 1
t mvc status | here
mvc config mvc.store ../../r/.git/mvc
t mvc checkout | mask
noise 100 6 >data/six
t mvc add -u | mask
t git status --short
cd ..
t mvc status | here
mvc init -q
t mvc add sub/data | here
t mvc add sub | here
git init -q plain && noise 10 8 >plain/x
t mvc add plain
t mvc add plain/x
git status --short

echo "== a bare repository"
cd ..
git clone -q --bare r bare.git && cd bare.git || exit 1
t mvc fsck | here
mvc config mvc.store ../r/.git/mvc
t mvc fsck --full
t mvc gc --now
t mvc ls HEAD:data
mvc cat HEAD:data/deep/three | cksum
t mvc add data | here
t mvc status | here
t mvc checkout | here | mask

echo "== a shallow clone keeps what it has, another one does not"
cd ..
for depth in --depth=1 --no-single-branch; do
	rm -rf clone
	git clone -q $depth "file://$PWD/r" clone && cd clone || exit 1
	mvc init -q
	noise 1000 1 >kept && mvc add -q kept && commit Kept
	noise 200000 7 >big && mvc add -q big && commit Big
	git reset -q --hard HEAD~1
	git reflog expire --expire=now --all
	rm -f .git/ORIG_HEAD
	git rev-parse --is-shallow-repository
	t mvc gc --now --yes
	t mvc fsck
	cd ..
done
