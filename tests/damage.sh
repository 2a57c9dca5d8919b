# A small store of every kind of object and file, damaged in every way: each
# bit flipped, each length it could be cut to, each file removed (LONG=1; else
# each 499th of these). See tests/damage.c.
. "$srcdir/tests/cmd/lib.sh"
git init -q r && cd r && mvc init -q && rm -r .git/mvc || exit 1
cp -R "$srcdir/tests/golden/store" .git/mvc && chmod -R u+w .git/mvc
cp "$srcdir/tests/golden/all.mvc" .
git config mvc.clone 00112233445566778899aabbccddeeff
git add -A && commit Golden
mvc checkout -q && sleep 0.05 && mvc status || exit 1
exec "$builddir/tests/damage" "$([ -n "${LONG-}" ] && echo 1 || echo 499)" \
    "${SEED:-1}"
