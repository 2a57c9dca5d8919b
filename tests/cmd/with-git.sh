# The Git history beside the data: push, fetch --with-git, clone of a folder.
. "$srcdir/tests/cmd/lib.sh"
# Commits differ from run to run, and what they are packed to.
sized() {
	mask | sed -E 's/(branch(es)? or tags?   )[0-9.]+ k?B$/\1SIZE/; s/[0-9.]+ k?B of Git/SIZE of Git/'
}
HERE=$PWD
repo r || exit 1
mkdir data
noise 30000 1 >data/a
noise 30000 2 >data/b
noise 200000 3 >code.bin
mvc add -q data
git add code.bin && commit "One"
git tag -a -m "The first" v1
git branch other
mvc remote add -q lab "$HERE/lab" && commit "Remote"
branch=$(git branch --show-current)

# The same refs and objects, all of them sound; the same files.
whole() {
	git -C "$1" for-each-ref --format='%(objectname) %(refname)' \
	    refs/heads refs/tags | grep -v "$branch-" >"$HERE/refs.a"
	git -C "$2" for-each-ref --format='%(objectname) %(refname)' \
	    refs/heads refs/tags | grep -v "$branch-" >"$HERE/refs.b"
	cmp "$HERE/refs.a" "$HERE/refs.b" || diff "$HERE/refs.a" "$HERE/refs.b"
	git -C "$2" fsck --full --strict 2>&1 | grep -v '^notice\|^dangling'
	[ -z "$(git -C "$2" status --porcelain)" ] || echo "not clean"
	(cd "$2" && mvc fsck --full >/dev/null && mvc status --exit-code >/dev/null) ||
		echo "the data is not whole"
	same "$1/data" "$2/data"
	cmp "$1/code.bin" "$2/code.bin"
}

echo "A folder is all there is"
t mvc push --with-git --dry-run 2>&1 | sized
t mvc push --with-git 2>&1 | sized
t mvc push --with-git 2>&1 | sized
cd "$HERE" || exit 1
t mvc clone lab c1 2>&1 | mask
whole r c1
git -C c1 log --format=%s
[ "$(git -C c1 branch --show-current)" = "$branch" ] || echo "another branch"
(cd c1 && mvc config mvc.remote && mvc config mvc.remote.origin.url) |
    sed "s|$HERE|HERE|"

echo "The second push sends what is new"
cd "$HERE/r" || exit 1
echo two >two && git add two && commit "Two"
noise 30000 4 >data/c
mvc add -q data && commit "Three"
bytes=$(mvc push --with-git --json | sed 's/.*"git_bytes":\([0-9]*\).*/\1/')
[ "$bytes" -lt 5000 ] || echo "$bytes bytes for two small commits"
git tag light
t mvc push --with-git 2>&1 | sized
cd "$HERE" && rm -rf c2 && mvc clone -q "file://$HERE/lab" c2 && whole r c2
mvc clone -q --no-data -b other lab c3 && git -C c3 log --format=%s
t mvc clone lab c3
t mvc clone --depth 1 lab c4
t mvc clone -b none lab c5 2>&1 | mask
rm -rf c5

echo "Two that push"
cd "$HERE/c1" || exit 1
git config user.name Bob && git config user.email bob@example.org
echo bob >bob && git add bob && commit "Bob's"
t mvc push --with-git 2>&1 | sized
t mvc fetch --with-git 2>&1 | sized
git merge -q -m "Merged" "lab/$branch"
t mvc push --with-git 2>&1 | sized
cd "$HERE/r" || exit 1
t mvc push --with-git 2>&1 | sized
t mvc fetch -q --with-git
git merge -q --ff-only "lab/$branch" && git log --format=%s -1

echo "At the same moment: both are kept"
cd "$HERE" && cp -R r r2
(cd r && echo 1 >first && git add first && git commit -qm "First's")
(cd r2 && echo 2 >second && git add second && git commit -qm "Second's")
# Each has read the remote before the other writes to it.
cp -R lab before
(cd r && mvc push -q --with-git)
mv lab first && mv before lab
(cd r2 && mvc push -q --with-git)
cp -Rf first/git/. lab/git/
mvc clone -q lab both
git -C both log --format=%s --all | sort | head -n 8
git -C both branch | grep -c "$branch"
# shellcheck disable=SC2046
(cd r && mvc fetch -q --with-git && git merge -q -m "Both" \
    $(git for-each-ref --format='%(refname)' refs/remotes/lab) &&
    mvc push --with-git) 2>&1 | sized
find lab/git -path '*/refs/*' -type f | wc -l

echo "Rewritten history"
cd "$HERE/r" || exit 1
git commit -q --amend -m "Rewritten"
t mvc push --with-git 2>&1 | sized
git tag -f v1 >/dev/null 2>&1
t mvc push --with-git 2>&1 | sized
t mvc push --with-git --force 2>&1 | sized
cd "$HERE" && mvc clone -q lab c6 && whole r c6 && git -C c6 log --format=%s -1

echo "Many pushes become one bundle; old ones stay for two weeks"
cd "$HERE/r" || exit 1
git branch -q -D "$(git branch --list "$branch-*" | tr -d ' ')" 2>/dev/null
mvc fetch -q --with-git
git for-each-ref --format='%(refname)' refs/remotes/lab | while read -r ref; do
	b=${ref#refs/remotes/lab/}
	git rev-parse -q --verify "refs/heads/$b" >/dev/null ||
		git branch -q "$b" "$ref"
done
i=0
while [ $i -lt 64 ]; do
	git commit -q --allow-empty -m "Number $i"
	mvc push -q --with-git
	i=$((i + 1))
done
state=$(find "$HERE/lab/git" -path '*/refs/*' -type f)
grep -c '^bundle ' "$state" | awk '{ print ($1 < 20) ? "few" : $1 }'
find "$HERE/lab/git" -path "*/bundles/*" -type f | wc -l | awk '{ print ($1 > 60) ? "kept" : $1 }'
find "$HERE/lab/git" -path '*/bundles/*' -type f -exec touch -d '15 days ago' {} +
git commit -q --allow-empty -m "Last" && mvc push -q --with-git
find "$HERE/lab/git" -path "*/bundles/*" -type f | wc -l | awk '{ print ($1 < 20) ? "few" : $1 }'
cd "$HERE" && mvc clone -q lab c7 && whole r c7

echo "What is deleted here goes there when that is asked for"
cd "$HERE/r" || exit 1
git branch -q try && git tag old && mvc push -q --with-git
cd "$HERE" && mvc clone -q lab c11 && cd c11 || exit 1
git switch -q -c theirs && git commit -q --allow-empty -m "Theirs" &&
    mvc push -q --with-git
cd "$HERE/r" || exit 1
git branch -qD try && git tag -d old >/dev/null
t mvc push --with-git
t mvc push --with-git --prune -n
cp -R "$HERE/lab" "$HERE/lab3"
t mvc push --with-git --prune
t mvc push --with-git --prune
# Who pushed at the same moment, and still has them, does not bring them back.
cd "$HERE/c11" && git switch -q -c meanwhile main && mvc push -q --with-git -r ../lab3
cd "$HERE" && (cd lab3 && find git -type f) | while IFS= read -r f; do
	[ -e "lab/$f" ] || { mkdir -p "lab/${f%/*}" && cp "lab3/$f" "lab/$f"; }
done
mvc clone -q lab c12
git -C c12 for-each-ref --format='%(refname)' |
    grep -e try -e old -e theirs -e meanwhile
cd "$HERE/r" && t mvc push --with-git --prune --force
git branch -q try && mvc push -q --with-git
cd "$HERE" && mvc clone -q lab c13
git -C c13 for-each-ref --format='%(refname)' |
    grep -e try -e old -e theirs -e meanwhile
(cd r && git branch -qD try && mvc push -q --with-git --prune)
(cd r && t mvc push --prune)

echo "A collection leaves it alone"
cd "$HERE/r" || exit 1
mvc gc -r lab --yes >/dev/null 2>&1
mvc fsck -r lab >/dev/null || echo "fsck found something"
cd "$HERE" && mvc clone -q lab c8 && whole r c8

echo "What is damaged is not taken"
bundle=$(grep '^bundle ' "$HERE"/lab/git/*/refs/* | head -n 1 | cut -d' ' -f2)
chmod u+w lab/git/*/bundles/"$bundle"
printf X | dd of="$(echo lab/git/*/bundles/"$bundle")" bs=1 seek=300 conv=notrunc 2>/dev/null
t mvc clone lab c9 2>&1 | mask_ids
rm -rf c9
truncate -s 200 lab/git/*/bundles/"$bundle"
t mvc clone lab c9 2>&1 | mask_ids
rm -rf c9
state=$(echo lab/git/*/refs/*)
chmod u+w "$state"
sed 's|refs/heads/|refs/../../|' "$state" >x && cat x >"$state"
t mvc clone lab c9 2>&1 | mask_ids

echo "What is none"
repo plain && noise 10 1 >d && mvc add -q d && commit "d"
mvc remote add -q p "$HERE/p" && commit "p"
mvc push -q
cd "$HERE" || exit 1
t mvc clone p c10 2>&1 | sed "s|$HERE|HERE|"
git clone -q --depth 1 "file://$HERE/r" shallow
(cd shallow && t mvc push --with-git -r ../lab2)
