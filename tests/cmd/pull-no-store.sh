# Straight to the work tree: the store gets the trees alone.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir -p data/more
for i in 1 2 3 4; do
	noise 9000 "$i" >data/f$i
done
noise 3000000 7 >data/big
cp data/f1 data/more/same
cp data/big data/more/big
{ cat data/big && noise 500000 8; } >longer
cp data/f2 one
chmod +x data/f3
: >data/empty
ln -s f1 data/link
mvc add -q data longer one
commit -m "One"
mkdir "$HERE/lab"
mvc remote add -q lab "$HERE/lab"
commit -m "A remote"
mvc push -q

# The packs that hold files.
store() {
	find .git/mvc/packs -type f -size +100k | wc -l
}

cd "$HERE" && git clone -q r c && cd c || exit 1
mvc remote set-url --local lab "$HERE/lab"
t mvc pull --no-store -n 2>&1 | mask
t mvc pull --no-store 2>&1 | mask
same data "$HERE/r/data"
same longer "$HERE/r/longer"
same one "$HERE/r/one"
[ -x data/f3 ] || echo "no bit"
store
t mvc status 2>&1 | mask
mvc fsck --full | tail -1

echo "== only what is gone comes again"
t mvc pull --no-store 2>&1 | mask
rm data/f4 longer
t mvc pull --no-store 2>&1 | mask
same data "$HERE/r/data"
same longer "$HERE/r/longer"
echo mine >data/f1
t mvc pull --no-store 2>&1 | mask
rm -r data
t mvc pull --no-store data/more 2>&1 | mask
ls data data/more
t mvc pull --no-store 2>&1 | mask
same data "$HERE/r/data"
store

echo "== a run that was killed left some, one of them torn"
oid=$(mvc hash-object data/f2)
torn=$(mvc hash-object data/f4)
mkdir .git/mvc/ready/0123456789abcdef
cp data/f2 ".git/mvc/ready/0123456789abcdef/$oid"
head -c 5000 data/f4 >".git/mvc/ready/0123456789abcdef/$torn"
rm data/f2 data/f4 one
mvc pull --no-store --json 2>"$HERE/err" |
    sed 's/.*"objects":\([0-9]*\),"bytes":\([0-9]*\).*/\1 objects/;1!d'
cat "$HERE/err"
same data "$HERE/r/data"
ls .git/mvc/ready

echo "== and back to a store"
t mvc pull 2>&1 | mask
store
mvc fsck --full | tail -1

echo "== a clone; a remote that is damaged"
cd "$HERE" || exit 1
pack=$(find lab/packs -name '*.pack' -size +1000k)
cp "$pack" "$HERE/keep"
chmod u+w "$pack"
printf x | dd of="$pack" bs=1 seek=1500000 conv=notrunc 2>/dev/null
git -C r config mvc.remote.lab.url "$HERE/lab"
git clone -q r d && cd d || exit 1
mvc remote set-url --local lab "$HERE/lab"
t mvc pull --no-store 2>&1 | mask | mask_ids
(cd data && echo *)
cp "$HERE/keep" "$HERE/$pack"
mvc pull -q --no-store
same data "$HERE/r/data"
same longer "$HERE/r/longer"
