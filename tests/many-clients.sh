# 16 clients against one remote: they push and fetch data that overlaps, and
# collect, for some seconds (LONG=1: three minutes), on a directory and on S3.
# What was old when they began is condemned and swept meanwhile, and is what
# some of them push. In the end fsck is clean and every version that was pushed
# restores.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
seconds=${SECONDS_EACH:-${LONG:+90}}
seconds=${seconds:-4}
clients=${CLIENTS:-16}

# Files of which all clients have some.
pool() {
	noise 150000 "$1" >"d/$(($1 % 5))"
	noise 400000 $((100 + $1 % 10)) >big
}
# How many of the pool's versions were pushed once, and are of no use now.
OLD=10
before() {
	repo seed && git branch -qM main
	git remote add origin "$HERE/origin.git"
	git config mvc.remote.lab.url "$1"
	mkdir d && pool 0 && mvc add -q d big && commit "begin" &&
	    git push -q origin main && mvc push -q || exit 1
	for i in $(seq 1 $OLD); do
		git switch -q -c old
		pool "$i"
		mvc add -q --force d big && commit "old $i"
		mvc push -q || exit 1
		git switch -q main && git branch -qD old
		# The first ones are ripe, the others to be condemned.
		[ "$i" != $((OLD / 2)) ] || {
			git reflog expire --expire=now --all
			aged "$2"
			mvc gc -r lab --yes >/dev/null || exit 1
		}
	done
	git reflog expire --expire=now --all
	aged "$2"
	cd "$HERE" || exit 1
}
aged() {
	find "$1" -path "$1/tmp" -prune -o -type f \
	    -exec touch -d '20 days ago' {} +
}

# try COMMAND...: again, as long as a collection was in the way.
try() {
	for _ in 1 2 3 4 5 6; do
		status=0
		"$@" >said 2>&1 || status=$?
		[ "$status" = 75 ] || break
	done
	[ "$status" = 0 ] || echo "$PWD: $*: $status: $(cat said)" >>../faults
}
client() {
	cd "$HERE/c$1" || exit 1
	round=0
	until=$(($(date +%s) + seconds))
	while [ "$(date +%s)" -lt $until ]; do
		round=$((round + 1))
		pool $(((round * 7 + $1 * 3) % (OLD * 2)))
		[ $((round % 3)) != 0 ] || noise 90000 $((1000 * $1 + round)) >d/own
		mvc add -q d big 2>>../faults
		git commit -qm "$1 $round" --allow-empty
		try mvc push
		[ "$status" != 0 ] || git push -q origin "HEAD:c$1"
		if [ $(($1 % 4)) = 0 ]; then
			try mvc gc -r lab --yes
		else
			git fetch -q origin
			try mvc fetch "origin/c$(($1 / 4 * 4 + 1))"
		fi
	done
	echo "$round" >>../rounds
}
clones() {
	for i in $(seq 1 "$clients"); do
		git clone -q origin.git "c$i" &&
		    git -C "c$i" config mvc.remote.lab.url "$1" &&
		    (cd "c$i" && mvc init -q && mvc pull -q) || exit 1
		# Every branch is there from the beginning.
		git -C "c$i" push -q origin "HEAD:c$i"
	done
}
# all URL FOLDER
all() {
	git init -q --bare origin.git &&
	    git -C origin.git symbolic-ref HEAD refs/heads/main
	before "$1" "$2"
	clones "$1"
	: >faults
	pids=
	for i in $(seq 1 "$clients"); do
		(client "$i") &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	[ ! -s faults ] || { sort faults | head -20; exit 1; }
	[ "$(wc -l <rounds)" = "$clients" ] || echo "some did not end"
	git clone -q origin.git end && cd end &&
	    git config mvc.remote.lab.url "$1" && mvc init -q || exit 1
	mvc gc -r lab --yes --json >../gc || cat ../gc
	# What was old was condemned, and some of it pushed again all the same.
	[ "$(find "$2/trash" -type f | wc -l)" -gt 1 ] ||
		echo "nothing was condemned"
	find "$2/roots" -name '*~*' | grep -q . ||
		echo "nothing that was condemned was pushed again"
	mvc fsck -r lab --full >../said || { cat ../said; exit 1; }
	mvc fetch -q --all && mvc fsck --full | tail -1
	mvc push -q --all || exit 1
	cd "$HERE" && rm -rf seed origin.git c[0-9]* end rounds
}

echo "== a directory"
all "$HERE/lab" "$HERE/lab"
command -v versitygw >/dev/null || [ -n "${CI-}" ] || exit 0

s3_start
echo "== S3"
all s3://lab/many "$scratch/s3/lab/many"
