# Git runs the driver: merge, rebase, cherry-pick, stash; with CRLF; and what
# is there without the driver.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1

# dataset NAME=CONTENT... : the pointer of a directory of such files.
dataset() {
	for f in "$@"; do
		id=$(printf %s "${f#*=}" | mvc hash-object -w --stdin)
		printf 'file %s %s 1\t%s\n' "$id" \
		    "$(printf %s "${f#*=}" | wc -c | tr -d ' ')" "${f%%=*}"
	done >../list
	tree=$(mvc write-tree <../list)
	printf 'mvc pointer 1\noid %s\ntype tree\nsize %s\nfiles %s\n' "$tree" \
	    "$(awk '{ n += $3 } END { print n }' ../list)" $#
}
show() { # [REV:]PATH
	git show "$1" | sed -n 's/^oid //p' | while read -r tree; do
		mvc ls-tree -z "$tree" | tr '\000' '\n' |
		    while read -r _ id _ name; do
			printf '%s=%s\n' "${name#*	}" "$(mvc cat-object "$id")"
		done
	done
}
branch() { # NAME CONTENT...
	git switch -qc "$1" main
	shift
	dataset "$@" >images.mvc
	git commit -qam "$*"
}
quiet() {
	"$@" >../out 2>../err || echo "exit $?"
}
# What Git says differs from version to version.
driver_says() {
	git merge "$1" -m Merge >../out 2>&1 && echo merged
	grep ^mvc: ../out
}
stages() {
	git ls-files -u | while read -r _ _ n path; do
		echo "stage $n $path"
	done
}

dataset a=1 b=2 c=3 >images.mvc
git add images.mvc && commit Base
branch ours a=one b=2 c=3 d=4
branch theirs a=1 b=2 c=three e=5
branch clash a=uno b=2

echo "Different files: clean"
git switch -q ours
quiet git merge -q theirs -m Merge
git status --short
show HEAD:images.mvc
git show HEAD:images.mvc | sed 1,2d
git reset -q --hard HEAD~1

echo "The same file: ours stays, all versions are there"
driver_says clash
stages
show :2:images.mvc | head -1
show :3:images.mvc | head -1
git show :2:images.mvc | same images.mvc -
git merge --abort

echo "Rebase"
git switch -qc rebased theirs
quiet git rebase -q ours
show HEAD:images.mvc

echo "Cherry-pick"
git switch -qc picked ours
quiet git cherry-pick theirs
show HEAD:images.mvc

echo "Stash"
git switch -qc stashed ours
git show theirs:images.mvc >images.mvc
git stash -q
dataset a=one b=2 c=3 d=4 f=6 >images.mvc
git commit -qam more
quiet git stash pop -q
show :images.mvc
sed -n 's/^oid //p' images.mvc | while read -r tree; do
	mvc ls-tree "$tree" | sed 's/.*	//'
done
git checkout -qf main

echo "CRLF in the work tree and in commits"
git config core.autocrlf true
git switch -qc crlf theirs
sed 's/$/\r/' images.mvc >../x && cp ../x images.mvc
git -c core.autocrlf=false commit -qam CRLF
git show HEAD:images.mvc | grep -c "$(printf '\r')"
git switch -q ours
quiet git merge -q crlf -m Merge
show HEAD:images.mvc
git show HEAD:images.mvc | grep -c "$(printf '\r')"
git reset -q --hard HEAD~1
git config core.autocrlf false

echo "One tracked it as a file, the other as a directory"
git switch -qc file main
printf 'mvc pointer 1\noid %s\ntype file\nsize 1\n' \
    "$(printf x | mvc hash-object -w --stdin)" >images.mvc
git commit -qam File
driver_says theirs
git merge --abort

echo "Without the driver Git leaves its markers"
mvc install --uninstall >/dev/null
git switch -q ours
quiet git merge -q theirs -m Merge
sed 's/^\(oid\|size\|files\|[<>]*\).*/\1/' images.mvc
stages
git merge --abort

echo "A linked work tree, from a folder below, with the driver again"
mvc install >/dev/null
git worktree add -q ../linked -b linked ours
mkdir -p ../linked/below && cd ../linked/below || exit 1
quiet git merge -q theirs -m Merge
show HEAD:images.mvc
