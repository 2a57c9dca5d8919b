# Data of other repositories, and files at URLs, tracked with their source.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
two_versions
R=$PWD
git config mvc.remote.lab.url "$HERE/lab"
git tag -am One v1 HEAD~1
mvc label model.bin licence=MIT >/dev/null
git commit -qam "Licence"
mvc push -q --all
cd "$HERE" && repo mine || exit 1
import() {
	t mvc import "$@" 2>&1 | mask | mask_ids | sed "s|$scratch|TOP|g"
}
source_of() {
	sed -n 's/^source //p' "$1.mvc" | mask_ids | sed "s|$scratch|TOP|g"
}

echo "- a directory, a file, a part of a directory"
import ../r images
same images "$R/images"
source_of images
git status --short
import ../r model.bin -o models/m.bin
cmp models/m.bin "$R/model.bin"
source_of models/m.bin
sed -n 's/^label //p' models/m.bin.mvc
import ../r images/cats --rev v1 -o old
source_of old
ls old
import ../r images/cats/2.jpg --rev "$(git -C "$R" rev-parse HEAD)"
cmp 2.jpg "$R/images/cats/2.jpg"
source_of 2.jpg
commit "Imported"
mvc status
mvc fsck --full | tail -1
echo "- it can be pushed from here, as data of this repository"
mvc push -q -r "$HERE/place" && mvc fsck -r "$HERE/place" --full | tail -1
rm -rf .git/mvc old && mvc init -q && mvc pull -q -r "$HERE/place" && ls old

echo "- what cannot be imported"
import ../r images
mkdir there
import ../r images -o there
import ../r images -o images/x
import ../r images/latest -o latest
import ../r images/none -o none
import ../r none
import ../none images -o none
import ../r
import https://ada:SECRET@example.org/r images -o none
import s3://lab -o none
git status --short

echo "- a file at a URL"
web_start
rows 1000 1 >"$scratch/web/t b.csv"
cp "$scratch/web/t b.csv" "$scratch/web/a.csv"
import "$secure/a.csv" -o data/a.csv | mask_web
cmp data/a.csv "$scratch/web/a.csv"
source_of data/a.csv | sed 's/"[^ ]*"/VERSION/' | mask_web
import "$web/a.csv" | mask_web
import "$web/none.csv" | mask_web
import "$web/a.csv?x=1" -o y | mask_web
[ ! -e none.csv ] || echo "it is there"
t mvc import "$web/a.csv" -o j --json 2>&1 | mask_web | mask_ids |
    sed 's/%22[^ ]*%22/VERSION/; s/"[0-9a-f-]*" /VERSION /; s/\\".*\\"/VERSION/'
mvc fsck --full | tail -1
find .git -maxdepth 1 -name '.mvc*'
