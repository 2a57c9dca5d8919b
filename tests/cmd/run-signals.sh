. "$srcdir/tests/cmd/lib.sh"
need python3
# What mvc is sent while the command runs goes on to it.

repo r
mkfifo ready
echo ready >>.gitignore
echo got >>.gitignore
for s in TERM INT HUP USR1; do
	# The command answers when it is ready, and waits to be told.
	python3 - "$s" <<'PY' &
import os, signal, subprocess, sys
name = sys.argv[1]
child = ("import os, signal, sys, threading\n"
         "def told(n, _):\n"
         "    open('got', 'w').write(signal.Signals(n).name)\n"
         "    os._exit(7)\n"
         "for n in (1, 2, 10, 15): signal.signal(n, told)\n"
         "open('ready', 'w').close()\n"
         "while True: signal.pause()\n")
p = subprocess.Popen(["mvc", "run", "-q", "--", "python3", "-c", child])
open("ready").close()
p.send_signal(getattr(signal, "SIG" + name))
sys.exit(p.wait())
PY
	status=0
	wait $! || status=$?
	echo "$s: $(cat got) $status"
	rm got
done
git status --short | mask_ids | sed 's|/../ID|/ID|' | sort | uniq -c |
    sed 's/^ *//'
