# Where files are cut is where the store cut them.
. "$srcdir/tests/cmd/lib.sh"
repo r || exit 1
noise 9000000 5 >big
printf x | cat - big >shifted
: >empty
printf small >small
t mvc cut small
t mvc cut empty
mvc cut big >cuts
awk '$1 != at { print "a gap at " at } { at = $1 + $2 }
	$2 > 262144 { print "too long" }
	END { print at }' cuts
mvc cut shifted >cuts2
awk '{ print $3 }' cuts cuts2 | sort | uniq -d | wc -l | awk '{ print ($1 > 100) }'
mvc hash-object -w big >id
awk '{ print $3 }' cuts | mvc cat-object --batch-check |
	awk '{ print $2, $3 }' >stored
awk '{ print "chunk", $2 }' cuts | same stored -

echo "A tensor of 1 MiB is cut every 128 KiB"
head='{"w":{"dtype":"F16","shape":[524288],"data_offsets":[0,1048576]}}      '
{
	printf "\\$(printf %o ${#head})\\000\\000\\000\\000\\000\\000\\000%s" "$head"
	head -c 1048576 big
} >m.safetensors
mvc cut m.safetensors | awk '{ print $1, $2 }'
t mvc cut none
t mvc cut .
