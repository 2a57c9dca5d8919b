# The merge driver, in the layer that is asked for, and out again.
. "$srcdir/tests/cmd/lib.sh"
driver() { git config --"$1" --get-regexp '^merge\.mvc\.' || echo none; }
t mvc install | sed "s:$scratch:SCRATCH:"
git init -q r && cd r || exit 1
driver local
t mvc install
t mvc install
driver local
t mvc install --uninstall
driver local
t mvc install --uninstall
git config merge.mvc.driver mine
t mvc install
driver local
t mvc install --uninstall
driver local
cd .. || exit 1
t mvc install --global
driver global
t mvc install --global --uninstall
driver global
t mvc install now
