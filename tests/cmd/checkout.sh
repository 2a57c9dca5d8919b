# checkout brings what pointers name, refuses revisions, names what is missing.
. "$srcdir/tests/cmd/lib.sh"
repo one
t mvc checkout | mask
t mvc checkout HEAD | mask
t mvc checkout --ours . | mask
t mvc checkout HEAD -- data | mask
t mvc checkout nothing | mask

echo "There and back"
mkdir images
echo cat >images/cat; echo dog >images/dog
mvc add -q images && commit One
rm images/dog; echo Cat >images/cat; echo cow >images/cow
mvc add -q images && commit Two
git switch -q --detach HEAD~1
t mvc checkout -n | mask
t mvc checkout | mask
t mvc checkout -v | mask
rm images/cat
t mvc checkout images/cat | mask
echo mine >images/cat
git switch -q -
t mvc checkout | mask
t mvc checkout -f -v | mask
t mvc checkout HEAD~1 -- images/dog | mask
t cat images/cat images/cow images/dog
t git status --short
t mvc checkout --json HEAD -- . | mask
git switch -q -c side HEAD~1 && mvc checkout -q
echo Tom >images/cat && mvc add -q images && commit Three
git config --remove-section merge.mvc
git merge -q main >/dev/null 2>&1
t mvc checkout | mask
t mvc checkout --merge images | mask
t cat images/cat images/cat.theirs
t mvc checkout --theirs images | mask

echo "Content that is not here"
{
	echo 'mvc pointer 1'
	printf 'oid %064d\n' 1
	echo 'type file'
	echo 'size 7'
} >data.mvc
git add data.mvc
t mvc checkout | mask
t mvc checkout --json | mask
t mvc checkout -n | mask
printf 'mvc pointer 2\n' >data.mvc
t mvc checkout | mask
