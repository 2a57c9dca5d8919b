# Packs from elsewhere: checked, and their objects taken in.
. "$srcdir/tests/cmd/lib.sh"
repo one || exit 1
noise 3000000 9 >big
big=$(mvc hash-object -w big)
tree=$(printf 'file %s 3000000 1\tbig\n' "$big" | mvc write-tree)
cp .git/mvc/packs/*/*.pack ..
cd .. && repo two || exit 1
chmod u+w ../*.pack
t mvc index-pack -n ../*.pack | sed 's/^.*\.pack$/PACKS/'
mvc cat-object -e "$big" || echo "nothing was stored"
mvc index-pack ../*.pack
mvc index-pack ../*.pack
mvc cat-object "$big" | cmp - ../one/big && mvc ls-tree "$tree" | wc -l | tr -d ' '

echo "A recipe without its chunks, and a damaged chunk"
cd .. && repo three || exit 1
for p in ../*.pack; do
	if [ "$(wc -c <"$p")" -lt 100000 ]; then
		mvc show-pack "$p" | grep -q ^recipe && recipe=$p
	else
		data=$p
	fi
done
mvc index-pack "$recipe" 2>&1 | sed 's/^.*pack: //' | mask_ids
printf x | dd of="$data" bs=1 seek=100000 conv=notrunc 2>/dev/null
mvc index-pack "$data" "$recipe" >out 2>err
echo "exit $?"
sed 's/^.*pack: //' err | mask_ids
mvc cat-object -e "$big" || echo "no such file"
