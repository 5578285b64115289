#!/usr/bin/env bash
# Prints a Python that has NumPy and SciPy, for the tests that compare with them. Where the machine has none, they are
# installed with pip below .build, once.
set -euo pipefail
folder="$(cd "$(dirname "$0")/.." && pwd)/.build/numpy"
check='import numpy, scipy.special'
log="$folder.log"

for python in python3 "$folder/bin/python"; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c "$check" >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
done
mkdir -p "$(dirname "$folder")"
if python3 -m venv "$folder" >"$log" 2>&1 && "$folder/bin/python" -m pip install --quiet numpy scipy >>"$log" 2>&1 \
    && "$folder/bin/python" -c "$check" >>"$log" 2>&1; then
    echo "$folder/bin/python"
    exit 0
fi
# Without the module venv: packages in a folder of their own, and a program that looks there.
if python3 -m pip install --quiet --upgrade --target "$folder/packages" numpy scipy >>"$log" 2>&1; then
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\nPYTHONPATH="%s/packages" exec python3 "$@"\n' "$folder" >"$folder/bin/python-with-packages"
    chmod +x "$folder/bin/python-with-packages"
    if "$folder/bin/python-with-packages" -c "$check" >>"$log" 2>&1; then
        echo "$folder/bin/python-with-packages"
        exit 0
    fi
fi
echo "no Python with NumPy and SciPy, and pip could not install them ($log): on Debian, apt-get install python3-scipy" >&2
exit 1
