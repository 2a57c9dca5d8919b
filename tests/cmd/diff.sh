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
