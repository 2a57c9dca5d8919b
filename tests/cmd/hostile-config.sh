# What a repository brings along by .mvc/config, .mvcignore and .gitattributes:
# it is told of, or an error, and has no effect outside of the work tree.
. "$srcdir/tests/cmd/lib.sh"
here() {
	sed -E "s:$scratch/work:HERE:g" | cut -c 1-200
}
repo r || exit 1
echo data >data
mvc add -q data && commit One
cp .mvc/config ../sound && mkdir ../else && touch ../said ../doctor
outside() {
	find .. -path ../r -prune -o -name outside -o -print | sort
}
outside >../outside

# config WHAT: .mvc/config is standard input, after what was in it
config() {
	echo "== $1"
	{ cat ../sound; cat; } >.mvc/config
	for c in "config get mvc.store" "config list mvc.track" doctor status \
	    "add data" checkout; do
		# shellcheck disable=SC2086
		mvc $c >../said 2>&1
		got=$?
		case $c in
		doctor) grep -a 'mvc/config\|settings' ../said ;;
		*) cat ../said ;;
		esac | sed "s/^/$c: /" | here
		[ $got -le 1 ] || echo "[$got]"
	done
	[ -d .git/mvc/packs ] || echo "the store is gone"
	outside | diff ../outside -
}
config "stores in strange places" <<'END'
[mvc]
	store = /tmp/mvc-elsewhere
	store = ../else
	store = .
	store = .git
	keyFile = /etc/passwd
	threads = 100000
END
config "programs and credentials" <<'END'
[core]
	fsmonitor = touch ../pwned
	hooksPath = .
	sshCommand = touch ../pwned
[credential]
	helper = !touch ../pwned
[alias]
	status = !touch ../pwned
[remote "a"]
	url = ext::touch ../pwned
[remote "b"]
	url = https://ada:secret@example.org/
[remote "c"]
	url = --upload-pack=touch
END
config "includes, and one of itself" <<'END'
[include]
	path = /etc/passwd
	path = config
	path = ../.mvc/config
[includeIf "gitdir:/"]
	path = /etc/passwd
END
printf '[mvc]\n\tid = "a\033[31mred\\tb\\n"\n\tremote = "\\b\\b"\n' |
    config "control characters"
printf '[track]\n\tsize = ten\n\tsize = -1\n\tsize = 99999999999999999999G\n\tsize\n' |
    config "sizes that are none"
config "patterns that are many" <<END
[track]
	pattern = "$(printf '*%.0s' $(seq 500))a"
	pattern = "[["
	pattern = "!/../../etc/*"
	pattern
[track "../../x"]
	pattern = *
	size = 1
END
config "ids that are none" <<'END'
[mvc]
	id = ../../../etc
	id = ""
	id = 00
END
{
	printf '[track]\n\tpattern = '
	head -c 1000000 /dev/zero | tr '\0' x
	echo
} | config "a value of 1 MB"
head -c 20000000 /dev/zero | tr '\0' '\n' | config "20 MB of nothing"
noise 100000 1 | config "rubbish"
printf '[mvc]\n\tid = a\0b\n' | config "a NUL"
printf '\357\273\277[mvc]\r\n\tremote = lab\r\n' | config "a mark of order, CRLF"
printf '[mvc "' | config "a section without an end"
printf '[mvc]\n\tid = "x' | config "a quote without an end"
printf '[mvc]\n\tid = x%s' "\\" | config "a line that goes on"
n=0
while [ $n -lt 20000 ]; do
	echo "[track \"$n\"]"
	echo "	size = $n"
	n=$((n + 1))
done | config "20,000 sections"

echo "== it is no file"
for make in "ln -s /etc/passwd" "ln -s config" mkfifo mkdir; do
	rm -rf .mvc/config
	$make .mvc/config
	t timeout 10 mvc status | here
	t timeout 10 mvc config --project mvc.track.size 1 | here
done
rm -rf .mvc && ln -s ../else .mvc
t mvc status | here
t mvc config --project mvc.track.size 1 | here
ls ../else
rm .mvc && git checkout -q .mvc

echo "== .mvcignore"
mkdir d && echo a >d/a && echo b >d/b
{
	head -c 100000 /dev/zero | tr '\0' '*'
	echo a
	printf '[\n[!\n\\\n!\n/\n//\n**\\\n../../*\n[z-a]\n!**/a\n'
	printf 'nul\0in it\n\033[31m\n'
} >.mvcignore
t timeout 60 mvc add d | mask
t mvc ls d
rm -r .mvcignore
head -c 2000000 /dev/zero | tr '\0' 'x' >.mvcignore
t mvc add d
for make in "ln -s /etc/passwd" "ln -s .mvcignore" mkfifo mkdir; do
	rm -rf .mvcignore
	$make .mvcignore
	t timeout 10 mvc add d 2>&1 | mask
done
rm -rf .mvcignore

echo "== .gitattributes"
printf '*.mvc filter=evil diff=evil merge=evil text eol=crlf ident working-tree-encoding=UTF-16\n.gitignore filter=evil\n* export-subst\n' >.gitattributes
git config filter.evil.clean 'touch ../pwned; cat'
git config filter.evil.smudge 'touch ../pwned; cat'
git config filter.evil.process 'touch ../pwned'
echo more >d/c
t mvc add d | mask
t mvc diff HEAD
rm -r d
t mvc checkout | mask
t mvc doctor >../doctor
grep -a attributes ../doctor | here
git cat-file blob :d.mvc | head -n 1
outside | diff ../outside -
