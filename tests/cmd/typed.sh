# core.ignoreCase: a path typed in another case is what is there.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir -p data/Sub exp
echo 1 >data/a && echo 2 >data/Sub/b && echo 3 >exp/x
printf '4\n' >"$(printf '\303\211t\303\251')"
mvc add -q data exp/x "$(printf '\303\211t\303\251')" && commit Data
git config core.ignoreCase true
t mvc add DATA
t mvc add Data/SUB/B
t mvc add EXP/X
t mvc add "$(printf '\303\251t\303\211')"
t mvc add "$(printf 'e\314\201te\314\201')"
t mvc ls DATA/sub
t mvc ls DATA.MVC
rm -r data
echo "== the pointer's spelling"
t mvc checkout DATA | mask
t mvc mv DATA/A data/C
t mvc mv Data/c data/D
(cd exp && t mvc ls ../DATA)
t mvc add nothing/Here
git ls-files

echo "== without it they are two"
git config core.ignoreCase false
t mvc add DATA
t mvc ls DATA
