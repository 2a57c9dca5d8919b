# What a pull decodes once is not decoded again: files lie ready as they come,
# and the checkout renames them.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
repo r
mkdir data
for i in 1 2 3 4 5; do noise 30000 $i >data/$i; done
noise 400000 6 >data/several
noise 3000000 7 >big
noise 3000000 8 >tool && chmod +x tool
noise 3000000 9 >hole && truncate -s 40M hole && printf end >>hole
cp big twin
mvc add -q data big tool hole twin && commit "first"
printf changed >>big
mvc add -q big && commit "second"
git config mvc.remote.lab.url "$HERE/lab"
mvc push -q --all

reads() { grep -c store.read "$1" || true; }
fresh() {
	cd "$HERE" && git clone -q r "$1" && cd "$1" &&
	    git config mvc.remote.lab.url "$HERE/lab"
}
all_there() {
	same data "$HERE/r/data"
	for f in big tool hole twin; do same $f "$HERE/r/$f"; done
	find . -name '.mvc-tmp*'
	ls .git/mvc/ready
}

fresh c
MVC_TRACE=$HERE/trace mvc pull -q
all_there
[ -x tool ] && [ ! -x big ] || echo "not executable as it was"
[ "$(du -k hole | cut -f 1)" -lt 10000 ] || echo "no hole"
echo "read from the store: $(reads "$HERE/trace")"
t mvc status
mvc fsck --full | tail -1

# The rest of a run that was killed goes; what is in use does not.
mkdir .git/mvc/ready/old .git/mvc/ready/used
: >.git/mvc/ready/old/f
(
	flock 9
	mvc pull -q
	ls .git/mvc/ready
) 9<.git/mvc/ready/used
mvc pull -q
ls .git/mvc/ready

# A file that changed here stays, and what was made for it goes.
fresh kept
echo mine >big
t mvc pull 2>&1 | mask
cat big
ls .git/mvc/ready

# A damaged chunk: nothing of the file is used.
cp -R "$HERE/lab" "$HERE/bad"
for f in "$HERE"/bad/packs/*/*.pack; do
	[ "$(wc -c <"$f")" -gt 6000000 ] || continue
	chmod u+w "$f"
	printf x | dd of="$f" bs=1 seek=2500000 conv=notrunc 2>/dev/null
done
fresh hurt
mvc pull -q -r "$HERE/bad" >/dev/null 2>&1
echo $?
ls .git/mvc/ready
mvc pull -q
all_there
