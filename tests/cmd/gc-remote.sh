# Collection on a remote: what none of this repository's refs needs goes, after
# grace; what anybody else has there stays.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
lab=$HERE/lab
# As if everything below a folder had been put so many days ago.
aged() {
	find "$1" -type f -exec touch -d "$2 days ago" {} +
}
hide() {
	sed -E 's/\b[0-9a-f]{32}\b/ID/g; s/ripe on .*/ripe on DAY/' |
		sed "s|$HERE|HERE|g"
}
# The Git repository that all clones share; r has a branch with data of its own.
git init -q --bare origin.git
git -C origin.git symbolic-ref HEAD refs/heads/main
repo r && git branch -qM main
git remote add origin "$HERE/origin.git"
git config mvc.remote.lab.url "$lab"
noise 300000 1 >a.bin
mvc add -q a.bin && commit "first"
git push -q origin main
mvc push -q
git switch -q -c try
noise 400000 2 >b.bin
mvc add -q b.bin && commit "a try"
mvc push -q && git push -q origin try

echo "== everything is needed"
aged "$lab" 30
t mvc gc -r lab
t mvc gc -r lab --yes | hide

echo "== a branch that only the Git remote has keeps its data"
git switch -q main && git branch -qD try
git update-ref -d refs/remotes/origin/try
git config remote.origin.fetch +refs/heads/main:refs/remotes/origin/main
git reflog expire --expire=now --all
t mvc gc -r lab
git for-each-ref refs/mvc-collect

echo "== nor is it dropped where the Git remote cannot be asked"
mv ../origin.git ../away
git remote rename origin gone
t mvc gc -r lab --yes 2>&1 | hide | sed 's/: git --git-dir.*//'
git remote rename gone origin
mv ../away ../origin.git
git remote set-url origin "$HERE/elsewhere.git"
t mvc gc -r lab --yes 2>&1 | hide
git remote set-url origin "$HERE/origin.git"

echo "== nor in a shallow clone"
git clone -q --depth 1 "file://$HERE/origin.git" ../shallow
(cd ../shallow && git config mvc.remote.lab.url "$lab" && t mvc gc -r lab)

echo "== deleted there too: condemned, and still to be read"
git push -q origin :try
t mvc gc -r lab -n --yes
t mvc gc -r lab --yes
t mvc status
t mvc gc -r lab --yes | hide
git clone -q ../origin.git ../c 2>/dev/null
(cd ../c && git config mvc.remote.lab.url "$lab" && mvc fetch -q && mvc fsck -q)
aged "$lab/trash" 15
t mvc gc -r lab
mvc gc -r lab --json --yes | grep -o '"swept":{[^}]*}'
t mvc fsck -r lab --full
t mvc gc -r lab --yes
find "$lab/packs" -type f | wc -l

echo "== condemned, and needed again: read at once, and put again by a push"
git switch -q -c again
noise 500000 3 >c.bin
mvc add -q c.bin && commit "again" && mvc push -q
git switch -q main && git branch -qm again kept
old=$(git rev-parse kept) && git tag keep kept && git branch -qD kept
git tag -d keep >/dev/null && git reflog expire --expire=now --all
aged "$lab" 30
mvc gc -r lab --yes | grep '^condemned'
git branch -q back "$old"
(cd ../c && git fetch -q "$HERE/r" back && git checkout -q FETCH_HEAD &&
    mvc pull -q && noise 500000 3 | cmp - c.bin)
git switch -q back && t mvc push 2>&1 | mask
aged "$lab/trash" 15
mvc gc -r lab --yes >/dev/null
t mvc fsck -r lab --full
git switch -q main && git branch -qD back
git reflog expire --expire=now --all

echo "== what would drop everything refuses"
cp -R "$lab" ../copy
git config mvc.remote.copy.url "$HERE/copy"
aged ../copy 30
git init -q ../e && cp -R .mvc ../e && (
	cd ../e && git remote add origin "$HERE/origin.git" &&
	    git -C "$HERE/origin.git" update-ref -d refs/heads/main &&
	    mvc init >/dev/null 2>&1
	git config mvc.remote.copy.url "$HERE/copy"
	t mvc gc -r copy --yes 2>&1 | sed "s|$HERE|HERE|g"
)
git push -q origin main

echo "== other holders: theirs stays, until they are forgotten"
cd "$HERE" && repo o && git config mvc.remote.lab.url "$lab"
noise 600000 4 >d.bin
mvc add -q d.bin && commit "theirs" && mvc push -q
id=$(mvc config mvc.id)
cd ../r && aged "$lab" 30
t mvc gc -r lab --yes | hide
t mvc gc -r lab --forget "$(mvc config mvc.id)" | hide
t mvc gc -r lab --forget 00000000
t mvc gc -r lab --forget "$id" | hide | sed 's/   [^ ]*:/   host:/'
t mvc gc -r lab --forget "$id" --yes | hide | sed 's/   [^ ]*:/   host:/'
mvc gc -r lab --yes >/dev/null
t mvc fsck -r lab
(cd ../o && t mvc fsck -r lab)
aged "$lab/trash" 15
mvc gc -r lab --forget "$id" --yes --json | grep -o '"swept":{[^}]*}'
mvc fsck -r lab --full
find "$lab/packs" "$lab/roots" -type f | wc -l

echo "== words"
t mvc gc --forget "$id" | hide
t mvc gc -r lab --now | head -1
t mvc gc -r nowhere
