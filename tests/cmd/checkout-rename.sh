# A pointer renamed by Git takes its data and its ignore line along, unread.
. "$srcdir/tests/cmd/lib.sh"
repo r
mkdir -p images/deep other
noise 90000 1 >images/a.bin
noise 3000 2 >images/deep/b.bin
noise 5000 3 >model.pt
mvc add -q images model.pt && commit Data
inode() {
	find "$1" -printf '%i\n'
}
i=$(inode images/deep/b.bin) m=$(inode model.pt)

echo "== a folder and a file, the file into another folder"
git mv images.mvc pictures.mvc
git mv model.pt.mvc other/model.pt.mvc
t mvc checkout -n | mask
ls
t mvc checkout | mask
[ "$i" = "$(inode pictures/deep/b.bin)" ] || echo "images: not renamed"
[ "$m" = "$(inode other/model.pt)" ] || echo "model.pt: not renamed"
t cat .gitignore other/.gitignore
t git status --short
t mvc status
t mvc checkout | mask
commit Renamed
t git status --short

echo "== with a local change"
echo mine >pictures/a.bin
git mv pictures.mvc images.mvc
t mvc checkout --json | mask
cat images/a.bin
t mvc status
t mvc checkout -q --force | mask
commit Back

echo "== between branches, and by a named path alone"
git switch -q --detach HEAD~1
t mvc checkout pictures | mask
t mvc checkout other | mask
t mvc status
git switch -q main
t mvc checkout | mask
t git status --short

echo "== the user moved the data too"
mv images photos && git mv images.mvc photos.mvc
t mvc checkout | mask
t cat .gitignore
t mvc status

echo "== something is in the way"
git mv photos.mvc images.mvc && mkdir images && echo mine >images/a.bin
t mvc checkout | mask
cat images/a.bin
ls
t git status --short

echo "== what REV had and is not tracked now"
git rm -q --cached other/model.pt.mvc
rm other/model.pt.mvc other/.gitignore && git add -A . && commit Gone
t mvc checkout HEAD~1 -- other | mask
t cat other/.gitignore
t git status --short

echo "== another root of as many letters comes next in the stat cache"
mkdir a b && echo 1 >a/x && echo 2 >b/y && mvc add -q a b && commit Two
git mv a.mvc z.mvc
t mvc checkout | mask
t mvc status
cat z/x b/y
