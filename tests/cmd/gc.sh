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

# What lost its root is kept by its pointer, of the work tree, of the index or
# of a commit, and gets a new root.
cd .. && repo lost && mkdir d
noise 5000 5 >d/x && noise 70000 6 >d/y && mvc add -q d && commit "d"
noise 300000 7 >a.bin && mvc add -q a.bin && commit "a"
git rm -q --cached a.bin.mvc .gitignore && rm a.bin a.bin.mvc && commit "no a"
noise 40000 8 >staged && mvc add -q staged && rm staged.mvc
noise 50000 9 >here && mvc add -q --no-stage here
days() {
	find .git/mvc/packs .git/mvc/segments -type f \
	    -exec touch -d '20 days ago' {} +
}
days && rm .git/mvc/roots/*/*
t mvc gc --now
t mvc gc --yes | sort
t mvc gc --now --yes
t mvc fsck --full
rm -rf d staged here && git checkout -q staged.mvc && mvc checkout -q staged here
noise 40000 8 | cmp - staged
noise 50000 9 | cmp - here
git checkout -q -f HEAD~1 && mvc checkout -q
noise 300000 7 | cmp - a.bin

echo "== condemned, its root lost, and named again"
git checkout -q main && rm here.mvc
old=$(git rev-parse HEAD~1) && git reset -q --hard HEAD~2
git reflog expire --expire=now --all && rm -f .git/ORIG_HEAD
find .git/mvc -type f -exec touch -d '20 days ago' {} +
mvc gc --yes | grep condemned
rm .git/mvc/roots/*/* && git branch back "$old"
find .git/mvc/trash -type f -exec touch -d '15 days ago' {} +
t mvc gc --yes | sort
git checkout -q back && rm -rf a.bin d && mvc checkout -q
noise 300000 7 | cmp - a.bin
t mvc fsck --full

echo "== what a killed mvc leaves, and what a living one is at"
cd .. && repo left && noise 1000 1 >a && mvc add -q a && commit "a"
tmp=.mvc-tmp-0123456789abcdef
mvc=.git/mvc
mkdir -p $tmp/tree/sub .git/$tmp $mvc/ready/0123456789abcdef \
    $mvc/remotes/lab/packs/01 $mvc/remotes/lab/tmp .mvc-old-0123456789abcdef
leftovers="$tmp/tree/sub/x .git/$tmp/x $mvc/ready/0123456789abcdef/x
$mvc/remotes/lab/packs/01/0123.pack $mvc/remotes/lab/tmp/$tmp
$mvc/remotes/lab/$tmp.bundle .git/$tmp.bundle"
for f in $leftovers .mvc-old-0123456789abcdef/x; do noise 1000 1 >"$f"; done
lies() {
	# shellcheck disable=SC2086
	ls $leftovers 2>/dev/null
}
t mvc gc --yes
lies | wc -l
find . -exec touch -h -d '2 days ago' {} +
for f in "$tmp" ".git/$tmp" "$mvc/ready/0123456789abcdef" \
    "$mvc/remotes/lab/$tmp.bundle"; do
	flock -n "$f" mvc gc --yes >/dev/null || exit 1
	[ -e "$f" ] || echo "$f is gone"
	find . -exec touch -h -d '2 days ago' {} +
done
lies
find . -exec touch -h -d '2 days ago' {} +
for f in $leftovers; do
	mkdir -p "${f%/*}" && noise 1000 1 >"$f"
done
find . -exec touch -h -d '2 days ago' {} +
t mvc gc
lies | wc -l
t mvc gc --yes
lies
ls -d .mvc-tmp* .git/.mvc-tmp* $mvc/ready/* 2>/dev/null
ls -A .mvc-old-0123456789abcdef
cd .. && mkdir out $tmp && touch $tmp/x && touch -d '2 days ago' $tmp
mvc get -q left a -o got && ls -d $tmp
cmp got left/a
