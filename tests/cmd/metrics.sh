. "$srcdir/tests/cmd/lib.sh"
need python3

repo r
t mvc metrics show
printf 'lr: 0.1\ntrain: {seed: 7, layers: [16, 8]}\napi_token: 0123456789abcdef0123\n' >params.yaml
cat >train.sh <<'EOF'
cp params.yaml model
mkdir -p out
printf '{"auc": 0.9, "n": 50, "big": 9007199254740993, "tiny": 1e-300, "note": "first", "gone": 1}' >out/scores.json
EOF
git add -A && commit code
mvc run -q -d train.sh -o model -p lr -m out/scores.json -- sh train.sh
commit first

echo '--- what records name, in the work tree and in a revision'
t mvc metrics show
mvc metrics show HEAD --json | python3 -m json.tool --compact
t mvc params show
t mvc metrics diff
t mvc metrics diff --exit-code

echo '--- changes'
printf '{"auc": 0.912, "n": 49, "big": 9007199254740994, "tiny": 2e-300, "note": "se\\u001b[31mcond", "ok": true, "none": null}' >out/scores.json
sed -i 's/0\.1/0.01/; s/16, 8/16, 8, 4/' params.yaml
t mvc metrics diff
(cd out && t mvc metrics diff --exit-code HEAD scores.json)
t mvc params diff
t mvc params diff HEAD --all
mvc metrics diff --json | python3 -c '
import json, sys
for r in json.load(sys.stdin):
    print(r)'
git add -A && commit second
t mvc metrics diff HEAD~1 HEAD -- out/scores.json
t mvc params diff HEAD~1..HEAD
t mvc params diff

echo '--- the file that only one side has'
git rm -q --cached out/scores.json && mv out/scores.json out/kept && commit removed
t mvc metrics diff HEAD~1 HEAD
t mvc metrics show
cp out/kept "$(printf 'evil\033[2J\n.json')"
t mvc metrics show -- "$(printf 'evil\033[2J\n.json')"

echo '--- tables'
printf 'acc,"a ""b"", c",name\r\n0.5,2,x\r\n' >one.csv
printf '\357\273\277step\tloss\n1\t0.5\n\n2\t0.25\n11\t1e400\n' >log.tsv
t mvc metrics show one.csv log.tsv
git add -A && commit tables
sed -i 's/0.25/0.125/' log.tsv
t mvc metrics diff log.tsv

echo '--- what is not as it should be'
printf 'a,b\n1\n' >short.csv
printf 'a\n"x\n' >open.csv
printf 'a\n"x"y\n' >behind.csv
printf 'a\0\n' >zero.csv
: >empty.csv
echo '{' >bad.json
head -c 1100000 /dev/zero | tr '\0' ' ' >large.json
awk 'BEGIN { for (i = 0; i < 10002; i++) print i }' >many.csv
for f in short.csv open.csv behind.csv zero.csv empty.csv bad.json large.json many.csv one.txt absent; do
	t mvc metrics show -- "$f"
done
t mvc metrics show absent
t mvc metrics show HEAD HEAD
t mvc metrics diff HEAD HEAD HEAD
t mvc metrics show ../x.json
ln -s /etc/hostname link.json
t mvc metrics show link.json
t mvc metrics

echo '--- what a pipeline names'
rm -f bad.json link.json
cat >mvc.yaml <<'EOF'
stages:
  train:
    cmd: sh train.sh
    params:
    - lr
    - other.yaml:
    outs:
    - model:
        cache: false
    metrics:
    - one.csv
EOF
echo 'depth: 3' >other.yaml
t mvc metrics show
t mvc params diff
sed -i 's/cmd:/cnd:/' mvc.yaml
t mvc metrics show
cd ..
git clone -q --bare r bare
cd bare || exit
t mvc metrics show HEAD~2
t mvc params diff HEAD~3 HEAD
