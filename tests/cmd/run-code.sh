. "$srcdir/tests/cmd/lib.sh"

# What git is asked to do beside the mvc at hand.
mkdir bin log
echo '#!/bin/sh' >bin/git
cat >>bin/git <<EOF
for w in "\$@"; do
	case \$w in
	push | fetch | ls-remote) echo "\$w" >>"$PWD/log/git" ;;
	esac
done
exec $(command -v git) "\$@"
EOF
chmod +x bin/git
asked() {
	sort log/git 2>/dev/null | uniq -c | sed 's/^ */git: /'
	rm -f log/git
}
counted() {
	PATH="$scratch/bin:$PATH" t "$@"
	(cd "$scratch" && asked)
}
trees() {
	git -C "${1-.}" for-each-ref refs/mvc/code | grep -c .
}
runs() {
	cat .mvc/runs/*/*.json | sed -n 's/.*"tree": "\(.*\)".*/\1/p' | sort -u
}

scratch=$PWD
git init -q --bare far.git
mkdir data
repo r
mvc remote add lab "$scratch/data" >/dev/null
git add -A && commit remote
echo 'echo 1 >model' >train.sh
git add -A && commit code

echo '--- no Git remote: not a word'
mvc run -q -o model -- sh train.sh
commit one
counted mvc push -q

echo '--- code of a branch, committed and not; sent once, in one go'
git remote add origin "$scratch/far.git"
git checkout -qb tuning
echo 'echo 2 >model' >train.sh
mvc run -q -o model -- sh train.sh
git add -A && commit two
echo 'echo 3 >model' >train.sh
mvc run -q -o model -- sh train.sh
commit three-uncommitted
echo 'echo wild >model' >train.sh
mvc run -q -o model -- sh train.sh
git reset -q --hard
mvc checkout -qf
counted mvc push -n
counted mvc push -q
trees
runs | grep -c .
trees ../far.git
counted mvc push
counted mvc push --all | mask
echo '--- an interrupted note of it, and none'
for f in .git/mvc/code/*; do printf 'code 12' >>"$f"; done
counted mvc push
rm -r .git/mvc/code
counted mvc push --json | grep -o '"code":[0-9]*'
git checkout -q .mvc 2>/dev/null

echo '--- the branch goes with a squash merge, and the code stays'
git push -q origin tuning HEAD:refs/heads/main
git checkout -q main
git merge -q --squash tuning >/dev/null && commit squashed
git push -q -f origin main && git push -q origin :tuning
git -C ../far.git symbolic-ref HEAD refs/heads/main
git -C ../far.git reflog expire --expire=now --all
git -C ../far.git gc -q --prune=now
git clone -q "file://$scratch/far.git" ../c
cd ../c || exit
have() {
	for id in $(runs); do
		git cat-file -p "$id:train.sh" 2>/dev/null || echo "not here"
	done | sort
}
have
counted mvc fetch --code -n
counted mvc fetch --code
have
counted mvc fetch --code
trees

echo '--- a server that has it not, or under another name'
git -C ../far.git for-each-ref --format='delete %(refname)' refs/mvc | git -C ../far.git update-ref --stdin
git clone -q "file://$scratch/far.git" ../d
cd ../d || exit
t mvc fetch --code
for id in $(runs); do
	git -C ../far.git update-ref "refs/mvc/code/$id" main
done
t mvc fetch --code | mask_ids
trees

echo '--- refused by the server, and told what to do'
cd ../r || exit
echo '#!/bin/sh' >../far.git/hooks/update
echo 'case $1 in refs/mvc/*) exit 1 ;; esac' >>../far.git/hooks/update
chmod +x ../far.git/hooks/update
echo 'echo 4 >model' >train.sh
mvc run -q -o model -- sh train.sh
commit four
t mvc push | mask | mask_ids
t mvc push | mask_ids
git config mvc.push.code false
t mvc push
git config mvc.push.code true
rm ../far.git/hooks/update
counted mvc push
echo '--- nobody there'
echo 'echo 5 >model' >train.sh
mvc run -q -o model -- sh train.sh
commit five
git remote set-url origin "$scratch/nowhere.git"
t mvc push 2>&1 | mask | sed "s|$scratch|DIR|"
true
