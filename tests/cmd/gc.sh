# What nothing in Git names goes, what anything names stays.
. "$srcdir/tests/cmd/lib.sh"
repo r
noise 300000 1 >a.bin
mvc add -q a.bin && commit "first"
t mvc gc
t mvc gc --yes

# A version that only the reflog knows is kept; a forgotten one goes.
noise 300000 2 >a.bin
mvc add -q a.bin && commit "second"
git reset -q --hard HEAD~1
t mvc gc --now
git reflog expire --expire=now --all
rm -f .git/ORIG_HEAD
t mvc gc --now
t mvc gc --now --yes
t mvc gc --now --yes
mvc fsck --full || exit 1

# A pointer in the work tree alone keeps its content, so does the index.
noise 200000 3 >b.bin
mvc add -q --no-stage b.bin
noise 200000 4 >c.bin
mvc add -q c.bin
t mvc gc --now
mvc gc --json --now | grep -o '"dry_run":true'

# With grace: condemned first, readable until swept.
git rm -q --cached -f c.bin.mvc .gitignore >/dev/null
rm -f c.bin.mvc
find .git/mvc -type f -exec touch -d '20 days ago' {} +
t mvc gc --yes
t mvc gc --yes | sed 's/ripe on .*/ripe on DAY/'
find .git/mvc/trash -type f -exec touch -d '15 days ago' {} +
t mvc gc --yes
mvc fsck --full
