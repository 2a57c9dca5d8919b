# A first day: init, add, commit, edit, status, add -u, and back again.
. "$srcdir/tests/cmd/lib.sh"
git init -q cats && cd cats || exit 1
mkdir images
noise 2000000 1 >../bytes
split -b 1000 -a 5 ../bytes images/cat- || exit 1
mkdir images/again && cp images/cat-aaaa? images/again
t mvc init
t mvc add images | mask
t git commit -qm "First images"
t git ls-files
t git status --short
rm images/cat-aaaab
for i in 1 2 3; do noise 100000 10$i >images/new-$i; done
t mvc status
t mvc add -u | mask
t git commit -qm "More cats"
t mvc status
t git switch -q --detach HEAD~1
t mvc status
t mvc checkout | mask
t mvc status
t ls images/cat-aaaab images/new-1
t git switch -q main
t mvc checkout | mask
sums images >../sums
t mvc checkout | mask
sums images | same ../sums -
t mvc fsck --full
