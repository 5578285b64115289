#!/usr/bin/env bash
# Seconds from one signal to the end of the program, for twelve kinds of work and more. Usage: stop-times.sh PROGRAM
# Fails where one takes a second or longer.
set -u
program=$(realpath "${1:?the program}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
slow=0

# name, signal, seconds before it, arguments of the program
measure() {
  local name=$1 signal=$2 delay=$3 process start end status
  shift 3
  "$program" "$@" >out.txt 2>err.txt &
  process=$!
  sleep "$delay"
  start=$(date +%s%N)
  kill "-$signal" "$process" 2>/dev/null || { printf '%-28s ended by itself\n' "$name"; slow=1; return; }
  wait "$process"
  status=$?
  end=$(date +%s%N)
  local milliseconds=$(((end - start) / 1000000))
  printf '%-28s %-5s status %3d  %5d ms\n' "$name" "$signal" "$status" "$milliseconds"
  [ "$milliseconds" -lt 1000 ] || slow=1
}

script() { # name, seconds before the signal, text
  echo "$3" >work.lua
  measure "$1" INT "$2" run work.lua
}

script "tight loop" 1 'while true do end'
script "loop that catches errors" 1 'while true do pcall(function() while true do end end) end'
script "pattern" 1 'string.find(("a"):rep(50), (".-"):rep(12) .. "b")'
script "sort" 2 'local t = {} for i = 1, 3e6 do t[i] = i * 7919 % 1000003 end while true do table.sort(t) t[1] = 5 end'
script "concat" 1 'table.concat(setmetatable({}, { __index = getmetatable, __metatable = "" }), "", 1, 1 << 53)'
script "rep" 1 'while true do local s = ("ab"):rep(3e8) end'
script "coroutines" 1 'coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()'
script "gradient" 1 'local nj = require "nightjar" nj.value_and_grad(function(x) while true do end end, nj.ones(2))'
script "planning, 300,000 nodes" 2 'local nj = require "nightjar" nj.value_and_grad(function(x) local y = x for i = 1, 3e5 do y = y * x + x end return y:sum() end, nj.ones(2))'
script "one long product" 2 'local nj = require "nightjar" local a = nj.randn(7000, 7000) print(a:matmul(a):matmul(a):sum():item())'
script "many products" 2 'local nj = require "nightjar" local a = nj.randn(1500, 1500) while true do a:matmul(a):sum():item() end'
script "data" 2 'local nj = require "nightjar" while true do nj.data.load("digits") end'

cat >loss.lua <<'LUA'
local nj = require "nightjar"
return nj.loss { name = "slow", forward = function(self, logits, labels) while true do end end }
LUA
measure "check" INT 1 check loss.lua
measure "explain" TERM 1 explain loss.lua
mkdir tests
echo 'local test = require "nightjar.test" test("slow", function() while true do end end)' >tests/slow.lua
measure "test" TERM 1 test tests

cat >grid.lua <<'LUA'
local nj = require "nightjar"
return nj.experiment {
  name = "grid", doc = "For stopping.", settings = { epochs = 100000 }, grid = { { "seed", { 1, 2, 3, 4 } } },
  run = function(cfg)
    local data = nj.data.load("digits")
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes }, loss = nj.losses.cce {},
      optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed,
    }
    trainer:fit(data.train, { test = data.test, epochs = cfg.epochs })
  end,
}
LUA
measure "training" INT 3 run grid.lua --set seed=1
measure "grid" INT 3 run grid.lua
echo 'while true do print(("x"):rep(1000)) end' >print.lua
mkfifo pipe
sleep 20 <pipe &
reader=$!
exec 9>pipe
echo "exec \"$program\" run \"$folder/print.lua\" >&9" >blocked.sh
program=/bin/sh
measure "output that nobody reads" INT 1 blocked.sh
kill "$reader" 2>/dev/null
exit "$slow"
