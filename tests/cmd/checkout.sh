# checkout brings what pointers name, refuses revisions, names what is missing.
. "$srcdir/tests/cmd/lib.sh"
repo one
t mvc checkout
t mvc checkout HEAD
t mvc checkout --ours .
t mvc checkout HEAD -- data
t mvc checkout nothing

echo "Content that is not here"
{
	echo 'mvc pointer 1'
	printf 'oid %064d\n' 1
	echo 'type file'
	echo 'size 7'
} >data.mvc
git add data.mvc
t mvc checkout
t mvc checkout --json
t mvc checkout -n
printf 'mvc pointer 2\n' >data.mvc
t mvc checkout
