# Odd content and odd names: kept as they are, or refused with a reason.
. "$srcdir/tests/cmd/lib.sh"
tree() {
	find data -printf '%p %y %m %l\n' | sort
}
repo r || exit 1
mkdir -p data/empty/deep data/sub
printf '#!/bin/sh\n' >data/run && chmod 755 data/run
echo plain >data/plain
ln -s plain data/link
ln -s ../no/where data/sub/dangling
ln -s empty data/to-folder
printf x >data/.hidden
: >data/zero
printf 'a' >'data/with space'
printf 'b' >data/'-n'
printf 'c' >'data/*?[x]'
printf 'd' >'data/back\slash'
printf 'e' >"data/new
line"
printf 'f' >"data/$(printf 'bad\377utf8')"
printf 'g' >"data/$(printf 'caf\303\251')"
truncate -s 64M data/sparse && printf end >>data/sparse

echo "== a folder of it, there and back"
t mvc add data | mask
commit One
cp -a data ../data && tree >../tree
mvc ls -r HEAD:data
rm -r data
t mvc checkout | mask
tree | same ../tree -
same ../data data
[ "$(du -k data/sparse | cut -f 1)" -lt 1024 ] || echo "sparse takes room"
[ "$(find data/run -perm 755)" ] || echo "not executable"
t mvc status
t mvc fsck --full

echo "== one more of each by itself"
printf x >"new
line"
t mvc add "new
line" | mask
printf x >"$(printf 'bad\377utf8')"
t mvc add "$(printf 'bad\377utf8')" | mask
printf x >' lead #!*'
t mvc add ' lead #!*' | mask
printf x >'trail '
t mvc add 'trail ' | mask
t git status --short
tail -n 7 .gitignore | od -c | head -n 9
git commit -qm Odd
rm "$(printf 'bad\377utf8')" ' lead #!*' 'trail '
t mvc checkout | mask
t git status --short
printf 'text' >data/CON
t mvc add data | mask
mv data/CON data/'a:b'
t mvc add data | mask
mv data/'a:b' data/plaIn
t mvc add data | mask
rm data/plaIn
mkfifo data/pipe
t mvc add data
rm data/pipe

echo "== modes and links that change"
chmod 644 data/run
ln -sf zero data/link
rm data/plain && mkdir data/plain && echo y >data/plain/y
rmdir data/empty/deep
t mvc status -v
t mvc add -u | mask
commit Two
t mvc checkout HEAD~1 -- data | mask
tree | same ../tree -
same ../data data
git config core.fileMode false
chmod 600 data/run
t mvc status
git config --unset core.fileMode
git reset -q --hard && mvc checkout -q --force

echo "== a pointer that is not here is neither recorded nor forgotten"
rm 'trail .mvc'
t mvc add -u
t git status --short
git checkout -q 'trail .mvc'

echo "== .mvcignore, also a nested one"
printf '*.tmp\n/top\n' >.mvcignore
mkdir -p data/in
printf '!keep.tmp\n*.log\n' >data/in/.mvcignore
for f in a.tmp keep.tmp b.log c.txt; do echo $f >data/in/$f; done
echo top >top
echo log >data/d.log
t mvc status -v
t mvc add -u | mask
t mvc add top | mask
t mvc check-ignore data/in/a.tmp data/in/keep.tmp data/in/b.log data/d.log
commit Three
mvc ls HEAD:data/in
ls -A data/in
git switch -q --detach HEAD~1
t mvc checkout | mask
ls -A data/in

echo "== pointers with CRLF"
git switch -q main && mvc checkout -q
git config core.autocrlf true
printf '*.mvc text=auto\n' >.gitattributes
rm ./*.mvc && git checkout -q -- ./*.mvc
printf 'oid: %s\n' "$(sed -n 2p data.mvc | od -An -c | tail -n 1)"
sed 's/$/\r/' <data.mvc | tr -s '\r' >crlf && cp crlf data.mvc
t mvc status
rm -r data
t mvc checkout | mask
echo more >data/more
t mvc add data | mask
tr -d '\n' <data.mvc | od -c | grep -c '\\r'
git status --short data.mvc

echo "== a data set's name with a newline"
cd "$scratch/work" && repo lines || exit 1
nl=$(printf 'new\nline')
mkdir d && echo 1 >d/1 && echo 2 >f && mvc add -q d f
git mv d.mvc "$nl.mvc" && git mv f.mvc "f $nl.mvc"
t mvc checkout
t mvc status
cat .gitignore
commit Named
git clone -q . ../read && cd ../read || exit 1
git config mvc.store "$scratch/work/lines/.git/mvc"
t mvc checkout | mask
echo 3 >"$nl/3"
t mvc add -u | mask
git mv "f $nl.mvc" g.mvc
t mvc checkout
t mvc mv "$nl" e
t mvc mv g "$nl"
t mvc rm --cached "$nl"
t mvc status
git status --short
