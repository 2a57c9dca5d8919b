# What a pack holds, and whether it is whole.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
printf 'hello hello hello hello hello hello hello hello\n' >a
id=$(mvc hash-object -w a)
printf 'file %s 48 1\ta\n' "$id" | mvc write-tree >/dev/null
for p in .git/mvc/packs/*/*.pack; do
	name=$(basename "$p" .pack)
	mvc show-pack "$p" >by-path
	mvc show-pack "$name" | same by-path -
	grep -c "^pack $name 1$" by-path
	sed 1d by-path
	mvc show-pack --verify "$p" | same by-path -
done | sort | awk '{ $5 = "PACKED"; print }'
echo "Damage"
chmod -R u+w .git/mvc/packs
for p in .git/mvc/packs/*/*.pack; do
	printf x | dd of="$p" bs=1 seek=12 conv=notrunc 2>/dev/null
	mvc show-pack --verify "$p" >/dev/null 2>err
	echo "exit $?"
	sed 's/.*pack: //' err
done | sort
: >empty
t mvc show-pack empty
t mvc show-pack a
t mvc show-pack "$id" | sed "s:$scratch:SCRATCH:" | mask_ids
