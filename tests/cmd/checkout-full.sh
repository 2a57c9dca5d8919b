# A work tree on a disk without room: refused before anything is changed.
. "$srcdir/tests/cmd/lib.sh"
need_root
mkdir small
mount -t tmpfs -o size=1m tmpfs small 2>/dev/null ||
	skip "no tmpfs can be mounted here"
trap 'cd "$scratch"; umount "$scratch/work/small"' EXIT
repo r || exit 1
mkdir d
noise 700000 1 >d/a && noise 700000 2 >d/b && noise 1000 3 >d/c
mvc add -q d && commit Data
git worktree add -q --detach ../small/tree
cd ../small/tree || exit 1

checkout() {
	t mvc checkout "$@" | sed -E 's/[0-9]{5,}/N/g' | mask
}
checkout
ls
checkout d/a
ls d
echo mine >d/mine
checkout
ls d
checkout d/c
same d/a ../../r/d/a
