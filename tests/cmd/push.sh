# What a remote lacks is sent, once; what is not here is named.
. "$srcdir/tests/cmd/lib.sh"
repo r
t mvc push

# The first push makes the store.
mkdir data
for i in 1 2 3 4 5 6 7 8; do noise 30000 $i >data/$i; done
noise 2000000 9 >big.bin
mvc add -q data big.bin && commit "first"
git config mvc.remote.lab.url "../lab"
t mvc push -n
t mvc push 2>&1 | mask
t mvc push
find ../lab -type f | sed 's|[0-9a-f]\{32,\}|ID|; s|[0-9a-f]\{32,\}|ID|; s|/../|/aa/|' |
    sort | uniq -c | sed 's/^ *//'

# What earlier versions have is not sent again.
noise 30000 10 >data/3
mvc add -q -u && commit "second"
t mvc push 2>&1 | mask
t mvc push HEAD~1
mvc push --json | mask_ids

# Nothing to send asks little.
[ "$(mvc push --json | sed 's/.*"requests":\([0-9]*\).*/\1/')" -le 5 ] ||
    echo "more than five requests"

# A path alone; its pack holds other things here, that must not go along.
mkdir a b
for i in 1 2 3; do noise 20000 2$i >a/$i; done
for i in 1 2 3; do noise 20000 3$i >b/$i; done
mvc add -q a b && commit "two at once"
t mvc push -r ../other a 2>&1 | mask
for f in ../other/packs/*/*.pack; do
	mvc show-pack "$f"
done | awk '$2 == "chunk" || $1 == "chunk"' | wc -l | tr -d ' '
t mvc push -r ../other -- b 2>&1 | mask
t mvc push HEAD -- c

# A push that was stopped before its roots: its packs are found.
cp -R ../other ../stopped
rm -r ../stopped/roots ../stopped/segments
mvc push -r ../stopped -q -- a b
mvc push -r ../stopped/ --json -- a b | sed 's/"requests.*//'
rm -r ../stopped/roots
mvc push -r ../stopped --json -- a b | sed 's/"requests.*//'

# What is condemned there is not counted as present, and never put again.
id=00112233445566778899aabbccddeeff
{
	printf 'mvc trash 1\ngrace 1209600\nkeep 31536000\n'
	for f in ../stopped/packs/*/*.pack; do
		f=${f##*/}
		printf 'pack %s\n' "${f%.pack}"
	done
	for f in ../stopped/segments/*; do
		printf 'segment %s\n' "${f##*/}"
	done
	for f in ../stopped/roots/*/*; do
		printf 'root %s\n' "${f#../stopped/roots/}"
	done
} >list
printf 'end %s\n' "$(mvc hash-object list | sed 's/ .*//')" >>list
mkdir -p ../stopped/trash && cp list ../stopped/trash/$id
t mvc push -r ../stopped --verify -- a b 2>&1 | mask
find ../stopped/roots -type f | sed 's/[0-9a-f]\{16,\}/ID/g' | sort
for f in ../stopped/packs/*/*.pack; do
	f=${f##*/}
	grep -q "${f%.pack}" list || echo "a new pack"
done
t mvc push -r ../stopped -- a b

# Not all of it is here: the rest is sent.
noise 50000 40 >c
mvc add -q c && commit "c"
noise 50000 41 >d
mvc add -q d && commit "d"
rm c c.mvc
git rm -q --cached c.mvc
git commit -qm "no c"
for f in .git/mvc/packs/*/*.pack; do
	mvc show-pack "$f" | grep -q "$(git show HEAD:d.mvc | sed -n 's/^oid //p')" &&
	    mv "$f" "../kept.pack"
done
t mvc push HEAD~1 2>&1 | mask | mask_ids
t mvc push HEAD~1 2>&1 | mask | mask_ids

# Another store at its place is not the same one.
git config mvc.remote.lab.url ../other
t mvc push 2>&1 | mask_ids
git config mvc.remote.lab.url ../gone
t mvc push
mkdir ../full && echo x >../full/thesis.txt
t mvc push -r ../full
# Whoever was killed before the place had its format left this.
mkdir -p ../left/tmp && echo mv >../left/tmp/.mvc-tmp-1
t mvc push -r ../left 2>&1 | mask

# status says offline what a remote was not seen to have.
git config mvc.remote.lab.url ../lab
noise 70000 50 >e && mvc add -q e && commit "e"
t mvc status
mvc push -q -- e
t mvc status
