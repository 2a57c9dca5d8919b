# Names that would command a terminal, split a line or break a parser, in what
# every command prints: escaped for people, valid as JSON, raw with -z.
. "$srcdir/tests/cmd/lib.sh"
need python3
cat >check.py <<'END'
import json, os, sys, unicodedata

def fits(data, tabs):
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "not UTF-8: %r" % data
    bad = {c for c in text if c != "\n" and not (tabs and c == "\t") and
           unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    return "raw %r in %r" % (sorted(bad), text) if bad else ""

def strings(v):
    if isinstance(v, str):
        yield os.fsencode(v)
    for x in v.values() if isinstance(v, dict) else v if isinstance(v, list) else ():
        yield from strings(x)

def values(data):
    text, d = data.decode(), json.JSONDecoder()
    while text.strip():
        v, end = d.raw_decode(text.lstrip())
        text = text.lstrip()[end:]
        yield v

def verdict(how, data):
    if how != "json":
        return fits(data, how == "tabs")
    try:
        return "" if list(values(data)) else "no JSON"
    except ValueError as e:
        return "%s in %r" % (e, data)

def everything(folder):
    """What was printed, a file for each command: HOW NAME STATUS, then it."""
    good = {}
    for f in sorted(os.listdir(folder), key=int):
        head, _, data = open(os.path.join(folder, f), "rb").read().partition(b"\n")
        how, name, status = head.decode().split()
        bad = verdict(how, data)
        if bad:
            print(how, name, status, bad)
        else:
            k = name + (" --json" if how == "json" else "")
            good.setdefault(k, []).append(status)
        os.unlink(os.path.join(folder, f))
    for k in sorted(good):
        print(k + ":", *good[k])

if sys.argv[1] == "all":
    everything(sys.argv[2])
else:
    data = sys.stdin.buffer.read()
    got = {s for v in values(data) for s in strings(v)} \
        if sys.argv[1] == "json" else set(data.split(b"\0"))
    lost = [a for a in map(os.fsencode, sys.argv[2:])
            if not any(g.endswith(a) for g in got)]
    print("not there: %r" % lost if lost else "%d raw" % len(sys.argv[2:]))
END
out=$scratch/out kept=0
mkdir "$out"
check() {
	python3 -X utf8 "$scratch/work/check.py" "$@"
}
# section NAME: what was printed since the last one, then the name
section() {
	check all "$out"
	echo "== $1"
}
# keep HOW NAME STATUS FILE
keep() {
	kept=$((kept + 1))
	{
		echo "$1" "$2" "$3"
		cat "$4"
	} >"$out/$kept"
}
# plain COMMAND...: what it prints can do no harm
plain() {
	"$@" >"$scratch/printed" 2>&1
	keep plain "$2" $? "$scratch/printed"
}
# tabs COMMAND...: the same, with tabs that separate fields
tabs() {
	"$@" >"$scratch/printed" 2>&1
	keep tabs "$2" $? "$scratch/printed"
}
# json COMMAND...: JSON it is, and what it says besides can do no harm
json() {
	c=$2
	shift 2
	mvc "$c" --json "$@" >"$scratch/printed" 2>"$scratch/said"
	keep json "$c" $? "$scratch/printed"
	keep plain "$c" errors "$scratch/said"
}

nl=$(printf 'a\nb') bad=$(printf 'bad\377\300\200') esc=$(printf 'e\033[31m\001\177\r\t')
quote="q\"'\\" dash=-n bidi=$(printf 'x\342\200\256gpj.exe')
c1=$(printf 'c1\302\233') emoji=$(printf '\360\237\220\210') long=$(printf %0251d 7)
fill() { # FOLDER
	mkdir -p "$1"
	for n in "$nl" "$bad" "$esc" "$quote" "$dash" "$bidi" "$c1" "$emoji" \
	    "$long" ' $(id) `id` ' '*?[x]' 'HEAD:x'; do
		mkdir -p "$1/$n" && echo "$2" >"$1/$n/$n"
	done
	ln -snf "$esc" "$1/link$esc"
}
repo r || exit 1
fill d 1
# Roots of such names.
for n in "$nl" "$bad" "$esc" "$quote" "$dash" "$bidi" "$c1" "$emoji" "$long" \
    ' $(id) `id` '; do
	echo 1 >"$n"
	plain mvc add -- "$n"
done
plain mvc add -v d
section "a newline"
mkfifo "d/$esc/$nl" && t mvc add d
rm "d/$esc/$nl"
git commit -qm "$esc" --author "A$esc$bad <a@b>" 2>/dev/null

all() {
	section "$1"
	for c in status "status -v" "status --porcelain" diff "diff HEAD" \
	    "diff --name-only" "ls -r" ls "ls -r HEAD:d" "ls HEAD:" du log \
	    "log d" fsck "fsck --full" gc "gc --now" "checkout -n" \
	    "checkout -n -v" doctor "sparse list" "rev-objects HEAD" "deinit -n"; do
		# shellcheck disable=SC2086
		plain mvc $c
	done
	for c in status "diff HEAD" diff "ls -r" "ls -r HEAD:d" du log "log d" \
	    fsck gc "checkout -n" doctor "sparse list"; do
		# shellcheck disable=SC2086
		json mvc $c
	done
}
all "as recorded"
fill d 2
rm "d/$bad/$bad" && mv "d/$nl" "d/$nl$nl"
echo 2 >"$esc" && echo 2 >"$bad" && rm -- "$dash"
all "changed"
section "byte for byte"
mvc status --json >../o && check json "$esc" "$bad" <../o
mvc status -v --json >../o && check json "$nl/$nl" "$bad/$bad" "$esc" <../o
mvc diff --json >../o && check json "$nl/$nl" "$bad/$bad" "$esc" <../o
mvc ls -r --json HEAD:d >../o
check json "$nl/$nl" "$bad/$bad" "$esc/$esc" "$long/$long" "$emoji/$emoji" <../o
mvc ls -r -z HEAD:d >../o
check raw "$nl/$nl" "$bad/$bad" "$esc/$esc" "$long/$long" "$dash/$dash" <../o
mvc status --porcelain -z >../o && check raw "$nl/$nl" "$bad/$bad" "$esc" <../o
tree=$(sed -n 's/^oid //p' d.mvc)
tabs mvc ls-tree -r "$tree"
json mvc ls-tree -r "$tree"
mvc ls-tree -r -z "$tree" >../o && check raw "$nl/$nl" "$bad/$bad" <../o
tabs mvc check-ignore -v "$esc" "d/$nl"
printf '%s\0' "d/$nl" "d/$esc" >../in
echo '*' >.mvcignore
mvc check-ignore -z --stdin <../in >../o; check raw "d/$nl" "d/$esc" <../o
rm .mvcignore

section "paths as words"
for n in "$bad" "$esc" "$quote" "$dash" "$bidi" "$long"; do
	for c in cat log du ls diff cut hash-object show-pack index-pack \
	    cat-object ls-tree add "sparse set" "config get" "label --json" \
	    "checkout --ours"; do
		# shellcheck disable=SC2086
		plain mvc $c -- "$n"
	done
	plain mvc cat "HEAD:d/$n/no$n"
	plain mvc ls "HEAD:no$n"
	"$scratch/bin/mvc" "$n" >"$scratch/printed" 2>&1
	keep plain no-command $? "$scratch/printed"
	plain mvc status "--$n"
	plain mvc label "d" "k$n=$n"
	plain mvc -C "$n" status
done
json mvc label d
plain mvc label d
json mvc sparse list
mvc sparse off -q

section "what changes something"
plain mvc add -u
json mvc add -u
json mvc add d
git commit -qm Two
plain mvc mv "$esc" "to$esc"
plain mvc mv -n "d/$esc" "d/$nl$esc"
json mvc mv "d/$quote" "d/$nl$quote"
plain mvc rm -n --cached -- "$bidi"
plain mvc rm --cached -- "$bidi"
json mvc rm --cached -- "$c1"
plain mvc rm --force "d/$nl$nl" "d/$emoji"
git commit -qm Three
plain mvc checkout "HEAD~1" -- d
json mvc checkout "HEAD~1" -- d
git reset -q --hard
plain mvc checkout
json mvc checkout

section "a conflict"
git switch -qc other HEAD~1 && mvc checkout -q --force
fill d 3; mvc add -q d && git commit -qm Other
git switch -q main && mvc checkout -q --force
fill d 4; mvc add -q d && git commit -qm Mine
plain git merge -q other
plain mvc status
json mvc status
plain mvc checkout --merge d
json mvc checkout --merge d
plain mvc checkout --theirs d
git reset -q --hard && plain mvc checkout --force

section "lost chunks"
chmod -R u+w .git/mvc && rm -rf .git/mvc/packs/*
rm -rf d
all "nothing is left"
plain mvc checkout
json mvc checkout
section end
