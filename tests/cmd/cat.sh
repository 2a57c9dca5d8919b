# cat prints recorded bytes, all of them checked.
. "$srcdir/tests/cmd/lib.sh"
two_versions
mvc cat model.bin | same - model.bin
mvc cat images/cats/2.jpg | same - images/cats/2.jpg
git show HEAD~1:model.bin.mvc | sed -n 's/^oid //p' >../oid
cp model.bin ../model2 && echo changed >model.bin
mvc cat model.bin | same - ../model2
t mvc cat data/train.csv --size 20 && echo
t mvc cat HEAD~1:data/train.csv --offset 3 --size 10 && echo
for range in "0 1" "0 1K" "262143 3" "1000000 2000000" "2999999 5" \
    "3000000 5" "4G 5" "0 0" "1M 0"; do
	# shellcheck disable=SC2086
	set -- $range
	mvc cat model.bin --offset "$1" --size "$2" >got || echo "failed: $?"
	offset=$(numfmt --from=iec "$1") size=$(numfmt --from=iec "$2")
	tail -c "+$((offset + 1))" ../model2 | head -c "$size" | same - got
done
t mvc cat images
t mvc cat images/latest
t mvc cat data
t mvc cat images/nope
t mvc cat modle.bin
t mvc cat --offset x model.bin

echo "A reader that has enough"
mvc cat HEAD~1:model.bin | head -c 10 | wc -c

echo "A damaged store prints nothing that is wrong"
for p in .git/mvc/packs/*/*.pack; do
	chmod u+w "$p"
	size=$(wc -c <"$p")
	[ "$size" -lt 2000000 ] || printf 'damage!!' |
		dd of="$p" bs=1 seek=1000000 conv=notrunc 2>/dev/null
done
mvc cat HEAD~1:model.bin >got 2>err && echo "it was not seen"
echo "[$?]"
[ "$(wc -c <got)" -lt 3000000 ] || echo "all was printed"
mvc cat HEAD~1:model.bin --offset 0 --size "$(wc -c <got)" | same - got
cmp got ../model2 2>&1 | cut -d, -f1
grep -c damaged err

echo "A store without the content"
rm -r .git/mvc/packs/* .git/mvc/segments/*
t mvc cat model.bin
t mvc cat data/train.csv
t mvc cat images/cats/2.jpg
