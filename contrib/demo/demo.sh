#!/bin/sh
# mvc at work on real data: demo.sh FOLDER (made anew; mvc must be in PATH).
#
# Images and labels come from scikit-learn; a network is trained on them, more
# images come, labels are mended, it is trained again; then back to the first
# version and forth, and every byte is compared.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
where=${1:?usage: demo.sh FOLDER}
python=
for p in /usr/bin/python3 python3; do
	if "$p" -c 'import sklearn' 2>/dev/null; then
		python=$p
		break
	fi
done
[ -n "$python" ] || {
	echo "The demonstration needs scikit-learn: apt install python3-sklearn" >&2
	exit 77
}
command -v mvc >/dev/null || {
	echo "mvc is not in PATH" >&2
	exit 1
}

if [ -e "$where" ] && [ ! -e "$where/.mvc-demo" ]; then
	echo "$where is there and is not a demonstration of mvc: left alone" >&2
	exit 1
fi
rm -rf "$where" "$where.seen"
mkdir -p "$where" "$where.seen" && cd "$where" || exit 1
touch .mvc-demo
seen=$PWD.seen
trap 'rm -rf "$seen"' EXIT

tell() {
	printf '\n## %s\n' "$*"
}

# Show a command, run it, stop where it fails.
run() {
	printf '\n$'
	for word in "$@"; do
		case $word in
		*[\ \*]*) printf " '%s'" "$word" ;;
		"$python") printf ' python3' ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$@" || {
		printf '\nThe demonstration stopped: "%s" answered %d.\n' "$*" $? >&2
		exit 1
	}
}

# What must come back byte for byte is kept apart, and compared later.
keep() {
	mkdir "$seen/$1" && cp -R digits labels.csv model.safetensors "$seen/$1/"
}
compare() {
	for name in digits labels.csv model.safetensors; do
		diff -r "$name" "$seen/$1/$name" || {
			echo "$name differs from what it was" >&2
			exit 1
		}
	done
	echo "compared with the copy kept from then: identical, every byte"
}

megabytes() {
	find "$@" -type f -exec cat {} + | wc -c |
		awk '{ printf "%.1f MB", $1 / 1000000 }'
}

git_as_demo() {
	git -c user.name="${USER:-Ada}" -c user.email=demo@example.org "$@"
}
commit() {
	printf '\n$ git commit -qm "%s"\n' "$1"
	git_as_demo commit -qm "$1" || exit 1
}

tell "A project: code in Git, data beside it."
cp "$here/digits.py" "$here/train.py" .
printf '.mvc-demo\n__pycache__/\n' >.gitignore
# Of its own, also where the folder lies inside another repository.
run git init -q -b main
run mvc init
run "$python" digits.py 0 1500
run mvc add digits labels.csv
run git add .gitignore digits.py train.py
commit "1,500 scanned digits"
branch=$(git branch --show-current)

tell "A first model."
run "$python" train.py
run mvc add model.safetensors
run git add scores.json
commit "First model"
keep first

tell "297 more images come, and a second reader looked at some labels."
run "$python" digits.py 1500 1797
run "$python" digits.py relabel 5 37 1291
run mvc status
run mvc diff --stat
run mvc add -u
commit "More digits, three second looks"

tell "Trained again."
run "$python" train.py
run mvc add -u
run git add scores.json
commit "Second model"
keep second
run mvc log model.safetensors

tell "Back to the first model and the data that made it."
run git switch -q --detach HEAD~2
run mvc checkout
compare first
run "$python" train.py --score

tell "And forth again."
run git switch -q "$branch"
run mvc checkout
compare second

tell "A mistake: more than half of the images are gone."
run sh -c 'rm digits/0*.pgm digits/10*.pgm'
run mvc status
run mvc checkout digits
compare second

tell "Read one label table of the past without going there; check every byte."
run sh -c 'mvc cat HEAD~2:labels.csv | head -n 3'
run mvc fsck --full
run mvc du

cat <<END

## What you have now

$where is a Git repository with $(git rev-list --count HEAD) commits:
  two versions of a data set of $(find digits -type f | wc -l | tr -d ' ') images and its table of labels,
  two versions of a trained model, and the code that made them.
Git holds text pointers of $(wc -c <digits.mvc | tr -d ' ') bytes or so. The bytes are in .git/mvc, $(megabytes .git/mvc) with
their index: what is in both versions once, and both models whole, since training
changes every weight. The work tree has $(megabytes digits labels.csv model.safetensors), the version of now.
END
