# Bytes by id: whole files, and objects as packs hold them.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
noise 2000000 3 >big
printf 'some text\n' >a
big=$(mvc hash-object -w big)
a=$(mvc hash-object -w a)
chunk=$(mvc cut big | sed -n '2s/.* //p')

t mvc cat-object "$a"
t mvc cat-object -t "$a"
t mvc cat-object -s "$a"
t mvc cat-object -t "$big"
t mvc cat-object -s "$big"
mvc cat-object file "$big" | same big -
mvc cat-object "$chunk" | mvc hash-object --stdin | grep -c "$chunk"
mvc cat-object -t "$chunk"
t mvc cat-object recipe "$a"
t mvc cat-object tree "$big"
t mvc cat-object nothing "$big"

echo "The empty file is everywhere"
t mvc cat-object -s "$(mvc hash-object --stdin </dev/null)"

echo "Abbreviated ids"
t mvc cat-object "$(echo "$a" | cut -c1-7)"
t mvc cat-object 123
t mvc cat-object 12345
t mvc cat-object -e 12345
t mvc cat-object -e "$(echo "$big" | tr 0-9a-f 1-9a-f0)"
i=0
while [ "$i" -lt 1000 ]; do
	echo "$i" >"n$i"
	i=$((i + 1))
done
mvc hash-object -w n* >ids
both=$(cut -c1-4 ids | sort | uniq -d | head -n 1)
t mvc cat-object "$both"

echo "Batches"
printf '%s\nfile %s\n00000000\nzz\n%s\n' "$a" "$a" "$both" |
	t mvc cat-object --batch
printf '%s\n' "$big" | mvc cat-object --batch-check
printf '%s\n' "$big" | mvc cat-object --batch | tail -n +2 |
	head -c 2000000 | same big -

echo "Damage"
chmod -R u+w .git/mvc/packs
for p in .git/mvc/packs/*/*.pack; do
	[ "$(wc -c <"$p")" -lt 1000000 ] || printf x |
		dd of="$p" bs=1 seek=500000 conv=notrunc 2>/dev/null
done
mvc cat-object "$big" 2>&1 >part | sed 's/ in packs.*//' | mask_ids
[ "$(wc -c <part)" -lt 2000000 ] && cmp -n "$(wc -c <part)" part big && echo "what came out is right"
