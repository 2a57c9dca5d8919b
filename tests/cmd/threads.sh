# The same store whatever the number of threads; what MVC_TRACE tells.
. "$srcdir/tests/cmd/lib.sh"
mkdir data && cd data || exit 1
noise 9000000 1 >big.bin
rows 60000 2 >table.csv
cp big.bin again.bin && noise 5 3 >>again.bin
noise 700000 4 | split -b 700 -a 4 - small-
cd ..
store() {
	(cd "$1/.git/mvc" && find packs segments -type f -exec cksum {} + |
	    sort -k 3)
}
for j in 1 3 8; do
	git init -q "j$j" && cd "j$j" || exit 1
	mvc init -q && cp -R ../data data && mvc add -q -j "$j" data
	noise 100 5 >>data/big.bin && mvc add -q -j "$j" data
	cat data.mvc >"../$j.pointer" && cd ..
	store "j$j" >"$j.store"
done
same 1.store 3.store
same 1.store 8.store
same 1.pointer 3.pointer
wc -l <1.store | tr -d ' '
for j in 1 3; do
	rm -r j1/data && t mvc -C j1 checkout -j $j | mask
	same data/table.csv j1/data/table.csv
done
MVC_JOBS=2 t mvc -C j1 fsck --full

echo "== a trace"
cd j3 || exit 1
noise 100000 6 >data/new
MVC_TRACE=1 mvc add -q data 2>../trace
sed -E 's/":[0-9.]+/":N/g' ../trace | sort -u | head -n 30
rm -r data
MVC_TRACE=$PWD/../file mvc checkout -q
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
for name in sys.argv[1:]:
    for line in open(name):
        json.loads(line)' ../trace ../file
fi
