. "$srcdir/tests/cmd/lib.sh"
need python3

ids() {
	mask | mask_ids | sed -e 's/^run [0-9a-f]\{6\} /run ID /'
}
# Of the record that is staged: each member asked for, in one line.
show() {
	python3 - "$(git diff --cached --name-only --diff-filter=A -- .mvc/runs)" "$@" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
r = json.loads(text)
assert json.dumps(r, sort_keys=True, ensure_ascii=False, indent="\t") + "\n" == text
for k in sys.argv[2:]:
    v = r.get(k)
    if k in ("inputs", "outputs"):
        v = [(f["path"], f["kind"]) for f in v]
    if k in ("metrics", "params", "seeds"):
        v = [(x.get("file", ""), x["key"], x.get("step"), x["value"]) for x in v]
    print(k, v)
PY
}
commit_run() {
	git commit -qm "$1" && git status --short
}

repo r
git config user.name Ada
git config user.email ada@lab.test
mkdir data
rows 50 1 >data/a.csv
echo 'import this' >train.py
printf 'train:\n  seed: 7\n' >params.yaml
mvc add -q data && git add -A && commit first

echo '--- from begin to end'
MVC_RUN=$(mvc record begin -n train -d train.py -p train.seed -o model -- python3 train.py --token abcdefgh12345)
export MVC_RUN
mvc record list | grep -cx "$MVC_RUN"
t mvc record add-input data
t mvc record param lr=1e-3 layers=3 name=small deep=true none=null 'text=a,b' api_key=hunter2 random_seed=3
for i in 1 2 3; do
	mvc record metric loss="0.$((9 - i))" auc=nan --step $i
done
t mvc record metric best=2 loss=0.5
printf '10 acc=0.5\nacc=0.75\n\n-1 acc=1\n' | t mvc record metric --stdin
t mvc record output -m scores.json
echo '{"f1": 0.5}' >scores.json
noise 5000 1 >model
t mvc record end | sed 's/   auc.*   model/   model/' | ids
show name command inputs outputs params metrics seeds exit result
head -n 1 model.mvc && grep -c '^run' model.mvc
ls .git/mvc/recording
commit_run first-run

echo '--- a failure, one that is forgotten, one that has gone'
MVC_RUN=$(mvc record begin -o other)
echo half >other
t mvc record end --status 3 | ids
show exit result outputs
commit_run failed
rm other
MVC_RUN=$(mvc record begin)
t mvc record drop
t mvc record end | mask_ids
t mvc record metric a=1 --run ../../../etc
MVC_RUN='' t mvc record metric a=1
t mvc record metric a=1 | mask_ids
t mvc record list

echo '--- refused, and nothing of it kept'
MVC_RUN=$(mvc record begin)
t mvc record add-input data nowhere
t mvc record add-input .
t mvc record output train.py
t mvc record param lr
t mvc record param =1
t mvc record metric
t mvc record metric loss=1 --step x
t mvc record metric "$(printf 'a\377=1')"
printf 'x=1\ny\n' | t mvc record metric --stdin
t mvc record end --status 300
t mvc record end | ids
show inputs outputs metrics
commit_run nothing

echo '--- two at once; torn lines; a killed end makes the same record'
a=$(mvc record begin -n a -o out-a)
b=$(mvc record begin -n b -o out-b)
mvc record metric x=1 --run "$a"
printf '["x",2' >>".git/mvc/recording/$a/metrics"
mvc record metric x=3 --run "$a"
mvc record metric y=1 --run "$b"
echo a >out-a
echo b >out-b
cp -r ".git/mvc/recording/$b" ../kept
mvc record end -q --run "$b"
mvc record end -q --run "$a"
git diff --cached --name-only | mask_ids | sed 's|/[0-9a-f][0-9a-f]/ID|/ID|'
grep -h -A2 '"metrics"' -r .mvc/runs | grep -c key
commit_run both
run=$(sed -n 's/^run //p' out-b.mvc)
record=".mvc/runs/$(echo "$run" | cut -c 1-2)/$(echo "$run" | cut -c 3-).json"
cp -r ../kept ".git/mvc/recording/$b"
# As its first end left it.
sed -i "s/.*\"duration\".*/$(grep '"duration"' "$record")/" ".git/mvc/recording/$b/state"
mvc record end -q --run "$b"
git status --short

echo '--- long series, from several at once'
MVC_RUN=$(mvc record begin)
for w in 1 2 3 4; do
	awk -v w=$w 'BEGIN { for (i = w; i <= 20000; i += 4) print i, "loss=" 1 / i }' |
		mvc record metric --stdin &
done
wait
printf '30000 loss=0.5\n' | mvc record metric --stdin
mvc record metric best=1
t mvc record end | ids
show metrics | python3 -c '
import ast, sys
m = ast.literal_eval(sys.stdin.read().split(" ", 1)[1])
loss = [x for x in m if x[1] == "loss"]
print(len(loss) > 2000, len(m) < 6100, loss[-1], [x for x in m if x[1] == "best"])
gaps = [b[2] - a[2] for a, b in zip(loss, loss[1:-1])]
print(min(gaps) > 0)'
commit_run long
t mvc fsck
