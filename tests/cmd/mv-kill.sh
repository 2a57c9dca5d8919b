# mv and rm, killed before each system call that changes a name: every file
# stays, and the same command again completes; every other time the stat cache
# is lost too, as a power cut may do.
. "$srcdir/tests/cmd/lib.sh"
need strace
names=rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat
strace -qq -o /dev/null -e "trace=$names" true 2>/dev/null || {
	skip "strace cannot trace here"
}

repo r || exit 1
mkdir -p d/sub e
noise 5000 1 >d/a && noise 300 2 >d/sub/b && noise 200 3 >e/c
noise 4000 4 >f
mvc add -q d e f && commit Data
sleep 0.05
cd ..

state() {
	(cd "$1" && git write-tree && sums && mvc status)
}

# killed NAME COMMAND...: at every such call, in a copy of the repository
killed() {
	what=$1
	shift
	rm -rf want && cp -a r want
	(cd want && "$@" >/dev/null) || exit 1
	state want >want.state
	n=0
	while :; do
		n=$((n + 1))
		rm -rf got && cp -a r got
		if (
			cd got || exit 1
			strace -qq -f -o /dev/null -e "trace=$names" \
			    -e "inject=$names:signal=KILL:when=$n" "$@" \
			    >/dev/null 2>&1 || exit 1
		) 2>/dev/null; then
			break
		fi
		rm -f got/.git/index.lock got/.mvc-tmp-*
		[ $((n % 2)) = 0 ] || rm -f got/.git/mvc/statcache*
		(cd got && mvc fsck >/dev/null) || echo "$what $n: fsck"
		if [ "$what" != rm ] &&
		    [ "$(cd got && sums | grep -c '/[^.]*$')" != 4 ]; then
			echo "$what $n: a file is gone"
		fi
		(cd got && "$@" >../said 2>&1) || {
			echo "$what $n: again: $(cat said)"
			continue
		}
		state got >got.state
		cmp -s want.state got.state || {
			echo "$what $n: differs"
			diff want.state got.state
		}
	done
	echo "$what: $([ $n -gt 3 ] && echo survives)"
}

killed root mvc mv d D-d
killed inside mvc mv d/sub d/sub.b
killed between mvc mv d/a e/a
killed out mvc mv d/sub sub-b
killed in mvc mv f e/f
killed several mvc mv d/a f e/
killed rm mvc rm d f
killed rm mvc rm d/sub
