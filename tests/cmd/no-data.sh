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

# What is read of trees beyond that is asked for, one by one, and of chunks
# nothing comes but what was made here.
cd "$HERE/r" && git switch -q -c side && echo theirs >data/f-bzzz || exit 1
mvc add -q data/f-bzzz && commit "side" && mvc push -q
git switch -q - && cd "$HERE" && mvc clone -q --no-data r w && cd w || exit 1
git config mvc.remote.lab.url "$HERE/lab"
t mvc diff HEAD origin/side
mkdir data && echo last >data/zzz
t mvc add data/zzz 2>&1 | mask
rm -r data
t mvc mv data/f-aaaa data/sub/moved
t mvc rm data/f-aabc
t mvc rm --cached data/f-aaad
t mvc diff HEAD
commit "ours"
t git merge -q -m "both" origin/side
t mvc diff HEAD~1
t mvc ls data/sub | tail -2
chunks() {
	find .git/mvc/packs -type f -exec mvc show-pack {} + |
	    grep -c '\bchunk\b'
}
chunks
sent=$(mvc push --json 2>&1 | sed 's/.*"bytes":\([0-9]*\).*/\1/')
[ "$sent" -lt $((all / 8)) ] || echo "sent $sent of $all"
t mvc mv data all && commit "moved"
t mvc push
chunks
t mvc fsck -r lab --full
cd "$HERE" && git clone -q w all && cd all && mvc init -q || exit 1
git config mvc.remote.lab.url "$HERE/lab"
for f in zzz sub/moved f-bzzz f-aabd; do
	t mvc cat "all/$f"
done
mvc ls all | wc -l

# Without leave to ask, or where nobody can be asked, it is said.
cd "$HERE" && mvc clone -q --no-data r n && cd n || exit 1
git config mvc.remote.lab.url "$HERE/lab"
git config mvc.autofetch false
t mvc rm data/f-aaaa
git config mvc.autofetch true && git config mvc.remote.lab.url "$HERE/none"
t mvc rm data/f-aaaa 2>&1 | sed "s|$HERE|HERE|g"
