# Which rule hides a path: .mvcignore content, Git's rules pointers.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
mkdir -p data/sub data/tmp
cat >.mvcignore <<'END'
# notes

*.bak
tmp/
END
printf '!keep.bak\n/only-here\n' >data/.mvcignore
printf '*.mvc\n!ok.mvc\n' >.gitignore
: >data/x.bak
t mvc check-ignore data/x.bak data/keep.bak data/x data/tmp/deep/file \
	data/tmp data/only-here data/sub/only-here a.mvc ok.mvc
t mvc check-ignore -a data/x.bak data/x
t mvc check-ignore data/x
cd data || exit 1
printf 'x.bak\n../y.bak\n' | t mvc check-ignore --stdin
printf 'x.bak\0../y.bak\0' | mvc check-ignore --stdin -z | tr '\000' '\n'
t mvc check-ignore /etc/passwd | sed "s:$scratch:SCRATCH:"
t mvc check-ignore
