#!/usr/bin/env bash
# fuzz-readers.sh INPUTS [TARGET...]: gives inputs that libFuzzer makes up to what takes inputs of strangers, all targets or
# those named, each of them INPUTS times its share (see FuzzTarget). Under the sanitizer of addresses, with leaks; an input
# that takes more than a second, or a process of more than 2 GiB, is a fault as a crash is. Inputs that failed stay in
# .build-fuzz/found, and the status is 1. FUZZ_SECONDS ends each target earlier.
set -eu
inputs=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
build=.build-fuzz
# SwiftPM links with a linker that leaves out what tells libFuzzer of the code that ran, so it only compiles.
${SWIFT:-swift} build -c release --scratch-path $build --sanitize=fuzzer --sanitize=address --disable-index-store \
  -Xswiftc -gline-tables-only --target FuzzTargets
find -L $build/release -name '*.o' | sort > $build/objects
${SWIFT:-swift}c -sanitize=fuzzer,address -use-ld=lld @$build/objects -o $build/readers \
  $(pkg-config --libs lua5.4 openblas zlib spng libturbojpeg libseccomp) -lsqlite3
export NIGHTJAR_HOME=$root SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=allocator_may_return_null=1:handle_abort=1 LSAN_OPTIONS=suppressions=$root/Tests/leaks.supp
mkdir -p $build/found
failed=0
# A line a target: its name and its share.
while read -r target share; do
  if [ $# -gt 0 ] && [[ " $* " != *" $target "* ]]; then continue; fi
  runs=$(awk "BEGIN { printf \"%d\", $inputs * $share }")
  new=$(mktemp -d)
  status=0
  NIGHTJAR_FUZZ=$target $build/readers "$new" "Tests/Fuzz/Corpus/$target" -runs="$runs" -seed=18 -max_len=4096 \
    -timeout=1 -rss_limit_mb=2048 -max_total_time="${FUZZ_SECONDS:-0}" -print_final_stats=1 \
    -artifact_prefix="$build/found/$target-" > "$build/found/$target.log" 2>&1 < /dev/null || status=$?
  # Edges that ran with the first inputs, and with all of them.
  edges=$(sed -nE 's/.*(INITED|DONE) +cov: ([0-9]+).*/\2/p' "$build/found/$target.log" | tr '\n' ' ')
  made=$(sed -n 's/^stat::number_of_executed_units: //p' "$build/found/$target.log")
  rm -rf "$new"
  echo "$target: ${made:-0} inputs, edges ${edges:-unknown}"
  if [ $status != 0 ]; then
    failed=1
    echo "FAILED: $target, see $build/found/$target.log"
    grep -m 3 -E 'FAULT|ERROR|SUMMARY' "$build/found/$target.log" | cut -c1-300 || true
  fi
done < <(NIGHTJAR_FUZZ='?' $build/readers -runs=1 -artifact_prefix=$build/found/ 2> /dev/null || true)
exit $failed
