# A checkout that was killed after a git switch, and the switch is taken back:
# what it had put is of the other version, and nobody's change.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir d
for i in 1 2 3 4; do noise 1000 $i >d/$i; done
echo w >w
mvc add -q d w && commit One && git tag one
for i in 1 2 3; do noise 1000 1$i >d/$i; done
noise 1000 15 >d/new && rm d/4 && echo W >w
mvc add -q d w && commit Two && git tag two
two=$(sed -n 's/^oid //p' d.mvc) w=$(sed -n 's/^oid //p' w.mvc)
cp -R d ../two

# What one that was killed between its files and the stat cache leaves.
killed() {
	git reset -q --hard && git switch -q --detach one && mvc checkout -q
	cp -Rf .git/mvc ../before
	git switch -q --detach two
	cp ../two/1 ../two/2 ../two/new d && rm d/4
	[ "${1-}" != w ] || echo W >w
	printf 'mvc checkout 1\n%s\0%s\0' "4 $two 0 d" "1 $w 2 w" \
	    >.git/mvc/checkout-0123456789abcdef
}
killed
echo "== it can go on"
t mvc status
t mvc checkout | mask
t mvc status

echo "== taken back"
killed w
git switch -q --detach one
t mvc status
t mvc add -u
t mvc add d
git status --short
t mvc checkout | mask
t mvc status

echo "== taken back, no status between, and work of the user's"
killed
git switch -q --detach one
echo mine >d/3 && echo mine >d/mine
t mvc add -u
t mvc status -v
t mvc checkout | mask
t mvc add -u | mask
t mvc diff --stat one 2>&1 | mask
commit Mine
echo "== as it is, by force"
killed
git switch -q --detach one
t mvc add -f d | mask
t mvc status
