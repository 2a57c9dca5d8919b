# An independent reader, written from mvc-format(5), restores the golden store
# and what mvc added, byte for byte; and refuses what is damaged.
. "$srcdir/tests/cmd/lib.sh"
for python in "${PYTHON:-}" "$builddir/python/bin/python3" python3; do
	[ -n "$python" ] && "$python" -c 'import blake3, zstandard' 2>/dev/null &&
		break
	python=
done
[ -n "$python" ] || {
	echo "skipped: no Python with blake3 and zstandard: ./test.sh makes one in build/python"
	exit 77
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
