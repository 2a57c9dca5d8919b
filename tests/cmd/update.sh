# What was imported is brought to a newer version of its source.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
two_versions
R=$PWD
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q --all
git tag light HEAD~1
git branch side HEAD~1
C=$(git rev-parse HEAD~1)
cd "$HERE" && repo mine || exit 1
update() {
	t mvc update "$@" 2>&1 | mask | mask_ids | sed "s|$scratch|TOP|g"
}
source_of() {
	sed -n 's/^source //p' "$1.mvc" | mask_ids | sed "s|$scratch|TOP|g"
}
mvc import -q ../r images
mvc import -q ../r images --rev light -o tagged
mvc import -q ../r images --rev side -o side
mvc import -q ../r images --rev "$C" -o fixed
mvc import -q ../r model.bin -o m/model
noise 1000 9 >own && mvc add -q own
mvc label images who=ada >/dev/null
commit "Imported"

echo "- nothing is new"
update
git status --short
echo "- the source has moved"
(cd "$R" && noise 900 40 >images/new && noise 800 41 >images/dogs/b.jpg &&
    record images && git add images.mvc && commit "Third" &&
    git branch -f side && git tag -f light >/dev/null && mvc push -q --all)
update -n
git status --short
update
same images "$R/images"
same side "$R/images"
same tagged "$R/images"
ls fixed/dogs/small
git status --short
source_of images
grep ^label images.mvc
source_of tagged
commit "Updated"
mvc status
update fixed
update --rev side fixed
same fixed "$R/images"
source_of fixed
update --rev "$C" fixed
ls fixed/dogs/small
source_of fixed

echo "- what was changed here stays, unless -f"
(cd "$R" && noise 700 42 >images/new && record images &&
    git add images.mvc && commit "Fourth" && mvc push -q)
noise 100 43 >images/cats/one.jpg
cp images.mvc was
update images
cmp was images.mvc
noise 100 43 | cmp - images/cats/one.jpg
update -f images
same images "$R/images"
echo "- and what was recorded over it keeps its source"
noise 100 44 >side/cats/one.jpg && mvc add -q side
source_of side
grep -c ^imported side.mvc
update side
update | grep side
mvc rm -q side/new && update side
mvc checkout -q HEAD -- side && grep -c ^imported side.mvc
noise 100 45 >side/cats/one.jpg && mvc add -q side
before=$(find .git/mvc/packs -type f | wc -l)
update -n -f side
[ "$(find .git/mvc/packs -type f | wc -l)" = "$before" ] || echo "stored"
update -f side
grep -c ^imported side.mvc
commit "As its source has it"

echo "- what has no source, or lost it"
update own
update none
mv "$R" "$HERE/gone"
update m/model
git diff --stat -- m
mv "$HERE/gone" "$R"
git -C "$R" branch -qD side
update tagged --rev side
git -C "$R" rm -q --cached model.bin.mvc && git -C "$R" commit -qm "No model"
update m/model
git status --short m

echo "- a file at a URL"
web_start
rows 1000 1 >"$scratch/web/a.csv"
mvc import -q "$secure/a.csv"
update a.csv | mask_web
rows 1001 1 >"$scratch/web/a.csv"
before=$(find .git/mvc/packs -type f | wc -l)
update -n a.csv | mask_web
[ "$(find .git/mvc/packs -type f | wc -l)" = "$before" ] || echo "stored"
update a.csv | mask_web
cmp a.csv "$scratch/web/a.csv"
update --json a.csv | mask_numbers
rm "$scratch/web/a.csv"
update a.csv | mask_web
mvc fsck --full | tail -1
