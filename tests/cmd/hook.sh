# What the hooks that mvc install puts let pass, with the real git.
. "$srcdir/tests/cmd/lib.sh"
git config --global mvc.hooks true
git init -q r && cd r && mvc init -q && git commit -qm Start || exit 1

echo "What is not committed"
noise 6000000 1 >big.bin && git add big.bin
t git commit -qm big
git config mvc.maxBlob 7M && t git commit -qm big && git reset -q --soft HEAD~
git config --unset mvc.maxBlob
printf '[track]\n\tpattern = !big.bin\n\tpattern = *.pt\n\tpattern = set/\n' \
    >>.mvc/config
git add .mvc/config && t git commit -qm "let in by a rule"
mkdir -p set/a sub && echo 1 >set/a/b && echo 1 >sub/m.pt && echo 1 >m.py
git add set sub m.py
t git commit -qm "rules"
git rm -q -r --cached set sub/m.pt && mvc add -q set sub/m.pt
t git commit -qm "as told"
git mv big.bin large.bin && sed -i /big.bin/d .mvc/config
t git commit -qm "a name changed, what was there stays" -a
sed -i 's/^oid ..../oid 0000/' set.mvc
t git commit -qam "content that is nowhere"
{ echo '<<<<<<< a'; cat set.mvc; echo '======='; echo '>>>>>>> b'; } >x
mv x set.mvc
t git commit -qam "markers"
git checkout -q HEAD set.mvc
git mv set.mvc moved.mvc
t git commit -qm "a pointer's name changed"
cat >>.mvc/config <<'END'
[remote "lab"]
	url = https://ada:hunter2@example.org/lab
[remote "b"]
	url = s3://b/c
	secretKey = hunter2
END
t git commit -qam "secrets"
t git commit -q --no-verify -am "Git's own way past"
git diff --quiet HEAD || exit 1
t mvc hook
t mvc hook never
git init -q ../plain && cd ../plain && noise 6000000 2 >big && git add big &&
    t mvc hook pre-commit
