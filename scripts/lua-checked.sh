#!/usr/bin/env bash
# lua-checked.sh FOLDER: Debian's Lua with its own assertions and the checks of its C interface on, for `make sanitize`.
# Leaves FOLDER/lua5.4.pc, which pkg-config finds before the system's. Exits with 1 where the source cannot be had.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
[ -f "$folder/lua5.4.pc" ] && exit 0
cd "$folder"
mkdir -p lists/partial
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $release main" > sources.list
apt="apt-get -qq -o Dir::Etc::sourcelist=$folder/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$folder/lists"
$apt update && $apt source --download-only lua5.4 || { echo "no source of Lua: the checks of its interface stay off" >&2; exit 1; }
rm -rf source && mkdir source
tar -xf lua5.4_*.orig.tar.* -C source --strip-components 1
cd source/src
for file in l*.c; do
  case $file in lua.c | luac.c) continue ;; esac
  ${CLANG:-clang} -std=gnu11 -O1 -g -fPIC -DLUA_COMPAT_5_3 -DLUA_USE_LINUX -DLUA_USE_APICHECK -DLUAI_ASSERT \
    -w -c "$file"
done
ar rcs "$folder/liblua5.4.a" ./*.o
cat > "$folder/lua5.4.pc" <<EOF
Name: Lua
Description: Lua with its assertions on
Version: 5.4
Libs: -L$folder -llua5.4 -lm -ldl
Cflags: -I$folder/source/src
EOF
