# mvc add -A and . by the track rules; never the repository as one data set.
. "$srcdir/tests/cmd/lib.sh"
git init -q r && cd r || exit 1
mvc init >/dev/null
git commit -qm start
mkdir -p data sub/deep other
noise 3000 1 >data/x
noise 3000 2 >data/y
noise 3000 3 >sub/deep/m.pt
noise 30000 4 >other/large
noise 30 5 >other/small
noise 30000 6 >ignored.bin
echo print >code.py && git add code.py
echo ignored.bin >.gitignore
t mvc add .
t mvc add
mvc config --project -q add mvc.track.pattern /data/
mvc config --project -q add mvc.track.pattern '*.pt'
mvc config --project -q mvc.track.size 10k
(cd sub && t mvc add . | mask)
t mvc add -A | mask
t mvc add -A
git status --short
noise 30000 7 >other/more
t mvc add -u
t mvc add -A | mask
