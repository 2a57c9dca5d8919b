# A data set that a web server publishes: nginx, and servers that are less good.
. "$srcdir/tests/cmd/lib.sh"
HERE=$PWD
web_start "
	location /gz/ { alias $scratch/web/; add_header Content-Encoding gzip; }
	location /moved/ { rewrite ^/moved/(.*) /\$1 redirect; }
	location /loop/ { return 302 /loop/; }
	location /out/ { rewrite ^ http://example.org/\$uri redirect; }
	location /down/ { rewrite ^/down/(.*) WEB/\$1 redirect; }
	location /user/ { rewrite ^ https://ada:SECRET@127.0.0.1/?k=SECRET redirect; }
	location /closed/ { auth_basic x;
	    auth_basic_user_file $scratch/users; alias $scratch/web/; }
	location /elsewhere/ {
	    rewrite ^/elsewhere/(.*) SECURE/closed/\$1 redirect; }
	location /no/ { return 403; }
"
two_versions
git config mvc.remote.disk.url "$scratch/web/cats"
mvc remote add lab "$web/cats" >/dev/null
git commit -qm "Where it is published"
mvc push -q -r disk

echo "- cloned, pulled, checked"
cd "$HERE" && t mvc clone r c 2>&1 | mask
cd c || exit 1
same images "$HERE/r/images"
same model.bin "$HERE/r/model.bin"
mvc fsck --full | tail -1
t mvc fetch HEAD~2 2>&1 | mask | mask_ids
t mvc remote test lab 2>&1 | mask | mask_web
grep -c ' bytes=.* 206$' "$scratch/nginx/log" >ranges
[ "$(cat ranges)" -gt 3 ] || echo "no ranges"
rm ranges

echo "- a path out of it"
cd "$HERE" && git clone -q r d && cd d || exit 1
mvc cat images/dogs/b.jpg | cmp - "$HERE/r/images/dogs/b.jpg"

echo "- nothing is written there"
noise 1000 9 >new && mvc add -q new && commit new
t mvc push 2>&1 | mask_web
t mvc push -n 2>&1 | mask_web
t mvc remote publish 2>&1 | mask_web
echo "- the rest of it"
t mvc fetch 2>&1 | mask

echo "- what is there is found by its index"
t mvc fsck -r lab 2>&1 | mask_web
cd "$HERE/r" || exit 1
t mvc remote publish disk
cd "$HERE/c" || exit 1
t mvc fsck -r lab --full
echo "- a push keeps it"
cd "$HERE/r" || exit 1
wc -l <"$scratch/web/cats/roots/index"
mvc push -q -r disk HEAD~2
wc -l <"$scratch/web/cats/roots/index"
echo "- a root under another name"
cd "$scratch/web/cats/roots/"* || exit 1
for f in *; do mv "$f" "$f~1f"; done
cd "$HERE" && git clone -q r e && cd e || exit 1
t mvc fetch 2>&1 | mask | mask_ids
cd "$HERE/r" && mvc remote publish disk >/dev/null && cd "$HERE/e" &&
    t mvc fetch 2>&1 | mask
cd "$scratch/web/cats/roots/"*/ || exit 1
for f in *; do mv "$f" "${f%~1f}"; done
cd "$HERE/r" && mvc remote publish disk >/dev/null

# try URL: a fresh clone, filled from there.
try() {
	rm -rf "$HERE/try"
	cd "$HERE" && git clone -q r try && cd try || exit 1
	t mvc fetch -r "$1" 2>&1 | mask | mask_ids | mask_web
	[ "$(mvc status --porcelain)" = "" ] || mvc checkout -q
}
echo "- by https; and by no certificate that is known"
try "$secure/cats"
(
	CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
	try "$secure/cats" | grep -o 'certificate is not trusted'
)
echo "- redirects"
try "$web/moved/cats"
try "$secure/moved/cats"
try "$web/loop/"
try "$web/out"
try "$secure/down/cats"
try "$web/user"
echo "- who may, and who may not"
printf 'ada:{PLAIN}boss\n' >"$scratch/users"
try "$web/closed/cats"
try "$web/no"
printf 'machine 127.0.0.1 login ada password boss\n' >"$HOME/.netrc"
try "$web/closed/cats"
try "$web/elsewhere/cats"
rm "$HOME/.netrc"
echo "- packed anew by the server"
try "$web/gz/cats"
echo "- what is no place"
try http://example.org/cats
try http://127.0.0.1.example.org/cats
try "https://ada:SECRET@example.org/cats"
try "$web/none"

echo "- servers that are less good"
cat >plain.py <<'END'
# Whole files, whatever Range asks for; the first N answers are cut short.
import http.server, sys
cut = [int(sys.argv[2])]
class Handler(http.server.SimpleHTTPRequestHandler):
    def copyfile(self, source, out):
        data = source.read()
        if cut[0] > 0 and len(data) > 100000:
            cut[0] -= 1
            print("cut", flush=True)
            data = data[:len(data) // 2]
            self.close_connection = True
        out.write(data)
    def log_message(self, *args):
        pass
handler = lambda *a: Handler(*a, directory=sys.argv[3])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
with open(sys.argv[1], "w") as f:
    f.write("%d\n" % server.server_port)
server.serve_forever()
END
# poor N: one that ignores Range, and cuts N answers
poor() {
	py_start "$HERE/plain.py" "$1" "$scratch/web"
	web="http://127.0.0.1:$port"
}
mv plain.py "$HERE"
poor 0
echo "no ranges:"
try "$web/cats"
same images "$HERE/r/images"
poor 2
echo "bodies that are cut, twice:"
try "$web/cats"
cat "$background_log"
kill $pid
poor 0
server=${web##*:}
for fault in reset cut 503 deaf garbage; do
	echo "$fault:"
	py_start "$srcdir/tests/fault_proxy.py" "$server" $fault 2
	web="http://127.0.0.1:$port"
	# Only who waits for the deaf one needs to lose patience.
	case $fault in
	deaf) export MVC_TIMEOUT=4 ;;
	*) unset MVC_TIMEOUT ;;
	esac
	try "$web/cats"
	sort "$background_log" | uniq -c | sed 's/^ */  /'
	kill $pid
done
