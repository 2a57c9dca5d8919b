# Where the file system can share blocks, equal big files do after a checkout.
. "$srcdir/tests/cmd/lib.sh"
need_root
PATH=$PATH:/usr/sbin:/sbin
need mkfs.xfs filefrag
truncate -s 2G disk
mkfs.xfs -q -m reflink=1 disk 2>/dev/null ||
	skip "mkfs.xfs makes no file system that shares blocks"
mkdir m
mount -o loop disk m 2>/dev/null ||
	skip "no XFS can be mounted here"
trap 'cd "$scratch"; umount "$scratch/work/m"' EXIT
cd m || exit 1
repo r || exit 1
mvc init -q && commit Start
mkdir d
noise 30000000 1 >d/a
for i in b c e f; do cp --reflink=never d/a d/$i; done
noise 30000000 2 >d/other
noise 2000 3 >d/small
b3() { find d -type f | sort | xargs -d '\n' sha256sum; }
b3 >../before
mvc add -q d && commit Data
rm -r d
t mvc checkout | mask
b3 | cmp - ../before && echo identical
sync -f .
for i in d/*; do
	filefrag -v "$i" | grep -q shared && echo "$i shares its blocks"
done

echo "== Written to in place, one is not the other"
printf 'mine' | dd of=d/b conv=notrunc status=none
head -c 4 d/b; echo; cmp d/a d/b | wc -l
sha256sum d/a d/c d/e d/f | cut -c 1-20 | sort -u | wc -l
t mvc status
