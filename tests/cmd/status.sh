# What differs, in each of the ways that it can.
. "$srcdir/tests/cmd/lib.sh"
git init -q r && cd r || exit 1
mvc init >/dev/null
git commit -qm start
t mvc status
mkdir -p images/deep
for i in 1 2 3 4 5 6; do noise $((i * 1000)) $i >images/$i.bin; done
noise 3000 9 >images/deep/d.bin
noise 5000 8 >model.pt
mvc add -q images model.pt && git commit -qm one
t mvc status
t mvc status --exit-code

echo "== edits"
noise 1000 77 >images/1.bin
noise 500 10 >images/new.bin
rm images/2.bin
chmod +x images/3.bin
t mvc status
t mvc status -v
t mvc status --porcelain
t mvc status --json
t mvc status --exit-code images/deep
t mvc status --exit-code images/new.bin

echo "== touched, but the same"
touch images/4.bin
t mvc status --porcelain images/4.bin

echo "== another version in the pointer, nothing here, sparse"
mvc add -q -u && git commit -qm two
git checkout -q HEAD~1
t mvc status
t mvc status --porcelain
mvc checkout -q
t mvc status
rm -r images
git clone -q . ../clone && cd ../clone || exit 1
git config mvc.store ../r/.git/mvc
t mvc status
t mvc status --porcelain

echo "== large, and tracked by nobody"
noise 6000000 1 >big.bin
t mvc status --porcelain
t mvc status big.bin
echo big.bin >>.git/info/exclude
mvc checkout -q
t mvc status

echo "== a pointer that a merge left in conflict, a name with a newline"
printf '<<<<<<< ours\noid 1\n=======\noid 2\n>>>>>>> theirs\n' >model.pt.mvc
t mvc status
t mvc status --porcelain
git checkout -q model.pt.mvc
noise 10 1 >"images/a
b"
t mvc status -v
mvc status --porcelain -z | od -c | head -n 2

echo "== a folder in place of a file and a file in place of a folder"
repo ../kinds && mkdir -p d/s || exit 1
for f in 1 3 s/1 s/2; do echo $f >d/$f; done
mvc add -q d && commit "one"
rm -r d/3 d/s && mkdir d/3 && echo x >d/3/x && echo s >d/s
t mvc status -v
t mvc add -u | mask
rm -r d && echo now a file >d
t mvc status
t mvc add -u | mask
rm d && mkdir d && echo x >d/x
t mvc status
t mvc add -u | mask
rm -r d && echo now a file >d && mvc add -q d && rm d && mkdir d
t mvc status
t mvc add d | mask
t mvc ls
t mvc fsck

echo "== Git went back to before there was a pointer"
repo ../back && echo 1 >f && mkdir d && echo 2 >d/2 || exit 1
# As young as its record it would be read again, and be a duplicate.
sleep 0.02
mvc add -q d f && commit "one"
git reset -q --hard HEAD~1
t mvc status
t mvc status --porcelain
t mvc diff
t mvc add d | mask
rm f
t mvc status
t mvc status -v f
git reset -q --hard && rm -r d && t mvc status

echo "== a pointer deleted by hand"
mkdir d && echo 2 >d/2 && mvc add -q d && commit "d" && rm d.mvc
t mvc status

echo "== a file that only status looked at since the cache was lost"
for how in "add f" "checkout f" checkout; do
	repo "../lost-${how%% *}-${#how}" && echo 1 >f && mvc add -q f || exit 1
	commit "f" && rm .git/mvc/statcache*
	sleep 0.02
	mvc status >/dev/null
	sleep 0.02
	mvc status >/dev/null
	# shellcheck disable=SC2086
	mvc $how >/dev/null
	git rm -q f.mvc
	t mvc status --porcelain
done

echo "== over half of what was here is gone: what add -u does not record"
repo ../vanished && mkdir d && for i in 1 2 3 4 5; do echo $i >d/$i; done
mvc add -q d && commit "d" && echo 6 >d/6 && echo 7 >d/7 && rm d/1 d/2
t mvc status
rm d/3
t mvc status
t mvc add -u
t mvc add -u --vanished | mask

echo "== a link in place of a folder above: the others are told"
repo ../linked && mkdir -p a b/c && echo 1 >a/1 && echo 2 >b/c/2 || exit 1
echo 3 >b/z && mvc add -q a b/c b/z && commit "Three"
mv b elsewhere && ln -s elsewhere b && echo more >>a/1
t mvc status
t mvc status --porcelain
t mvc status b/c
t mvc status a
t mvc diff
rm b && mv elsewhere b
t mvc status

echo "== nothing but empty folders"
repo ../empty && mkdir -p d/x/y e && mvc add -q d e && commit "Empty" || exit 1
t mvc status
for gone in d/x/y d/x d e; do
	echo "-- without $gone"
	rm -r $gone
	t mvc status
	t mvc status --porcelain
	t mvc checkout
	[ -d d/x/y ] && [ -d e ] || echo "not all is back"
done
git clone -q . ../empty-clone && cd ../empty-clone || exit 1
git config mvc.store "$OLDPWD/.git/mvc"
t mvc status
t mvc status --json
mvc sparse set e
t mvc status
t mvc checkout
ls -d d e
t mvc status
mvc sparse off
t mvc status
