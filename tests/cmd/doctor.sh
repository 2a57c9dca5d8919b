# Each thing that may be wrong is named, with what to type.
. "$srcdir/tests/cmd/lib.sh"
mkdir r && cd r || exit 1
look() { t mvc doctor -q | sed "s:$scratch:SCRATCH:g"; }
look
git init -q
look
mvc init -q
look
# lines by heart; machine and file system differ
mvc doctor | sed -e "s:$scratch:SCRATCH:g" -e '/^ok    mvc /d' \
    -e '/git version/d' -e '/free for/d' -e '/file system/d'
mvc doctor --json | grep -o '"check":"[a-z]*","status":"[a-z]*"' |
	grep -v '"space"'
mvc install -q --uninstall
: >.gitattributes
printf '[mvc]\n\tstore = /elsewhere\n[odd]\n\tkey = 1\n' >>.mvc/config
touch .git/mvc/tmp/.mvc-tmp-1
printf 'mvc pointer 1\noid %064d\ntype file\nsize 1\n' 1 >a.mvc
git add a.mvc
look
rm -rf .git/mvc
mvc install -q
git rm -qf a.mvc
git checkout -q .gitattributes .mvc/config
look
printf '[mvc\n' >.mvc/config
look
git checkout -q .mvc/config && mvc init -q
for text in "" "mvc store 2"; do
	rm -f .git/mvc/format
	printf '%s' "$text" >.git/mvc/format
	look
done
