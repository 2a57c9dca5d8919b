# mvc remote mirror: a folder onto a bucket, and that onto a folder; what is
# damaged is named, and the rest copied.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
s3_start
two_versions
mvc remote add -q lab "$HERE/lab"
mvc remote add -q cloud s3://lab/mirror
mvc remote add -q third "$HERE/third"
git add .mvc && commit "Remotes"
mvc push -q --all --with-git
# Another repository keeps its data there, too.
cd "$HERE" && repo other && noise 300000 8 >theirs && mvc add -q theirs &&
    commit "Theirs" && mvc push -q -r "$HERE/lab"
cd "$HERE/r" || exit 1
content() {
	(cd "$1" && find packs segments roots holders git -type f | sort |
	    xargs cksum)
}

echo "All of it, checked; again, nothing"
mvc remote mirror lab cloud >/dev/null 2>&1
t mvc remote mirror lab cloud 2>&1 | mask
t mvc remote mirror -n cloud third 2>&1 | mask
t mvc remote mirror cloud third 2>&1 | mask
t mvc remote mirror cloud third --json | sed "s|$HERE|HERE|; s/127.0.0.1:[0-9]*/SERVER/"
content "$HERE/lab" >a
content "$HERE/third" >b
cmp a b && echo "the same keys, the same bytes"
mvc fsck -r third --full | tail -n 1
cd "$HERE" && mvc clone -q third c && same r/images c/images && same r/model.bin c/model.bin

echo "What comes later is added"
cd "$HERE/r" || exit 1
noise 50000 9 >images/more && mvc add -q -u && commit "More" && mvc push -q -r lab
mvc remote publish -q lab
t mvc remote mirror lab third 2>&1 | mask
cmp "$HERE/lab/roots/index" "$HERE/third/roots/index"
wc -l <"$HERE/third/roots/index"

echo "Damage is named, and the rest copied"
theirs=$(find "$HERE/lab/packs" -size +250k -size -400k -name '*.pack' | head -n 1)
chmod u+w "$theirs"
printf X | dd of="$theirs" bs=1 seek=1000 conv=notrunc 2>/dev/null
t mvc remote mirror lab "$HERE/fourth" 2>&1 | mask | mask_ids |
    sed "s|packs/../|packs/XX/|; s|$HERE|HERE|g"
find "$HERE/lab/roots" -mindepth 2 -type f | wc -l
find "$HERE/fourth/roots" -mindepth 2 -type f | wc -l
cd "$HERE" && git clone -q r d && cd d && mvc fetch -q --all -r "$HERE/fourth" &&
    mvc checkout -q && same images "$HERE/r/images"

echo "Stopped, it goes on"
cd "$HERE/r" || exit 1
for i in 1 2 3; do
	mvc remote mirror cloud "$HERE/fifth" >/dev/null 2>&1 &
	pid=$!
	sleep 0.0$i
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	find "$HERE/fifth/roots" -type f 2>/dev/null | while read -r root; do
		sed -n 's/^segment //p' "$root" | while read -r s; do
			[ -f "$HERE/fifth/segments/$s" ] || echo "a root lies"
		done
	done
done
mvc remote mirror -q cloud "$HERE/fifth" && mvc fsck -r "$HERE/fifth" --full | tail -n 1

echo "What is none"
t mvc remote mirror lab lab | sed "s|$HERE|HERE|g"
t mvc remote mirror none lab
git config mvc.remote.cloud.paths '!/x'
t mvc remote mirror lab cloud
