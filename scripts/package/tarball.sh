#!/bin/sh
# Makes an archive of a built program that runs where it is unpacked, on any system whose glibc is as recent as the one that
# it was linked with: all other libraries that it needs lie beside it, in lib/nightjar.
#
#   tarball.sh PROGRAM FOLDER     writes FOLDER/nightjar-VERSION-linux-MACHINE.tar.gz
#
# The program, and nightjar-serve beside it, must look for libraries there: they are linked with
# -rpath '$ORIGIN/../lib/nightjar:$ORIGIN/../../lib/nightjar' --disable-new-dtags, so that libraries of libraries are found as well. The same program and commit give the same bytes.
set -eu

program=$(realpath "$1")
out=$(realpath -m "$2")
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}

if ! readelf -d "$program" | grep -q 'RPATH.*\$ORIGIN/../lib/nightjar'; then
    echo "tarball.sh: $program does not look for libraries beside itself: make tarball links it so" >&2
    exit 1
fi
version=$(NIGHTJAR_HOME="$root" "$program" version | cut -d ' ' -f 2)
name=nightjar-$version-linux-$(uname -m)
stage=$work/$name
umask 022
mkdir -p "$stage/lib/nightjar" "$stage/share/doc/nightjar/licences"
"$root/scripts/install.sh" "$program" "$stage" > /dev/null
programs="$stage/bin/nightjar $stage/libexec/nightjar/nightjar-serve"
for file in $programs; do strip --strip-unneeded "$file"; done
ln -s lua/experiments "$stage/share/nightjar/experiments"

# What belongs to glibc is the system's.
ldd "$program" "$(dirname "$program")/nightjar-serve" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | while read -r library; do
    case $(basename "$library") in
    libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libresolv.so.* | libutil.so.* | ld-linux*) continue ;;
    esac
    cp -L "$library" "$stage/lib/nightjar/"
    # Where /lib is a link, some packages name their files below it.
    file=$(realpath "$library")
    package=$( (dpkg-query --search "$file" || dpkg-query --search "${file#/usr}") 2>/dev/null | head -n 1 | cut -d : -f 1 || true)
    if [ -n "$package" ] && [ -f "/usr/share/doc/$package/copyright" ]; then
        cp -L "/usr/share/doc/$package/copyright" "$stage/share/doc/nightjar/licences/$package"
    else
        echo "tarball.sh: the licence of $(basename "$library") was not found" >&2
    fi
done
"$root/scripts/package/copyright.sh" > "$stage/share/doc/nightjar/copyright"
glibc=$(for file in $programs "$stage"/lib/nightjar/*; do
    objdump -T "$file" | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p'
done | sort -Vu | tail -n 1)
cat > "$stage/README" <<END
Nightjar $version for Linux on $(uname -m), with glibc $glibc or later.

  bin/nightjar run share/nightjar/experiments/memorization.lua --quick

It runs where it lies; bin may be put on PATH. Manual pages and completions of shells are in share.
END
mkdir -p "$out"
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --directory="$work" "$name" \
    | gzip -9n > "$out/$name.tar.gz"
echo "$out/$name.tar.gz: $(du -h "$out/$name.tar.gz" | cut -f 1), glibc $glibc or later"
