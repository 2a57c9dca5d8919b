# On a terminal: a bar with rate and time left, taken away in the end; colour.
# Nothing of either where the output is a pipe, or as NO_COLOR and TERM say.
. "$srcdir/tests/cmd/lib.sh"
need python3
python3 -c 'import pty' 2>/dev/null || need "python3 with pty"
on() {
	python3 "$srcdir/tests/cmd/terminal.py" "$@" | mask
}
[ -f "$builddir/tests/fault.so" ] || skip "no tests/fault.so"
unset NO_COLOR
# One call after another, each of which may take its time.
export TERM=xterm MVC_JOBS=1
repo r || exit 1
mkdir d
fill() {
	for i in $(seq 1 100); do noise 100000 "$1$i" >"d/$i"; done
}

echo "== add: what there is to read is known ahead"
fill 1
on --slow d "time left" mvc add d
commit "One"
echo "== only what changed is to be read"
noise 40000000 7 >d/1
on --slow d "time left" mvc add d
fill 2
on --slow d "time left" mvc add d
echo "== checkout"
rm -r d
on --slow d "time left" mvc checkout
echo "== a narrow terminal"
noise 30000000 8 >d/2
on --columns 30 --slow d "a part" mvc add d
rm -r d
on --columns 30 --slow d "a part" mvc checkout
echo "== fsck"
on --slow .git/mvc/packs "time left" mvc fsck --full | sed 's,[0-9]* packs.*,N packs,'
echo "== quiet, a dumb terminal, a pipe: no bar"
for how in "mvc checkout -q" "env TERM=dumb mvc checkout" \
    "sh -c 'mvc checkout 2>&1 | cat'"; do
	rm -r d
	echo "\$ $how"
	# For longer than a bar would take to come.
	eval on --slow d 1 "$how"
done

echo "== colour"
echo small >s && mvc add -q s && commit "Two"
echo other >s
on mvc diff
on mvc status
on env NO_COLOR=1 mvc diff
on env TERM=dumb mvc diff
on sh -c 'mvc diff | cat'
