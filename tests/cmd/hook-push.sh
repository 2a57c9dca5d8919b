# git push sends the data first; git switch, merge and rebase bring it along.
. "$srcdir/tests/cmd/lib.sh"
git config --global mvc.hooks true
git init -q --bare origin.git
git init -q r && cd r && mvc init -q && git commit -qm Start || exit 1
git remote add origin ../origin.git
quiet() { mask | grep -v '^To \|^ \*\|^   \|^ + \|^ - '; }

echo "Commits without data need no remote"
git push -q origin main 2>&1
noise 300000 1 >a.bin && mvc add -q a.bin && commit One
echo "With data and no remote: refused"
t git push -q origin main 2>&1 | sed "s:$scratch:SCRATCH:g"
git -C ../origin.git log --format=%s main
mvc remote add lab "$scratch/lab" >/dev/null && git commit -qam "A remote"
t git push -q origin main 2>&1 | quiet
git -C ../origin.git log --format=%s main
t git push -q origin main 2>&1 | quiet

echo "A new branch, a tag, history that has data no more, several at once"
git switch -q -c side
noise 300000 2 >b.bin && mvc add -q b.bin && commit Two
mvc rm -q b.bin && commit "Gone again"
git tag -a -m v1 v1
git switch -q -c other main
noise 300000 3 >c.bin && mvc add -q c.bin && commit Three
t git push -q origin side other v1 2>&1 | quiet
mvc push -q --all && mvc fsck -r lab -q && find "$scratch/lab/roots" -type f | wc -l
t git push -q origin :other 2>&1 | quiet
git commit -q --amend -m "Three again"
t git push -q -f origin other 2>&1 | quiet

echo "Content that is nowhere: refused"
sed 's/^oid ..../oid 0000/' c.bin.mvc >x && mv x c.bin.mvc
git commit -q --no-verify -am "Nowhere"
t git push -q origin other 2>&1 | mask
git reset -q --hard HEAD~

echo "The work tree follows"
git switch -q main 2>&1 | mask
ls
git switch -q other 2>&1 | mask
ls
echo edited >c.bin
git switch -q main 2>&1 | mask
ls
git switch -q other 2>&1 | mask
cat c.bin
mvc checkout -q --force
git switch -q main 2>&1 | mask
noise 300000 4 >a.bin && mvc add -q a.bin && commit "Four"
git merge -q -m merged other 2>&1 | mask
ls
git reset -q --hard HEAD~ && mvc checkout -q
echo "A rebase brings the data once, at its end"
git rebase -q other 2>&1 | mask
ls && noise 300000 4 | cmp - a.bin
git switch -q -c behind HEAD~1 2>&1 | mask
noise 300000 1 | cmp - a.bin
git rebase -q main 2>&1 | mask
noise 300000 4 | cmp - a.bin
git switch -q --detach HEAD~1 2>&1 | mask
git merge -q --ff-only main 2>&1 | mask
noise 300000 4 | cmp - a.bin
git worktree add -q ../linked 2>&1 | mask
ls ../linked
without_mvc() { PATH=$scratch/work/bare-path "$@"; }
mkdir ../bare-path
for p in git sh cat grep; do ln -s "$(command -v $p)" ../bare-path/; done
echo "Without mvc"
t without_mvc git push -q origin HEAD:refs/heads/x
t without_mvc git switch -q side
