# mvc-merging(7), case by case, as a user meets them: add, git merge, checkout.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
put() { # NAME=CONTENT... : exactly these files in images/
	rm -rf images && mkdir images
	for f in "$@"; do
		printf '%s\n' "${f#*=}" >"images/${f%%=*}"
	done
}
branch() { # NAME CONTENT...
	git switch -qc "$1" main && mvc checkout -q
	shift
	put "$@"
	mvc add -q images && git commit -qm "$*" || exit 1
}
show() {
	for f in images/*; do
		printf '%s=%s\n' "${f#images/}" "$(cat "$f")"
	done
}
on() {
	git switch -qf "$1" && mvc checkout -q --force
}
merge() {
	git merge -q "$1" -m Merge >../out 2>&1 || echo "Git: exit $?"
	grep ^mvc: ../out
}
put a=1 b=2 c=3
mvc add -q images && commit Base
branch ours a=one b=2 c=3 d=4
branch theirs a=1 b=2 c=three e=5
branch clash a=uno b=2 c=3 d=4 x=9

echo "Different files"
on ours
merge theirs
mvc checkout -q
show
git reset -q --hard HEAD~1 && mvc checkout -q

echo "The same file: choose"
merge clash
t mvc status
t mvc status --porcelain
t mvc status -q --exit-code
echo new >images/new && t mvc add -u
rm images/new
t mvc checkout --theirs images | mask
show
git reset -q --merge && mvc checkout -q --force
merge clash
t mvc checkout --ours images | mask
show
git reset -q --merge && mvc checkout -q --force
merge clash
t mvc checkout --merge images | mask
show
git add images.mvc
t git status --short
git commit -qm Merged
git reset -q --hard HEAD~1 && mvc checkout -q --force

echo "Without the driver"
mvc install --uninstall >/dev/null
merge theirs
t mvc checkout --merge images | mask
show
git reset -q --merge && mvc checkout -q --force
