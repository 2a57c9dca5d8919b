# A collection of a remote with many packs and roots, made up: it needs no more
# than 256 MiB. LONG=1: 1,000,000 packs and 100,000 roots.
. "$srcdir/tests/cmd/lib.sh"
packs=${LONG:+1000000}
packs=${packs:-40000}
gc_scale "$packs" $((packs / 10)) 2>memory >said || {
	cat said memory
	exit 1
}
[ -z "${LONG-}" ] || cat memory >&2
sed "s/\b$((packs / 20))\b/a 20th of/; s/\b$((packs / 400))\b/a 400th of/g
    s/\b$((packs / 100))\b/a 100th of/g; s/swept [1-9][0-9]*/swept/" said
