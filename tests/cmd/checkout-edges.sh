# checkout where space runs out, beside Git's own sparse checkout, and where
# the executable bit means nothing.
. "$srcdir/tests/cmd/lib.sh"
repo r
mkdir -p a b
noise 400000 1 >a/one && noise 300000 2 >a/two && noise 5000 3 >b/three
chmod +x b/three
mvc add -q a b && commit Data
cd .. || exit 1

echo "== Git's sparse checkout: a pointer that is not here has no data here"
git clone -q r sparse && cd sparse || exit 1
mvc init -q >/dev/null 2>&1
git config mvc.store "$scratch/work/r/.git/mvc"
mkdir other && echo x >other/x && echo 1 >b.txt
git sparse-checkout set --no-cone '/*' '!/a.mvc'
t mvc checkout | mask
ls
git sparse-checkout disable
t mvc checkout | mask
ls
git sparse-checkout set --no-cone '/*' '!/a.mvc'
t mvc checkout | mask
ls
t mvc status
t mvc status -v
t mvc add -u
t git status --short
git sparse-checkout disable
t mvc status
t mvc checkout | mask
git sparse-checkout set --no-cone '/*' '!/a.mvc' && echo mine >a/one
t mvc checkout | mask
ls a
t mvc status
t mvc checkout
t mvc add -u | mask
t git status --short
git reset -q --hard && rm -r a
git sparse-checkout reapply && mvc checkout -q a && rm a/one
t mvc status
t mvc add -u | mask
t git status --short
cd .. || exit 1

echo "== core.fileMode false: the bit is not looked at"
cd r || exit 1
git config core.fileMode false
chmod -x b/three
t mvc checkout | mask
t mvc status
git config core.fileMode true
t mvc status
t mvc checkout -f | mask
[ -x b/three ] || echo "not executable"

echo "== a part of another version: known as that, not as the one that is here"
repo ../part && mkdir d && echo 1 >d/a && echo 1 >d/b && echo 1 >d/c || exit 1
mvc add -q d && commit "one"
echo 22 >d/a && echo 22 >d/b && rm d/c && echo new >d/e && mvc add -q d
commit "two" && git checkout -q HEAD~1 && mvc checkout -q
git checkout -q - && mvc checkout -q d/a d/c d/e
t mvc status -v
git checkout -q HEAD~1
t mvc status -v
cp -r . ../part-add
mvc checkout -q
t mvc status
t cat d/a d/b d/c
cd ../part-add || exit 1
mvc add -q d/a && t mvc status -v
mvc add -q d && t mvc status && t mvc ls -l d | mask

echo "== of a commit, where the folder is gone"
repo ../folder && mkdir -p deep/er && echo 1 >deep/er/f && mvc add -q deep/er/f
commit "one" && git rm -q deep/er/f.mvc deep/er/.gitignore && rm -r deep
commit "two"
t mvc checkout HEAD~1 -- deep/er/f | mask
t cat deep/er/f
t git status --short
echo "== one data set that becomes several, and the other way"
repo ../several && mkdir -p d/x d/y && echo 1 >d/x/1 && echo 2 >d/y/2 || exit 1
echo 3 >d/t && mvc add -q d && commit "one"
git switch -qc several && mvc rm -q --cached d && mvc add -q d/x d/y d/t &&
    commit "several"
git switch -q main && echo changed >d/x/1 && echo new >d/y/new &&
    mvc add -q d && commit "two"
git switch -q several
t mvc add -u
t mvc checkout | mask
t mvc status
t sums d/x d/y
echo mine >d/y/2 && echo mine >d/y/mine
git switch -q main
t mvc checkout | mask
t mvc checkout -f | mask
t sums d
t mvc status

echo "== recorded and not staged: what status says to type works"
repo ../unstaged && mkdir d && echo 1 >d/1 && mvc add -q --no-stage d || exit 1
rm -r d
t mvc status
t mvc checkout | mask
echo 2 >d/2
t mvc status
t mvc add -u | mask
t git status --short

echo "== a folder that came back is still known as of its version"
repo ../back && mkdir d && echo 1 >d/1 && mvc add -q d && commit "one" || exit 1
echo 2 >d/1 && mvc add -q d && commit "two"
rm -r d && mvc checkout -q && git checkout -q HEAD~1
t mvc status
t mvc add -u

echo "== what a killed mvc left beside pointers is nobody's data, and goes"
repo ../left && mkdir d sub && echo 1 >d/1 && echo 2 >sub/x && mvc add -q d sub/x &&
    commit "one" || exit 1
noise 3000000 1 >.mvc-tmp-0011223344556677
cp .mvc-tmp-0011223344556677 sub
touch -d '-2 minutes' .mvc-tmp-* sub/.mvc-tmp-*
mvc config --project -q mvc.track.size 10k
t mvc status
t mvc add -A
t mvc checkout -n
find . -name ".mvc-tmp-*" | sort
t mvc checkout
find . -name ".mvc-tmp-*" | sort
echo "== a part of what was a file here, and of what is one now"
repo ../turned && mkdir d && echo 1 >d/1 && echo 2 >d/2 && mvc add -q d || exit 1
commit "folder" && git switch -qc file && rm -r d && echo file >d
mvc add -q d && commit "file" && git switch -q main
t mvc checkout d/1 | mask
t mvc status
t cat d/1 d/2
git switch -q file
t mvc checkout d/1 | mask
t mvc status
t cat d

echo "== only the executable bit was changed here"
repo ../bit && mkdir d || exit 1
for i in kept gone as wanted longer; do echo one >d/$i; done
echo one >f
mvc add -q d f && commit One
echo two >d/kept && echo two >d/wanted && echo two >f && rm d/gone
echo longer >d/longer
chmod +x d/as d/wanted
mvc add -q d f && commit Two
git switch -q --detach HEAD~1 && mvc checkout -q
chmod +x d/* f
git switch -q main
t mvc status -v
t mvc checkout | mask
[ -x d/kept ] && [ -x d/gone ] && [ -x d/longer ] && [ -x f ] ||
	echo "a bit is lost"
cat d/kept d/wanted f
t mvc checkout --force | mask
stat -c %A d/*
[ -x f ] && echo "f is executable"
t mvc status
echo "-- where it means nothing"
git config core.fileMode false
git switch -q --detach HEAD~1 && mvc checkout -q
chmod +x d/kept d/gone
git switch -q main
t mvc checkout | mask
t mvc status
