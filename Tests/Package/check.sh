#!/bin/sh
# Installs a package in a Debian 12 that has nothing of Swift (debootstrap), runs the main experiment there, and removes it; or
# unpacks an archive there and runs the same. As root, with a mirror of Debian.
#
#   check.sh PACKAGE.deb | ARCHIVE.tar.gz
set -eu

package=$(realpath "$1")
mirror=${MIRROR:-http://deb.debian.org/debian}
if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap > /dev/null; then
    echo "skipped: it takes root and debootstrap (apt-get install debootstrap)"
    exit 0
fi
root=$(mktemp -d)
cleanup() {
    umount "$root/proc" 2> /dev/null || true
    rm -rf "$root"
}
trap cleanup EXIT
debootstrap --variant=minbase bookworm "$root" "$mirror" > /dev/null
mount -t proc proc "$root/proc"
inside() { chroot "$root" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
files() { (cd "$root" && find . -path ./proc -prune -o -path ./var -prune -o -path ./tmp -prune -o -print | sort); }

! inside sh -c 'command -v swift' || { echo "there is a Swift in the bare system"; exit 1; }
cp "$package" "$root/root/"
name=/root/$(basename "$package")
case $package in
*.deb)
    inside apt-get update -qq
    files > "$root/tmp/before"
    inside apt-get install -y -qq --no-install-recommends "$name" > /dev/null
    program=nightjar
    share=/usr/share/nightjar
    echo "installed: $(inside dpkg-query --show --showformat='${Installed-Size} kB' nightjar)"
    ;;
*)
    inside tar -xzf "$name" -C /root
    program=$(cd "$root" && ls -d root/nightjar-*/bin/nightjar)
    program=/$program
    share=$(dirname "$program")/../share/nightjar
    echo "unpacked: $(du -sk "$root/$(dirname "$program")/.." | cut -f 1) kB"
    ;;
esac
inside "$program" doctor || echo "(what doctor misses is above)"
inside sh -c "cd /tmp && $program run $share/experiments/memorization.lua --quick"
inside sh -c "test -s /tmp/runs/memorization/summary.csv && test -s /tmp/runs/memorization/report.html"
if [ "${package%.deb}" != "$package" ]; then
    inside sh -c "ls /usr/share/man/man1/nightjar-run.1.gz /usr/share/bash-completion/completions/nightjar > /dev/null"
    inside apt-get purge -y -qq --autoremove nightjar > /dev/null
    files > "$root/tmp/after"
    left=$(comm -13 "$root/tmp/before" "$root/tmp/after" | grep -i nightjar | grep -v "^./root/" || true)
    [ -z "$left" ] || { echo "left behind: $left"; exit 1; }
    echo "removed: nothing of it is left"
fi
echo "ok"
