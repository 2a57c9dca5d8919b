# A file system that has so many KiB free, from none to enough, for each command:
# what tests/faults.py checks. TRIALS=N (12) at random from SEED; LONG=1: every
# STEP (64) KiB. Needs Linux, root and Python.
. "$srcdir/tests/cmd/lib.sh"
need python3
need_root
mkdir small
mount -t tmpfs -o size=400m tmpfs small 2>/dev/null ||
	skip "no tmpfs can be mounted here"
trap 'cd "$scratch"; umount "$scratch/work/small"' EXIT
trap 'exit 1' HUP INT TERM
set -- "$builddir/mvc" - "$PWD/small" -k room
if [ "${LONG-}" ] && ! [ "${TRIALS-}" ]; then
	set -- "$@" -e "${STEP:-64}"
else
	set -- "$@" -n "${TRIALS:-12}" -s "${SEED:-1}" -c add -c checkout \
	    -c gc-now
fi
python3 "$srcdir/tests/faults.py" "$@"
