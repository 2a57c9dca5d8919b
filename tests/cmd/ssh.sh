# A host as a place for data, by a real sshd on a loopback port with keys made
# here: what a backend has to do, and connections that are cut.
. "$srcdir/tests/cmd/lib.sh"
ssh_start

place() {
	status=0
	command place "$@" >"$scratch/said" 2>&1 || status=$?
	sed -e "s|$scratch|SCRATCH|g" "$scratch/said"
	return $status
}
lab=host:lab
printf 'command="cd %s && mvc serve --stdio" %s\n' "$scratch/far" \
    "$(cat "$scratch/key.pub")" >"$scratch/authorized_keys"

noise 30000000 1 >big
: >none
mkdir files
for i in $(seq 0 99); do
	noise 20000 "$i" >"files/$i"
done

echo "- put, get, list, del"
t place "$lab" put packs/aa/big big
command place "$lab" get packs/aa/big | cmp - big
t place "$lab" get packs/aa/big 29999999 2 |
    grep -ao 'host:.*\|^\$.*\|\[1\]'
t place "$lab" list
place "$lab" speed files 100 | mask_numbers
t place "$lab" del packs/aa/big
place "$lab" list | wc -l | tr -d ' '

echo "- one connection for all of a command"
grep -c '^Accepted' "$background_log" >before
place "$lab" speed files 100 >/dev/null
grep -c '^Accepted' "$background_log" >after
echo $(($(cat after) - $(cat before)))

echo "- cut at random moments: tried again"
cat >cut.py <<'END'
import os, random, select, socket, sys
# Forwards to the port; the first times only so many bytes, then hangs up.
port, n = int(sys.argv[1]), int(open("cuts").read())
open("cuts", "w").write(str(n - 1))
random.seed(n)
left = random.randrange(100000, 12000000) if n > 0 else 1 << 60
s = socket.create_connection(("127.0.0.1", port))
while left > 0:
    for f in select.select([s, 0], [], [])[0]:
        d = s.recv(65536) if f is s else os.read(0, 65536)
        if not d:
            sys.exit()
        left -= len(d)
        if f is s:
            while d:
                d = d[os.write(1, d):]
        else:
            s.sendall(d)
END
cp "$scratch/ssh_config" "$scratch/cut_config"
printf '\tProxyCommand python3 %s/work/cut.py %%p\n' "$scratch" \
    >>"$scratch/cut_config"
export GIT_SSH_COMMAND="ssh -F $scratch/cut_config"
echo 6 >cuts
t place "$lab" put packs/bb/big big
echo 6 >cuts
command place "$lab" get packs/bb/big | cmp - big
echo 5 >cuts
t place "$lab" put packs/bb/new big new
echo 5 >cuts
place "$lab" speed files 100 | mask_numbers
[ "$(cat cuts)" -lt 5 ] || echo "nothing was cut"
echo 0 >cuts
t place "$lab" del packs/bb/big packs/bb/new
find "$scratch/far/lab/tmp" -type f | wc -l | tr -d ' '

echo "- what ssh says is shown"
export GIT_SSH_COMMAND="ssh -F $scratch/ssh_config"
ssh-keygen -q -t ed25519 -N '' -f other
sed "s|IdentityFile .*|IdentityFile $PWD/other|" "$scratch/ssh_config" \
    >other_config
GIT_SSH_COMMAND="ssh -F other_config" t place "$lab" list 2>&1 |
    sed -e 's|[a-z0-9_-]*@127[^ ]*|USER@HOST|'
printf '[127.0.0.1]:%s %s\n' "$port" "$(cat other.pub)" >wrong
GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o UserKnownHostsFile=$PWD/wrong" \
    t place "$lab" list 2>&1 | grep -o 'Host key verification failed'

echo "- a key that may do no more"
printf 'command="mvc serve --stdio --root %s",restrict %s\n' \
    "$scratch/far/srv" "$(cat "$scratch/key.pub")" >"$scratch/authorized_keys"
mkdir "$scratch/far/srv"
t place host:cats put packs/x none
t place ssh://host/cats list
t place ssh://host/../lab list
$GIT_SSH_COMMAND host id </dev/null 2>/dev/null | head -c 8
echo
find "$scratch/far/srv" -type f | sed "s|$scratch||"

echo "- pushed, cloned, pulled; a key that only reads"
two_versions
git config mvc.remote.far.url host:dogs
t mvc push 2>&1 | mask
t mvc push
mvc fsck -r far --full | tail -1
git config --unset mvc.remote.far.url
mvc remote add far host:dogs >/dev/null && commit "Its place"
printf 'command="mvc serve --stdio --root %s --read-only",restrict %s\n' \
    "$scratch/far/srv" "$(cat "$scratch/key.pub")" >"$scratch/authorized_keys"
cd .. || exit 1
t mvc clone r c 2>&1 | mask
same r/images c/images
same r/model.bin c/model.bin
cd c || exit 1
t mvc fetch
mvc fsck --full | tail -1
noise 1000 9 >new && mvc add -q new && commit "New"
t mvc push
rm -rf .git/mvc images && mvc init -q && mvc pull -q images &&
    same ../r/images images
