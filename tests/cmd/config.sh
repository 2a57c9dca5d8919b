# Settings in four layers, the strongest counts.
. "$srcdir/tests/cmd/lib.sh"
git config --global --unset mvc.hooks
t mvc config list
t mvc config --global set mvc.threads 2
t mvc config --global get mvc.threads
t mvc config get mvc.threads
git init -q r && cd r || exit 1
t mvc config mvc.threads
t mvc config mvc.threads 3
t mvc config mvc.threads
t mvc config --global mvc.threads
t mvc config -v list
t mvc config list --json
t mvc config unset mvc.threads
t mvc config get mvc.threads --json
t mvc config get mvc.none
t mvc config get mvc.none --json
t mvc config unset mvc.none
mkdir .mvc
t mvc config --project mvc.id new
mask_ids <.mvc/config
t mvc config --project set mvc.store elsewhere
t mvc config --project set mvc.track.size 10M
t mvc config --project list mvc.track
t mvc config --local add mvc.track.pattern '*.bin'
t mvc config --local add mvc.track.pattern '*.pt'
t mvc config list mvc.track
t mvc config --local set mvc.track.pattern '*.npy'
t mvc config threads
t mvc config
t mvc config get
t mvc config set mvc.threads
t mvc config mvc.threads none
t mvc install
git config --local --list | sort | grep '^merge'
t mvc config mvc.threads 3
t mvc config user.name Ada
t mvc config --global add threads 3
t mvc config user.name
