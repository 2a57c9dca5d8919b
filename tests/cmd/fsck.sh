# Damage is found, named, set aside and healed from the work tree.
. "$srcdir/tests/cmd/lib.sh"
pack() {
	find .git/mvc/packs -name '*.pack' -size +1k | sort | head -n 1
}
# damage FILE: invert a byte near its beginning
damage() {
	chmod u+w "$1"
	byte=$(dd if="$1" bs=1 skip=60 count=1 2>/dev/null | od -An -tu1)
	# shellcheck disable=SC2059
	printf "\\$(printf %o $((255 - byte)))" |
		dd of="$1" bs=1 seek=60 conv=notrunc 2>/dev/null
}
mask_more() {
	mask_ids | sed -e "s:$scratch:SCRATCH:" -e 's:packs/../:packs/XX/:' \
	    -e 's:packs-..-:packs-XX-:'
}
repo r
mkdir d
noise 20000 1 >d/one
noise 20000 2 >d/two
mvc add -q d && commit "data"
t mvc fsck
t mvc fsck --full

damage "$(pack)"
t mvc fsck
t mvc fsck --full -n | mask_more
t mvc fsck --full | mask_more
t mvc fsck --full
find .git/mvc/lost -type f | sort | mask_more

echo "== the work tree has other bytes: nothing can heal"
chmod u+w d/*
damage "$(pack)"
noise 20000 7 >d/one
noise 20000 8 >d/two
t mvc fsck --full | mask_more
t mvc fsck
t mvc fsck --json

echo "== an index is lost"
noise 20000 1 >d/one
noise 20000 2 >d/two
rm -f .git/mvc/segments/*
t mvc fsck | mask_more
t mvc fsck --full

echo "== every pack is lost: all is in the work tree"
chmod -R u+w .git/mvc/packs && rm -r .git/mvc/packs/*
t mvc fsck | mask_more
t mvc fsck --full
rm -rf d && t mvc checkout | mask
sums d
