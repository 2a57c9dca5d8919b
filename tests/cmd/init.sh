# init makes what is missing, says so, and again is harmless.
. "$srcdir/tests/cmd/lib.sh"
mkdir new && cd new || exit 1
t mvc init
t git status --short
t cat .gitattributes
t git check-attr merge diff text -- a/b.mvc
t git config merge.mvc.driver
mask_ids <.mvc/config
grep -c 'Without mvc' .mvc/README
git write-tree >../first
t mvc init -q
git write-tree | same ../first -
git commit -qm One
t mvc init
t git status --short

echo "A repository that has files, one with unstaged edits"
mkdir ../old && cd ../old && git init -q || exit 1
printf '*.txt text' >.gitattributes
git add .gitattributes
printf '\n*.bin binary\n' >>.gitattributes
mkdir sub && cd sub || exit 1
t mvc init
cd .. || exit 1
t cat .gitattributes
t git show :.gitattributes
t git status --short

echo "A store elsewhere, shared by two"
mkdir ../one ../two ../shared
for r in one two; do
	cd ../$r && git init -q && mvc config mvc.store ../shared/store || exit 1
	t mvc init | sed "s:$scratch:SCRATCH:"
done
for f in ../shared/store/holders/*; do
	sed "s:^.*$scratch:HOST SCRATCH:" "$f"
done | sort

echo "A bare one"
git init -q --bare ../bare.git && cd ../bare.git || exit 1
t mvc init | sed "s:$scratch:SCRATCH:"

echo "A conflict in .gitattributes"
mkdir ../conflict && cd ../conflict && git init -q || exit 1
blob=$(echo x | git hash-object -w --stdin)
printf '100644 %s 2\t.gitattributes\n100644 %s 3\t.gitattributes\n' \
    "$blob" "$blob" | git update-index --index-info
t mvc init
git ls-files -u | wc -l | tr -d ' '

echo "A sparse checkout without it"
mkdir ../sparse && cd ../sparse && git init -q || exit 1
echo '*.txt text' >.gitattributes
git add . && git commit -qm One
git update-index --skip-worktree .gitattributes && rm .gitattributes
mvc init -q
git show :.gitattributes
git ls-files -t
ls -A

echo "A link in the way"
mkdir ../link ../outside && cd ../link && git init -q || exit 1
ln -s ../outside .mvc
t mvc init | sed "s:$scratch:SCRATCH:"
ls -A ../outside
