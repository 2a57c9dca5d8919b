# Random work, several processes at once and collections among it, held against
# a simple model: 10 seconds of it, or LONG=1: 15 minutes, with kills too, which
# no seed repeats. SEED=N begins with that seed; one that fails is printed.
. "$srcdir/tests/cmd/lib.sh"
need "${PYTHON:-python3}"
exec "${PYTHON:-python3}" "$srcdir/tests/properties.py" --seed "${SEED:-1}" \
    --steps 120 ${LONG:+--kill} \
    --time "$([ -n "${LONG-}" ] && echo 900 || echo 10)"
