# Ids of files are plain BLAKE3; -w stores them, small and large, once.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
printf hello >a
: >empty
noise 3000000 7 >big
t mvc hash-object a empty
printf hello | t mvc hash-object --stdin a
id=$(mvc hash-object big)
ls .git/mvc/segments
t mvc hash-object -w a empty
[ "$(mvc hash-object -w big)" = "$id" ] || echo "another id"
[ "$(mvc hash-object -w --stdin <big)" = "$id" ] || echo "another id"
mvc cat-object "$id" | same big -
mvc cat-object "$(mvc hash-object -w --stdin <a)"
echo
ls .git/mvc/tmp
find .git/mvc/packs -name '*.pack' | wc -l | tr -d ' '

echo "What is no file"
ln -s a link
t mvc hash-object . 2>&1
t mvc hash-object none
t mvc hash-object -w link
t mvc hash-object -w a .
t mvc hash-object
