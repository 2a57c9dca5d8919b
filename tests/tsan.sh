# ThreadSanitizer on add, status, checkout, cat, fsck and gc of real data: an
# installed Python library, a big file, edits. No report is allowed. Takes a
# build of its own, so: LONG=1 only.
. "$srcdir/tests/cmd/lib.sh"
[ -n "${LONG-}" ] || {
	skip "only by make check-long"
}
echo 'int main(void) { return 0; }' >t.c
# shellcheck disable=SC2086
if ! ${CC:-cc} -fsanitize=thread t.c -o t || ! ./t; then
	skip "no ThreadSanitizer here"
fi
mkdir build && (cd "$srcdir" && tar cf - --exclude=.git --exclude='*.o' \
    --exclude='*.lo' --exclude='*.la' --exclude='*.a' --exclude=.libs \
    --exclude=./config.status --exclude=./config.h --exclude=./Makefile .) |
	tar xf - -C build || exit 1
(
	cd build && rm -f mvc && ./configure --disable-shared CC="${CC:-cc}" \
	    CFLAGS='-O1 -g -fsanitize=thread' && make mvc
) >said 2>&1 || {
	tail said
	exit 1
}
export TSAN_OPTIONS="log_path=$PWD/report exitcode=66"
mvc() {
	"$PWD/../build/mvc" "$@" >../out || {
		echo "mvc $*: exit $?"
		cat ../report.* 2>/dev/null
		exit 1
	}
}
mkdir r && cd r && git init -q && mvc init || exit 1
for library in /usr/lib/python3*/ /usr/lib/git-core/; do
	[ ! -d "$library" ] || break
done
cp -R "$library" lib
find lib -type l -exec rm -f {} +
noise 60000000 1 >big
for threads in 8 2; do
	mvc add -j $threads lib big
	commit "first $threads"
	noise 1000000 $threads | dd of=big bs=1000 seek=900 conv=notrunc 2>/dev/null
	rm -rf lib/[a-e]*
	noise 5000 $threads >lib/new
	mvc status
	mvc add -j $threads --vanished lib big
	commit "second $threads"
	git checkout -q HEAD~1 -- lib.mvc big.mvc
	mvc checkout -j $threads
	git reset -q --hard
	rm -rf lib big
	mvc checkout -j $threads
	mvc cat big && cmp ../out big || exit 1
	mvc fsck --full
	mvc gc --now --yes
done
if ls ../report.* >/dev/null 2>&1; then
	cat ../report.*
	exit 1
fi
