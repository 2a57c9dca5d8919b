# The version, and the words that are the same for all commands.
. "$srcdir/tests/cmd/lib.sh"
release() { sed 's/[0-9]*\.[0-9]*\.[0-9]*/N/g'; }
t mvc version | release
t mvc --version | release
t git mvc version | release
t mvc -C .. -C work version | release
t mvc version --json | release
t mvc version -v | release
t mvc version --js | release
t mvc version -qv >/dev/null
t mvc version -qx
t mvc version --jsn
t mvc version --json=yes
t mvc version extra
t mvc version -- extra
t mvc -C
t mvc -C none version
t mvc -x
t sh -c 'mvc version >/dev/full'
t sh -c 'mvc version >&-'
MVC_JOBS=none
export MVC_JOBS
t mvc version
unset MVC_JOBS
MVC_TRACE=trace mvc version >/dev/null
sed 's/[0-9][0-9.]*/N/g' trace
t sh -c 'MVC_TRACE=no/such mvc version'
