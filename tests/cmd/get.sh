# Copies out of repositories, and out of remotes without any.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
two_versions
git config mvc.remote.lab.url "$HERE/lab"
git tag -am "One" v1 HEAD~1
git tag light HEAD~1
git branch old HEAD~1
mvc push -q --all
mkdir "$HERE/out" && cd "$HERE/out" || exit 1
R=$HERE/r
get() {
	t mvc get "$@" 2>&1 | mask | mask_ids | sed "s|$scratch|TOP|g"
}

echo "- from a repository on this machine: its own store, its remote"
(cd "$R" && noise 5000 8 >own && mvc add -q own && commit "Not pushed")
get ../r own
cmp own "$R/own"
get "$R" images
same images "$R/images"
get ../r model.bin -o m/o
get ../r model.bin -o mo
cmp mo "$R/model.bin"
get "$R" images/cats -o cats
same cats "$R/images/cats"
get "$R" images/cats/2.jpg
cmp 2.jpg "$R/images/cats/2.jpg"
get "$R" images/latest
readlink latest
get "$R" images/empty
ls -d empty

echo "- nothing is overwritten"
get "$R" model.bin -o 2.jpg
cmp 2.jpg "$R/images/cats/2.jpg"
get "$R" model.bin -o cats
same cats "$R/images/cats"
get -f "$R" model.bin -o 2.jpg
cmp 2.jpg "$R/model.bin"
get -f "$R" images/dogs -o cats
same cats "$R/images/dogs"
get -f "$R" model.bin -o cats
cmp cats "$R/model.bin"
get -f "$R" images/dogs -o cats
same cats "$R/images/dogs"

echo "- revisions: tags, a branch, commits"
git -C "$R" cat-file blob HEAD~1:images.mvc | grep ^oid >want
for rev in v1 light old "$(git -C "$R" rev-parse HEAD~1)" \
    "$(git -C "$R" rev-parse --short HEAD~1)"; do
	rm -rf one
	mvc get -q "$R" images --rev "$rev" -o one && ls one/dogs/small
	[ -x one/dogs/small/a.jpg ] || echo "not executable"
done
get "$R" images --rev none -o two
get "$R" images --rev --upload-pack=id -o two
get "$R" images --rev 'v1:x' -o two

echo "- what is not there"
get "$R" none
get "$R" images/cats/none
get "$R" model.bin/x
get "$R" ../r/images -o two
get "$R" .git/config
get "$HERE/none" images -o two
get -o two -- "--upload-pack=id" images
get 'ext::sh -c id' images -o two
get "$R"

echo "- without more of Git than needed"
for i in 1 2 3; do
	noise 2000000 "5$i" >"$R/code" && git -C "$R" add code &&
	    git -C "$R" commit -qm "$i"
done
git -C "$R" config uploadpack.allowFilter true
GIT_TRACE_PACKET="$HERE/trace" mvc get -q "file://$R" data/train.csv -r "$HERE/lab"
cmp train.csv "$R/data/train.csv"
[ "$(wc -c <"$HERE/trace")" -lt 100000 ] || echo "much was fetched"
grep -c 'deepen 1' "$HERE/trace"

echo "- by the remote that the repository says"
(cd "$R" && mvc push -q -r lab)
git -C "$R" config --unset mvc.remote.lab.url
cd "$R" && mvc remote add disk "$HERE/lab" >/dev/null && git commit -qm "Its place"
cd "$HERE/out" && git clone -q --bare "$R" "$HERE/bare"
rm -rf images
get "file://$HERE/bare" images
same images "$R/images"
mv "$HERE/lab" "$HERE/away"
get "file://$HERE/bare" images -o two
mv "$HERE/away" "$HERE/lab"

echo "- no repository at all"
rm -rf images model.bin
cp "$R/images.mvc" "$R/model.bin.mvc" .
get -r "$HERE/lab" images.mvc
same images "$R/images"
oid=$(sed -n 's/^oid //p' model.bin.mvc)
get -r "$HERE/lab" "$oid" -o m1
cmp m1 "$R/model.bin"
holder=$(ls "$HERE/lab/holders")
get -r "$HERE/lab" "$holder/$oid" -o m2
cmp m2 "$R/model.bin"
get -r "$HERE/lab" "00112233445566778899aabbccddeeff/$oid" -o m3
get -r "$HERE/lab" "$oid"
get -r "$HERE/lab" none.mvc
get -r "$HERE/none" images.mvc -o m3
get -r lab images.mvc -o m3
mvc get -r "$HERE/lab" model.bin.mvc --json | sed "s/\"oid\":\"[0-9a-f]*/&OID/; s/[0-9a-f]*OID/OID/; s|$scratch|TOP|" |
    mask_numbers

echo "- damaged there"
cp -R "$HERE/lab" "$HERE/bad"
for f in "$HERE"/bad/packs/*/*.pack; do
	chmod u+w "$f"
	printf 'xxxxxxxx' | dd of="$f" bs=1 seek=2000 conv=notrunc 2>/dev/null
done
t mvc get -r "$HERE/bad" model.bin.mvc -o m3 2>&1 | grep -c 'bytes are not'
[ ! -e m3 ] || echo "it is there"
echo "- published by a web server"
web_start
cp -R "$HERE/lab" "$scratch/web/cats"
get -r "$web/cats" "$oid" -o m3 | mask_web
cd "$R" && mvc remote publish "$scratch/web/cats" >/dev/null && cd "$HERE/out" || exit 1
get -r "$web/cats" "$oid" -o m3 | mask_web
cmp m3 "$R/model.bin"
get -r "$secure/cats" images.mvc -o i3 | mask_web
same i3 "$R/images"
echo "- what is left behind"
find . -maxdepth 1 -name '.*' ! -name . | wc -l
