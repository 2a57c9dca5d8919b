# label: words about data, in its pointer, staged by themselves.
. "$srcdir/tests/cmd/lib.sh"
two_versions
t mvc label images
t mvc label images licence=CC-BY-4.0 'source=the web, 2026'
t mvc label images
t mvc label images licence
t mvc label images pii
t mvc label --json images
t mvc label --json images pii
t git status --short
t git diff --cached
commit Labels
t mvc label HEAD~1:images
t mvc label HEAD:images licence
t mvc label -d licence images
t mvc label images
t mvc label HEAD:images x=1
t mvc label images/cats x=1
t mvc label data x=1
t mvc label images 'no key=1'
t mvc label images a=1 b

echo "What else is unstaged stays so"
git checkout -q HEAD . && echo more >data/train.csv && record data/train.csv
t mvc label data/train.csv pii=no
t git status --short
git show :data/train.csv.mvc | diff - data/train.csv.mvc | grep -c '^[<>] oid'
t mvc label -q data/train.csv pii
