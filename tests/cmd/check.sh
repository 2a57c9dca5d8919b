. "$srcdir/tests/cmd/lib.sh"
need python3

# Records as somebody else wrote them, and pointers that name them.
cat >write.py <<'PY'
import json, os, subprocess
BAD = '\x1b[31m</script>"];]-->\u202e<img src=x>`$(x)\n\t'
def files(l):
    return [{"kind": k, "oid": o * 64, "path": p, "size": 1, "type": "file"}
            for p, o, k in sorted(l)]
def record(ins, outs, second=0, version=1, command="make", **more):
    r = {"$mvc": f"record {version}", "command": [command], "duration": 1,
         "exit": 0, "inputs": files(ins), "metrics": [],
         "outputs": files(outs), "params": [], "result": "done", "seeds": [],
         "started": f"2026-01-01T00:00:{second:02}.000Z", **more}
    text = json.dumps(r, sort_keys=True, ensure_ascii=False, indent="\t") + "\n"
    with open("../record", "w") as f:
        f.write(text)
    done = subprocess.run(["mvc", "hash-object", "../record"], check=True,
                          capture_output=True, text=True).stdout
    run = done.split()[0]
    path = f".mvc/runs/{run[:2]}/{run[2:]}.json"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    return run, path
def pointer(path, o, run=None):
    with open(path + ".mvc", "w") as f:
        f.write(f"mvc pointer 1\noid {o * 64}\ntype file\nsize 1\n"
                + (f"run {run}\n" if run else ""))
a, _ = record([("y", "b", "data")], [("x", "a", "data")])
b, _ = record([("x", "a", "data")], [("y", "b", "data")], 1)
pointer("x", "a", a)
pointer("y", "b", b)
pointer("gone", "c", "f" * 64)
pointer("lies", "d", a)
e, path = record([("loose", "7", "loose"), ("unknown", "8", "data")],
                 [("gaps", "e", "data")], 2)
pointer("gaps", "e", e)
e, path = record([], [("edited", "1", "data")], 3)
pointer("edited", "1", e)
with open(path, "a") as f:
    f.write("\n")
pointer("later", "9", record([], [("later", "9", "data")], 4, 2)[0])
pointer("wrong", "6", record([], [("wrong", "6", "data")], 5, exit="no")[0])
pointer("model.pt", "4")
code = {"clean": True, "commit": "1" * 40}
pointer('"];x[<b>\u202e', "5",
        record([("x", "a", "data")], [('"];x[<b>\u202e', "5", "data")], 6,
               code=code, command=BAD, host=BAD, who={"name": BAD},
               params=[{"key": BAD, "value": BAD}])[0])
PY
ids() {
	sed -E -e 's|[0-9a-f]{2}/[0-9a-f]{62}|PATH|' -e 's/[0-9a-f]{12}/ID/' \
	    -e 's/run [0-9a-f]{6}/run ID/'
}

repo r
echo 1 >data
mvc add -q data
git add -A
commit first
echo '--- nothing is missing'
t mvc check --lineage
t mvc check --lineage --json
t mvc check 2>&1 | head -n 2
mvc run -q -d data -o sum -- sh -c 'cksum data >sum'
commit second
t mvc check --lineage

echo '--- all that may be'
python3 ../write.py
git add -A -f .
commit third
t mvc check --lineage | ids
echo broken >>data.mvc
t mvc check --lineage | ids | grep data
t mvc check --lineage HEAD | ids | grep data
mvc check --lineage --json | python3 -c '
import json, sys
l = json.load(sys.stdin)
print(l["checked"], sorted({g["kind"] for g in l["gaps"]}))'

echo '--- strings that would command a terminal, or a program that draws'
for format in text dot mermaid; do
	mvc lineage --format $format 5555 | ids
done
mvc lineage --json 5555 | python3 -c '
import json, sys
print([n["command"] for n in json.load(sys.stdin)["nodes"] if "command" in n][0])'
