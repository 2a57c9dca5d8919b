# The whole of the collection protocol's model, with the traces of what fails.
. "$srcdir/tests/cmd/lib.sh"
need python3
python3 -B "$srcdir/tests/collection_model.py" all |
	sed -E 's/, [0-9.]+ s\]$/]/'
