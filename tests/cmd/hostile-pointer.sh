# Pointers that nobody's mvc wrote: each is named, nothing is touched.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
echo precious >keep && echo first >data
mvc add -q data && commit "One"
cp data.mvc ../good
oid=$(sed -n 's/^oid //p' data.mvc)
# bad WHAT: every command that reads the pointer says what is wrong with it.
bad() {
	echo "== $1"
	rm -f data
	git add -f data.mvc
	t mvc checkout | sed -E 's/[0-9]{10,} (are free|more)/N \1/g' | mask
	[ ! -e data ] || echo "something was delivered"
}

printf 'mvc pointer 1\noid %s\nty' "$oid" >data.mvc
bad "cut off"
for c in add status diff du log ls fsck; do
	case $c in
	add) t mvc add -u ;;
	log) t mvc log data | mask_ids ;;
	*) t mvc "$c" ;;
	esac
done
t mvc cat HEAD:data
t mvc cat data
t mvc rm data
t mvc label data a=b
t mvc gc
: >data.mvc
bad "empty"
{ cat ../good; printf 'note '; noise 5000 1 | od -An -tx1 | tr -d ' \n'; echo; } >data.mvc
bad "too long"
sed s/1/2/ ../good | sed '2,$d' >data.mvc
bad "of a later version"
t mvc add -u
t mvc status
t mvc gc
sed 's/^oid ..../oid ..\/./' ../good >data.mvc
bad "an id that is a path"
sed 's/^oid .*/oid ABCDEF/' ../good >data.mvc
bad "a short id"
sed 's/^oid/ids 1234\n&/' ../good >data.mvc
bad "keyed ids"
for n in 9223372036854775807 9223372036854775808 18446744073709551615 \
    18446744073709551616 -1 0x7 07 7; do
	sed "s/^size .*/size $n/" ../good >data.mvc
	bad "a size of $n, and it has 6 bytes"
done
sed 's/^type file/type tree/; $a files 9223372036854775808' ../good >data.mvc
bad "a file that says it is a tree"
printf '\0' >>data.mvc
bad "a NUL"
printf 'size 6\r\n' >data.mvc
bad "no first line"
sed 's/$/\r/' ../good >data.mvc
bad "CRLF is read"
sed '$a x-tool kept\nowner Ada' ../good >data.mvc
bad "unknown keys are harmless"
echo second >data
t mvc add data | mask
cat data.mvc
t mvc label data licence=mit
tail -n 3 data.mvc
cat keep

# The id is right, what is said of it is not.
repo ../sums && mkdir d && echo 1 >d/1 && echo 2 >d/2 || exit 1
noise 300000 1 >f && mvc add -q d f && commit "One"
sed -i 's/^size .*/size 5/' d.mvc
sed -i 's/^size .*/size 300001/' f.mvc
echo "== false sizes"
t mvc status
t mvc fsck
t mvc fsck --json
mv d ../d && mv f ../f
t mvc checkout d | mask
t mvc checkout f | mask
t mvc add d
mv ../d d && mv ../f f
t mvc add d f | mask
t git status --short
echo "== a false number of files"
sed -i 's/^files .*/files 9/' d.mvc
t mvc checkout | mask
t mvc fsck
t mvc gc
t mvc add -u | mask
t git status --short

echo "== staged only, and cut off"
echo 3 >d/3 && mvc add -q d
head -n 2 d.mvc | head -c 30 >x && mv x d.mvc && git add d.mvc
t mvc fsck
t mvc gc
t mvc gc --now --yes
git checkout -q HEAD d.mvc
t mvc fsck
echo "== another tool's file of that name"
mkdir other && echo "not ours" >other/video.mvc
t mvc fsck
t mvc gc
echo "== cut off in a folder"
mkdir sub && echo 4 >sub/g && mvc add -q sub/g && commit "Two"
head -c 30 sub/g.mvc >x && mv x sub/g.mvc
t mvc fsck
git checkout -q sub/g.mvc

echo "== its data would lie in .git, or where Git and mvc read what to do"
mkdir -p evil/hooks && echo '#!/bin/sh' >evil/hooks/pre-commit
chmod +x evil/hooks/pre-commit
mvc add -q evil && commit "Evil"
for p in .git .GIT git~1 .mvc .mvc/runs .gitattributes .gitmodules .gitignore \
    .mvcignore x.mvc sub/.git sub/.gitattributes; do
	rm -rf .git/hooks/pre-commit
	cp evil.mvc "$p.mvc" && git add -f "$p.mvc"
	t mvc checkout
	t mvc checkout -f "$p"
	git commit -qm "$p"
	git rm -q --cached "$p.mvc" && rm "$p.mvc"
	t mvc checkout HEAD -- "$p"
	[ ! -e .git/hooks/pre-commit ] || echo "a hook was put"
	[ "$p" = .git ] || [ ! -e "$p/hooks" ] || echo "$p was put"
	git reset -q --hard HEAD~1
done
cp evil.mvc .git.mvc && git add -f .git.mvc
t mvc status
t mvc add -u
t mvc add .git
t mvc ls
t mvc fsck
t mvc gc
t mvc doctor -q
git rm -q -f .git.mvc
t mvc doctor -q
t mvc status
t mvc mv evil .mvcignore
t mvc mv evil sub/.gitattributes
