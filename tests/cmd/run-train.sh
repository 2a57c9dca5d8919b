# A real training: scikit-learn's digits, recorded, and again from its record.
. "$srcdir/tests/cmd/lib.sh"
python=/usr/bin/python3
"$python" -c 'import sklearn' 2>/dev/null || {
	python=python3
	python3 -c 'import sklearn' 2>/dev/null || skip "scikit-learn is not installed"
}

repo r
cat >prepare.py <<'PY'
import csv
from sklearn.datasets import load_digits
d = load_digits()
with open("digits.csv", "w", newline="") as f:
    csv.writer(f, lineterminator="\n").writerows(
        [int(y), *map(int, x)] for x, y in zip(d.data, d.target))
PY
cat >train.py <<'PY'
import json, struct
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
p = json.load(open("params.json"))
rows = [list(map(int, l.split(","))) for l in open("digits.csv")]
x, y = [r[1:] for r in rows], [r[0] for r in rows]
a, b, c, d = train_test_split(x, y, random_state=p["split"]["seed"])
m = LogisticRegression(C=p["C"], max_iter=p["max_iter"]).fit(a, c)
with open("model.bin", "wb") as f:
    f.write(struct.pack("%dd" % m.coef_.size, *m.coef_.ravel()))
json.dump({"accuracy": round(m.score(b, d), 2), "classes": len(m.classes_)},
          open("scores.json", "w"))
PY
echo '{"C": 0.01, "max_iter": 50, "split": {"seed": 3}}' >params.json
git add -A
commit code
export PYTHONWARNINGS=ignore OMP_NUM_THREADS=1 PYTHONHASHSEED=0
mvc run -q -n prepare -d prepare.py -o digits.csv -- "$python" prepare.py
commit data
mvc run -q -n train -d digits.csv -d train.py -o model.bin -p params.json \
    -m scores.json -- "$python" train.py
commit model
cat scores.json
echo
record() {
	run=$(sed -n 's/^run //p' "$1.mvc")
	echo ".mvc/runs/$(echo "$run" | cut -c 1-2)/$(echo "$run" | cut -c 3-).json"
}
"$python" - "$(record model.bin)" "$(record digits.csv)" <<'PY'
import json, sys
train, prepare = (json.load(open(p)) for p in sys.argv[1:])
env = json.load(open(".mvc/env/" + train["environment"]))
print(train["name"], train["result"], train["command"][1:], train["code"]["clean"])
print([(i["path"], i["kind"]) for i in train["inputs"]])
print([(o["path"], o["kind"]) for o in train["outputs"]])
print({p["key"]: p["value"] for p in train["params"]})
print({m["key"]: m["value"] for m in train["metrics"]})
print({s["key"]: s["value"] for s in train["seeds"]})
# The graph: what one wrote is what the other read.
print(prepare["outputs"][0]["oid"] == train["inputs"][0]["oid"])
print(prepare["environment"] == train["environment"])
import sklearn
print(env["packages"]["scikit-learn"] == sklearn.__version__,
      env["python"]["version"] == sys.version.split()[0],
      env["variables"]["OMP_NUM_THREADS"])
PY
first=$(sed -n 's/^oid //p' model.bin.mvc)
# The same again, from what the record says.
git -c advice.detachedHead=false checkout -q HEAD~1
mvc run -q -d digits.csv -d train.py -o model.bin -p params.json -m scores.json \
    -- "$python" train.py
[ "$(sed -n 's/^oid //p' model.bin.mvc)" = "$first" ] && echo "bit for bit the same"
