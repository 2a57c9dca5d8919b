. "$srcdir/tests/cmd/lib.sh"
need python3

ids() {
	mask | mask_ids | sed -E 's/run [0-9a-f]{6}/run ID/g'
}
repo r
git config user.name Ada
git config user.email ada@lab.test
rows 50 1 >raw.csv
mvc add -q raw.csv
cat >mvc.yaml <<'END'
vars: [{models: {a: {k: 1}, b: {k: 2}}}]
stages:
  prepare:
    cmd:
    - mkdir clean
    - head -n ${rows} raw.csv >clean/x.csv; echo prepare >>../ran
    deps: [raw.csv]
    outs: [clean]
  train:
    foreach: ${models}
    do:
      cmd: echo ${key} ${lr} ${item} >${key}.bin; cat clean/x.csv >>${key}.bin;
        echo "{\"n\":${rows}}" >${key}.json; echo ${key} >>../ran
      deps: [clean/x.csv]
      params: [lr]
      outs: ["${key}.bin"]
      metrics: ["${key}.json"]
  report:
    wdir: out
    cmd: cat ../a.bin ../b.bin >report.txt; echo report >>../../ran
    deps: [../a.bin, ../b.bin]
    outs: [report.txt]
END
mkdir out && echo kept >out/README
printf 'rows: 10\nlr: 0.1\nother: 1\n' >params.yaml
git add -A && commit first
ran() {
	sort ../ran 2>/dev/null | tr '\n' ' '
	echo
	rm -f ../ran
}

echo '--- the first time'
t mvc repro -n
t mvc repro -j 2 train report 2>&1 | ids | sort
ran
git status --short | grep -v '^A  .mvc/'
head -n 2 out/report.txt
git commit -qm second
t mvc repro
ran
cd out && t mvc repro --json report | ids && cd .. || exit

echo '--- what changed is said, and only that is run'
sed -i 's/lr: 0.1/lr: 0.2/; s/other: 1/other: 2/' params.yaml
t mvc repro -n
t mvc repro | ids
ran
git add -A && commit third
echo '51,x,0.1,y' >>raw.csv
t mvc repro
mvc add -q raw.csv
t mvc repro | ids
ran
git add -A && commit fourth

echo '--- what any record answers is not run: back, and of another branch'
sed -i 's/lr: 0.2/lr: 0.1/' params.yaml
git checkout -q HEAD~2 -- raw.csv.mvc && mvc checkout -q raw.csv
t mvc repro | ids
ran
git add -A && commit fifth
git switch -q -c try
sed -i 's/lr: 0.1/lr: 0.5/' params.yaml
mvc repro -q && git add -A && commit tried && ran
git switch -q - && mvc checkout -q
git checkout -q try -- .mvc/runs
sed -i 's/lr: 0.1/lr: 0.5/' params.yaml
t mvc repro | ids
ran
git add -A && commit sixth
rm -r clean a.bin b.json
t mvc repro | ids
ran
git status --short

echo '--- in a clone, with what a remote has'
mvc remote add lab "$PWD/../lab" >/dev/null && git add -A && commit remote
mvc push -q
git clone -q . ../clone && cd ../clone && mvc init -q
git config user.name Bob
git config user.email bob@lab.test
t mvc repro prepare 2>&1
t mvc repro --pull 2>&1 | ids | grep -v '^lab '
ran
cd ../r || exit

echo '--- outputs: changed by hand, left over, made anew'
echo more >>b.bin
t mvc repro
t mvc repro -k --json | ids
mvc checkout -qf b.bin
echo stale >clean/stale && mvc add -q clean && git add -A && commit stale
t mvc repro -f prepare | ids
ls clean
ran
echo '*.log' >.mvcignore && echo mine >clean/my.log
t mvc repro -f prepare | ids
cat clean/my.log && rm -r clean .mvcignore && mvc checkout -q clean

echo '--- failure'
git add -A && commit seventh
cat >mvc.yaml <<'END'
stages:
  good: {cmd: echo 1 >good, outs: [good]}
  bad: {cmd: [echo 1 >bad, "exit 3", echo never >>../ran], outs: [bad]}
  after: {cmd: cat bad >after, deps: [bad], outs: [after]}
  beside: {cmd: cat good >beside, deps: [good], outs: [beside]}
  nothing: {cmd: "true", outs: [nothing]}
  cold: {cmd: echo never >>../ran, outs: [cold], frozen: true}
  each: {cmd: echo each >>../ran, always_changed: true}
END
t mvc repro | ids
t mvc repro -k | ids
ran
ls after bad.mvc nothing.mvc 2>&1
t mvc repro -s after | ids
t mvc repro nobody
git add -A && commit eighth

echo '--- two at once share the work'
cat >mvc.yaml <<'END'
stages:
  n:
    foreach: [1, 2, 3, 4]
    do: {cmd: "echo ${item} >>../ran; echo ${item} >n${item}", outs: ["n${item}"]}
  all: {cmd: "echo all >>../ran; cat n1 n2 n3 n4 >sum", deps: [n1, n2, n3, n4], outs: [sum]}
END
mvc repro -q -j 2 & one=$!
mvc repro -q -j 3 & two=$!
wait $one || echo "one: $?"
wait $two || echo "two: $?"
ran
cat sum
t mvc repro all
git add -A && commit ninth

echo '--- ended from outside'
mkfifo ../begun
cat >mvc.yaml <<'END'
stages:
  long: {cmd: echo 1 >half; echo >../begun; exec sleep 100, outs: [half]}
  next: {cmd: echo never >>../ran, deps: [half]}
END
mvc repro >../log 2>&1 & one=$!
read -r _ <../begun
kill -TERM $one
wait $one || echo "$?"
cat ../log
ls half.mvc 2>&1
python3 - <<'PY'
import glob, json, os
new = max(glob.glob(".mvc/runs/*/*.json"), key=lambda p: json.load(open(p))["started"])
r = json.load(open(new))
print(r["name"], r["result"], r["signal"], r["outputs"])
PY
ran
