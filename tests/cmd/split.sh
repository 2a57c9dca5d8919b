# One data set that is several on another branch, and the other way: each
# command knows what lies there as whose, and what is said to type works.
. "$srcdir/tests/cmd/lib.sh"
repo r && mkdir -p d/x d/y && echo 1 >d/x/1 && echo 12 >d/x/2 || exit 1
echo 2 >d/y/2 && echo 3 >d/t && echo 4 >d/u && mvc add -q d && commit "one"
git switch -qc several && mvc rm -q --cached d && mvc add -q d/x d/y d/t
commit "several" && rm d/u
git switch -q main && mvc checkout -q
echo changed >d/x/1 && echo new >d/y/new && mvc add -q d && commit "two"
copy() {
	cp -r "$scratch/work/r" "$scratch/work/$1" &&
	    cd "$scratch/work/$1" || exit 1
}

echo "== d here, d/x, d/y and d/t tracked"
git switch -q several
copy a
t mvc status
t mvc status --porcelain
t mvc diff
t mvc add -u
t mvc rm d/x
t mvc mv d/x d/z
t mvc checkout -n
t mvc checkout | mask
t mvc status
t sums d
echo "== of which one is brought: the rest is still of the other branch"
copy b
t mvc checkout d/x | mask
t mvc status
t mvc add -u
echo mine >d/x/mine
git switch -q main
t mvc status -v
t mvc checkout | mask
t cat d/x/1 d/x/mine
echo "== or a part of one"
copy c
t mvc checkout d/y/new | mask
t mvc status
t mvc add -u
git switch -q main
t mvc checkout | mask
t mvc status
echo "== or a part that is the same: back again, the rest is known"
copy k
mvc checkout -q d/x/2 && git switch -q --detach main~1
t mvc status
t mvc checkout | mask
t mvc status
echo "== what changed stays, what is taken by --force too"
copy d
echo mine >d/x/2 && rm d/y/2 && echo mine >d/u
t mvc status -v
t mvc add -f d/y | mask
t mvc checkout | mask
t mvc status
commit "three"
git switch -q main
t mvc status
t mvc checkout | mask
t cat d/x/2 d/u d/y/2
echo "== and with the rest kept as other data"
copy e
mvc rm -q --cached d/y && commit "no y"
t mvc status
t mvc checkout | mask
t mvc status
t find d/y d/u

echo "== d/x, d/y and d/t here, d tracked"
cd ../r && mvc checkout -q && git switch -q main || exit 1
copy f
t mvc status
t mvc status --porcelain
t mvc diff
t mvc add -u
t mvc rm d/x/1
t mvc mv d/x/1 d/1
t mvc checkout -n
t mvc checkout | mask
t mvc status
t sums d
echo "== of which a part is brought"
copy g
t mvc checkout d/x/1 | mask
t mvc status
t mvc add -u
git switch -q several
t mvc status
t mvc checkout | mask
t cat d/x/1
t mvc status
echo "== the same content, of which nothing need be written"
copy h
mvc checkout -q && git switch -q several && mvc checkout -q
git switch -qc same && mvc rm -q --cached d/t d/x d/y && mvc add -q d
commit "same" && git switch -q several
t mvc status
cp -r . ../h2 && echo mine >d/x/1
t mvc add -u | mask
git reset -q --hard && echo 1 >d/x/1 && mvc checkout
git switch -q same
t mvc status
i=$(ls -i d/x/2)
t mvc checkout
t mvc status
git switch -q several
t mvc checkout
t mvc status
[ "$i" = "$(ls -i d/x/2)" ] || echo "written again"
rm d/x/1 && git switch -q same
t mvc status
t mvc checkout | mask
echo "== on to a branch with neither"
copy i
git switch -qc neither several && mvc checkout -q && mvc rm -q d/x d/y d/t
commit "neither"
git switch -q main && mvc checkout -q && git switch -q several
git switch -q neither
t mvc status
t mvc checkout | mask
find d
git switch -q several && mvc checkout -q && git switch -q main
git switch -q neither
t mvc status
t mvc checkout | mask
find d

echo "== both, after a merge"
cd ../r && git switch -q main && mvc checkout -q || exit 1
git merge -q several >/dev/null 2>&1
t mvc status
t mvc checkout
t mvc add -u
copy j
git rm -q -f d.mvc
t mvc checkout | mask
t mvc status
cd ../r && git rm -q -f d/x.mvc d/y.mvc d/t.mvc d/.gitignore || exit 1
t mvc status
t mvc checkout --ours d
t mvc status

echo "== what no commit names is not taken away"
git reset -q --hard && git switch -q several && mvc checkout -q
mkdir d/z && echo z >d/z/1 && mvc add -q d/z && git switch -q -f main
t mvc checkout | mask
t mvc status -v
