# Ctrl-C in the midst of long work: what it says, how it ends, what remains.
. "$srcdir/tests/cmd/lib.sh"
need python3
python3 -c 'import pty' 2>/dev/null || need "python3 with pty"
stop() {
	python3 "$srcdir/tests/cmd/terminal.py" --slow d "a part" --interrupt "$@"
}
[ -f "$builddir/tests/fault.so" ] || skip "no tests/fault.so"
export TERM=xterm MVC_JOBS=1
repo r || exit 1
mkdir d
for i in $(seq 1 100); do noise 100000 "1$i" >"d/$i"; done
cp -R d ../before

echo "== add"
stop mvc add d
echo "-- nothing is recorded, nothing of the data is touched"
git status --short --ignored
diff -r d ../before
t mvc fsck
echo "-- the same again"
t mvc add d | mask
t mvc fsck --full | sed 's,[0-9]* packs*.*,N packs,'
commit Data

echo "== checkout"
rm -r d
stop mvc checkout
echo "-- every file that is there is whole"
for f in d/*; do
	[ ! -e "$f" ] || cmp "$f" "../before/${f#d/}"
done
t mvc checkout | sed 's,[0-9]* files*,N files,' | mask
diff -r d ../before
find . -name '.mvc-tmp*'
t mvc status
