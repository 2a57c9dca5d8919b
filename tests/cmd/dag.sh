. "$srcdir/tests/cmd/lib.sh"
need python3

repo r
t mvc dag
cp -r "$srcdir/tests/golden/pipeline/." . && chmod -R u+w .

echo '--- as DVC resolves it'
mvc dag --json >../dag.json
python3 - <<'PY'
import json
want = json.load(open("dvc.json"))
got = {
    s["name"]: {
        "cmd": s["cmd"], "wdir": s["wdir"], "deps": sorted(s["deps"]),
        "params": {p["file"]: sorted(p["keys"]) for p in s["params"]},
        "outs": sorted([o["path"], o["kind"], o["persist"]] for o in s["outs"]),
    } for s in json.load(open("../dag.json"))["stages"]
}
for name in sorted(set(want) | set(got)):
    if want.get(name) != got.get(name):
        print(name, want.get(name), got.get(name), sep="\n  ")
print(len(got), "stages")
PY

echo '--- drawn'
t mvc dag
cd sub || exit
t mvc dag -f dot train
t mvc dag train@b -f mermaid
cd .. || exit
t mvc dag nothing
t mvc dag -f svg

echo '--- hostile names'
cat >mvc.yaml <<'END'
vars: [{"n": ["a\"];\\", "<b>#", "\u202e-x"]}]
stages:
  s: {foreach: "${n}", do: {cmd: "x", outs: ["o/${item}"]}}
END
t mvc dag
t mvc dag -f dot
t mvc dag -f mermaid
printf 'stages: {s: {foreach: ["\\e[31m"], do: {cmd: x}}}\n' >mvc.yaml
t mvc dag
printf 'a: &a [x, x]\nb: &b [*a, *a' >mvc.yaml
t mvc dag
{
	echo 'a0: &a0 [1,1,1,1,1,1,1,1,1,1]'
	for i in 1 2 3 4 5 6 7; do
		p=$((i - 1))
		echo "a$i: &a$i [*a$p,*a$p,*a$p,*a$p,*a$p,*a$p,*a$p,*a$p]"
	done
} >mvc.yaml
t mvc dag
ln -sf /etc/passwd mvc.yaml
t mvc dag
