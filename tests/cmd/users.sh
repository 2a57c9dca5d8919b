# Two users, whatever their umask, in one shared repository (a work tree each,
# then the same one) and with clones of their own and one store: each can do
# all that the other can.
. "$srcdir/tests/cmd/lib.sh"
need_root
need setpriv
team=64000
chmod a+x "$scratch" && mkdir ann bob && chmod 755 . ann bob
# user UID HOME COMMAND...: with no more rights than the team's
user() {
	HOME=$scratch/work/$2 setpriv --reuid="$1" --regid=$team \
	    --clear-groups --inh-caps=-all --bounding-set=-all \
	    sh -c 'umask '"$mask"'; shift; exec "$@"' "$@"
}
ann() {
	user 64001 ann "$@"
}
bob() {
	user 64002 bob "$@"
}
for u in ann bob; do
	git config --file $u/.gitconfig safe.directory '*'
	git config --file $u/.gitconfig user.name $u
	git config --file $u/.gitconfig gc.auto 0
	git config --file $u/.gitconfig mvc.hooks false
done
chown -R 64001:$team ann && chown -R 64002:$team bob
mask=022
ann mvc version >/dev/null 2>&1 ||
	skip "other users cannot reach the build in $builddir"
# closed FOLDER...: what a member of the team may not read, or write where the
# owner may. (git commit leaves a COMMIT_EDITMSG by umask.)
closed() {
	find "$@" -name COMMIT_EDITMSG -prune -o \( ! -perm -040 -o \
	    -perm -200 ! -perm -020 -o -type d ! -perm -2070 \) \
	    -printf '%m %p\n' | sort
}
here() {
	sed "s:$scratch/work:HERE:g"
}
one() {
	mkdir -m 2770 "$mask" && chown 64001:$team "$mask" && cd "$mask" || exit 1
	echo "== umask $mask: one repository, a work tree each"
	ann git init -q --shared=group r && ann chmod 2770 r && cd r || exit 1
	t ann mvc init
	noise 300000 1 >../bytes
	ann cp ../bytes data
	ann mvc add -q data && ann git commit -qm One
	ann mvc config mvc.example 1
	closed .git
	t bob git worktree add -q ../w
	# What Git makes for that is by umask.
	bob chmod -R g+rwX,g+s .git/worktrees
	bob find .git/worktrees -type f -exec chmod g-s {} +
	cd ../w || exit 1
	t bob mvc checkout | mask
	cmp data ../bytes
	bob noise 200000 2 | bob tee more >/dev/null
	t bob mvc add more | mask
	t bob git commit -qm Two
	bob mvc config mvc.example 2
	bob cp more third && bob mvc add -q third && bob git reset -q --hard
	[ "$mask" = 022 ] || t bob mvc gc --now --yes | here
	# Files in a work tree are by umask, as Git's.
	ann chmod -R g+rwX ../r/data ../r/*.mvc ../r/.git?* ../r/.mvc
	bob chmod -R g+rwX .
	t bob mvc gc --now --yes
	t bob mvc fsck --full
	closed ../r/.git
	cd ../r || exit 1
	t ann git merge -q w
	t ann mvc checkout | mask
	cmp more ../w/more
	ann noise 100000 3 | ann tee data >/dev/null
	t ann mvc add -u | mask
	t ann git commit -qm Three
	t ann mvc gc --now --yes
	t ann mvc fsck --full

	echo "== umask $mask: the same work tree"
	ann chmod -R g+rwX data ./*.mvc .git?* .mvc
	ann rm -f .git/COMMIT_EDITMSG
	bob rm data
	t bob mvc status
	t bob mvc checkout | mask
	bob noise 1000 4 | bob tee data >/dev/null
	t bob mvc add -u | mask
	t bob git commit -qm Four
	bob chmod g+rw data data.mvc
	t ann mvc status
	closed .git

	echo "== umask $mask: clones, and one store"
	cd .. && ann mkdir -m 2770 s || exit 1
	ann git clone -q -c core.sharedRepository=group \
	    -c mvc.store="$PWD/s/store" r a
	ann mvc -C a init -q
	ann chmod -R g+rX a
	closed s
	bob git clone -q -c mvc.store="$PWD/s/store" r b
	ann sh -c 'cd a && noise 400000 5 >x && mvc add -q x'
	ann git -C a commit -qm Five
	ann chmod -R g+rX a
	cd b && bob git pull -q ../a || exit 1
	bob mvc checkout x | mask
	cmp x ../a/x
	bob noise 50000 6 | bob tee y >/dev/null
	t bob mvc add y | mask
	bob mvc rm -q --force x && bob git commit -qm Six
	t bob mvc gc --now --yes
	t bob mvc fsck --full
	closed ../s
	bob chmod -R g+rX .
	cd ../a && ann git pull -q ../b && t ann mvc checkout y | mask
	t ann mvc fsck --full
	cd ../..
}
for mask in 077 022; do
	one
done
