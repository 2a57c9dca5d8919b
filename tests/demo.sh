# The README's demonstration: it runs to its end, and compares every byte.
. "$srcdir/tests/cmd/lib.sh"
sh "$srcdir/contrib/demo/demo.sh" "$scratch/demo"
