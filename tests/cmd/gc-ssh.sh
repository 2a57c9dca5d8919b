# Collection over ssh; gc-remote.sh has the rest.
. "$srcdir/tests/cmd/lib.sh"
ssh_start
gc_far "ssh://host$scratch/far/lab" "$scratch/far/lab"
