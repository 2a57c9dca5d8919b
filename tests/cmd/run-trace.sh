. "$srcdir/tests/cmd/lib.sh"
need python3 strace
strace -D -f -o /dev/null true 2>/dev/null || skip "strace may not trace here"

show() {
	python3 - "$(git diff --cached --name-only --diff-filter=A -- .mvc/runs)" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
r = json.loads(text)
assert json.dumps(r, sort_keys=True, ensure_ascii=False, indent="\t") + "\n" == text
print(r.get("trace"), r["result"], [f["path"] for f in r["inputs"]])
PY
	git reset -q --hard
}
ids() {
	mask | sed -e 's/^run [0-9a-f]\{6\} /run ID /'
}

repo r
mkdir images labels cache venv loose
rows 5 1 >images/a.csv
rows 5 2 >images/b.csv
rows 5 3 >labels/l.csv
cat >train.py <<'PY'
import glob, helper, os, pathlib, subprocess, sys, threading

def read(path):
    with open(path, "rb") as f:
        return len(f.read())

for path in sorted(glob.glob("images/*")) + ["labels/l.csv"]:
    read(path)
t = threading.Thread(target=read, args=("cache/thread",))
t.start()
t.join()
subprocess.run([sys.executable, "-c", "open('../cache/child').read()"], cwd="venv", check=True)
read("cache/a<b>\"c) = 3<x>\\\nz\t\x01é".encode())
read("venv/lib")
read("config.toml")
read("/etc/hostname" if os.path.exists("/etc/hostname") else "/etc/passwd")
with open("cache/made", "w") as f:
    f.write("x")
read("cache/made")
with open("cache/log", "a") as f:
    f.write("x")
try:
    read("cache/none")
except OSError:
    pass
os.close(os.open("cache", os.O_RDONLY))
pathlib.Path("model").write_text("m")
PY
echo 'lr = 1' >config.toml
echo 'x = 1' >helper.py
printf '%s\n' /cache /venv >.gitignore
echo >cache/thread && echo >cache/child && echo >cache/log && echo >cache/unread
echo >venv/pyvenv.cfg && echo >venv/lib
python3 -c 'open("cache/a<b>\"c) = 3<x>\\\nz\t\x01é", "w").write("x")'
mvc add -q images labels && git add -A && commit first

echo '--- what was read, and not said'
t mvc run --trace -d images -o model -- python3 train.py | ids
show
echo '--- all said; a status, a signal, children that go on'
t mvc run --trace -d images -d labels -d cache/thread -d cache/child -- sh -c 'cat images/* labels/* cache/thread cache/child >/dev/null; exit 3' | ids
show
t mvc run --trace -- sh -c 'kill -TERM $$' | ids
show
t mvc run -q --trace -- sh -c 'sleep 100 & echo $! >../pid; cat cache/thread >/dev/null'
kill "$(cat ../pid)"
show
ls -A .git/mvc/.mvc-tmp-* 2>/dev/null
t mvc run --trace -- ./no-such-command

echo '--- many'
mkdir -p cache/many
for i in 1 2 3 4 5 6 7; do echo >cache/many/$i; done
t mvc run --trace -- sh -c 'cat cache/many/* cache/many/* >/dev/null' | ids
show

echo '--- without strace, and where it may not'
mkdir ../bin
for p in git sh mvc; do ln -s "$(command -v $p)" ../bin/$p; done
PATH="$PWD/../bin" t mvc run --trace -- sh -c : | ids
show
echo '#!/bin/sh' >../bin/strace
echo 'echo "strace: ptrace: Operation not permitted" >&2; exit 1' >>../bin/strace
chmod +x ../bin/strace
PATH="$PWD/../bin:$PATH" t mvc run --trace -- sh -c : | ids
show
