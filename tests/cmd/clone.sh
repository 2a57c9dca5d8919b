# git clone, and the data; or the data when it is asked for.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir -p data/sub
for i in 1 2 3 4 5; do noise 30000 $i >data/$i; done
noise 500000 6 >data/sub/large
noise 100000 9 >one
mvc add -q data one && commit "first"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q
id=$(git config mvc.remote.lab.storeid)
[ -n "$id" ] || echo "the store's id was not written down"
mvc config --project mvc.remote.lab.url ../lab
mvc config --project mvc.remote.lab.storeid "$id"
git add .mvc && commit "remote"

cd "$HERE" || exit 1
t mvc clone r c 2>&1 | mask
same c/data r/data
same c/one r/one
(cd c && t mvc status)
t mvc clone r c 2>&1 | sed 's/^mvc clone: .*fatal: /.../'
mvc clone -q --no-data "file://$HERE/r/.git" d
cd d && ls -A

# What is missing comes by itself.
t mvc cat data/3 2>/dev/null >got
tail -n +2 got | cmp - ../r/data/3
t mvc ls data
t mvc checkout data/sub 2>&1 | mask
cmp data/sub/large ../r/data/sub/large
t mvc checkout 2>&1 | mask
same data ../r/data

# Unless that is not wanted, or there is no way.
cd "$HERE" && mvc clone -q --no-data r e && cd e || exit 1
git config mvc.autofetch false
t mvc cat one
t mvc checkout 2>&1 | mask_ids
git config mvc.autofetch true
git config mvc.remote.lab.url "$HERE/gone"
t mvc cat one 2>&1 | sed "s|$HERE|HERE|g"

# A committed path counts only where the store is that one.
cd "$HERE" && mkdir else && mvc clone -q --no-data r else/f && cd else/f || exit 1
t mvc pull
(cd "$HERE/r" && mvc push -q -r "$HERE/else/lab")
t mvc pull

# Not every repository uses mvc.
cd "$HERE" && git init -q plain && git -C plain commit -q --allow-empty -m x
t mvc clone plain copy
