. "$srcdir/tests/cmd/lib.sh"
need python3
here=$PWD

# Ids, days and the host are of this run of the test.
lids() {
	sed -E -e 's/\b[0-9a-f]{64}\b/OID/g' -e 's/\b[0-9a-f]{40}\b/COMMIT/g' \
	    -e 's/\b([0-9a-f]{12}|[0-9a-f]{8})\b/ID/g' -e 's/\b[0-9a-f]{10}\b/COMMIT/g' \
	    -e 's/\b[0-9a-f]{7}\b/COMMIT/g' -e 's/\b[0-9a-f]{6}\b/ID/g' \
	    -e 's/\\n[0-9a-f]{6}"/\\nID"/' \
	    -e "s/, $(uname -n)\\b/, HOST/" \
	    -e 's/[0-9]+ [A-Z][a-z]+ 20[0-9]{2}/DAY/'
}
lineage() {
	printf '$ mvc lineage %s\n' "$*" | lids
	mvc lineage "$@" 2>&1 | lids
}
cat >schema.py <<'PY'
import json, sys
l = json.load(sys.stdin)
ids = [n["id"] for n in l["nodes"]]
assert len(ids) == len(set(ids)), "a node twice"
for e in l["edges"]:
    assert e["from"] in ids and e["to"] in ids, e
try:
    import jsonschema
    jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(l)
except ImportError:
    pass
for n in l["nodes"]:
    print(n["kind"], n.get("path", ""), n.get("key", ""))
print({k: sum(e["kind"] == k for e in l["edges"])
       for k in ("used", "generated", "at", "derived")},
      [g["kind"] for g in l["gaps"]])
PY
schema() {
	mvc lineage --json "$@" |
	    python3 "$here/schema.py" "$srcdir/contrib/lineage.schema.json"
}

repo r
git config user.name Ada
git config user.email ada@lab.test
mkdir images
for i in 1 2 3; do echo "$i" >images/$i.jpg; done
echo 'lr: 0.01' >params.yaml
echo 'cat images/* >model.pt; echo "{\"accuracy\": 0.912}" >scores.json' >train.sh
mvc add -q images
git add -A
commit 'First images'
mvc run -q -d images -o model.pt -p params.yaml -m scores.json -- sh train.sh
run=$(sed -n 's/^run //p' model.pt.mvc)
model=$(sed -n 's/^oid //p' model.pt.mvc)

echo '--- before the commit, after it, of a revision, of a run, of an id'
lineage model.pt
commit 'First model'
lineage model.pt
lineage HEAD:model.pt.mvc
lineage "$(echo "$run" | cut -c 1-8)"
lineage "$(echo "$model" | cut -c 1-8)"
lineage images/1.jpg

echo '--- a chain, and what came of it'
mvc run -q -d model.pt -d images -o out/report -- \
    sh -c 'mkdir -p out; cat model.pt images/1.jpg >out/report'
commit 'Report'
lineage out/report
lineage --depth 1 out/report
lineage --depth 0 out/report
lineage --down images
lineage --down --depth 1 images
lineage --format dot out/report
lineage --format mermaid out/report
schema out/report
schema --down images
schema --depth 1 out/report

echo '--- a branch that is gone after a squash merge, under another name since'
git switch -q -c side
echo 4 >images/4.jpg
mvc add -q images
commit 'More images'
echo '# tuned' >>train.sh
mvc run -q -d images -o model.pt -p params.yaml -m scores.json -- sh train.sh
commit 'Second model'
git switch -q -
git merge -q --squash side
commit 'Squashed'
git branch -q -D side
git reflog expire --expire=now --all
git gc -q --prune=now
lineage model.pt
git mv model.pt.mvc final.pt.mvc
commit 'Renamed'
lineage final.pt
lineage --depth 1 model.pt
schema final.pt

echo '--- copied, and imported'
mvc checkout -q final.pt 2>/dev/null || mvc checkout -q
cp final.pt copy.pt
mvc add -q copy.pt
git add -A
commit 'A copy'
lineage --depth 1 copy.pt
mkdir "$here/other"
cd "$here/other" || exit 1
git init -q .
mvc init -q
echo data >table
mvc add -q table
commit 'Of theirs'
cd "$here/r" || exit 1
mvc import -q "$here/other" table 2>&1 | lids
mvc run -q -d table -o sum -- sh -c 'cksum table >sum'
commit 'An import'
lineage sum | sed "s|$here|SCRATCH|"
schema sum | tail -n 1

echo '--- the cache: damaged, of another version, gone, not to be written'
mvc lineage final.pt >../whole
graph=.git/mvc/lineage/ledger
for damage in 's/./X/' 's/mvcledg1/mvcgraf9/' 's/.$//' 'd'; do
	sed -e "1$damage" $graph >../g
	cat ../g >$graph
	mvc lineage final.pt | cmp - ../whole
done
: >$graph
mvc lineage final.pt | cmp - ../whole
rm -r .git/mvc/lineage
echo file >.git/mvc/lineage
mvc lineage final.pt | cmp - ../whole
rm .git/mvc/lineage
for _ in 1 2 3; do
	mvc lineage final.pt >../at-once 2>&1 &
	mvc lineage final.pt | cmp - ../whole
	wait
	cmp ../at-once ../whole
	rm -r .git/mvc/lineage
done
mvc lineage final.pt | cmp - ../whole && ls .git/mvc/lineage

echo '--- bare, and shallow'
git clone -q --bare . ../bare.git
(cd ../bare.git && lineage HEAD:final.pt | tail -n 2 && lineage final.pt &&
	mvc lineage "$run" | lids | head -n 1)
git clone -q --depth 1 "file://$PWD" ../shallow 2>/dev/null
cd ../shallow || exit 1
lineage sum | sed "s|$here|SCRATCH|"
git fetch -q --unshallow 2>/dev/null
lineage sum | sed "s|$here|SCRATCH|"

echo '--- words that are wrong'
lineage nothing
lineage 0000
lineage --depth x final.pt | head -n 2
lineage --format x final.pt | head -n 2
