# On a terminal: a bar with rate and time left, taken away in the end; colour.
# Nothing of either where the output is a pipe, or as NO_COLOR and TERM say.
. "$srcdir/tests/cmd/lib.sh"
need python3
python3 -c 'import pty' 2>/dev/null || need "python3 with pty"
on() {
	python3 "$srcdir/tests/cmd/terminal.py" "$@" | mask
}
unset NO_COLOR
export TERM=xterm
repo r || exit 1
mkdir d
for i in 1 2 3 4 5 6; do noise 30000000 $i >d/$i; done

echo "== add: what there is to read is known ahead"
on --slow left mvc add d
commit "One"
echo "== only what changed is to be read"
noise 90000000 7 >d/1
on --slow left mvc add d
echo "== checkout"
rm -r d
on --slow left mvc checkout
echo "== a narrow terminal"
noise 30000000 8 >d/2
on --columns 30 --slow reading mvc add d
rm -r d
on --columns 30 --slow writing mvc checkout
echo "== fsck"
on --slow left mvc fsck --full
echo "== quiet, a dumb terminal, a pipe: no bar"
for how in "mvc checkout -q" "env TERM=dumb mvc checkout" \
    "sh -c 'mvc checkout 2>&1 | cat'"; do
	rm -r d
	echo "\$ $how"
	# Slow, for longer than a bar would take to come.
	eval on --slow 20 "$how"
done

echo "== colour"
echo small >s && mvc add -q s && commit "Two"
echo other >s
on mvc diff
on mvc status
on env NO_COLOR=1 mvc diff
on env TERM=dumb mvc diff
on sh -c 'mvc diff | cat'
