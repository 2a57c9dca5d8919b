# The Git history in a bucket, and on a host by ssh: all there is.
. "$srcdir/tests/cmd/lib.sh"
# Commits differ from run to run, and what they are packed to.
sized() {
	mask | sed -E 's/(branch(es)? or tags?   )[0-9.]+ k?B$/\1SIZE/; s/[0-9.]+ k?B of Git/SIZE of Git/'
}
HERE=$PWD
s3_start
ssh_start
printf 'command="cd %s && mvc serve --stdio" %s\n' "$scratch/far" \
    "$(cat "$scratch/key.pub")" >"$scratch/authorized_keys"
repo r || exit 1
mkdir data
noise 30000 1 >data/a
noise 100000 3 >code.bin
mvc add -q data
git add code.bin && commit "One"
git tag -a -m "The first" v1
mvc remote add -q lab s3://lab/cats
mvc remote add -q host host:store
commit "Remotes"
t mvc push --with-git -r lab 2>&1 | sized
t mvc push --with-git -r host 2>&1 | sized
echo two >two && git add two && commit "Two"
for name in lab host; do
	bytes=$(mvc push --with-git -r $name --json |
	    sed 's/.*"git_bytes":\([0-9]*\).*/\1/')
	[ "$bytes" -lt 5000 ] || echo "$bytes bytes for a small commit"
	t mvc push --with-git -r $name
done
cd "$HERE" || exit 1
for from in s3://lab/cats host:store; do
	t mvc clone "$from" c 2>&1 | mask
	git -C c for-each-ref --format='%(objectname) %(refname)' >refs.c
	git -C r for-each-ref --format='%(objectname) %(refname)' | diff - refs.c
	git -C c fsck --full --strict 2>&1 | grep -v '^notice'
	(cd c && mvc fsck --full >/dev/null && mvc status --exit-code &&
	    git status --porcelain) || echo "not whole"
	same r/data c/data
	(cd c && git config user.name B && git config user.email b@example.org &&
	    echo "$from" >back && git add back && commit "Back" &&
	    mvc push -q --with-git)
	rm -rf c
done
(cd r && mvc fetch -q --with-git -r lab && mvc fetch -q --with-git -r host &&
    git log --format=%s --all | sort)
t mvc clone s3://lab/none d 2>&1 | sed 's/127.0.0.1:[0-9]*/HERE/'
t mvc clone host:none d 2>&1 | tail -n 2 | cut -c 1-40
