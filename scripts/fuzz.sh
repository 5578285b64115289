#!/usr/bin/env bash
# fuzz.sh PROGRAM CALLS [SEED] [KILOBYTES]: random calls of everything that a script can reach, in processes of 20,000
# calls with a seed each. KILOBYTES limits the address space; 0: no limit (for the address sanitizer). A process that
# ends otherwise than by itself is named with its seed and its last call, and fails the whole.
set -u
program=$(realpath "$1") calls=$2 seed=${3:-1} limit=${4:-2000000}
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$root/Tests/Fuzz/api.lua" "$root/Tests/Fuzz/calls.lua" "$folder/"
{
  echo "return {"
  sed -nE 's/^function [A-Za-z]+:([a-z_]+)\(.*/  "\1",/p' "$root/lua/meta/nightjar.lua" | sort -u
  echo "}"
} > "$folder/names.lua"
export NIGHTJAR_HOME=${NIGHTJAR_HOME:-$root}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=512:handle_sigill=1:handle_abort=1}
# Swift's own backtraces start a process that outlives a crash under the sanitizer, and holds the pipe.
[ "$limit" != 0 ] || export SWIFT_BACKTRACE=enable=no
cd "$folder" || exit 1
failed=0 made=0
while [ "$made" -lt "$calls" ]; do
  part=$((calls - made < 20000 ? calls - made : 20000))
  (
    [ "$limit" = 0 ] || ulimit -v "$limit"
    ulimit -c 0
    timeout -k 5 "${FUZZ_SECONDS:-600}" "$program" run api.lua --threads 1 --set "seed=$seed" --set "calls=$part" 2> errors
    echo "status $?"
  ) | tail -n 3 > last
  if ! grep -q "^done: " last; then
    failed=$((failed + 1))
    echo "FAILED with seed $seed:"
    cut -c1-400 last
    head -n 40 errors | cut -c1-300
  fi
  made=$((made + part)) seed=$((seed + 1))
done
echo "$made calls, $failed processes failed"
[ "$failed" = 0 ]
