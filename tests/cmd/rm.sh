# Data that goes: roots and parts of them, and what must not be lost.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir -p images/deep/er images/void data
noise 90000 1 >images/a.bin
noise 40000 2 >images/deep/b.bin
noise 300 3 >images/deep/er/c.bin
ln -s a.bin images/link
noise 5000 4 >model.pt
noise 700 5 >data/x.csv
noise 800 6 >data/y.csv
mvc add -q images model.pt data/x.csv data/y.csv && commit Data

echo "== a part of a directory"
t mvc rm -n images/deep
t mvc rm images/deep
find images | sort
t mvc status
git status --short
t mvc fsck
t mvc add -u
t mvc checkout HEAD -- images | mask
find images | sort
git status --short

echo "== a part that is not here"
rm -r images/deep
t mvc rm --json images/deep/b.bin images/deep/er
mvc checkout -q HEAD -- images
git status --short

echo "== not what could not be had back"
echo more >>images/a.bin
t mvc rm images
t mvc rm images/a.bin
echo new >images/new
t mvc rm images/deep images/link
t mvc rm images
t mvc rm images/new
mvc add -q images
t mvc rm images
ls images
git status --short
commit More

echo "== the same bytes with another time are no change"
touch images/a.bin model.pt
t mvc rm images model.pt.mvc
cat .gitignore
git status --short
ls -A
t mvc fsck
git reset -q --hard
t mvc checkout -q | mask
find images model.pt | sort

echo "== the files stay"
t mvc rm --cached images/new
ls images
t mvc status
t mvc rm --cached model.pt
t mvc status
git status --short
t mvc add model.pt | mask
git status --short

echo "== ignored files stay too"
echo '*.log' >images/.mvcignore
mvc add -q images && commit Ignore
echo text >images/x.log
t mvc rm images
find images | sort
mvc checkout -q HEAD -- images

echo "== all of a folder"
t mvc rm data
t mvc rm -r data
ls -A data
git status --short data
git reset -q --hard && mvc checkout -q

echo "== by force"
echo more >>images/a.bin
t mvc rm -f images
git status --short
git reset -q --hard && mvc checkout -q

echo "== refused"
echo text >README && git add README
t mvc rm README
t mvc rm nothing
t mvc rm images/nothing
t mvc rm model.pt/x
t mvc rm
: >.git/index.lock
t mvc rm images 2>&1 | sed "s:$scratch:SCRATCH:"
rm .git/index.lock
find images | sort
git status --short

echo "== unrecorded data whose pointer moved on"
noise 100 9 >model.pt && mvc add -q model.pt && commit Model
git reset -q --hard HEAD~1
t mvc rm model.pt

echo "== what the machine's stop left of a file"
rm model.pt && mvc checkout -q
touch -r model.pt at && truncate -s 60 model.pt && touch -r at model.pt
rm at
t mvc rm model.pt
sed -i 's/^[^ ]*/another/' .git/mvc/checkout-running
t mvc rm model.pt
test ! -e model.pt

echo "== HEAD has it, but not as executable"
repo ../mode && echo 1 >f && mvc add -q f && commit "one" || exit 1
chmod +x f && mvc add -q f
t mvc rm f

echo "== of another version's part"
repo ../part && mkdir d && echo 1 >d/a && echo 1 >d/b && mvc add -q d || exit 1
commit "one" && echo 22 >d/a && echo 22 >d/b && mvc add -q d && commit "two"
git checkout -q HEAD~1 && mvc checkout -q && git checkout -q - &&
	mvc checkout -q d/a && git checkout -q HEAD~1
t mvc rm d/a
t cat d/a
