#!/usr/bin/env bash
# Prints a Python that has jupyter_client, for the test of the Jupyter kernel. Where the machine has none, it is installed
# with pip below .build, once.
set -euo pipefail
folder="$(cd "$(dirname "$0")/.." && pwd)/.build/jupyter"
log="$folder.log"
for python in python3 "$folder/bin/python"; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c "import jupyter_client" >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
done
mkdir -p "$(dirname "$folder")"
if python3 -m venv "$folder" >"$log" 2>&1 && "$folder/bin/python" -m pip install --quiet jupyter_client >>"$log" 2>&1; then
    echo "$folder/bin/python"
    exit 0
fi
# Without the module venv: packages in a folder of their own, and a program that looks there.
if python3 -m pip install --quiet --upgrade --target "$folder/packages" jupyter_client >>"$log" 2>&1; then
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\nPYTHONPATH="%s/packages" exec python3 "$@"\n' "$folder" >"$folder/bin/python-with-packages"
    chmod +x "$folder/bin/python-with-packages"
    echo "$folder/bin/python-with-packages"
    exit 0
fi
echo "no Python with jupyter_client, and pip could not install it ($log)" >&2
exit 1
