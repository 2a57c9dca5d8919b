# A store of a later version or of none, one that may not be read, and no
# repository: every command says which, and changes nothing.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir d && echo one >d/a && echo two >d/b
mvc add -q d && commit "One"
tree=$(sed -n 's/^oid //p' d.mvc)
hide() {
	sed "s:$scratch:SCRATCH:g"
}
# all: every command that needs the store
all() {
	rm -f d/a
	for c in "add -u" status diff checkout ls du "log d" "cat d/b" \
	    "cat HEAD:d/b" "sparse list" fsck "gc --yes" "ls-tree $tree" \
	    "cat-object -t $tree" "rev-objects HEAD" "hash-object -w d.mvc" \
	    "rm --cached d" "label d a=b"; do
		# shellcheck disable=SC2086
		t mvc $c | hide | mask_ids
	done
	t mvc write-tree </dev/null | hide
	git status --short
	cat d/b
	git checkout -q HEAD -- . && git clean -qfd
}
cp .git/mvc/format ../format
chmod u+w .git/mvc/format
# With other lines before its end, which holds again.
format() {
	grep -v '^end ' ../format | sed "$1" >../body
	echo "end $(mvc hash-object ../body | cut -c 1-64)" |
		cat ../body - >.git/mvc/format
}
echo "== a store of version 2"
format 's/^mvc store 1/mvc store 2/'
all
echo "== a feature that must be known"
format 's/^incompatible.*/& zstd-dictionaries/'
t mvc status | hide
t mvc checkout | hide
t mvc fsck | hide
t mvc gc --yes | hide
echo "== a feature that must be known to write: reading goes on"
format 's/^shared.*/&\nread-only quotas/'
grep '^read-only' .git/mvc/format
t mvc status | hide
t mvc cat d/b
echo new >d/c
t mvc add d | hide
t mvc gc --yes | hide
rm d/c
echo "== a feature that anybody may pass over"
format 's/^shared.*/&\ncompatible hints/'
t mvc status
echo "== other ids"
format 's/^ids .*/ids sha256/'
t mvc status | hide
echo "== no format"
rm -f .git/mvc/format
t mvc status | hide
t mvc gc --yes | hide
cp ../format .git/mvc/format
t mvc status
t mvc fsck --full

echo "== a damaged format: what it says to do helps"
rm -f .git/mvc/format
echo junk >.git/mvc/format
t mvc status | hide
mv .git/mvc/format ../junk
t mvc init
t mvc fsck --full
rm -f .git/mvc/format && cp ../format .git/mvc/format

echo "== a named pipe is not waited for"
cp -R .git/mvc ../whole
for f in format "$(find .git/mvc/packs -type f | sort | head -n 1)" \
    "$(find .git/mvc/segments -type f | sort | head -n 1)" \
    "$(find .git/mvc/roots -type f | sort | head -n 1)"; do
	f=${f#.git/mvc/}
	rm -f ".git/mvc/$f" && mkfifo ".git/mvc/$f"
	for c in status "cat HEAD:d/a" "fsck -n" "gc --now"; do
		# shellcheck disable=SC2086
		timeout 20 mvc $c >/dev/null 2>&1
		[ $? != 124 ] || echo "$c waits for ${f%%/*}"
	done
	rm -f ".git/mvc/$f" && cp "../whole/$f" ".git/mvc/$f"
done
t mvc fsck --full

echo "== no Git repository"
cd "$scratch/work" && mkdir none && cd none || exit 1
for c in "add x" status diff checkout ls du "log d" "cat d" "sparse list" \
    fsck gc install deinit "rm d" "label d" \
    "check-ignore x" "rev-objects HEAD" "ls-tree $tree"; do
	# shellcheck disable=SC2086
	t mvc $c | hide | mask_ids
done
