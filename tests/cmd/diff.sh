# diff: what differs between two versions, by file.
. "$srcdir/tests/cmd/lib.sh"
two_versions
t mvc diff
t mvc diff HEAD
t mvc diff HEAD~1 HEAD
t mvc diff HEAD~1..HEAD
t mvc diff HEAD HEAD~1
t mvc diff --stat HEAD~1
t mvc diff --stat HEAD~1 -- images
t mvc diff --name-only HEAD~1 HEAD
t mvc diff --name-only HEAD~1 HEAD images/cats
t mvc diff --name-only HEAD~1 images/dogs model.bin
t mvc diff --name-only HEAD~1 -- images/dogs/b.jpg
t mvc diff --exit-code HEAD~1 HEAD -q --name-only images/latest
t mvc diff --exit-code HEAD~1 HEAD --name-only images/dogs
t mvc diff --json HEAD~1 HEAD
t mvc diff --json --stat HEAD~1 HEAD -- model.bin
cd images || exit 1
t mvc diff --name-only HEAD~1 HEAD -- cats
cd ..

echo "Kinds, links, whole paths renamed, removed and new"
chmod +x images/dogs/b.jpg model.bin
ln -sf cats/2.jpg images/latest
mkdir images/now && mv images/cats/one.jpg images/now
record images model.bin
t mvc diff HEAD
git mv data new && printf 'x' >extra && record extra && git add extra.mvc
git rm -q -f model.bin.mvc
t mvc diff HEAD -- new data extra model.bin
t mvc diff --stat HEAD
git add -A '*.mvc' && commit Third
rm -r images && echo now a file >images && record images && git add images.mvc
t mvc diff HEAD

echo "What is not there"
t mvc diff nothing
t mvc diff HEAD~1 -- nothing
t mvc diff HEAD HEAD~1 HEAD~2 --
t mvc diff HEAD~1..HEAD HEAD
git branch images
t mvc diff images
t mvc diff images -- | head -1
t mvc diff --name-only HEAD -- images
echo broken >images.mvc
t mvc diff --name-only HEAD
rm -r .git/mvc/segments/* .git/mvc/packs/*
t mvc diff HEAD~2 HEAD~1
t mvc diff HEAD~2 HEAD~1 model.bin

echo "Data that differs from its pointer"
repo w && mkdir -p d/e && echo 1 >d/1 && echo 2 >d/e/2 && echo 3 >d/e/3 || exit 1
ln -s 1 d/l && echo f >f && mvc add -q d f && git commit -qm First || exit 1
t mvc diff
t mvc diff --exit-code
echo new >d/e/new && echo longer >d/1 && rm d/e/3 && chmod +x d/e/2
ln -sf e d/l && echo g >f
t mvc diff
t mvc diff --stat
t mvc diff --name-only --exit-code d/e
t mvc diff --json -- f d/e
t mvc diff nothing
git rm -q -f --cached f.mvc && rm f.mvc
t mvc diff

echo "Renames in the work tree, and of what was edited too"
repo ../moved && mkdir -p d/sub e || exit 1
noise 1000000 1 >d/model && noise 5000 2 >d/a && cp d/a d/b && noise 700 3 >e/c
noise 300000 4 >d/big
mvc add -q d e && commit "One"
mv d/a d/sub/a
mv d/b e/b
mv e/c d/c
{ cat d/model; noise 100000 5; } >d/model-2 && rm d/model
noise 300000 6 >d/other && rm d/big
cp d/c d/c-again
t mvc diff
t mvc diff --stat
t mvc diff --name-only
t mvc diff --json d/model-2 d/model
mvc add -q -u --vanished && commit "Two"
t mvc diff
t mvc diff HEAD~1
t mvc diff --stat HEAD~1
t mvc diff HEAD HEAD~1 -- d

echo "Bytes that the store has already are not new"
{ head -c 500000 d/model-2; noise 200000 7; } >d/half
cp d/half d/half-again && cp d/other d/copy
t mvc diff
rm d/half d/half-again d/copy

echo "Empty directories"
mkdir -p d/none/deep e/only && rmdir d/sub 2>/dev/null
t mvc diff
t mvc diff --stat
t mvc status
t mvc status --porcelain
mvc add -q -u --vanished && commit "Three"
t mvc status
t mvc diff --json HEAD~1
rmdir d/none/deep && mv e/only e/lonely
t mvc diff
t mvc diff --stat
t mvc status -v
mvc add -q -u --vanished
t mvc diff HEAD
echo "A folder that has files now, and one that lost them"
mvc checkout -q && git commit -qm "Four" && echo x >e/lonely/x && rm e/b
t mvc diff

echo "A pointer that cannot be read: the others are told"
mvc checkout -q
echo x >d/more && rm -r e && echo "mvc pointer 9" >e.mvc
t mvc diff
t mvc diff --stat
t mvc diff d

echo "The same whatever the number of threads; few folders are open at once"
repo ../threads && noise 5000000 1 >big && noise 3000000 2 >old || exit 1
for i in $(seq 600); do
	mkdir -p "many/$i" && echo "$i" >"many/$i/f" || exit 1
done
mvc add -q big old many && commit "One"
{ head -c 2000000 big; echo x; tail -c 3000000 big; } >new && mv new big
{ echo x; cat old; } >many/new && rm old
for f in many/*/f; do
	echo more >>"$f"
done
# shellcheck disable=SC3045
few() {
	(ulimit -n 256 && exec mvc diff -j "$1")
}
few 1 >../one
for j in 2 7; do
	few "$j" | cmp - ../one
done
grep -v ' many/[0-9]*/f ' ../one
t mvc diff --stat

echo "A big file of the same size is read once; only touched, it is no change"
mvc add -q -u --vanished && commit "Two"
touched() {
	MVC_TRACE=../trace mvc diff
	grep -c '"store.ingest"' ../trace
	rm ../trace
}
touch big many/new
# As young as its record it would be read twice.
sleep 0.02
touched
touched
printf y | dd of=big bs=1 seek=3000000 conv=notrunc 2>/dev/null
touched
t mvc diff --name-only
touch many/new
t mvc diff --exit-code --json
