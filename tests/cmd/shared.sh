# One store for several repositories, for readers only, for several users.
. "$srcdir/tests/cmd/lib.sh"
# Its owner is told how to allow it; root takes on another user, who cannot.
here() {
	sed -E -e "s:$scratch/work:HERE:g" \
	    -e 's/to allow it, type: chmod u\+rw ([^ ]*lock)$/\1 is another user'"'"'s, who may let you (its mode is 444)/'
}
mkdir store
for r in one two; do
	git init -q $r && cd $r || exit 1
	mvc config mvc.store ../store && mvc init -q && commit Start
	noise 400 4 >kept && mvc add -q kept && commit Kept
	noise 300000 $r >only-$r && noise 200000 9 >both
	cd ..
done

echo "== two repositories"
(cd one && t mvc add only-one both | mask && commit One)
(cd two && t mvc add only-two both | mask && commit Two)
t mvc -C two fsck --full
cd one || exit 1
git reset -q --hard HEAD~1
git reflog expire --expire=now --all
rm -f .git/ORIG_HEAD
t mvc gc --now --yes
cd ../two || exit 1
t mvc fsck --full
rm both only-two
t mvc checkout | mask
t mvc gc --now --yes
t mvc status
cd ..

echo "== a store that only may be read"
chmod -R a-w store
user() {
	"$@"
}
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod a+x "$scratch" "$scratch"/* && chown -R 65534 two home 2>/dev/null
	chown -R 65534 two "$HOME"
	user() {
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	}
fi
cd two || exit 1
rm both
user mvc status --porcelain
t user mvc checkout | mask
user mvc cat HEAD:only-two | cksum
t user mvc ls HEAD:both
t user mvc fsck --full | here
t user mvc fsck --full -n | here
noise 1000 5 >both
t user mvc add both | here
t user mvc gc --now --yes | here
user git status --short
