# mvc import of archives: what GNU tar and Python wrote, what is refused, and
# an import that is killed.
. "$srcdir/tests/cmd/lib.sh"
need python3 tar gzip zstd
mkdir -p src/a/deep src/bin src/empty
noise 1500000 1 >src/a/deep/big.bin
rows 2000 7 >src/a/rows.csv
echo one >src/a/one
ln src/a/one src/a/same
printf '#!/bin/sh\n' >src/bin/run
chmod +x src/bin/run
ln -s ../a/one src/bin/link
: >src/none
echo x >"src/$(printf 'na\303\257ve')"
tar cf x.tar -C src .
gzip -c x.tar >x.tar.gz
gzip -c x.tar >x.tgz
zstd -q x.tar
tar --format=pax -cf pax.tar -C src .
tar --format=ustar -cf ustar.tar -C src .
# Entries of a folder are apart, and folders come after what is in them.
(cd src && tar cf ../order.tar --no-recursion none bin/run a/deep/big.bin a/one \
    bin/link a/rows.csv a/same bin na* a/deep a empty)
python3 - <<'END'
import os, zipfile
z = zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_DEFLATED)
for at, dirs, files in os.walk('src'):
    for n in dirs:
        z.write(os.path.join(at, n), os.path.join(at, n)[4:])
    for n in files:
        p = os.path.join(at, n)
        i = zipfile.ZipInfo(p[4:])
        i.create_system = 3
        i.external_attr = os.lstat(p).st_mode << 16
        z.writestr(i, os.readlink(p) if os.path.islink(p)
                   else open(p, 'rb').read())
END
repo r || exit 1
cp -R -P ../src ref
mvc add -q ref && commit "As it is added"

echo "All are the same tree"
for f in x.tar x.tar.gz x.tgz x.tar.zst pax.tar ustar.tar order.tar x.zip; do
	mvc import -q -o "got-$f" "../$f" || exit 1
	[ "$(sed -n 's/^oid //p' "got-$f.mvc")" = "$(sed -n 's/^oid //p' ref.mvc)" ] ||
		echo "$f: another tree"
	[ ! -e "got-$f" ] || echo "$f: something was unpacked"
done
[ "$(sed -n 's/^source //p' got-x.zip.mvc)" = \
    "x.zip $(mvc hash-object ../x.zip) ." ] || cat got-x.zip.mvc
git status --short
commit "Imported"
mvc fsck --full >/dev/null || echo "fsck found something"

echo "Into the work tree too"
t mvc import ../x.tar --checkout | mask
diff -r --no-dereference ../src x && echo "as it was packed"
t mvc status
t mvc import ../x.tar.gz -o y --json | mask_ids
t mvc import ../x.tar
mkdir z
t mvc import ../x.tar -o z
t mvc import ../x.tar -o ref/z
t mvc import ../none.tar
echo "no archive" >../text.tar
: >../empty.tar
t mvc import ../text.tar -o e
t mvc import ../empty.tar -o e
t mvc import ../x.tar -o .mvc/x
commit "More"

echo "What is refused, by name"
cat >../hostile.py <<'END'
import io, sys, tarfile, zipfile
def tar(name, *entries):
    t = tarfile.open(name + '.tar', 'w', format=tarfile.GNU_FORMAT)
    for n, kind, more in entries:
        i = tarfile.TarInfo(n)
        i.type = kind
        if kind == tarfile.REGTYPE:
            i.size = len(more)
            t.addfile(i, io.BytesIO(more))
        else:
            i.linkname = more
            t.addfile(i)
    t.close()
F, D, L, H = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
tar('absolute', ('/etc/passwd', F, b'x'))
tar('out', ('a/../../b', F, b'x'))
tar('inside-out', ('a/../b', F, b'x'))
tar('git', ('a/.GiT/config', F, b'x'))
tar('git-short', ('git~1', F, b'x'))
tar('control', ('a\x1b[2J', F, b'x'))
tar('newline', ('a\nb', F, b'x'))
tar('long', ('n' * 256, F, b'x'))
tar('twice', ('a', F, b'x'), ('b', F, b'y'), ('./a', F, b'z'))
tar('file-and-folder', ('a', F, b'x'), ('a/b', F, b'y'))
tar('folder-and-file', ('a/b', F, b'y'), ('a', F, b'x'))
tar('pointer', ('a.mvc', F, b'x'))
tar('lfs', ('big', F, b'version https://git-lfs.github.com/spec/v1\noid sha256:'
    + b'0' * 64 + b'\nsize 12345\n'))
tar('link-absolute', ('a', L, '/etc/passwd'))
tar('link-out', ('d/a', L, '../../x'))
tar('link-around', ('d/a', L, 'b/../../x'))
tar('link-control', ('a', L, 'x\x07'))
tar('through-a-link', ('d', L, 'e'), ('d/f', F, b'x'))
tar('hard-out', ('a', H, '../x'))
tar('hard-nowhere', ('a', H, 'b'))
tar('hard-folder', ('b', D, ''), ('a', H, 'b'))
tar('hard-twice', ('b', F, b'x'), ('a', F, b'y'), ('a', H, 'b'))
tar('device', ('null', tarfile.CHRTYPE, ''))
tar('disk', ('sda', tarfile.BLKTYPE, ''))
tar('pipe', ('p', tarfile.FIFOTYPE, ''))
z = zipfile.ZipFile('bzip2.zip', 'w', zipfile.ZIP_BZIP2)
z.writestr('a', 'x' * 1000)
z.close()
z = zipfile.ZipFile('zip-out.zip', 'w')
z.writestr('../a', 'x')
z.close()
z = zipfile.ZipFile('sum.zip', 'w')
z.writestr('a', b'content')
z.close()
b = open('sum.zip', 'rb').read()
open('sum.zip', 'wb').write(b.replace(b'content', b'CONTENT'))
open('cut.tar.gz', 'wb').write(open('x.tar.gz', 'rb').read()[:700000])
open('cut.tar.zst', 'wb').write(open('x.tar.zst', 'rb').read()[:700000])
open('cut.tar', 'wb').write(open('x.tar', 'rb').read()[:700000])
END
(cd .. && python3 hostile.py)
for f in absolute out inside-out git git-short control newline long twice \
    file-and-folder folder-and-file pointer lfs link-absolute link-out \
    link-around link-control through-a-link hard-out hard-nowhere hard-folder \
    hard-twice device disk pipe bzip2.zip zip-out.zip sum.zip cut.tar \
    cut.tar.gz cut.tar.zst; do
	case $f in *.*) ;; *) f=$f.tar ;; esac
	t mvc import "../$f" -o bad
done
git status --short

python3 - <<'END'
import gzip, tarfile
i = tarfile.TarInfo('zeros')
i.size = 2 << 30
with gzip.open('../bomb.tar.gz', 'wb', compresslevel=1) as z:
    z.write(i.tobuf())
    for k in range(2 << 10):
        z.write(bytes(1 << 20))
    z.write(bytes(1024))
END

# The zeros after it take seconds: no kill hits more than the reading.
echo "Killed while it reads"
noise 40000000 5 >../big.bin
tar cf ../big.tar -C .. big.bin
head -c 40000512 ../big.tar | gzip -1 | cat - ../bomb.tar.gz >../slow.tar.gz
n=1
while [ $n -le 8 ]; do
	mvc import -q ../slow.tar.gz -o big 2>/dev/null &
	pid=$!
	sleep 0.0$n
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	git status --short
	n=$((n + 1))
done
mvc fsck --full >/dev/null || echo "fsck found something"
mvc import -q ../big.tar -o big && mvc cat big/big.bin | cmp - ../big.bin

echo "Memory is bounded: 60,000 files, and 2 GB that are 2 MB"
python3 - <<'END'
import tarfile
t = tarfile.open('../many.tar.gz', 'w:gz', compresslevel=1)
for i in range(60000):
    j = i * 7919 % 60000
    t.addfile(tarfile.TarInfo('d%03d/%s-%d' % (j % 500, 'long-name' * 15, j)))
t.close()
END
peak() {
	python3 -c '
import resource, subprocess, sys
subprocess.check_call(sys.argv[1:])
kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("below 320 MiB" if kib < 320 << 10 else "%d KiB" % kib)' "$@"
}
peak mvc import -q ../many.tar.gz -o many
mvc ls many | wc -l
peak mvc import -q ../bomb.tar.gz -o bomb
mvc du bomb | sed 's/  */ /g'
