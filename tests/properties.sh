# Random work, several processes at once, kills and collections among it, held
# against a simple model: 10 seconds of it, or LONG=1: 15 minutes. SEED=N
# begins with that seed; one that fails is printed, and fails again.
. "$srcdir/tests/cmd/lib.sh"
need "${PYTHON:-python3}"
exec "${PYTHON:-python3}" "$srcdir/tests/properties.py" --seed "${SEED:-1}" \
    --steps 120 --time "$([ -n "${LONG-}" ] && echo 900 || echo 10)"
