# Work on a data set of which nothing was downloaded: trees come, chunks never.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir data && cd data || exit 1
seq 20000 | split -l 1 -a 4 - f-
mkdir sub && seq 300 | split -l 1 - sub/
cd .. && mvc add -q data && commit "first"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q
size() { find "$@" -type f -exec cat {} + | wc -c; }
all=$(size "$HERE/lab/packs")

cd "$HERE" && mvc clone -q --no-data r c && cd c || exit 1
git config mvc.remote.lab.url "$HERE/lab"
mkdir -p data
for f in f-aaaa f-aabc f-abcd f-acde f-adef f-ayyy f-bbbb f-bccc f-aczz new; do
	echo "edited $f" >data/$f
done
t mvc add data/new data/f-aaaa data/f-aabc data/f-abcd data/f-acde data/f-adef \
    data/f-ayyy data/f-bbbb data/f-bccc data/f-aczz 2>&1 | mask

commit "ten edited"
sent=$(mvc push --json 2>&1 | sed 's/.*"bytes":\([0-9]*\).*/\1/')
[ "$sent" -lt $((all / 8)) ] || echo "sent $sent of $all"
had=$(size .git/mvc/packs)
[ "$had" -lt "$all" ] || echo "had $had of $all"
