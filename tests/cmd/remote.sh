# Which places for data there are: written down, committed, tried out.
. "$srcdir/tests/cmd/lib.sh"
s3_start
here() {
	"$@" 2>&1 | sed -E -e "s|$scratch|TOP|g" -e "s|127.0.0.1:$port|SERVER|g" \
	    -e 's/[0-9a-f]{32}/ID/g' -e 's/is [0-9a-f]{8}, not [0-9a-f]{8}/is ID, not ID/' \
	    -e 's/[0-9.]+ ms/T/' -e 's/[0-9.]+ [kMG]?B\/s/RATE/'
}
config() {
	here cat .mvc/config
	git diff --exit-code && git diff --cached --stat
}

repo r
echo "- none yet"
t mvc remote list
t mvc remote test

echo "- the first is the default, written and staged"
t mvc remote add cloud s3://lab/cats --endpoint "$AWS_ENDPOINT_URL" \
    --region eu-west-1 --profile boss | here cat
here config
git config mvc.remote.cloud.profile
here mvc remote list
commit "A remote"

echo "- more of them"
mkdir ../disk
t mvc remote add disk "$scratch/work/disk" | here cat
t mvc remote add far ssh://ada@example.org:2222/data --local
t mvc remote add near example.org:data --default
t mvc remote add web https://example.org/data
here config
here mvc remote list
here mvc remote list --json
ls -A ../disk

echo "- what is staged is the change, not what else the user does there"
printf '# mine\n' >>.mvc/config
t mvc remote add one "file://$scratch/work/one" | here cat
t mvc remote add one s3://lab/one
here git diff | tail -n +3
git checkout -q .mvc/config

echo "- refused"
t mvc remote add cloud s3://lab/dogs
t mvc remote add -- -x s3://lab/dogs
t mvc remote add a/b s3://lab/dogs
t mvc remote add x https://ada:SECRET@example.org/
t mvc remote add x 'https://example.org/?X-Amz-Signature=SECRET'
t mvc remote add x ssh://ada:SECRET@example.org/x
t mvc remote add x s3://AKIA:SECRET@lab/x
t mvc remote add x ftp://example.org/x
t mvc remote add x --upload-pack=x
t mvc remote add x 'ext::sh -c id'
t mvc remote add x "$(printf 'a\nb')"
t mvc remote add x example.org:x --region r
mkdir ../full && echo hello >../full/file
t mvc remote add x "$scratch/work/full" | here cat
t mvc remote remove none
t mvc remote rename cloud disk
t mvc remote frobnicate
git diff --exit-code

echo "- renamed, moved, removed"
t mvc remote rename near close
t mvc remote rename cloud sky
git config mvc.remote.sky.profile
t mvc remote set-url web https://example.org/other
t mvc remote remove far
t mvc remote remove one
here mvc remote list
t mvc remote remove close
here mvc remote list
git add -A && commit "Others"

echo "- a clone takes a committed folder only where that store is there"
cd .. && git clone -q r clone && cd clone && mvc install >/dev/null
here t mvc remote test disk
mv ../disk ../disk.away && mkdir ../disk && cp -R ../disk.away/. ../disk/
git init -q ../another && mvc -C ../another init -q
cp -f ../another/.git/mvc/format ../disk/format
here t mvc remote test disk
here t mvc remote set-url --local disk "$scratch/work/disk"
here t mvc remote test disk
git status --short
cd ../r || exit

echo "- tried out"
unset AWS_ENDPOINT_URL
git config --unset mvc.remote.sky.profile
t mvc remote test sky | here cat
t mvc remote test sky --json | here sed -E 's/"ns":[0-9]+/"ns":N/g'
AWS_ENDPOINT_URL="http://127.0.0.1:$port" place s3://lab/cats list
AWS_SECRET_ACCESS_KEY=wrong t mvc remote test sky | here cat
t mvc remote add gone s3://gone --endpoint "http://127.0.0.1:$port" --local | here cat
t mvc remote test gone | here cat
