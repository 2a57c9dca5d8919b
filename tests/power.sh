# Power cuts: tests/power.py says what each state is and what is checked.
# STATES=N (about 25; LONG=1: 10,000, and each rule of the write order left
# out, to see that it is missed), SEED=N others. Needs Linux and Python.
. "$srcdir/tests/cmd/lib.sh"
need python3
need cc
cc -O2 -shared -fPIC -o "$scratch/power.so" "$srcdir/tests/power.c" \
    -ldl -pthread 2>"$scratch/said" || {
	cat "$scratch/said"
	skip "power.c is for Linux"
}
states=${STATES:-${LONG:+10000}}
if [ -w /dev/shm ]; then
	folder=$(mktemp -d /dev/shm/mvc-power.XXXXXX) || exit 1
else
	folder=$scratch/power
	mkdir "$folder" || exit 1
fi
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
power() {
	rm -rf "${folder:?}"/* && python3 "$srcdir/tests/power.py" "$@" \
	    --seed "${SEED:-1}" --jobs "${JOBS:-1}" \
	    "$scratch/power.so" "$folder"
}
power --states "${states:-25}" || exit 1
[ -z "${LONG-}" ] || power --states 400 --breaks
