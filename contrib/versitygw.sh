#!/bin/sh
# versitygw, a real S3 server for the tests, built once from its Go module into
# ~/.cache/mvc-tests. Needs Go 1.16 or later (a newer compiler that it needs
# comes as a Go module too), some minutes and 2 GB of disk the first time.
set -eu
version=1.8.0
compiler=go1.25.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mvc-tests
program=$cache/versitygw-$version
if [ -x "$program" ]; then
	echo "$program"
	exit
fi
command -v go >/dev/null || {
	echo "Go is not installed: apt install golang-go" >&2
	exit 1
}
mkdir -p "$cache"
work=$(mktemp -d "$cache/build.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
go=go
minor=$(go env GOVERSION | sed -nE 's/^go1\.([0-9]+).*/\1/p')
if [ "${minor:-0}" -lt 25 ]; then
	kind=$(go env GOOS)-$(go env GOARCH)
	GOMODCACHE=$work/compiler GOTOOLCHAIN=local GOFLAGS='' \
	    go mod download "golang.org/toolchain@v0.0.1-$compiler.$kind"
	root=$work/compiler/golang.org/toolchain@v0.0.1-$compiler.$kind
	chmod -R u+wx "$root/bin" "$root/pkg/tool"
	go=$root/bin/go
	unset GOROOT
fi
GOTOOLCHAIN=local GOBIN=$work/bin GOFLAGS=-trimpath CGO_ENABLED=0 \
    "$go" install "github.com/versity/versitygw/cmd/versitygw@v$version"
mv "$work/bin/versitygw" "$program"
echo "$program"
