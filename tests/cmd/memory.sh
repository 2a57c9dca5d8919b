# Whatever the sizes, 256 MiB and 32 MiB a thread are enough: for files that are
# larger, alike or not, and for many small ones.
. "$srcdir/tests/cmd/lib.sh"
need python3
! grep -q __asan_init "$builddir/mvc" || skip "sanitizers take memory of their own"
# What a command takes at most, in MiB, where that is more than it may.
peak() {
	python3 - "$@" <<'END'
import resource
import subprocess
import sys

threads, most = 2, 256 + 2 * 32
subprocess.run(["mvc", *sys.argv[1:], "-q", "-j", str(threads)], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
if peak > most:
    print(f"{sys.argv[1]} took {peak} MiB")
END
}
repo r || exit 1
truncate -s 3G sparse
noise 400000000 1 >large
mkdir many
for i in $(seq 1 2000); do echo "$i" >"many/$i"; done
peak add sparse large many
commit "Data"
rm -r sparse large many
peak checkout
t mvc status
peak fsck --full
