# On a terminal: a bar with rate and time left, taken away in the end; colour.
# Nothing of either where the output is a pipe, or as NO_COLOR and TERM say.
. "$srcdir/tests/cmd/lib.sh"
need python3
python3 -c 'import pty' 2>/dev/null || need "python3 with pty"
on() {
	python3 "$srcdir/tests/cmd/terminal.py" "$@" | mask
}
# watch PREPARE COMMAND...: up to three times, for as long as a machine does all
# of it between two looks and no time is left to be seen.
watch() {
	prepare=$1 && shift
	for n in 1 2 3; do
		eval "$prepare"
		on --slow left "$@" >../said
		! grep -q 'time left' ../said || break
	done
	cat ../said
}
unset NO_COLOR
export TERM=xterm
repo r || exit 1
mkdir d
fill() {
	[ ! -e d.mvc ] || mvc rm -q --cached d
	for i in 1 2 3 4 5 6; do noise 30000000 "$n$i" >d/$i; done
}

echo "== add: what there is to read is known ahead"
watch fill mvc add d
commit "One"
echo "== only what changed is to be read"
watch 'noise 90000000 "7$n" >d/1' mvc add d
echo "== checkout"
watch 'rm -r d' mvc checkout
echo "== a narrow terminal"
noise 30000000 8 >d/2
on --columns 30 --slow reading mvc add d
rm -r d
on --columns 30 --slow writing mvc checkout
echo "== fsck"
watch : mvc fsck --full | sed 's,[0-9]* packs.*,N packs,'
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
