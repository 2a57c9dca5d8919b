# What is not here comes from a remote: all of it, or a path.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir -p data/sub
for i in 1 2 3 4 5 6 7 8; do noise 30000 $i >data/$i; done
noise 600000 11 >data/sub/large
cp data/1 data/sub/twin
: >data/empty
ln -s 1 data/link
noise 3000000 9 >big.bin
mvc add -q data big.bin && commit "first"
git config mvc.remote.lab.url "$HERE/lab"
noise 30000 10 >data/3
mvc add -q -u && commit "second"
mvc push -q --all

fresh() {
	cd "$HERE" && git clone -q r "$1" && cd "$1" &&
	    git config mvc.remote.lab.url "$HERE/lab"
}

fresh all
t mvc fetch -n
t mvc fetch 2>&1 | mask
t mvc fetch
mvc fsck --full | tail -1
mvc checkout -q && same data "$HERE/r/data" && same big.bin "$HERE/r/big.bin"

# The version before costs what differs.
[ "$(mvc fetch --json HEAD~1 | sed 's/.*"bytes":\([0-9]*\).*/\1/')" -lt 40000 ] ||
    echo "too much"
mvc fsck --full | tail -1

# A path inside.
fresh part
mvc fetch --json data/sub/twin | sed 's/"oid":"[0-9a-f]*"/OID/; s/"requests.*ved":[0-9]*,//'
t mvc checkout data/sub/twin 2>&1 | mask
cmp data/sub/twin "$HERE/r/data/1"
t mvc fetch data/none
t mvc fetch -- data 2>&1 | mask
mvc checkout -q data && same data "$HERE/r/data"
mvc fsck --full | tail -1

# What the remote does not have is named, the rest comes.
cd "$HERE/r" || exit 1
noise 40000 20 >late && mvc add -q late && commit "late"
fresh late
t mvc fetch 2>&1 | mask | mask_ids
t mvc fetch HEAD~1

# Who made it, and the newest version that is there.
cd "$HERE/r" || exit 1
noise 30000 30 >data/3 && mvc add -q data &&
    GIT_COMMITTER_NAME=Grace GIT_COMMITTER_DATE=2026-02-03T04:05:06Z \
	commit "third"
noise 2000 31 >data/4 && mvc add -q data && commit "fourth"
fresh newest
t mvc fetch --json data 2>&1 | mask_ids
t mvc fetch data/4 2>&1 | mask_ids
(cd "$HERE/r" && mvc push -q HEAD~1)
t mvc fetch HEAD 2>&1 | grep data: | mask_ids
cd "$HERE/r" && git reset -q --hard HEAD~2 && mvc checkout -q || exit 1

# What is damaged there does not come in, the rest does.
cp -R "$HERE/lab" "$HERE/bad"
for f in "$HERE"/bad/packs/*/*.pack; do
	if [ "$(wc -c <"$f")" -gt 1000000 ]; then
		chmod u+w "$f"
		printf 'x' | dd of="$f" bs=1 seek=500000 conv=notrunc 2>/dev/null
	fi
done
fresh hurt
t mvc fetch -r "$HERE/bad" HEAD~1 2>&1 | mask | mask_ids | sed "s|$HERE|HERE|g" | sort -u
mvc fsck --full | tail -1
mvc fetch -q HEAD~1 && mvc checkout -q data big.bin && same data "$HERE/r/data"
mvc fsck --full | tail -1

# A pack that a stopped fetch left is not asked for again.
fresh stopped
mvc fetch -q HEAD~1
rm -r .git/mvc/segments/* .git/mvc/roots/*
before=$(mvc fetch --json HEAD~1 | sed 's/.*"received":\([0-9]*\).*/\1/')
[ "$before" -lt 3000000 ] || echo "it came again: $before"
mvc fsck --full | tail -1

# No remote; a remote without a store; a revision of nothing.
cd "$HERE" && git clone -q r none && cd none || exit 1
t mvc fetch
t mvc fetch -r "$HERE/nowhere" 2>&1 | sed "s|$HERE|HERE|g"
t mvc fetch -r lab
