#!/usr/bin/env bash
# Prints a Python in which some Python code runs, such as imports. Where the machine has none, packages are installed with
# pip below .build, once.
#
#   scripts/python-with.sh FOLDER CODE PACKAGE...
set -euo pipefail
name=$1
code=$2
shift 2
folder="$(cd "$(dirname "$0")/.." && pwd)/.build/$name"
log="$folder.log"

for python in python3 /usr/bin/python3 "$folder/bin/python" "$folder/bin/python-with-packages"; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c "$code" >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
done
mkdir -p "$(dirname "$folder")"
if python3 -m venv "$folder" >"$log" 2>&1 && "$folder/bin/python" -m pip install --quiet "$@" >>"$log" 2>&1 \
    && "$folder/bin/python" -c "$code" >>"$log" 2>&1; then
    echo "$folder/bin/python"
    exit 0
fi
# Without the module venv: packages in a folder of their own, and a program that looks there.
if python3 -m pip install --quiet --upgrade --target "$folder/packages" "$@" >>"$log" 2>&1; then
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\nPYTHONPATH="%s/packages" exec python3 "$@"\n' "$folder" >"$folder/bin/python-with-packages"
    chmod +x "$folder/bin/python-with-packages"
    if "$folder/bin/python-with-packages" -c "$code" >>"$log" 2>&1; then
        echo "$folder/bin/python-with-packages"
        exit 0
    fi
fi
echo "no Python with $*, and pip could not install them: $log says why" >&2
exit 1
