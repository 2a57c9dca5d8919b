. "$srcdir/tests/cmd/lib.sh"
need python3

# A record as those do who have no mvc: the name is the hash, the form is one
# line of Python. Then its members, but for what each run has of its own.
cat >record.py <<'PY'
import json, sys
text = open(sys.argv[1]).read()
r = json.loads(text)
again = json.dumps(r, sort_keys=True, ensure_ascii=False, indent="\t") + "\n"
assert again == text, "another form"
assert r.pop("$mvc") == "record 1"
for k in ("duration", "environment", "started"):
    assert k in r
    del r[k]
for k in sys.argv[2:] or sorted(r):
    print(k, json.dumps(r.get(k), sort_keys=True))
PY
show() {
	id=$(git diff --cached --name-only --diff-filter=A -- .mvc/runs | head -n 1)
	python3 ../record.py "$id" "$@"
}
commit_run() {
	git commit -qm "$1" && git status --short
}
ids() {
	mask | mask_ids |
	    sed -e 's/^run [0-9a-f]\{6\} /run ID /' -e 's|/[0-9a-f]\{2\}/ID|/ID|'
}

repo r
git config user.name Ada
git config user.email ada@lab.test
mkdir data src
rows 50 1 >data/a.csv
echo 'cut -d, -f3 data/a.csv >model; echo "{\"score\": {\"auc\": 0.75, \"n\": 50, \"of\": NaN}}" | sed s/NaN/null/ >scores.json' >src/train.sh
printf 'lr: 1e-3\ntrain:\n  seed: 7\n  layers: [16, 8]\n  name: small\n' >params.yaml
t mvc add data | mask
git add -A
commit first

echo '--- one run: outputs, record, pointers, all staged'
t mvc run -n train -d data -d src -o model -p lr,train -m scores.json -- sh src/train.sh | ids
git status --short | ids
show code command exit host inputs metrics name outputs params result seeds who |
	sed "s/\"$(uname -n)\"/HOST/" | ids
run=$(sed -n 's/^run //p' model.mvc)
# The path is the id.
test -f ".mvc/runs/$(echo "$run" | cut -c 1-2)/$(echo "$run" | cut -c 3-).json" && echo named
if command -v b3sum >/dev/null; then
	b3sum --no-names .mvc/runs/*/*.json | grep -cx "$run"
else
	echo 1
fi
commit_run second

echo '--- the code as it was, uncommitted, untracked, and what is ignored'
echo '# tuned' >>src/train.sh
echo new >src/util.sh
echo '*.log' >>.gitignore
echo x >src/x.log
t mvc run -q -d src -o model -- sh src/train.sh
show code | ids
tree=$(show code | sed 's/.*"tree": "\(.*\)".*/\1/')
git for-each-ref --format='%(refname)' refs/mvc/code | grep -c "$tree"
git ls-tree -r --name-only "$tree" | grep -v '^\.mvc'
git diff --name-only HEAD "$tree" | grep -v '^\.mvc'
git cat-file blob "$tree:src/train.sh" | tail -n 1
commit_run third
git add -A && commit rest
t mvc run -q -- true
show code | sed 's/"[0-9a-f]\{40\}"/ID/g'
commit_run fourth

echo '--- a command that fails, that makes nothing, that cannot be'
t mvc run -o other -- sh -c 'echo half >other; exit 3' | ids
show exit outputs result
ls other.mvc 2>&1
commit_run failed
rm other
t mvc run -o other -- true 2>&1 | ids
show exit outputs result
commit_run nothing
t mvc run -- sh -c 'kill -9 $$' | ids
show exit signal result
commit_run killed
t mvc run -o other -- ./no-such-command
git status --short

echo '--- refused before it runs'
t mvc run -o src/train.sh -- touch ran
t mvc run -o data/new -- touch ran
t mvc run -o . -- touch ran
t mvc run -d nowhere -- touch ran
t mvc run -d . -- touch ran
t mvc run -d ../x -- touch ran | sed 's|/[^ ]*/r$|TOP|'
t mvc run -p nothing -- touch ran
t mvc run -p none.yaml:x -- touch ran
t mvc run -m model -o model -- touch ran
echo more >>data/a.csv
t mvc run -d data -- touch ran
t mvc run -d data/a.csv -- touch ran
mvc checkout -qf data
mkdir loose && echo x >loose/x.log
t mvc run -d loose -- touch ran
t mvc run
ls ran 2>&1

echo '--- a part of a data set, a folder that holds some, a file that nobody keeps'
mkdir all && echo 1 >all/one && echo readme >all/README
mvc add -q all/one && git add all && commit data
t mvc run -q -d data/a.csv -d all -d src/x.log -- true
show inputs | ids
commit_run inputs

echo '--- inputs that change meanwhile'
t mvc run -d data -d src/x.log -d params.yaml -- sh -c 'echo >>data/a.csv; echo >>src/x.log; echo "x: 1" >>params.yaml' | ids
show inputs | ids
mvc checkout -qf data
git checkout -q params.yaml
commit_run changed

echo '--- secrets, and nobody named'
MY_TOKEN=1 t mvc run --no-who -- echo --password=hunter2hunter2 --token abcdefgh12345 \
	https://ada:pw@host.test/x API_KEY=sesame --tokenizer bert | ids
show command host who
commit_run secrets
git config mvc.run.who false
mvc run -q -- true
show host who
commit_run nobody

echo '--- from below, the same output again, JSON'
cd src || exit
t mvc run -d ../data -o ../copy -- sh -c 'cp ../data/a.csv ../copy' | ids
cd .. || exit
show cwd inputs outputs | ids
old=$(sed -n 's/^run //p' copy.mvc)
git commit -qm copy
mvc run --json -d data -o copy -- cp data/a.csv copy >../out.json
python3 - "$old" <<'PY'
import json, sys
o = json.load(open("../out.json"))
p = dict(l.split(" ", 1) for l in open("copy.mvc").read().splitlines()[1:])
print(o["result"], o["exit"], o["outputs"][0]["path"], o["outputs"][0]["oid"] == p["oid"],
      o["run"] == p["run"], p["run"] != sys.argv[1])
PY
git commit -qm copy2
# Data that is changed by hand is no run's.
echo >>copy
mvc add -q copy
grep -c '^run' copy.mvc

echo '--- options end where the command begins'
t mvc run -q printf '%s\n' -o x
echo '--- its standard input and output are its own'
echo in | mvc run -q -- tr a-z A-Z
t mvc fsck
git fsck 2>&1 | grep -v dangling
true
