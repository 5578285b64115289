#!/bin/sh
# Copies the program, its Lua library, plugins, examples and documentation below a prefix: bin/nightjar and share/nightjar;
# what shows the live page, which lies beside the program where it was built: libexec/nightjar/nightjar-serve;
# the header that native plugins are written against, include/nightjar_plugin.h; the library for other programs, where it
# was made: lib/libNightjarC.so and include/nightjar.h; and manual pages and completions of the shells, in share.
# The program finds share/nightjar beside itself, so the tree it was built in may go away.
set -eu

program=$1
prefix=$2
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

serve=$(dirname "$program")/nightjar-serve
if [ ! -f "$serve" ]; then
    echo "install.sh: there is no $serve: 'make build' makes it with the program" >&2
    exit 1
fi
mkdir -p "$prefix/bin" "$prefix/libexec/nightjar" "$prefix/share/nightjar"
cp "$program" "$prefix/bin/nightjar.new"
mv "$prefix/bin/nightjar.new" "$prefix/bin/nightjar"
cp "$serve" "$prefix/libexec/nightjar/nightjar-serve.new"
mv "$prefix/libexec/nightjar/nightjar-serve.new" "$prefix/libexec/nightjar/nightjar-serve"
for folder in lua plugins examples; do
    rm -rf "$prefix/share/nightjar/$folder"
    cp -R "$root/$folder" "$prefix/share/nightjar/$folder"
done
rm -rf "$prefix/share/nightjar/docs"
cp -R "$root/docs" "$prefix/share/nightjar/docs"
# What native plugins are written against.
mkdir -p "$prefix/include"
cp "$root/Sources/CNative/include/nightjar_plugin.h" "$prefix/include/"
# What other programs are built with, where the library was made.
library=$(dirname "$program")/libNightjarC.so
if [ -f "$library" ]; then
    mkdir -p "$prefix/lib"
    cp "$library" "$prefix/lib/libNightjarC.so.new"
    mv "$prefix/lib/libNightjarC.so.new" "$prefix/lib/libNightjarC.so"
    cp "$root/Sources/CNightjar/include/nightjar.h" "$prefix/include/"
fi
cp "$root/LICENSE" "$root/README.md" "$prefix/share/nightjar/"
# Pages for man, and what the shells need to complete names, made by the program itself.
"$prefix/bin/nightjar" docs --manual "$prefix/share/man/man1"
for shell in bash:bash-completion/completions/nightjar zsh:zsh/site-functions/_nightjar fish:fish/vendor_completions.d/nightjar.fish; do
    file="$prefix/share/${shell#*:}"
    mkdir -p "$(dirname "$file")"
    "$prefix/bin/nightjar" --generate-completion-script "${shell%%:*}" > "$file"
done
echo "installed $prefix/bin/nightjar"
