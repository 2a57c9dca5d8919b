. "$srcdir/tests/cmd/lib.sh"

# What they share with metrics is tested there.
repo r
printf 'lr: 0.1\n' >params.yaml
printf '{"x": {"y": 1}, "x.y": 2}' >"näme a.json"
git add -A && commit first
t mvc params diff
t mvc params diff -- params.yaml
printf 'lr: [1, 2, 3]\n' >params.yaml
t mvc params diff params.yaml
t mvc params show "näme a.json"
t mvc params diff --csv
