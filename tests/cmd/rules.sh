# Remotes by path: what a rule keeps from a remote never goes there, and is
# pushed to, fetched from and looked for on the one that takes it.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r || exit 1
mkdir -p patients/scans images
noise 300000 1 >patients/scans/a
noise 300000 2 >images/b
noise 300000 3 >images/c
noise 50000 4 >model
cp -R patients/scans copy # the same version, under a path that may go
# One add each, and one of all: a pack holds what may go and what may not.
mvc add -q patients/scans images model copy && commit "One"
mvc remote add -q cloud "$HERE/cloud"
mvc remote add -q lab "$HERE/lab"
mvc config -q --project mvc.remote.cloud.paths '!/patients/'
mvc config -q --project mvc.remote.lab.paths /patients/
git add .mvc && commit "Remotes"
sed "s|$HERE|HERE|; s/\(id\) = .*/\1 = ID/" .mvc/config
id_of() { sed -n 's/^oid //p' "$1.mvc"; }

# Every object on a remote: kinds and ids.
objects() {
	find "$1/packs" -name '*.pack' -exec mvc show-pack {} \; |
	    grep -oE '\b[0-9a-f]{64}\b' | sort -u
}
echo "Each goes where it may"
t mvc status
t mvc push 2>&1 | mask
t mvc push
t mvc status
find "$HERE/cloud/roots" "$HERE/lab/roots" -type f | sed 's|.*/||' | sort >there
{ id_of images && id_of model && id_of patients/scans; } | sort | diff - there &&
    echo "three roots"
ls -d "$HERE"/lab/roots/*/"$(id_of patients/scans)" >/dev/null || echo "not on lab"
mvc cut patients/scans/a | grep -oE '\b[0-9a-f]{64}\b' | sort -u >chunks
[ "$(wc -l <chunks)" -gt 1 ] || echo "no chunks"
objects "$HERE/lab" | comm -12 - chunks | cmp - chunks && echo "they are on lab"
objects "$HERE/cloud" | comm -12 - chunks | wc -l
objects "$HERE/cloud" | grep -c "$(id_of patients/scans)"

echo "Nor by name, by all, or by its copy"
t mvc push -r cloud -- patients
t mvc push -r cloud --all
objects "$HERE/cloud" | comm -12 - chunks | wc -l
t mvc push -r cloud -- copy
objects "$HERE/cloud" | comm -12 - chunks | wc -l
t mvc push -r cloud -r lab --json | mask_ids
noise 100000 9 >patients/scans/new
mvc add -q -u && commit "Two"
t mvc status
t mvc push 2>&1 | mask
objects "$HERE/cloud" | comm -12 - chunks | wc -l

echo "The clone finds each where it is"
cd "$HERE" && mvc clone -q r c && cd c || exit 1
same patients "$HERE/r/patients"
same images "$HERE/r/images"
t mvc fetch
mvc clone -q --no-data "$HERE/r" "$HERE/d" && cd "$HERE/d" || exit 1
mvc cat patients/scans/new | cmp - "$HERE/r/patients/scans/new"
mvc cat images/b | cmp - "$HERE/r/images/b"

echo "What this clone says is stronger"
cd "$HERE/r" || exit 1
git config --add mvc.remote.cloud.paths '!/images/'
noise 20000 7 >images/d
mvc add -q -u && commit "Three"
t mvc push -r cloud
t mvc status
git config mvc.remote.cloud.paths ''
t mvc push -r cloud
