. "$srcdir/tests/cmd/lib.sh"
need python3

# Well-formed, by two parsers that are not ours; what is in it, without numbers
# of pixels; that nothing is loaded.
cat >page.py <<'PY'
import html.parser, re, sys
import xml.etree.ElementTree as ET
text = open(sys.argv[1], encoding="utf-8").read()
svg = "{http://www.w3.org/2000/svg}"
root = ET.fromstring(text.split("\n", 1)[1])
class Strict(html.parser.HTMLParser):
    open_, seen = [], set()
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.open_.append(tag)
        for k, v in attrs:
            assert not k.startswith("on") and k not in ("href", "src"), k
            assert k == "xmlns" or "//" not in (v or ""), v
    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
    def handle_endtag(self, tag):
        assert self.open_.pop() == tag, tag
p = Strict()
p.feed(text)
p.close()
assert not p.open_ and "script" not in p.seen
assert not re.search("[\0-\10\13-\37\177]", text)
assert "url(" not in text and "@import" not in text
print("sides:", [e.tail for e in root.iter() if e.tag.endswith("}i")])
for e in root.iter():
    if e.tag.endswith("}h2"):
        print("file:", ascii(e.text))
    if e.tag.endswith("}figcaption"):
        print(" chart:", ascii(e.text))
    if e.tag == svg + "svg":
        count = lambda t: sum(1 for x in e.iter(svg + t))
        # The axes are paths too; a curve has no class.
        curves = [x for x in e.iter(svg + "path") if not x.get("class")]
        print("  curves", len(curves), "points", count("circle"),
              "rects", count("rect"), "bytes", len(ET.tostring(e)) // 100000)
        for x in e.iter():
            for k in ("x", "y", "cx", "cy", "width", "height"):
                if x.get(k):
                    assert -400 <= float(x.get(k)) <= 700, (k, x.get(k))
        titles = [x.text for x in e.iter(svg + "title")]
        print("  titles", ascii(titles[:3]), ascii(titles[-1:]))
PY
page() {
	rm -f ../page.html
	verb=$1
	shift
	t mvc plots "$verb" -o ../page.html "$@"
	[ ! -e ../page.html ] || python3 ../page.py ../page.html
}

repo r
t mvc plots show
mkdir log
printf 'epoch,loss,acc,note\n1,0.9,0.5,\n2,0.5,nan,\n3,0.25,0.75,\n' >log/train.csv
printf '[{"k": "a<b", "v": 1}, {"k": "c", "v": -2.5}]' >bars.json
git add -A && commit first
sed -i 's/0.25/0.125/' log/train.csv

echo '--- lines, over revisions'
page show log/train.csv
page diff
page diff log/train.csv
git add -A && commit second
echo '4,0.1,0.8,' >>log/train.csv
page diff HEAD~1 HEAD log/train.csv
page show HEAD~1 HEAD --y loss -- log/train.csv
page show --kind scatter --x loss --y acc log/train.csv
t mvc plots show --y loss log/train.csv | head -n 2

echo '--- bars, confusion, all forms of data'
page show bars.json
printf 'actual,predicted\n1,1\n10,2\n2,2\n2,10\n2,2\n' >c.csv
page show --kind confusion c.csv
printf '{"note": "x", "list": [{"step": 0, "a": 1e308}, {"step": 1, "a": -1e308, "b": null}]}' >first.json
printf 'a: [1, 2, 3]\nb: [4]\n' >lists.yaml
printf '[5, 5, 5]' >values.json
printf '{"x": 1, "y": 2.5}' >pairs.json
printf 'a\tb\n1e-320\t0\n0\t1e400\n' >small.tsv
: >empty.csv
page show first.json lists.yaml values.json pairs.json small.tsv empty.csv

echo '--- hostile names'
evil='<script>alert(1)<!--&"'"'"'x.csv'
printf '</title><script>,"a""\033[2J"\n1,2\n' >"$evil"
printf '\377\376,b\342\200\256c\n]]>,1\n' >"$(printf 'a\001\342\200\256.csv')"
page show -- "$evil" "$(printf 'a\001\342\200\256.csv')"

echo '--- many points'
awk 'BEGIN { print "a,b"; for (i = 0; i < 60000; i++) print i "," (i * 7919) % 1009 }' >many.csv
page show many.csv --y b
page show many.csv --kind scatter --x a --y b | sed 's/points [0-9]*/points N/; s/titles.*//; s/bytes [0-9]*//'
t mvc plots show many.csv --kind bar
t mvc plots show many.csv --kind confusion

echo '--- what is not as it should be'
t mvc plots show absent.csv
t mvc plots show --kind pie c.csv | head -n 2
t mvc plots show --y zzz c.csv
echo '[' >bad.json
t mvc plots show bad.json
echo 3 >one.json
t mvc plots show one.json
cat >mvc.yaml <<'EOF'
stages:
  train:
    cmd: 'true'
    plots:
    - log/train.csv:
        cache: false
    - absent.csv
EOF
page show
