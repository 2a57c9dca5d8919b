# mvc archive: read by GNU tar, unzip and Python; the same bytes again; back by
# mvc import.
. "$srcdir/tests/cmd/lib.sh"
need python3 tar gzip zstd unzip
repo r || exit 1
mkdir -p data/deep/er data/bin data/empty "data/$(printf 'na\303\257ve')" more
noise 3000000 1 >data/deep/er/big.bin
rows 2000 7 >data/rows.csv
printf '#!/bin/sh\n' >data/bin/run
chmod +x data/bin/run
ln -s ../deep/er data/bin/link
: >data/none
long=$(printf '%0120d' 7)
echo x >"data/deep/$long"
mkdir -p "data/deep/$long-d/$long"
echo y >"data/deep/$long-d/$long/$long"
ln -s "er/./././/$long" "data/deep/far" # longer than a header of tar has room
echo m >more/one
mvc add -q data more/one && commit "One"
cp -R -P data ../data
oid=$(sed -n 's/^oid //p' data.mvc)

echo "Every format, by other hands"
for f in tar tar.gz tar.zst zip; do
	t mvc archive HEAD:data -o "../x.$f" | sed 's/  *[0-9.]* [kM]B   [0-9.]* m*s$/ SIZE T/'
done
for f in tar tar.gz tar.zst; do
	mkdir "../by-$f"
	tar --warning=all -xf "../x.$f" -C "../by-$f" || echo "tar does not take $f"
	same ../data "../by-$f"
done
mkdir ../by-zip ../by-python
LC_ALL=C.UTF-8 unzip -q ../x.zip -d ../by-zip || echo "unzip does not take it"
same ../data ../by-zip
tar tvf ../x.tar | sed 's/  */ /g; s/0\{110,\}/0…/g' | sort -k 6
cat >../read.py <<'END'
import os, stat, tarfile, zipfile
def look(name, members):
    got = {n.rstrip('/'): v for n, v in members}
    want = {}
    for at, dirs, files in os.walk('data'):
        for n in dirs + files:
            p = os.path.join(at, n)
            m = os.lstat(p).st_mode
            v = (os.readlink(p).encode() if stat.S_ISLNK(m) else
                 b'' if stat.S_ISDIR(m) else open(p, 'rb').read())
            want[p[5:]] = (v, stat.S_IFMT(m), bool(m & 0o100))
    print(name, 'is whole' if got == want else sorted(
        n for n in set(got) | set(want) if got.get(n) != want.get(n)))
for name in 'x.tar', 'x.tar.gz':
    t = tarfile.open(name)
    look(name, [(i.name, (t.extractfile(i).read() if i.isreg() else
        i.linkname.encode() if i.issym() else b'',
        stat.S_IFREG if i.isreg() else stat.S_IFLNK if i.issym() else
        stat.S_IFDIR, bool(i.mode & 0o100))) for i in t])
    print(*sorted({(i.mtime, i.uid, i.gid, i.uname, i.gname) for i in t}))
z = zipfile.ZipFile('x.zip')
look('x.zip', [(i.filename, (z.read(i), stat.S_IFMT(i.external_attr >> 16),
    bool(i.external_attr >> 16 & 0o100))) for i in z.infolist()])
print(z.testzip(), *sorted({i.date_time for i in z.infolist()}))
END
(cd .. && python3 read.py)

echo "The same bytes, elsewhere, later, in another zone and locale"
git clone -q . ../clone
(cd ../clone && git config mvc.store "$OLDPWD/.git/mvc" &&
    for f in tar tar.gz tar.zst zip; do
	TZ=Asia/Tokyo LC_ALL=C mvc archive -q -j 1 data -o "../again.$f" || exit 1
	cmp "../x.$f" "../again.$f"
	TZ=America/Lima mvc archive -q data --format "$f" -o - >"../out.$f"
	cmp "../x.$f" "../out.$f"
done)

echo "Back again"
for f in tar tar.gz tar.zst zip; do
	mvc import -q "../x.$f" -o "back-$f"
	[ "$(sed -n 's/^oid //p' "back-$f.mvc")" = "$oid" ] ||
		echo "$f: another tree"
done

echo "A part, a file, a folder, an empty one"
t mvc archive data/deep/er -o ../part.tar --json
tar tf ../part.tar
mvc archive data/bin/run -o - | tar tvf - | sed 's/  */ /g'
mvc archive more -o - | tar tf -
mvc archive HEAD: -o - | tar tf - | head -n 4
mvc archive -q data/empty -o ../empty.tar
mvc import -q ../empty.tar -o none && mvc ls none

echo "What is not here is fetched"
mvc remote add -q lab ../lab && git commit -qm "Remote" && mvc push -q
mvc clone -q --no-data . ../bare-clone
(cd ../bare-clone && mvc archive -q HEAD: -o ../all.tar && tar tf ../all.tar |
    grep -c .)

echo "What is refused"
t mvc archive data
t mvc archive data -o ../x.rar
t mvc archive data -o ../no/where.tar
t mvc archive nothing -o ../x.tar
mkdir ../folder.tar
t mvc archive data -o ../folder.tar
printf 'z' >"data/$(printf 'z-\377')"
mvc add -q data
t mvc archive data -o ../x.zip 2>&1
mvc archive -q data -o ../odd.tar && mvc import -q ../odd.tar -o odd &&
    [ "$(sed -n 's/^oid //p' odd.mvc)" = "$(sed -n 's/^oid //p' data.mvc)" ] ||
	echo "another tree"

echo "What is damaged or missing makes no archive, and the old one stays"
cp ../x.tar ../before.tar
for pack in .git/mvc/packs/*/*; do
	chmod u+w "$pack"
	printf 'damage' | dd of="$pack" bs=1 seek=70000 conv=notrunc 2>/dev/null
done
mvc archive data -o ../x.tar 2>/dev/null && echo "it was written"
cmp ../x.tar ../before.tar
rm -rf ../lab
rm -rf .git/mvc/packs
mvc archive data -o ../x.tar 2>/dev/null && echo "it was written"
cmp ../x.tar ../before.tar
find .. -name '.mvc-tmp-*'
