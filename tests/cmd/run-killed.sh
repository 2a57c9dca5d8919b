# A run that is killed at any moment of its writing leaves nothing, or what the
# next mvc makes whole; and runs at once keep each its record.
. "$srcdir/tests/cmd/lib.sh"
need strace
strace -qq -e trace=none true 2>/dev/null || skip "strace may not trace here"

repo r
mkdir -p deep/er
echo first >deep/er/model
mvc add -q deep/er/model
echo 1 >params.yaml
git add -A
commit first

# Killed as it enters the call the Nth time: those that let others see something,
# or make it durable.
killed_at() {
	strace -f -qq -o ../trace -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
	    mvc run -q -o deep/er/model -o second -m scores.json -- sh -c \
	    "echo $2 >deep/er/model; echo $2 >second; echo '{\"n\": $2}' >scores.json" \
	    >../said 2>&1
}
back() {
	rm -f .git/index.lock
	git reset -q --hard
	git clean -qfdx
	mvc checkout -qf
}
# "ENTRY ENTRY ", ids left out.
staged() {
	git diff --cached --name-only | tr '\n' ' ' |
	    sed 's|/../[0-9a-f]*\.json|/ID|; s|env/[0-9a-f]*|env/ID|'
}
check_all() {
	run=$(sed -n 's/^run //p' second.mvc)
	grep -qx "run $run" deep/er/model.mvc || echo "$1: two runs are named"
	grep -q "\"value\": $1\$" ".mvc/runs/$(echo "$run" | cut -c 1-2)/$(
		echo "$run" | cut -c 3-).json" || echo "$1: another's record"
	git diff --name-only
	mvc fsck -q || echo "$1: fsck"
}
nothing=0 all=0
for call in rename renameat unlinkat ${LONG:+unlink fsync}; do
	n=0
	while n=$((n + 1)) && [ "$n" -lt 60 ]; do
		killed_at "$call" "$n" && break
		mvc status >../status 2>&1
		case $(staged) in
		'')
			nothing=$((nothing + 1))
			git status --short | grep -v -e '^?? second$' \
			    -e '^?? scores.json$'
			;;
		'.gitignore .mvc/env/ID .mvc/runs/ID deep/er/model.mvc scores.json second.mvc ')
			all=$((all + 1))
			check_all "$n"
			;;
		*) echo "$call $n: a part: $(staged)" ;;
		esac
		ls .git/mvc/publish-* 2>/dev/null
		back
	done
	[ "$n" -lt 60 ] || echo "$call: no end"
	back
done
[ "$nothing" -gt 0 ] && [ "$all" -gt 5 ] && echo "nothing or all"

echo "what somebody changed since stays as it is"
for n in $(seq 1 60); do
	killed_at renameat "$n" && break
	if ls .git/mvc/publish-* >/dev/null 2>&1 && [ ! -e second.mvc ]; then
		echo mine >second.mvc
		mvc status >/dev/null 2>&1
		cat second.mvc
		staged && echo
		break
	fi
	back
done
rm -f second.mvc
back

echo "ten at once"
for i in 1 2 3 4 5 6 7 8 9 10; do
	mvc run -q -n "$i" -o "out$i" -- sh -c "echo $i >out$i" &
done
wait
git diff --cached --name-only | grep -c '^.mvc/runs/'
git diff --cached --name-only | grep -c '^out'
for i in 1 2 3 4 5 6 7 8 9 10; do
	run=$(sed -n 's/^run //p' "out$i.mvc")
	grep -q "\"name\": \"$i\"" ".mvc/runs/$(echo "$run" | cut -c 1-2)/$(
		echo "$run" | cut -c 3-).json" || echo "$i: no record"
	grep -qx "/out$i" .gitignore || echo "$i: not ignored"
done
t mvc status
