# A network that fails between mvc and an S3 server: each kind of harm, twice,
# to a put, a get and a list, which come through; then without end, which is an
# error that says what was the matter.
. "$srcdir/tests/cmd/lib.sh"
s3_start
server=$port

# proxied FAULT [COUNT [ARGUMENT]]
proxied() {
	py_start "$srcdir/tests/fault_proxy.py" "$server" "$@"
	AWS_ENDPOINT_URL="http://127.0.0.1:$port"
}
harm() {
	sort "$background_log" | uniq -c | sed 's/^ */  /'
}
lab=s3://lab/x

noise 3000000 1 >three
place $lab put packs/there three
for fault in latency reset-up reset cut 503 500 flip-up slow deaf garbage; do
	echo "- $fault"
	# Only who waits for the deaf one needs to lose patience.
	case $fault in
	deaf) export MVC_TIMEOUT=2 ;;
	*) unset MVC_TIMEOUT ;;
	esac
	proxied $fault
	place $lab put "packs/$fault" three
	harm
	proxied $fault
	place $lab get packs/there >got && cmp got three
	harm
	proxied $fault
	place $lab list packs/ >got && grep there got
	harm
	kill $pid
	AWS_ENDPOINT_URL="http://127.0.0.1:$server"
	place $lab get "packs/$fault" | cmp - three
done

echo "- flipped on the way here: what was got is checked by its id, elsewhere"
proxied flip 1
place $lab get packs/there >got
cmp -s got three || echo differs
harm

echo "- a long download over a line that breaks all the time"
noise 60000000 2 >sixty
proxied reset 12
place $lab put packs/sixty sixty
place $lab get packs/sixty | cmp - sixty
harm

echo "- parts of a big object, some of them lost on the way"
noise 130000000 3 >big
proxied reset-up 3
place $lab put packs/big big
harm
AWS_ENDPOINT_URL="http://127.0.0.1:$server"
place $lab get packs/big | cmp - big

echo "- a big put that was killed goes on where it was"
proxied deaf-up 3+1
MVC_TIMEOUT=100 place $lab put packs/big2 big &
putting=$!
while [ -z "$(harm)" ]; do sleep 0.1; done
sleep 2
kill -9 $putting
wait $putting 2>/dev/null
AWS_ENDPOINT_URL="http://127.0.0.1:$server"
place $lab stat packs/big2
PLACE_COUNT=1 place $lab put packs/big2 big
place $lab get packs/big2 | cmp - big

echo "- without end"
export MVC_TIMEOUT=1
for fault in reset-up reset cut 503 500 flip-up deaf garbage; do
	proxied $fault all
	(
		place $lab put "never/$fault" three >"$fault.put" 2>&1
		echo "[$?]" >>"$fault.put"
	) &
	jobs="${jobs-} $!"
	(
		place $lab get packs/there 2>&1 >/dev/null | tr -d '\0' >"$fault.get"
	) &
	jobs="$jobs $!"
done
# shellcheck disable=SC2086
wait $jobs
for fault in reset-up reset cut 503 500 flip-up deaf garbage; do
	echo "  $fault"
	cat $fault.put $fault.get | sed -E -e 's/127.0.0.1:[0-9]+/SERVER/g' \
	    -e 's/after [0-9]+ ms/after T/' -e 's/with [0-9]+ bytes/with N bytes/' \
	    -e 's/(Recv|Send) failure: .*/the connection was reset/' \
	    -e 's/[0-9]+ out of [0-9]+ bytes/N of N bytes/' \
	    -e 's/[0-9]+ bytes remaining/N bytes remaining/'
done
AWS_ENDPOINT_URL="http://127.0.0.1:$server"
place $lab list never/
