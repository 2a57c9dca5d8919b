# What may not be read or written: one error that names it, and nothing half
# done.
. "$srcdir/tests/cmd/lib.sh"
need setpriv
need_root
chmod a+x "$scratch" "$scratch"/* && mkdir home && chmod 755 .
user() {
	HOME=$scratch/work/home setpriv --reuid=64001 --regid=64001 \
	    --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}
user true 2>/dev/null || skip "no other user can be taken on here"
# Text that differs from run to run, or with the version of Git, is masked.
hide() {
	sed -E -e "s:$scratch/work:HERE:g" -e 's/^\$ user/$/' \
	    -e 's/[0-9a-f]{32,}|tmp_object_[0-9a-z_]+/ID/g' \
	    -e 's:packs/[0-9a-f]{2}\b:packs/XX:g' | mask
}
# state: the work tree, what is staged and what is tracked
state() {
	GIT_OPTIONAL_LOCKS=0 git -c safe.directory='*' status --short
	find . -name .git -prune -o -name '.mvc-tmp*' -print
	sums
}
repo o || exit 1
mkdir d && echo one >d/a && echo two >d/b && echo file >f
noise 100000 1 >big
mvc add -q d f big && commit One
printf xxx >d/b && echo new >d/new && echo changed >f
printf '*.tmp\n' >.mvcignore
cp "$HOME/.gitconfig" ../home
cp -a . ../as-it-was && chown -R 64001:64001 ../as-it-was ../home && cd ..

# try PATH MODE COMMAND...: each by itself, in a copy with PATH of that mode;
# only one that says that it is done may have changed anything
try() {
	path=$1 mode=$2
	shift 2
	echo "== $path $mode"
	for c in "$@"; do
		cp -a as-it-was r && cd r || exit 1
		state >../before
		chmod "$mode" "$path"
		# shellcheck disable=SC2086
		t user mvc $c >../said 2>&1
		hide <../said
		chmod -R u+rwX .
		if tail -n 1 ../said | grep -qx "\[128\]"; then
			state | diff ../before -
		fi
		cd .. && rm -rf r
	done
}
try d/new 000 "add d" "add -u" "status -v" diff
try d/a 000 "add d" status "checkout --force"
try d 000 "add d" "add -u" status diff "checkout --force" "rm --cached d" \
    "rm --force d" "mv d e"
try d 555 "checkout --force d" "rm --force d" "mv d/a d/c" "mv d e"
try d 311 "add d" status
try .mvcignore 000 "add d" status checkout
try . 555 "add f" "add -u" "mv f g" "rm --force f" "rm --cached f" init \
    "label f a=b"
try f.mvc 000 "add f" status checkout ls "label f" gc fsck "log f"
try f.mvc 444 "add f"
try .gitignore 000 "add f" "add -A" "rm --cached f" "mv f g"
try .gitignore 444 "mv f g"
try .mvc 000 status "config mvc.id" "config --project mvc.track.size 1"
try .mvc 555 "config --project mvc.track.size 1"
try .mvc/config 000 status "config mvc.id" "config --project mvc.track.size 1"
try .git 555 "add f" "rm --cached f" "config --local mvc.x y" status checkout
try .git 000 status "add f" init
try .git/index 000 status "add f"
try .git/config 000 status "add f" "config mvc.id"
try .git/HEAD 000 status "add f" gc
try .git/refs 000 status "add f" gc
try .git/objects 555 "add f" "label f a=b" "mv f g" "rm --cached f"
try .git/objects 000 status "add f" gc
try .git/mvc 555 "add f" "gc --now --yes" fsck status "checkout --force d"
try .git/mvc 000 "add f" "gc --now --yes" fsck status "checkout d" "ls -r" \
    "cat d/a"
try .git/mvc/tmp 555 "add f" "gc --now --yes" status
try .git/mvc/packs 000 "add f" gc fsck status "cat HEAD:d/a"
try .git/mvc/packs 555 "add f"
try .git/mvc/roots 000 "add f" gc fsck status "cat HEAD:d/a"
try .git/mvc/segments 000 "add f" gc fsck status "cat HEAD:d/a"
try .git/mvc/format 000 "add f" gc fsck status
try .git/mvc/lock 000 "add f" "gc --now --yes" fsck status
try .git/mvc/statcache 000 "add f" status
try .git/mvc/statcache 444 "add f" status
try .git/mvc/statcache.lock 000 "add f" status

echo "== a big file that was touched"
cp -a as-it-was r && cd r && noise 2000000 2 >big || exit 1
user mvc add -q big && touch big && chmod 000 big
for c in "diff big" "diff --json big" "diff --name-only big" "status big"; do
	# shellcheck disable=SC2086
	t user mvc $c | hide
done
cd .. && rm -rf r

echo "== packs"
cp -a as-it-was r && cd r && rm -rf d big f || exit 1
chmod 000 .git/mvc/packs/*/*
for c in "cat HEAD:big" "checkout big" fsck "fsck --full" "gc --now --yes" \
    "ls -r HEAD:d"; do
	# shellcheck disable=SC2086
	t user mvc $c | hide
done
ls
chmod 444 .git/mvc/packs/*/*
t user mvc checkout | mask
t user mvc fsck --full

echo "== the store is another user's"
cd .. && rm -rf r && cp -a as-it-was r && cd r || exit 1
chown -R 0:0 .git/mvc && chmod -R go+rX,go-w .git/mvc
for c in status "add f" "checkout --force d" "gc --now --yes" fsck; do
	# shellcheck disable=SC2086
	t user mvc $c | hide
done

echo "== another version, of a folder that may not be listed"
cd .. && rm -rf r && cp -a as-it-was r && cd r || exit 1
rm d/new && echo three >d/b
user mvc add -q d && user git commit -qm Two
user git checkout -q HEAD~1 && chmod 311 d
t user mvc checkout | hide
chmod 755 d
t user mvc checkout | hide
cat d/b && user mvc status --porcelain
