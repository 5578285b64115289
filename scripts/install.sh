#!/bin/sh
# Copies the program, its Lua library, its plugins and its documentation below a prefix: bin/nightjar and share/nightjar.
# The program finds share/nightjar beside itself, so the tree it was built in may go away.
set -eu

program=$1
prefix=$2
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

mkdir -p "$prefix/bin" "$prefix/share/nightjar"
cp "$program" "$prefix/bin/nightjar.new"
mv "$prefix/bin/nightjar.new" "$prefix/bin/nightjar"
for folder in lua plugins; do
    rm -rf "$prefix/share/nightjar/$folder"
    cp -R "$root/$folder" "$prefix/share/nightjar/$folder"
done
rm -rf "$prefix/share/nightjar/docs"
cp -R "$root/docs" "$prefix/share/nightjar/docs"
cp "$root/LICENSE" "$root/README.md" "$prefix/share/nightjar/"
echo "installed $prefix/bin/nightjar"
