# A full disk: add fails and says so, nothing is lost, gc frees, add completes.
. "$srcdir/tests/cmd/lib.sh"
need_root
mkdir small
mount -t tmpfs -o size=12m tmpfs small 2>/dev/null ||
	skip "no tmpfs can be mounted here"
trap 'cd "$scratch"; umount "$scratch/work/small"' EXIT
here() {
	sed -E -e "s:$scratch/work:HERE:g; s/, with [0-9]+ kB/, with N kB/" \
	    -e "s/, where [0-9]+ are free/, where N are free/"
}
fill() {
	cat /dev/zero >fill 2>/dev/null
}
# Data that a commit names, and some that none does any more.
kept_and_old() {
	noise 3000000 "$1" >kept
	mvc add -q kept && commit Kept
	old "$2" "$3"
}
old() {
	noise "$1" "$2" >old
	mvc add -q old && commit Old
	git reset -q --hard HEAD~1
	git reflog expire --expire=now --all
	rm .git/ORIG_HEAD
}
# As if all of it had been there for so long.
age() {
	find .git/mvc -type f -exec touch -d "-$1 days" {} +
}
repo r || exit 1
mvc config mvc.store ../small/store && mvc init -q && commit Store
kept_and_old 1 4000000 2
noise 6000000 3 >new
t mvc add new | here
git status --short
t mvc fsck --full | tail -n 1
cp kept ../copy && rm kept
t mvc checkout | mask | here
same kept ../copy
t mvc status
t mvc gc --now --yes | sed '/^packs/s/  .*//'
t mvc fsck --full
t mvc add new | mask
t mvc fsck --full
commit New
cp new ../copy && rm new
t mvc checkout | mask | here
same new ../copy

echo "== the work tree's disk is full"
cd "$scratch/work/small" && rm -rf store && repo w || exit 1
mvc config mvc.store ../../apart && mvc init -q && commit Store
noise 9000000 4 >data
t mvc add data | mask
commit Data
rm data
noise 8000000 5 >other
t mvc checkout | mask | here
git status --short
find . -name .git -prune -o -type f -print | sort
rm other
t mvc checkout | mask | here
t mvc status

echo "== not a byte is left"
noise 100 6 >>data
fill
t mvc add data | here
t mvc label data a=b | here
t mvc mv data elsewhere | here
t mvc rm --cached data | here
t mvc config --local mvc.x y | here
t mvc init | here
t mvc status
t mvc gc --now --yes
rm fill
git status --short
t mvc add data | mask
t mvc fsck --full

echo "== not a byte is left where the store is"
cd "$scratch/work/small" && rm -rf w && repo w || exit 1
mvc init -q && commit Store
kept_and_old 7 3000000 8
rm old && fill
t mvc gc --now --yes | sed '/^packs/s/  .*//'
t mvc fsck --full
t mvc gc --now
rm fill kept
t mvc checkout -q
t mvc status

echo "== killed between the packs and their index, it is completed"
touch before && noise 3000000 9 >gone
mvc add -q gone && mvc rm -q --cached gone
find .git/mvc/packs -name '*.pack' -newer before -size +1000k -delete
t mvc gc --now --yes | sed '/^packs/s/  .*//'
t mvc fsck --full

echo "== with grace, what was condemned goes first, and makes room for a list"
rm gone && old 2000000 10
age 40 && fill
t mvc gc --yes | here
rm fill
t mvc gc --yes | sed '/^packs/s/  .*//'
age 20
old 100000 11
find .git/mvc/packs .git/mvc/segments .git/mvc/roots -type f \
    -exec touch -d "-20 days" {} +
fill
t mvc gc --yes | sed '/^packs/s/  .*//'
fill
t mvc gc --yes | sed 's/ripe on .*/ripe/'
rm fill
t mvc fsck --full

echo "== and so does what a stopped mvc left"
old 100000 12
noise 100000 13 >.git/mvc/tmp/.mvc-tmp-left
age 40 && touch .git/mvc/trash/* && fill
t mvc gc --yes | sed '/^packs/s/  .*//; s/ripe on .*/ripe/'
