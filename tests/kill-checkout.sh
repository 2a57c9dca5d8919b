# SIGKILL at random moments of checkout: no file is ever half there; neither
# status nor add sees a temporary; and the next checkout, of the same version
# or of another, completes and leaves nothing behind, but the user's own.
#
# KILLS=N moments (LONG=1: 2,000; else as many as fit into 8 seconds, at most
# 60 and at least 12); SEED=N others.
. "$srcdir/tests/cmd/lib.sh"
kills=${KILLS:-${LONG:+2000}}
[ -n "$kills" ] || seconds=8
kills=${kills:-60}
seed=${SEED:-1}

fail() {
	echo "moment $i of $kills (SEED=$seed): $*"
	exit 1
}
# random N: less than N, the same for the same seed and moment
random() {
	awk -v s="$((seed * 100003 + i))" -v n="$1" \
	    'BEGIN { srand(s); rand(); printf "%.6f", rand() * n }'
}
# Each file is as one of the versions has it, or the user's; temporaries apart.
whole() {
	find d pics m n -type f ! -name '.mvc-tmp*' ! -name mine \
	    -exec cksum {} + 2>/dev/null | sed 's, [dpmn][a-z]*/, ,' | sort -u |
		comm -23 - ../right >../torn
	[ ! -s ../torn ] || fail "torn: $(cat ../torn)"
}
# The work tree is as in that version, but for the user's file.
as() {
	# A folder stays for what is in it of the user's.
	for x in d pics; do
		[ "$(ls -A $x 2>/dev/null)" = mine ] && mv $x/mine .. &&
			rmdir $x
	done
	[ ! -f ../mine ] || mv ../mine "$([ -d d ] && echo d || echo pics)"
	diff -r --no-dereference -x .git -x mine . "../$1" >../said 2>&1 ||
		fail "not as in $1: $(head -5 ../said)"
	[ "$(cat d/mine 2>/dev/null || cat pics/mine)" = mine ] ||
		fail "the user's file is gone"
	[ -z "$(find .git/mvc -name 'checkout-?*' ! -name '*-running')" ] ||
		fail "an account of a dead run is left"
}
# version NAME: commit it, and keep a copy
version() {
	commit "$1" && git tag "$1" && cp -R . "../$1"
}

i=0 cut=0 seen=0
repo r
mkdir -p d/sub d/goes m
noise 50000 8 >m/y && noise 60000 9 >m/z
n=0
while [ $n -lt 150 ]; do
	noise 2000 $n >d/sub/$n
	n=$((n + 1))
done
noise 4000000 1 >d/big
noise 3000 2 >d/goes/x && ln -s big d/link
mvc add -q d m && version one
n=0
while [ $n -lt 150 ]; do
	noise 2100 $((n + 500)) >d/sub/$n
	n=$((n + 2))
done
noise 4200000 2 >d/big
rm -r d/sub/1 d/sub/3 d/goes && mkdir -p d/new/deep
noise 9000 7 >d/new/deep/x && noise 8000 7 >d/new/y && ln -sf sub d/link
mvc add -q d && git mv d.mvc pics.mvc && git mv m.mvc n.mvc &&
    mvc checkout -q && version two
git switch -q --detach one && mvc checkout -q
rm -r d/sub && noise 7000 7 >d/sub && noise 10 3 >d/new
mvc add -q d && version three
git switch -q --detach one && mvc checkout -q && as_is=one
echo mine >d/mine

for x in one/d two/pics three/d one/m; do
	(cd ../$x && find . -type f | sed 's,^\./,,' | xargs cksum)
done | sort -u >../right

from=$(date +%s%N)
for to in three one; do
	git checkout -q --detach $to
	mvc checkout -q || fail "checkout"
done
usual=$((($(date +%s%N) - from) / 2))
end=$(($(date +%s) + ${seconds:-1000000}))
while [ $i -lt "$kills" ]; do
	[ $i -lt 12 ] || [ "$(date +%s)" -lt $end ] || break
	i=$((i + 1))
	to=$(echo one two three | cut -d ' ' -f \
	    "$(random 3 | awk '{ print int($1) + 1 }')")
	[ "$to" = "$as_is" ] && continue
	git checkout -q -f --detach "$to"
	nap=$(random "$(echo $usual | awk '{ print $1 / 1e9 }')")
	mvc checkout >/dev/null 2>&1 &
	pid=$!
	sleep "$nap"
	kill -KILL $pid 2>/dev/null && cut=$((cut + 1))
	wait $pid 2>/dev/null
	whole
	[ -z "$(find d pics -name '.mvc-tmp*' 2>/dev/null)" ] ||
		seen=$((seen + 1))
	mvc status -v | grep -F .mvc-tmp && fail "status shows a temporary"
	# Every second time something else is wanted by now.
	[ $((i % 2)) = 0 ] || to=$as_is
	git checkout -q -f --detach "$to"
	mvc checkout >../said 2>&1 || fail "again: $(cat ../said)"
	as "$to"
	[ -z "$(mvc checkout 2>&1)" ] || fail "not done after all"
	as_is=$to
done
[ -z "${KILLS:-}" ] || echo "$i moments, $cut cut short, $seen with temporaries" >&2
[ $cut -ge $((i / 5)) ] || fail "only $cut were killed before their end"
