# Where nothing is mounted on /proc, as in a bare chroot.
. "$srcdir/tests/cmd/lib.sh"
need_root
unshare -m mount -t tmpfs none /proc 2>/dev/null ||
	skip "no mounts of one's own here"
# bare COMMAND...
bare() {
	unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' - "$@"
}

git init -q r && cd r || exit 1
seq 9 >few
t bare mvc init
t bare mvc add few | mask
git commit -qm few
rm few
t bare mvc checkout | mask
t bare mvc fsck --full | mask
