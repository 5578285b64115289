#!/bin/sh
# Makes a Debian package of a built program: the program, its library, plugins, examples and documentation, manual pages and
# completions as the program itself writes them. What it depends on is what its file needs (dpkg-shlibdeps).
#
#   deb.sh PROGRAM FOLDER     writes FOLDER/nightjar_VERSION_ARCHITECTURE.deb
#
# Needs dpkg-dev. The same program and commit give the same bytes. DEBFULLNAME and DEBEMAIL say who made it.
set -eu

program=$(realpath "$1")
out=$(realpath -m "$2")
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/nightjar
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
maintainer="${DEBFULLNAME:-Nightjar maintainers} <${DEBEMAIL:-nightjar@users.noreply.github.com}>"

umask 022
mkdir -p "$stage/usr"
"$root/scripts/install.sh" "$program" "$stage/usr" > /dev/null
programs="$stage/usr/bin/nightjar $stage/usr/libexec/nightjar/nightjar-serve"
for file in $programs; do strip --strip-unneeded --remove-section=.comment --remove-section=.note "$file"; done
version=$(NIGHTJAR_HOME="$root" "$program" version | cut -d ' ' -f 2)
architecture=$(dpkg --print-architecture)

# Where Debian has what an installation below a prefix has elsewhere.
share=$stage/usr/share
mkdir -p "$share/zsh/vendor-completions" "$share/doc/nightjar"
mv "$share/zsh/site-functions/_nightjar" "$share/zsh/vendor-completions/"
rmdir "$share/zsh/site-functions"
mv "$share/nightjar/README.md" "$share/doc/nightjar/"
mv "$share/nightjar/docs" "$share/doc/nightjar/docs"
ln -s ../doc/nightjar/docs "$share/nightjar/docs"
rm "$share/nightjar/LICENSE"
sed -i '1{/^#!/d}' "$share/bash-completion/completions/nightjar"
ln -s lua/experiments "$share/nightjar/experiments"
find "$share/man" -name '*.1' -exec gzip -9n {} +
find "$share/nightjar" \( -name .gitignore -o -name .keep -o -name __pycache__ \) -prune -exec rm -rf {} +

"$root/scripts/package/copyright.sh" > "$share/doc/nightjar/copyright"
changes=$share/doc/nightjar/changelog
cat > "$changes" <<END
nightjar ($version) unstable; urgency=medium

  * See /usr/share/doc/nightjar/CHANGELOG.md.gz.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
gzip -9n "$changes"
cp "$root/CHANGELOG.md" "$share/doc/nightjar/"
gzip -9n "$share/doc/nightjar/CHANGELOG.md"

# dpkg-shlibdeps wants a source package around the file.
mkdir -p "$work/debian"
printf 'Source: nightjar\n\nPackage: nightjar\nArchitecture: any\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O ${SHLIBDEPS:-} $programs | sed -n 's/^shlibs:Depends=//p')

chmod -R u+rwX,go+rX,go-w "$stage"
find "$stage/usr/share" "$stage/usr/include" -type f -exec chmod 644 {} +
find "$share/nightjar" -type f -name '*.sh' -exec chmod 755 {} +
find "$share/nightjar" -type f -name '*.py' -exec sh -c 'head -c 2 "$1" | grep -q "#!" && chmod 755 "$1"' sh {} \;

mkdir "$stage/DEBIAN"
(cd "$stage" && find usr -type f | LC_ALL=C sort | xargs -d '\n' md5sum) > "$stage/DEBIAN/md5sums"
cat > "$stage/DEBIAN/control" <<END
Package: nightjar
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$stage/usr" | cut -f 1)
Depends: $depends
Recommends: dataset-fashion-mnist
Suggests: libcurl4, libzmq5, jupyter-core
Section: science
Priority: optional
Description: deep-learning framework whose losses are written in Lua
 Nightjar trains networks whose losses, label noise, schedules and optimizers
 are short Lua scripts. Scripts are recorded, differentiated and compiled to
 fused kernels; an experiment is a grid of runs with a table and a report.
 .
 Results do not depend on the number of threads, and a run that was stopped
 goes on to the same bits.
END
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
dpkg-deb --root-owner-group -Zxz --build "$stage" "$out/nightjar_${version}_${architecture}.deb"
