# Real input that nobody made for the test: an installed Python tree, a model
# file that a package ships, two versions of a package. Each is added, edited,
# added again, and both versions are restored and compared byte for byte.
#
#   LONG=1       the whole of /usr/lib/python3*: tens of thousands of files
#   REAL_TREE=DIR  REAL_MODEL=FILE  REAL_OLD=DIR REAL_NEW=DIR   others
. "$srcdir/tests/cmd/lib.sh"

fail() {
	echo "$*"
	exit 1
}
quietly() {
	"$@" >"$scratch/said" 2>&1 || fail "$*: $(cat "$scratch/said")"
}
# Bytes, links, and which files are executable.
same_tree() {
	diff -r --no-dereference "$1" "$2" || exit 1
	[ -d "$1" ] || return 0
	for d in "$1" "$2"; do
		(cd "$d" && find . -type f -perm -u=x | sort) \
		    >"$scratch/exec.$(basename "$d")"
	done
	cmp "$scratch/exec.$(basename "$1")" "$scratch/exec.$(basename "$2")" || exit 1
}
there_and_back() {
	git checkout -q HEAD~1
	quietly mvc checkout
	same_tree "$1" "$scratch/v1"
	git checkout -q main
	quietly mvc checkout
	same_tree "$1" "$scratch/v2"
	quietly mvc status --exit-code
	quietly mvc fsck --full
}

# --- a tree of files
if [ -n "${REAL_TREE-}" ]; then
	set -- "$REAL_TREE"
elif [ -n "${LONG-}" ]; then
	set -- /usr/lib/python3*
else
	set -- "$(find /usr/lib -maxdepth 1 -name 'python3.*' | sort | tail -n 1)"
fi
if [ -d "$1" ]; then
	(
		repo tree
		mkdir lib
		cp -R "$@" lib/
		cp -R lib "$scratch/v1"
		quietly mvc add lib
		commit "As installed"
		find lib -type f -name '*.py' | sort | awk 'NR % 97 == 5' |
			while read -r f; do echo "# looked at" >>"$f"; done
		find lib -type f -name '*.py' | sort | awk 'NR % 211 == 7' |
			while read -r f; do rm "$f"; done
		mkdir lib/added
		find lib -type f -name '*.py' | sort | awk 'NR % 301 == 9' |
			while read -r f; do cp "$f" lib/added/; done
		cp -R lib "$scratch/v2"
		quietly mvc add lib
		commit "Edited"
		there_and_back lib
		echo "$(find lib -type f | wc -l) files of $*"
	) || exit 1
	rm -rf "$scratch/v1" "$scratch/v2"
fi

# --- a model
for f in ${REAL_MODEL-} /usr/share/tesseract-ocr/*/tessdata/eng.traineddata \
    /usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml; do
	[ -f "$f" ] || continue
	(
		repo model
		cp "$f" model
		if command -v b3sum >/dev/null; then
			[ "$(mvc hash-object model)" = "$(b3sum --no-names model)" ] ||
				fail "mvc hash-object and b3sum differ for $f"
		fi
		cp model "$scratch/v1"
		quietly mvc add model
		commit "As shipped"
		echo fine-tuned | dd of=model bs=1 seek=5000 conv=notrunc 2>/dev/null
		cp model "$scratch/v2"
		quietly mvc add model
		commit "Tuned"
		there_and_back model
		echo "$(wc -c <model) bytes of $f"
	) || exit 1
	rm -rf "$scratch/v1" "$scratch/v2" model
	break
done

# --- two versions of a package
if [ -z "${REAL_OLD-}" ] && [ -n "${LONG-}" ] && command -v pip3 >/dev/null; then
	for v in 1.24.1 1.24.4; do
		pip3 download -q --no-deps -d "$scratch/pip" "numpy==$v" || break
		mkdir "$scratch/numpy-$v"
		python3 -m zipfile -e "$scratch/pip/numpy-$v"-*.whl \
		    "$scratch/numpy-$v"
	done
	REAL_OLD=$scratch/numpy-1.24.1 REAL_NEW=$scratch/numpy-1.24.4
fi
if [ -d "${REAL_OLD-}" ] && [ -d "${REAL_NEW-}" ]; then
	(
		repo package
		cp -R "$REAL_OLD" package
		cp -R package "$scratch/v1"
		quietly mvc add package
		commit "Old"
		one=$(du -sk .git/mvc | cut -f1)
		rm -rf package
		cp -R "$REAL_NEW" package
		cp -R package "$scratch/v2"
		quietly mvc add --vanished package
		commit "New"
		there_and_back package
		echo "old $one KiB stored, both $(du -sk .git/mvc | cut -f1) KiB, of" \
		    "$(du -skc "$REAL_OLD" "$REAL_NEW" | tail -n 1 | cut -f1) KiB"
	) || exit 1
fi
