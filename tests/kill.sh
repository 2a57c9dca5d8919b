# SIGKILL at random moments of add, gc, checkout, mv, rm and of fsck while it
# heals: after each, fsck is clean, what is committed restores byte for byte,
# and the same command run again completes.
# KILLS=N moments (100; LONG=1: 2,000); SEED=N other moments.
. "$srcdir/tests/cmd/lib.sh"
kills=${KILLS:-${LONG:+2000}}
kills=${kills:-100}
seed=${SEED:-1}

fail() {
	echo "moment $i of $kills (SEED=$seed): $*"
	exit 1
}
now() {
	date +%s%N
}
# random N TOP: below TOP, from the seed and N alone
random() {
	awk -v s="$((seed * 100003 + $1))" -v n="$2" \
	    'BEGIN { srand(s); rand(); printf "%.6f", rand() * n }'
}

# What a day's work changes: some files new, some grown, some gone, a piece of
# a big file.
edit() {
	noise $((1000 + $1 * 37 % 9000)) "$1" >"d/$((($1 * 7) % 60)).bin"
	noise 40000 "$1" >"d/sub/new$(($1 % 5))"
	rm -f "d/sub/new$((($1 + 2) % 5))"
	noise 100000 "$1" |
		dd of=d/big.bin bs=1000 seek=$(($1 * 211 % 6000)) conv=notrunc \
		    2>/dev/null
}
keep() {
	rm -rf ../kept && cp -R d ../kept
	find ../kept -name '.mvc-tmp-*' -exec rm -f {} +
}
# In a linked work tree, which has the same store: all of HEAD, anew.
restores() {
	(
		cd ../linked && git checkout -q --detach main && rm -rf d &&
			mvc checkout >/dev/null 2>../said && diff -r d ../kept
	) || fail "HEAD does not restore: $(cat ../said)"
}
clean() {
	mvc fsck >../said 2>&1 || fail "fsck: $(cat ../said)"
}
# killed COMMAND...: start it, kill it at a moment within its usual time
killed() {
	nap=$(random "$i" "$usual")
	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$nap"
	kill -KILL $pid 2>/dev/null && cut=$((cut + 1))
	wait $pid 2>/dev/null
	rm -f .git/index.lock
}
again() {
	"$@" >../said 2>&1 || fail "$*, again: $(cat ../said)"
}
# What is in the work tree is what was kept, but for what a checkout that was
# killed left beside it.
whole() {
	diff -r -x '.mvc-tmp-*' "$1" ../kept >../said ||
		fail "$1 differs: $(cat ../said)"
}
# The newest pack goes; its content is in the work tree.
lose_pack() {
	newest=$(find .git/mvc/packs -name '*.pack' -printf '%T@ %p\n' |
		sort -n | tail -n 1)
	rm -f "${newest#* }"
}

of_add() {
	edit $i
	killed mvc add d
	clean
	restores
	again mvc add d
	git commit -qm "$i" || fail "git commit"
	keep
}
of_gc() {
	noise 2000000 $((1000 + i)) >junk
	again mvc add junk
	forget
	killed mvc gc --now --yes
	clean
	restores
	again mvc gc --now --yes
}
# There and back, each killed.
of_checkout() {
	git switch -q --detach HEAD~1
	killed mvc checkout
	clean
	restores
	again mvc checkout
	git switch -q main
	killed mvc checkout
	clean
	restores
	again mvc checkout
	whole d
}
of_mv() {
	killed mvc mv d moved
	clean
	restores
	[ ! -e d.mvc ] || again mvc mv d moved
	whole moved
	again mvc mv moved d
	whole d
	git diff --quiet HEAD -- '*.mvc' || fail "not as before the mv"
}
of_rm() {
	noise 100000 $((1000 + i)) >junk
	again mvc add junk
	git commit -qm "$i"
	killed mvc rm junk
	clean
	restores
	[ ! -e junk.mvc ] || again mvc rm junk
	[ ! -e junk ] || fail "junk is still there"
	git commit -qm "no $i" || fail "git commit"
	whole d
}
of_fsck() {
	edit $i
	again mvc add d
	git commit -qm "$i" || fail "git commit"
	keep
	lose_pack
	killed mvc fsck
	clean
	restores
	again mvc fsck --full
	whole d
}
# Nothing names the data any more, so that gc has something to delete.
forget() {
	git rm -q --cached junk.mvc && rm -f junk.mvc junk
}
seconds_of() {
	from=$(now)
	"$@" >/dev/null 2>&1 || fail "$*"
	echo "$(($(now) - from))" | awk '{ printf "%.4f", $1 / 1e9 * 1.1 }'
}

i=0 cut=0
repo r
mkdir -p d/sub
n=0
while [ $n -lt 60 ]; do
	noise 3000 $n >d/$n.bin
	n=$((n + 1))
done
noise 6200000 1 >d/big.bin
usual_add=$(seconds_of mvc add d)
commit "start"
git worktree add -q --detach ../linked
keep
noise 3000000 2 >junk
mvc add junk >/dev/null 2>&1 && forget
usual_gc=$(seconds_of mvc gc --now --yes)
usual_mv=$(seconds_of mvc mv d moved)
again mvc mv moved d
edit 1
again mvc add d && commit "second"
keep
git switch -q --detach HEAD~1
usual_checkout=$(seconds_of mvc checkout)
git switch -q main && again mvc checkout
lose_pack
usual_fsck=$(seconds_of mvc fsck)

moments=0
while [ $moments -lt "$kills" ]; do
	i=$((i + 1)) moments=$((moments + 1))
	case $((i % 7)) in
	0) usual=$usual_gc && of_gc ;;
	1) usual=$usual_checkout moments=$((moments + 1)) && of_checkout ;;
	2) usual=$usual_mv && of_mv ;;
	3) usual=$usual_mv && of_rm ;;
	4) usual=$usual_fsck && of_fsck ;;
	*) usual=$usual_add && of_add ;;
	esac
done
mvc fsck --full >../said 2>&1 || fail "fsck --full: $(cat ../said)"
[ $cut -ge $((kills / 3)) ] || fail "only $cut were killed before their end"
