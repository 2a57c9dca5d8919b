# ls lists what is tracked and what is in it, without a checkout.
. "$srcdir/tests/cmd/lib.sh"
repo empty && t mvc ls && cd .. || exit 1
two_versions
rm -r images model.bin data/train.csv
t mvc ls
t mvc ls data
t mvc ls images
t mvc ls -l images
t mvc ls -r HEAD~1:images
t mvc ls -l images/latest model.bin
t mvc ls -l images/latest
t mvc ls model.bin
t mvc ls model.bin.mvc
t mvc ls images/dogs/
t mvc ls HEAD~1:
t mvc ls HEAD~1:data
t mvc ls -r
t mvc ls --json images
t mvc ls --json
mvc ls -z images | tr '\0' '|' && echo

echo "From a folder below"
cd data || exit 1
t mvc ls ../images/cats
t mvc ls train.csv
t mvc ls HEAD:./train.csv
t mvc ls HEAD:images/dogs
cd ..

echo "What is not there"
t mvc ls image
t mvc ls images/cats/9
t mvc ls model.bin/x
t mvc ls nothing-like-it
t mvc ls HEAD~1:images/dogs/b.jpg | mask_ids
t mvc ls NONE:images 2>&1 | sed "s:$scratch:SCRATCH:"
echo code >code.py && git add code.py && echo x >free
t mvc ls code.py
t mvc ls free
t mvc ls .. | sed "s:$scratch:SCRATCH:"

echo "Names that would command a terminal"
mkdir odd && printf x >"odd/$(printf 'a\033[2Jb')" && printf x >'odd/q"q'
record odd && t mvc ls -l odd
git add odd.mvc
mkdir 'a:b' && echo x >'a:b/c' && record a:b
t mvc ls ./a:b

echo "A pointer in conflict"
{ echo '<<<<<<< ours'; cat model.bin.mvc; } >m && mv m model.bin.mvc
t mvc ls

echo "A bare repository"
git init -q --bare ../bare.git && git push -q ../bare.git main
cp -r .git/mvc ../bare.git/mvc && cd ../bare.git || exit 1
t mvc ls main:images
t mvc ls images
rm -r mvc/segments/* mvc/packs/*
t mvc ls main:images/cats
t mvc ls main:images
