# The command tests under valgrind: no error in any process of mvc. What the
# tests print is judged elsewhere. VALGRIND_TESTS="add gc" takes only these.
# LONG=1 only.
. "$srcdir/tests/cmd/lib.sh"
[ -n "${LONG-}${VALGRIND_TESTS-}" ] || {
	skip "only by make check-long"
}
need valgrind
# These inject faults or kill by themselves, count memory, or take only time.
left_out="add-killed completion full-disk checkout-full harness mv-kill threads"

mkdir -p build/tests logs
for p in noise record; do
	ln -s "$builddir/tests/$p" build/tests/$p
done
echo '#!/bin/sh' >build/mvc
cat >>build/mvc <<END
exec valgrind -q --log-file=$PWD/logs/%p --error-exitcode=99 --num-callers=24 \
    "$builddir/mvc" "\$@"
END
chmod +x build/mvc
for t in "$srcdir"/tests/cmd/*.sh; do
	name=$(basename "$t" .sh)
	case " lib $left_out " in
	*" $name "*) continue ;;
	esac
	case " ${VALGRIND_TESTS-$name} " in
	*" $name "*) ;;
	*) continue ;;
	esac
	MVC_BUILD=$PWD/build MVC_TEST_TIMEOUT=3600 \
	    "$srcdir/tests/cmd/run" "$t" >/dev/null 2>&1
	# Errors begin with ==; -- is a system call that it does not know, for
	# which mvc has another way.
	if grep -h '^==' -r logs; then
		echo "in $name"
		exit 1
	fi
	echo "$name: $(find logs -type f | wc -l) processes"
	rm -rf logs && mkdir logs
done
