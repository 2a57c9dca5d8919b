#!/bin/sh
# Make configure from configure.ac: what a Git checkout needs first.
cd "$(dirname "$0")" || exit 1
mkdir -p m4 build-aux
exec autoreconf --install --force
