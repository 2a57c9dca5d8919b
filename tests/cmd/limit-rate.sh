# So many bytes take their time, whatever the place; programs see how far it is.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
s3_start
repo r
noise 500000 1 >one
mvc add -q one && commit "first"

# Milliseconds that a command took, at least as many as said.
at_least() {
	from=$(date +%s%N)
	shift
	"$@" || echo "exit $?"
	took=$((($(date +%s%N) - from) / 1000000))
}
slow() {
	at_least "$@"
	[ "$took" -ge "$1" ] || echo "$*: only $took ms"
}
# Each waits by itself, so that all wait at once.
slow 4800 mvc push -q --limit-rate 100k -r "$HERE/lab" &
slow 4800 mvc push -q --limit-rate 100k -r s3://lab/cats
wait $!
pull() {
	cd "$HERE" && git clone -q r "$1" && cd "$1" || exit 1
	slow 4800 mvc pull -q --limit-rate 100k -r "$2"
	cmp one "$HERE/r/one"
}
(pull c "$HERE/lab") &
(pull d s3://lab/cats)
wait $!
git config mvc.remote.lab.url "$HERE/lab"
t mvc push --limit-rate 1k
t mvc push --limit-rate lots 2>&1 | head -2

# A line of JSON each second, and the answer by itself.
events() {
	"$@" >"$HERE/out" 2>"$HERE/err"
	grep -c '^{"event":"progress".*"bytes":[0-9]*,"bytes_total":[0-9]*,"rate":[0-9]*,"left":[0-9.]*}$' "$HERE/err" |
	    sed 's/[1-9][0-9]*/some/'
	tr ',' '\n' <"$HERE/out" | grep -c '"remote":'
}
noise 400000 2 >two && mvc add -q two && commit "second"
events mvc push --json --limit-rate 100k
cd "$HERE/c" && git pull -q || exit 1
git config mvc.remote.lab.url "$HERE/lab"
events mvc fetch --json --limit-rate 100k
mvc pull --json | sed -E 's/[0-9a-f]{64}/OID/g; s/"(bytes|requests|received)":[0-9]+/"\1":N/g'
