# SIGKILL at random moments of push, pull and a collection of the remote, with a
# second push of the same data under way: after each round the next ones
# complete, every version that has a root on the remote restores byte for byte,
# and fsck is clean. Weeks pass between rounds, when nobody is at work.
# KILLS=N moments (20; LONG=1: 200); SEED=N other moments.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
kills=${KILLS:-${LONG:+200}}
kills=${kills:-20}
seed=${SEED:-1}
cut=0

fail() {
	echo "moment $i of $kills (SEED=$seed): $*"
	exit 1
}
# killed COMMAND...: start it, kill it within 0.06 s
killed() {
	nap=$(awk -v s="$((seed * 100003 + i))" \
	    'BEGIN { srand(s); rand(); printf "%.4f", rand() * 0.06 }')
	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$nap"
	kill -KILL $pid 2>/dev/null && cut=$((cut + 1))
	wait $pid 2>/dev/null
	i=$((i + 1))
}

repo r
mkdir d
for n in 1 2 3 4 5 6 7 8 9; do noise 20000 $n >d/$n; done
noise 9000000 20 >big
mvc add -q d big && commit "0"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q || exit 1
cd "$HERE" && git clone -q r c && git -C c config mvc.remote.lab.url "$HERE/lab"

# A branch that comes to nothing: what it pushed is to go.
try() {
	git switch -q -c try
	noise 400000 $((300 + i)) >t
	{ mvc add -q t && commit "try $i" && mvc push -q; } ||
		fail "push of a try"
	git switch -q main
	git branch -qD try && rm -f t
	git reflog expire --expire=now --all
}
weeks_pass() {
	find "$HERE/lab" -type f -exec touch -d '16 days ago' {} +
}
# A collection may have condemned what a push leant on: it says so, and the
# next one does without.
beside() {
	wait "$1"
	case $? in
	0 | 75) ;;
	*) fail "a push beside another one and a collection" ;;
	esac
}

i=0
while [ $i -lt "$kills" ]; do
	cd "$HERE/r" || exit 1
	try
	weeks_pass
	noise 25000 $((100 + i)) >"d/$((i % 9 + 1))"
	noise $((500000 + i % 7 * 900000)) $((200 + i)) >"new$((i % 3))"
	mvc add -q d "new$((i % 3))" && commit "$i"
	killed mvc push
	mvc push -q &
	other=$!
	killed mvc gc -r lab --yes
	killed mvc push
	# What has a root by now can be had.
	cd "$HERE/c" || exit 1
	git pull -q || fail "git pull"
	killed mvc pull
	killed mvc fetch
	beside $other
	(cd ../r && mvc push -q) || fail "push"
	mvc pull -q 2>../said || fail "pull: $(cat ../said)"
	same d "$HERE/r/d"
	for f in ../r/new?; do cmp "$f" "${f##*/}" || fail "$f"; done
	mvc fsck >../said || fail "fsck: $(cat ../said)"
done
[ $cut -gt 0 ] || echo "not one was cut off"
cd "$HERE/r" || exit 1
for round in condemn sweep; do
	weeks_pass
	mvc gc -r lab --yes >../said || fail "$round: $(cat ../said)"
	cat ../said >>../both # a killed one may have condemned it before
done
grep -q '^swept' ../both || echo "nothing was swept"
packs=$(find "$HERE/lab/packs" -type f | wc -l)
mvc fsck -r lab --full >../said || fail "remote: $(cat ../said)"
cd "$HERE" && git clone -q r all && cd all &&
    git config mvc.remote.lab.url "$HERE/lab" || exit 1
mvc fetch -q --all && mvc fsck --full | tail -1
checked=$(sed -n 's/^checked.*, \([0-9]*\) packs.*/\1/p' ../said)
[ "$packs" = "$checked" ] || echo "$packs packs are there, $checked needed"
