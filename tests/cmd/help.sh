# Help, and answers to what is no command.
. "$srcdir/tests/cmd/lib.sh"
t mvc help version
t mvc version -h
mvc help >all
mvc >bare
echo "[$?]"
same all bare
grep -c "^    help " all
grep -c "^    completion " all
mvc --help | same all -
for verb in commit remove move list destroy unprotect \
    track untrack ls-files prune migrate; do
	t mvc $verb
done
t mvc versoin
t mvc nothing-like-it
t mvc ''
t mvc help versoin
t mvc completion
t mvc completion basch
# No line is longer than a terminal is wide.
for c in '' $(sed -n 's/^    \([a-z-]*\) .*/\1/p' all); do
	mvc ${c:+"$c"} -h | awk -v c="$c" 'length > 80 { print c ": " $0 }'
done
