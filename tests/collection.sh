# The collection protocol's model: it holds, and each rule is needed. The full
# run takes over a minute: collection-long.sh.
. "$srcdir/tests/cmd/lib.sh"
need python3
for part in short ablate; do
	python3 -B "$srcdir/tests/collection_model.py" $part || exit 1
done | sed -E 's/, [0-9.]+ s\]$/]/'
