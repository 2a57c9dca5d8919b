# Data under other names: roots and parts of them; nothing is overwritten.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir -p images/deep/er images/void other plain
noise 90000 1 >images/a.bin
noise 40000 2 >images/deep/b.bin
noise 300 3 >images/deep/er/c.bin
ln -s a.bin images/link
noise 600 8 >other/o.bin
noise 5000 4 >model.pt
mvc add -q images other model.pt && mvc label model.pt pii=no >/dev/null
git add -A && commit Data
sleep 0.05

echo "== roots"
t mvc mv -n model.pt plain
t mvc mv model.pt plain
t mvc mv images pictures
ls -A . plain
cat .gitignore plain/.gitignore
git status --short
t mvc status
t mvc add -u
commit Moved
t mvc mv --json plain/model.pt.mvc model.pt.mvc
ls -A plain
t mvc mv pictures images
git status --short

echo "== in a tracked directory"
t mvc mv images/a.bin images/z.bin
t mvc mv images/deep images/void images/link images/nowhere
t mvc mv images/deep images/shallow
t mvc mv images/void images/link images/shallow
find images | sort
t mvc status
t mvc ls images
t mvc add -u
t mvc fsck

echo "== from one to another, out and in"
t mvc mv images/shallow/er other/
t mvc mv images/shallow/link link
t mvc mv images/shallow held
t mvc mv model.pt other/m.pt
t mvc mv --drop-labels model.pt other/m.pt
t mvc mv other/o.bin o.bin
find images other held o.bin | sort
cat .gitignore
t mvc status
t mvc add -u
t mvc mv held images
t mvc status
t mvc fsck
git status --short
commit Mixed

echo "== changes move along"
echo more >>images/z.bin
echo new >images/held/new
t mvc mv images pictures
t mvc status
t mvc mv pictures/held held
t mvc status
mvc mv -q held pictures/ && t mvc mv pictures images
t mvc status
git status --short
rm -rf images && mvc checkout -q

echo "== where the data is not here"
rm -r images other
t mvc mv images/held other/
t mvc mv images pictures
t mvc mv other o2
git status --short
mvc checkout -q pictures o2
find pictures o2 | sort
t mvc status
commit Apart

echo "== moved by hand"
mv pictures images
t mvc mv pictures images
mv images/z.bin images/y.bin
t mvc mv images/z.bin images/y.bin
t mvc status
commit Hand

echo "== nothing is overwritten"
noise 10 20 >x && noise 20 21 >y && mvc add -q x y && commit XY
t mvc mv x y
t mvc mv -f x y
t mvc status
cat .gitignore
echo plain >w && echo w >plain/y
t mvc mv y w
t mvc mv -f y w
t mvc mv y plain
echo changed >>images/y.bin
t mvc mv -f y images/y.bin
t mvc mv images/nothing q
t mvc mv nothing q
t mvc mv w q
t mvc mv plain q
t mvc mv y nowhere/
t mvc mv y nowhere/q
t mvc mv images images/q
t mvc mv y y
t mvc mv y .mvc/y
t mvc mv y q.git.mvc.mvc
t mvc mv y images/.GIT
t mvc mv images/o.bin images/y.bin nowhere
t mvc mv y
git status --short

echo "== only the case"
git config core.ignoreCase true
t mvc mv y Y
ls
git status --short

echo "== labels stay true of what they were said of"
repo ../labels && mkdir a b || exit 1
noise 100 1 >a/1 && noise 100 2 >a/2 && noise 100 3 >b/3 && noise 100 4 >m
mvc add -q a b m && mvc label -q a pii=yes owner=Ada && mvc label -q m pii=yes
commit One
t mvc mv a/1 one
t mvc label one
t mvc mv a/2 a/two
t mvc mv -n m b/m
t mvc mv m one b/
t mvc label b pii=no
t mvc mv m b/
t mvc label b pii=yes
t mvc mv m b/
t mvc mv one b/
t mvc mv a/two b/
t mvc mv --drop-labels a/two b/
t mvc label b
t mvc status

echo "== moved by a run that was stopped, the stat cache lost"
repo ../lost && mkdir -p d/sub e || exit 1
noise 5000 1 >d/a && noise 300 2 >d/sub/b && noise 70 3 >e/c
mvc add -q d e && commit Data
# stopped COMMAND...: after FROM has become TO
stopped() {
	mv "$1" "$2" && rm .git/mvc/statcache*
	shift 2
	t mvc mv "$@"
	t mvc status
	git status --short
	git reset -q --hard && git clean -qfdx
	rm -f .git/mvc/statcache* && mvc checkout -q
}
stopped d/sub/b d/b d/sub/b d/b
stopped d/sub f d/sub f
stopped d f d f
stopped d/a e/c --force d/a e/c
cp d/a f
t mvc mv d/a f
git reset -q --hard && git clean -qfdx
rm -f .git/mvc/statcache* && mvc checkout -q
echo "-- another's"
rm -r d .git/mvc/statcache* && mkdir f && noise 5000 2 >f/a && noise 5000 2 >x
t mvc mv d f
t mvc mv f/d/a x
git status --short
