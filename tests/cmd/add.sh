# Recording data: files, directories, edits, and what comes of them.
. "$srcdir/tests/cmd/lib.sh"
git init -q r && cd r || exit 1
mvc init >/dev/null
git commit -qm start
mkdir -p images/deep/er images/empty
noise 100000 1 >images/a.bin
noise 40000 2 >images/deep/b.bin
cp images/a.bin images/deep/er/copy.bin
printf '#!/bin/sh\n' >images/run.sh && chmod +x images/run.sh
ln -s a.bin images/link
t mvc add images | mask
cat images.mvc .gitignore
git status --short
git commit -qm "images"
t mvc add images | mask

echo "== an edit, a new file, a deletion"
noise 100 3 >>images/a.bin
noise 500 4 >images/new.bin
rm images/deep/b.bin
t mvc add -u | mask
t mvc add -u
t mvc fsck --full

echo "== one file, and its id is what b3sum prints"
noise 5000 5 >model.pt
t mvc add model.pt | mask
cat model.pt.mvc .gitignore
if command -v b3sum >/dev/null; then
	[ "oid $(b3sum --no-names model.pt)" = "$(grep oid model.pt.mvc)" ] ||
		echo "b3sum says otherwise"
fi

echo "== part of a tracked directory, from below it"
noise 700 6 >images/deep/part.bin
(cd images/deep && t mvc add part.bin | mask)
t mvc add --json images/deep | sed 's/"stored":.*//'

echo "== refused"
t mvc add nothing
echo code >code.py && git add code.py
t mvc add code.py
t mvc add images.mvc
t mvc add .mvc
t mvc add ../elsewhere | sed "s:$scratch:SCRATCH:"
mkdir sub && cp images.mvc sub/pointer
t mvc add sub
rm -r sub
mkdir -p half && for i in 1 2 3 4 5; do noise 100 $i >half/$i; done
mvc add -q half
rm half/1 half/2 half/3
t mvc add half
t mvc add -q half
mkdir new && echo 1 >new/1 && mvc add -q new && echo 2 >new/2
t mvc add -u | mask
t mvc add -q -u half new
t mvc add -u --json | sed -E 's/"(oid|stored|duplicates)":[^,}]*/"\1":X/g'
mvc rm -q -f new
t mvc add --vanished half | mask
echo '*.mvc' >>.gitignore
noise 100 1 >hidden
t mvc add hidden
mkdir -p in/side && printf '# ours\n\nside*\n' >in/.gitignore
noise 100 2 >in/side/x
t mvc add in/side
t mvc add in/side/x
rm -r in
t mvc mv half hides

echo "== nothing in the index but what was meant"
git status --short

echo "== -u and . of several paths, of parts, and of what is gone"
repo ../parts && mkdir -p d/a/deep d/b e || exit 1
for f in d/a/1 d/a/deep/2 d/a/3 d/b/4 e/5 f; do echo $f >$f; done
mvc add -q d e f && commit "One"
echo more >>d/a/1 && echo more >>d/b/4 && echo more >>e/5 && echo more >>f
t mvc add -u e f | mask
t mvc status
t mvc add -u d/a | mask
(cd d/b && t mvc add . | mask)
t mvc status
rm -r d/a/deep f e && touch new
t mvc status
t mvc add -u | mask
t mvc add -u d/a/deep | mask
t mvc add -u new
t mvc add -A d/a/nothing
t mvc checkout | mask
t mvc status

echo "== a file that is written to while it is read"
noise 30000000 9 >big
while :; do echo x; done >>big &
writer=$!
sleep 0.1
t mvc add big
kill $writer
wait $writer 2>/dev/null
truncate -s 30000000 big
t mvc add big | mask
mvc cat big | same big -

echo "== over another version, whose own is collected: what is here is all"
repo ../collected && mkdir d && echo 1 >d/theirs && mvc add -q d || exit 1
commit "theirs" && rm d/theirs && echo 2 >d/mine && mvc add -q --vanished d
git reset -q --hard && git reflog expire --expire=now --all
mvc gc -q --now --yes
t mvc add -f d | mask
t mvc ls d

echo "== what status alone has seen is not taken as recorded"
repo ../seen && mkdir d && echo 1 >d/1 && echo 2 >d/2 && echo 3 >f || exit 1
mvc add -q d f && commit "one" && rm .git/mvc/statcache*
sleep 0.02 && mvc status >/dev/null && sleep 0.02 && mvc status >/dev/null
git rm -q d.mvc f.mvc && echo 4 >d/4
t mvc add d f | mask
t mvc ls d

echo "== nor as another version's"
repo ../seen2 && mkdir d && echo 1 >d/1 && echo 2 >d/2 && echo 3 >f || exit 1
mvc add -q d f && commit "one"
rm d/2 && echo 11 >d/1 && echo 33 >f && mvc add -q d f && commit "two"
rm .git/mvc/statcache*
sleep 0.02 && mvc status >/dev/null && sleep 0.02 && mvc status >/dev/null
git checkout -q HEAD~1
t mvc status -v
t mvc add d f | mask
t mvc ls d
t mvc status

echo "== of a part only: the rest is known as not the pointer's"
repo ../rest && mkdir d && echo 1 >d/a && echo 1 >d/b && mvc add -q d || exit 1
commit "theirs" && mvc mv -q d/b d/c && git reset -q --hard
git reflog expire --expire=now --all && mvc gc -q --now --yes
t mvc add -f d/a | mask
t mvc status -v
t mvc add --vanished d | mask
t mvc ls d

echo "== what became a folder, of which a part was recorded, and is back"
repo ../back && mkdir d && echo 1 >d/a && ln -s a d/l && echo 1 >d/b || exit 1
mvc add -q d && commit "one"
for p in a l; do
	mv d/$p was && mkdir d/$p && echo 2 >d/$p/x && mvc add -q d/$p/x
	rm -r d/$p && mv was d/$p
	t mvc status
	t mvc add d | mask
done
t mvc status
t mvc ls -r d

echo "== several at once: .gitignore has the line of each"
repo ../at-once || exit 1
for f in 1 2 3 4 5 6; do echo $f >f$f; done
for f in 1 2 3 4 5 6; do mvc add -q f$f & done
wait
t git status --short
t cat .gitignore

echo "== what .mvcignore hides in a data set is not recorded by name either"
repo ../hidden && mkdir -p d/tmp && echo 1 >d/1 && echo 2 >d/x.log || exit 1
echo 3 >d/tmp/t && printf '%s\n' '*.log' /d/tmp/ >.mvcignore && mvc add -q d
t mvc add d/x.log
t mvc add d/1 d/tmp/t
t mvc ls -r d
cp d/x.log y.log && t mvc add y.log | mask
t mvc status

echo "== reading leaves no trace"
repo ../quiet && echo 1 >f && touch -ad '2001-01-01 UTC' f || exit 1
mvc add -q f && t stat -c %X f
