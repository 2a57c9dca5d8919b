# deinit says first; what mvc put into Git goes, everything else stays.
. "$srcdir/tests/cmd/lib.sh"
t mvc deinit | sed "s:$scratch:SCRATCH:"
git init -q r && cd r || exit 1
printf '*.txt text\n' >.gitattributes
git add . && git commit -qm One && git write-tree >../first
mvc init -q
git commit -qm Two
t mvc deinit
git status --short
mkdir sub
pointer="mvc pointer 1
oid $(printf '%064d' 1)
type file
size 1"
echo x >images
echo y >sub/model
echo "$pointer" >images.mvc
echo "$pointer" >sub/model.mvc
block() {
	printf '%s\n' "# mvc: data that mvc tracks, kept sorted" "$@" \
	    "# mvc: end"
}
block /images >.gitignore
{ echo '*.o'; block /model; } >sub/.gitignore
git add . && git commit -qm Three
rm sub/model
t mvc deinit --yes
git status --short
echo y >sub/model
t mvc deinit
t mvc deinit --yes
git status --short
cat sub/.gitignore images sub/model
git config --get-regexp '^merge\.mvc'
git rm -q --cached sub/.gitignore
git write-tree | same ../first -
[ -e .mvc ] || echo ".mvc is gone"
ls .git/mvc/format
t mvc deinit --yes

echo "== several in a folder; nothing is remembered"
repo ../many && mkdir sub d || exit 1
for f in a b sub/x c d/1 sub/y; do echo $f >$f; done
echo '*.o' >.gitignore && git add .gitignore
mvc add -q a b c d sub/x sub/y && commit Data
mvc deinit -q --yes
git status --short
cat .gitignore
git show :.gitignore
mvc init -q
t mvc status
t mvc add a | mask
