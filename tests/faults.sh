# System calls and allocations that fail, one by one: tests/faults.py says
# what each trial checks. TRIALS=N (30; LONG=1: 4,000; 0: every call of every
# command, which takes hours), SEED=N other ones. Needs Linux and Python.
. "$srcdir/tests/cmd/lib.sh"
need python3
[ -f "$builddir/tests/fault.so" ] || {
	skip "no tests/fault.so"
}
trials=${TRIALS:-${LONG:+4000}}
if [ -w /dev/shm ]; then
	folder=$(mktemp -d /dev/shm/mvc-faults.XXXXXX) || exit 1
else
	folder=$scratch/faults
	mkdir "$folder" || exit 1
fi
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
python3 "$srcdir/tests/faults.py" "$builddir/mvc" "$builddir/tests/fault.so" \
    "$folder" -n "${trials:-30}" -s "${SEED:-1}" -j "${JOBS:-1}"
