# The far side of an ssh remote over a pipe: what it answers, what it refuses,
# and what is said when it is not there. ssh.sh has a real sshd.
. "$srcdir/tests/cmd/lib.sh"
command -v place >/dev/null || skip "tests/place is not built: make check does that"

# An ssh that runs what it is given here, and says with what it was called.
{
	echo "#!/bin/sh"
	cat <<END
echo "\$*" >"$scratch/args"
for last; do :; done
cd "$scratch/far" && eval "\${FORCED-\$last}"
END
} >"$scratch/bin/here"
chmod +x "$scratch/bin/here"
mkdir "$scratch/far"
export GIT_SSH_COMMAND="$scratch/bin/here"
place() {
	status=0
	command place "$@" >"$scratch/said" 2>&1 || status=$?
	sed -e "s|$scratch|SCRATCH|g" "$scratch/said"
	return $status
}
lab=ada@host:lab/cats

noise 3000000 1 >three
: >none

echo "- how ssh is called: no path in sight"
place "ssh://ada@host:2222$scratch/far/a;b%20c" put roots/r none
cat "$scratch/args"
ls "$scratch/far/a;b c/roots"
t place '[::1]:-x' put roots/r none
cat "$scratch/args"
rm -r "$scratch/far"/*

echo "- put, get, parts of it, stat"
t place $lab put packs/aa/one three
command place $lab get packs/aa/one | cmp - three
command place $lab get packs/aa/one 1000 2500000 >part
tail -c +1001 three | head -c 2500000 | cmp - part
t place $lab get packs/aa/one 2999990 20 | grep -ao '[a-z@]*host:.*\|^\$.*\|\[1\]'
t place $lab stat packs/aa/one
t place $lab put roots/r none
t place $lab get roots/r
t place "host:~/lab/cats" stat roots/r
t place "ssh://host/~/lab/cats" stat roots/r

echo "- what is not there"
t place $lab get packs/aa/two
t place $lab stat packs/aa/two
t place $lab del packs/aa/two

echo "- put only what is new"
t place $lab put packs/aa/one none new
t place $lab stat packs/aa/one
t place $lab put packs/aa/two none new

echo "- lists, in order, below the prefix only"
for k in a-b a/b a.b ab a_b a~b; do
	place $lab put "l/$k" none
done
t place $lab list
t place $lab list l/
t place $lab list l/ l/a/b
t place $lab list nothing/
t place $lab list ../
mkdir -p "$scratch/far/many/x"
(cd "$scratch/far/many/x" && seq 10000 12345 | xargs touch)
place host:many list | awk '{ print $1 }' >got
seq 10000 12345 | sed 's|^|x/|' | cmp - got
# shellcheck disable=SC2046
place host:many del $(cat got)
t place host:many list

echo "- the clock"
now=$(date +%s)
at=$(place $lab clock)
[ $((at - now)) -ge -2 ] && [ $((at - now)) -le 2 ] || echo "$now, and $at"

echo "- a disk that cannot"
mkdir "$scratch/far/file" && : >"$scratch/far/file/packs"
t place host:file put packs/aa/x none
t place host:file/packs list

echo "- only what is below a root, by no link"
mkdir -p "$scratch/far/srv/in" "$scratch/far/out"
ln -s ../out "$scratch/far/srv/link"
export FORCED="mvc serve --stdio --root srv"
t place host:/new/place put packs/x none
find "$scratch/far/srv/new" -type f | sed "s|$scratch||"
t place host:/new/place stat packs/x
t place host:/ list
t place host:../out list
t place host:in/../../out list
t place host:link list
t place host:link/new put packs/x none
ls "$scratch/far/out"

echo "- to be read only"
export FORCED="mvc serve --stdio --root srv --read-only"
t place host:/new/place stat packs/x
t place host:/new/place put packs/y none
t place host:/new/place del packs/x
t place host:/other list

echo "- what else may answer, or not"
FORCED="exit 127" t place $lab list
FORCED="mvc no-such-command" t place $lab list
FORCED="exec mvc hash-objects" t place $lab list
FORCED="echo Welcome to the lab, dear guest" t place $lab list
FORCED="echo 'host: Permission denied (publickey).' >&2; exit 255" \
    t place $lab list
FORCED="echo Bye >&2" t place $lab list
hello() {
	printf "mvcserve$1\000$1\000\000\000\000\000%s\000\000\000\000" 9.0.0-123456
}
hello '\002' >"$scratch/newer"
hello '\000' >"$scratch/older"
{
	hello '\001'
	printf '\377\377\377\377\000\000\000\000\001\000\000\000'
} >"$scratch/hostile"
for f in newer older hostile; do
	FORCED="cat $scratch/$f" t place $lab list
done
unset FORCED

echo "- places that are none"
for u in -oProxyCommand=x:y ssh://-oProxyCommand=x/y 'a;b:c' 'ssh://a b/c' \
    host: ssh://host ssh://h:123456/x 'h:~bob/x' -u@h:x ssh://-u@h/x \
    'ssh://[::1]x/y' "ssh://\$(id)@h/x" 'ssh://h/%00' 'h%h:x'; do
	t place "$u" list
done

echo "- serve by hand"
t mvc serve
t sh -c 'mvc serve --stdio </dev/null | wc -c'
echo "GET / HTTP/1.0, thirty-two bytes." >http
t sh -c 'mvc serve --stdio <http | wc -c'
