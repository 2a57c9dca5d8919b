# A file system that folds case: nothing replaces what only looks the same, and
# what is one name to it is one name to mvc.
. "$srcdir/tests/cmd/lib.sh"
need_root
PATH=$PATH:/usr/sbin:/sbin
mkdir m
loop=
unmount() {
	cd "$scratch" || exit 1
	umount "$scratch/work/m"
	[ -z "$loop" ] || losetup -d "$loop"
}
mount_ext4() {
	truncate -s 64M disk
	mkfs.ext4 -q -O casefold -E encoding=utf8 disk &&
		mount -o loop disk m && mkdir m/f && chattr +F m/f
}
mount_vfat() {
	truncate -s 64M disk
	mkfs.vfat disk && mount -t vfat -o loop disk m
}
mount_exfat() {
	rm disk && truncate -s 64M disk
	mkfs.exfat disk && loop=$(losetup -f --show disk) &&
		mount.exfat-fuse "$loop" m
}
trap unmount EXIT
{ mount_ext4 || mount_vfat || mount_exfat; } >"$scratch/said" 2>&1 || {
	trap - EXIT
	[ -z "$loop" ] || losetup -d "$loop"
	skip "nothing that folds case can be mounted here (ext4, vfat, exfat-fuse)"
}
cd m/f 2>/dev/null || cd m || exit 1
: >Probe
[ -e pROBE ] || exit 1
rm Probe
both=$scratch/work/both

echo "== a version that cannot be here whole, from where it can"
(
	repo "$both" || exit 1
	mkdir -p d/Dir d/dir
	echo upper >d/A.txt && echo lower >d/a.txt
	echo x >d/Dir/x && echo y >d/dir/y && echo z >d/z
	mvc add -q d && commit Data
	echo M >Model && echo m >model && mvc add -q Model model
	commit Models
)
git clone -q "$both" c 2>/dev/null && cd c || exit 1
git config core.ignorecase
mvc config mvc.store "$both/.git/mvc"
echo "-- two pointers"
t mvc checkout
ls
echo "-- two names in a tree"
git reset -q --hard HEAD~1
t mvc checkout
ls
echo "-- also where Git was told something else"
git config core.ignorecase false
t mvc checkout
git config core.ignorecase true
echo "-- what the text says"
t mvc sparse set '/*' '!d/a.txt'
t mvc checkout
t mvc sparse add '!d/dir'
t mvc checkout | mask
find d -type f | sort
cat d/A.txt
cd .. || exit 1

echo "== only the case is new"
repo r || exit 1
git config core.ignorecase
# Git trusts inodes, and exfat-fuse gives each spelling one.
git config core.checkStat minimal
mkdir -p data/sub
echo one >data/a && echo two >data/sub/x && noise 3000000 1 >data/big
echo w >weights
mvc add -q data weights && commit One
t mvc mv data/a data/A
t mvc mv data/sub data/Sub
t mvc mv data/big DATA/BIG
find data | sort
t mvc status
commit Two

echo "== there and back"
for rev in HEAD~1 main HEAD~1 main; do
	git switch -q --detach $rev
	t mvc checkout | mask
	find data -type f | sort
	cksum <data/big
	mvc status
done
mvc fsck --full | mask

echo "== what is changed here is not replaced"
git switch -q --detach HEAD~1
echo mine >data/A
t mvc checkout -v | mask
cat data/a
rm data/A
mvc checkout -q && ls data
git switch -q main && mvc checkout -q && mvc status

echo "== tracked paths by another case"
t mvc mv weights Weights
t mvc mv DATA Data
ls
t mvc status
git status --short
commit Three
t mvc mv data data

echo "== typed in another case"
t mvc add DATA
t mvc add Data/a
echo more >>data/A
echo new >data/new
t mvc add dATA/New 2>&1 | mask
t mvc add Data/a 2>&1 | mask
t mvc status wEIGHTS
t mvc ls Data
t mvc ls DATA.MVC
t mvc cat DATA/NEW
t mvc checkout DATA/SUB
t mvc rm --cached DATA/new
t mvc mv Data/A weights
t mvc mv Data/A DATA/sub/../SUB
git ls-files
cat .gitignore

echo "== a pointer that git mv gave another case"
cd .. && repo again || exit 1
git config core.checkStat minimal
echo w >weights && mkdir d && echo 1 >d/1 && mvc add -q weights d && commit One
git mv weights.mvc Weights.mvc && git mv d.mvc D.mvc
t mvc checkout
t mvc status
ls
cat .gitignore
echo "-- and before the checkout"
commit Two
git mv Weights.mvc weights.mvc && git mv D.mvc d.mvc
t mvc status
t mvc status d weights
echo more >>d/1
t mvc status --porcelain
t mvc checkout 2>&1 | mask
t mvc status --porcelain
