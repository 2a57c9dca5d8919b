# log: the versions of a path, and what each changed.
. "$srcdir/tests/cmd/lib.sh"
git init -q none && cd none && mvc init -q && mkdir x && record x && git add x.mvc || exit 1
t mvc log x
cd ..
two_versions
t mvc log images | mask_ids
t mvc log model.bin | mask_ids
t mvc log -n 1 images | mask_ids
t mvc log images/cats/2.jpg | mask_ids
t mvc log images/cats/1.jpg | mask_ids
t mvc log images/dogs | mask_ids
t mvc log images/latest -n 1 | mask_ids
t mvc log | mask_ids
t mvc log data model.bin | mask_ids
t mvc log HEAD~1:images | mask_ids
t mvc log nothing
t mvc log images/nothing
mvc label -q images licence=CC-BY-4.0 && commit Labels
t mvc log images -n 1 | mask_ids

echo "Deleted, and another time made"
git rm -q images.mvc && rm -rf images && GIT_AUTHOR_DATE="2026-02-03T00:30:00-05:00" commit Gone
t mvc log images -n 2 | mask_ids
t mvc log images/cats/2.jpg -n 2 | mask_ids
mkdir images && echo 1 >images/1 && record images && git add images.mvc && commit Again
t mvc log images -n 3 | mask_ids
t mvc log --json images -n 2 | sed -E 's/"commit":"[0-9a-f]+"/"commit":ID/g'

echo "A subject that would command a terminal, a broken pointer"
echo broken >model.bin.mvc && git add model.bin.mvc &&
	git commit -qm "$(printf 'red \033[31m now')"
t mvc log model.bin | mask_ids

echo "A merge"
git checkout -q -b side HEAD~1 && echo 2 >images/2 && record images && git add images.mvc && commit Side
git checkout -q main && git merge -q -m Merged side
t mvc log images -n 2 | mask_ids
rm -r .git/mvc/segments/* .git/mvc/packs/*
t mvc log images -n 2 | mask_ids
t mvc log images/2 -n 1 | mask_ids

echo "Renames, by git mv and by mvc mv"
repo ../renamed && mkdir -p raw && echo 1 >raw/1 && mvc add -q raw && commit "One"
echo 2 >raw/2 && mvc add -q raw && commit "Two"
git mv raw.mvc data.mvc && mvc checkout -q && commit "Called data"
echo 3 >data/3 && mvc add -q data && commit "Three"
mkdir sets && mvc mv data sets/data >/dev/null && commit "Into sets"
echo other >raw && mvc add -q raw && commit "Another of that name"
t mvc log sets/data | mask_ids
t mvc log sets/data/2 | mask_ids
t mvc log sets/data/3 -n 1 | mask_ids
t mvc log -n 3 sets/data | mask_ids
t mvc log raw | mask_ids
t mvc log data -n 2 | mask_ids
t mvc log --json -n 1 sets/data | sed -E 's/"commit":"[0-9a-f]+"/"commit":ID/g'
git log --follow --format=%s -- sets/data.mvc
