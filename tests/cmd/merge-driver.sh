# The driver by itself: three versions of a pointer in files. merge-driver-git.sh
# has Git
# run it.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
one=1111111111111111111111111111111111111111111111111111111111111111
two=2222222222222222222222222222222222222222222222222222222222222222
low=0000000000000000000000000000000000000000000000000000000000000001

pointer() { # OID TYPE LINE...
	printf 'mvc pointer 1\noid %s\ntype %s\nsize 5\n' "$1" "$2"
	shift 2
	[ $# = 0 ] || printf '%s\n' "$@"
}
driver() {
	t mvc merge-driver base ours theirs data/model.pt.mvc
	cat ours
}

echo "Ours has a label, theirs other bytes"
pointer $one file >base
pointer $one executable "label licence=MIT" >ours
pointer $two file | sed 's/$/\r/' >theirs
driver

echo "The same bytes from two runs"
pointer $two file "run $two" >ours
pointer $two file "run $low" >theirs
driver

echo "Both changed the bytes"
pointer $low file >ours
driver

echo "Both added it; labels differ, and nothing else"
: >base
pointer $one file "label licence=MIT" >ours
pointer $one file "label licence=GPL" "label pii=no" >theirs
driver

echo "Directories that are not in the store"
pointer $one tree "files 1" >ours
pointer $two tree "files 1" >theirs
driver

echo "Damaged pointers"
pointer $two tree >theirs
driver
: >theirs
driver

echo "A name that looks like an option"
pointer $two tree "files 1" >theirs
cp theirs ours
t mvc merge-driver base ours theirs -n.mvc
t mvc merge-driver base ours theirs
