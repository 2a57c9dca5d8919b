# An independent reader, written from mvc-format(5), restores the golden store
# and what mvc added, byte for byte; and refuses what is damaged.
. "$srcdir/tests/cmd/lib.sh"
for python in "${PYTHON:-}" "$builddir/python/bin/python3" python3; do
	[ -n "$python" ] && "$python" -c 'import blake3, zstandard' 2>/dev/null &&
		break
	python=
done
[ -n "$python" ] || {
	skip "no Python with blake3 and zstandard: ./test.sh makes one in build/python"
}
reader() {
	"$python" "$srcdir/tests/reader.py" "$@"
}

echo "The golden store"
reader "$srcdir/tests/golden/store" "$srcdir/tests/golden/all.mvc" all
(cd all && sums ./[!m]*)
(cd all/many && sums) | cksum
[ -d all/empty ] && [ -z "$(ls all/empty)" ] || echo "all/empty is not empty"

echo "A damaged store"
cp -r "$srcdir/tests/golden/store" bad
chmod -R u+w bad
pack=$(find bad/packs -name '*.pack')
printf x | dd of="$pack" bs=1 seek=100 conv=notrunc 2>/dev/null
reader bad "$srcdir/tests/golden/all.mvc" out 2>&1
[ ! -e "out/raw ä" ] || echo "a damaged file was delivered"

echo "A claim in part, and a damaged one"
cp -r "$srcdir/tests/golden/store" part
chmod -R u+w part
root=$(ls part/roots/*/"$(sed -n 's/^oid //p' "$srcdir/tests/golden/all.mvc")")
"$python" - "$root" <<'END'
import blake3, sys
text = open(sys.argv[1], "rb").read().replace(b"claim whole", b"claim part")
body = text[:text.rindex(b"end ")]
open(sys.argv[1], "wb").write(
    body + b"end " + blake3.blake3(body).hexdigest().encode() + b"\n")
END
reader part "$srcdir/tests/golden/all.mvc" in-part
same all in-part
sed -i s/145185/145186/ "$root"
reader part "$srcdir/tests/golden/all.mvc" out 2>&1

mvc help add >/dev/null 2>&1 || exit 0
repo work || exit 1
mkdir -p data/deep/er
noise 3000000 1 >data/noise
rows 20000 2 >data/deep/table.csv
: >data/deep/nothing
printf '#!/bin/sh\n' >data/deep/er/run
chmod +x data/deep/er/run
ln -s ../noise data/deep/link
i=0
while [ $i -lt 700 ]; do
	echo "$i" >"data/deep/er/$i"
	i=$((i + 1))
done
noise 300000 3 >one
mvc add -q data one || exit 1
store=$(git rev-parse --git-dir)/mvc
for f in data one; do
	reader "$store" $f.mvc ../again-$f
	same $f ../again-$f
done

echo "Every codec, parts of recipes, inner nodes, merged segments"
mkdir -p "all/$(printf 'deep/%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)" all/many
"$python" - <<'END'
import json, random, struct
r = random.Random(1)
top = bytes(0x3c + i % 4 for i in range(256))
noise = r.randbytes(1200000)
two, four = bytearray(noise), bytearray(noise)
two[1::2] = two[1::2].translate(top)
four[3::4] = four[3::4].translate(top)
head = json.dumps({"w": {"dtype": "BF16", "shape": [600000],
                         "data_offsets": [0, 1200000]}}).encode()
open("all/model.safetensors", "wb").write(
    struct.pack("<Q", len(head)) + head + two)
head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (300000,), }"
head += b" " * (117 - len(head)) + b"\n"
open("all/a.npy", "wb").write(
    b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + four)
for i in range(5000):
    open("all/many/%05d" % i, "w").write("%d" % (i % 7))
END
noise 90000000 4 >all/big
n=0
while [ $n -lt 9 ]; do
	noise $((100000 + n)) $n >all/deep/deep/deep/$n
	printf %s $n | dd of=all/big bs=1 seek=$((n * 9000000)) conv=notrunc 2>/dev/null
	mvc add -q all || exit 1
	cp all.mvc ../all-$n.mvc
	n=$((n + 1))
done
mvc show-pack "$store"/packs/*/*.pack >../shown
awk '{ print $1, $3 }' ../shown | sort -u | grep -E "^(chunk|recipe|part|tree) "
reader "$store" ../all-8.mvc ../again-all
same all ../again-all
reader "$store" ../all-0.mvc ../first-all
rm all/deep/deep/deep/[1-8]
same all/deep ../first-all/deep
same all/many ../first-all/many
