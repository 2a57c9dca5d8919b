. "$srcdir/tests/cmd/lib.sh"

repo r
echo '--- the first begins a file'
t mvc stage list
t mvc stage add -n prepare -d data.csv -d src -o clean -- python src/prepare.py --rows 10
t mvc stage add -n train --desc 'it learns: slowly' -d clean -p 'lr,train.epochs' \
	-p other.yaml:a,b -p 'all.json:' -o model.pt --outs-persist log -O notes.txt \
	-m scores.json --plots roc.csv -w . --always-changed 'python train.py "$X" > log'
cat mvc.yaml
t mvc stage list
t mvc dag

echo '--- comments and order stay'
cat >mvc.yaml <<'END'
# The whole of it.
vars: [{n: 3}]   # how many

stages:
    # First of all.
    one:
        cmd: |
            echo one

            echo two   # kept
        outs: [a]

    two: {cmd: "x", deps: [a]}   # in one line
    # Last of all,
    # really.
    three:
        cmd: y
        # at its end

# Below.
plots:
    - a
END
cp mvc.yaml ../before
t mvc stage add -n four -d a -- echo "it's" 'a # b' '${n}'
diff ../before mvc.yaml
t mvc stage remove four
diff ../before mvc.yaml
t mvc stage remove three
diff ../before mvc.yaml
t mvc stage remove one two
cat mvc.yaml
t mvc stage add -n five 'true'
cat mvc.yaml

echo '--- what is refused leaves the file'
cp ../before mvc.yaml
t mvc stage add -n one -- x
t mvc stage add -- x
t mvc stage add -n five
t mvc stage add -n a/b -- x
t mvc stage add -n five -d ../out -- x
t mvc stage add -n five -o a/b -- x
t mvc stage remove six
echo 'stages: {one: {cmd: x}}' >../flow
cp ../flow mvc.yaml
t mvc stage add -n two -- x
t mvc stage remove one
diff ../flow mvc.yaml

echo '--- the file of DVC'
rm mvc.yaml
echo 'stages:' >dvc.yaml
t mvc stage add -n two -- true
t mvc stage list --json
cat dvc.yaml
