# A bucket as a place for data, on a real server: what a backend has to do,
# and what it says when it cannot.
. "$srcdir/tests/cmd/lib.sh"
s3_start

place() {
	status=0
	command place "$@" >"$scratch/said" 2>&1 || status=$?
	sed -e "s|127.0.0.1:$port|SERVER|g" -e "s|$HOME|~|" "$scratch/said"
	return $status
}
counted() {
	PLACE_COUNT=1 command place "$@"
}
lab=s3://lab/cats/v1

noise 3000000 1 >three
: >none

echo "- put, get, parts of it, stat"
t place $lab put packs/aa/one three
command place $lab get packs/aa/one | cmp - three
command place $lab get packs/aa/one 1000 20 | cmp - "$(
	tail -c +1001 three | head -c 20 >part; echo part)"
t place $lab get packs/aa/one 2999990 20 | tr -cd ' -~\n'
t place $lab stat packs/aa/one
t place $lab put roots/r none
t place $lab get roots/r

echo "- what is not there"
t place $lab get packs/aa/two
t place $lab stat packs/aa/two
t place $lab del packs/aa/two
t place s3://other list
t place s3://other put packs/x none

echo "- put only what is new"
t place $lab put packs/aa/one none new
t place $lab stat packs/aa/one
t place $lab put packs/aa/two none new

echo "- lists, in order, below the prefix only"
place s3://lab/cats put v2 none
place s3://lab/cats put v1a/x none
for k in a-b a/b a.b ab a_b a~b; do
	place $lab put "l/$k" none
done
t place $lab list
t place $lab list l/
t place $lab list l/ l/a/b
t place $lab list nothing/
t place s3://lab/cats list

echo "- more than a page"
mkdir -p "$scratch/s3/lab/many/x"
(cd "$scratch/s3/lab/many/x" && seq 10000 12345 | xargs touch)
place s3://lab/many list | awk '{ print $1 }' >got
seq 10000 12345 | sed 's|^|x/|' | cmp - got
place s3://lab/many list x/ x/12300 | wc -l | tr -d ' '
# shellcheck disable=SC2046
counted s3://lab/many del $(cat got)
t place s3://lab/many list

echo "- a big one goes up in parts"
noise 130000000 2 >big
t counted $lab put packs/big big
command place $lab get packs/big | cmp - big
command place $lab get packs/big 104857590 20 | cmp - "$(
	tail -c +104857591 big | head -c 20 >part; echo part)"

echo "- several deleted at once"
t counted $lab del packs/aa/one packs/aa/two packs/big nothing
t place $lab list packs/

echo "- the clock"
now=$(date +%s)
at=$(place $lab clock)
[ $((at - now)) -ge -2 ] && [ $((at - now)) -le 2 ] || echo "$now, and $at"

echo "- keys that are none, and secrets stay secret"
AWS_SECRET_ACCESS_KEY=SECRETKEY t place $lab list
AWS_ACCESS_KEY_ID=nobody t place $lab get packs/aa/one
AWS_SESSION_TOKEN=SECRETTOKEN t place $lab list >said
grep SECRET said
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
t place $lab list
mkdir "$HOME/.aws"
printf '[default]\naws_access_key_id=test\naws_secret_access_key' \
    >"$HOME/.aws/credentials"
t place $lab list
printf '=secretsecret\n' >>"$HOME/.aws/credentials"
t place $lab list roots/
AWS_PROFILE=boss t place $lab list
cat >"$HOME/.aws/config" <<END
[profile boss]
credential_process = cat '$scratch/work/keys.json'
region = eu-west-1
services = here
[services here]
s3 =
  endpoint_url = $AWS_ENDPOINT_URL
END
unset AWS_ENDPOINT_URL
export AWS_PROFILE=boss
printf '{"AccessKeyId":"test","SecretAccessKey":"secretsecret"}' >keys.json
t place $lab list roots/

echo "- another region than the bucket's, learned from the server"
AWS_REGION=us-east-2 t place $lab list roots/

echo "- places that are none"
for u in s3:// s3://key:secret@lab/x s3://lab//x 's3://lab/x?y'; do
	t place "$u" list
done
AWS_ENDPOINT_URL=ftp://x t place $lab list
AWS_ENDPOINT_URL=http://u:p@127.0.0.1 t place $lab list
AWS_ENDPOINT_URL=http://127.0.0.1:1 t place $lab list
