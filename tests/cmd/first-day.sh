# A first day: the lines of one as it should look, literally as typed, that need no
# remote and no run; then what such a day needs besides: back again, and whole.
. "$srcdir/tests/cmd/lib.sh"
type_in() {
	printf '$ %s\n' "$1"
	eval "$1" 2>&1 | mask
}
git init -q cats && cd cats || exit 1
mkdir images ~/new
# jpgs FOLDER FIRST N SIZE
jpgs() {
	noise $(($3 * $4)) "$2" | (cd "$1" &&
		split -b "$4" -a 6 --numeric-suffixes="$2" \
		    --additional-suffix=.jpg - cat-)
}
jpgs images 1 1000 500
jpgs images 5001 20 500 && cp images/cat-00500?.jpg ..
for i in 1 2 3 4 5 6 7 8 9; do cp ../cat-00500$i.jpg images/copy-$i.jpg; done
jpgs ~/new 100001 120 92000

type_in 'mvc init'
type_in 'mvc add images'
type_in 'git commit -qm "First images"'
git ls-files
t git status --short
type_in 'rm images/cat-000017.jpg; cp ~/new/*.jpg images/'
type_in 'mvc status'
type_in 'mvc add -u && git commit -qm "More cats"'
t mvc status
type_in 'git switch -q --detach HEAD~1'
t mvc status
t mvc checkout | mask
t mvc status
t ls images/cat-000017.jpg images/cat-100001.jpg
t git switch -q main
t mvc checkout | mask
sums images >../sums
t mvc checkout | mask
sums images | same ../sums -
t mvc fsck --full
