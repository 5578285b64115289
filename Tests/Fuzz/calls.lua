-- Random calls of everything that a script can reach, with arguments of every kind.
--
-- `seeded(seed, say, methods)` gives a function that makes one call and says whether it ended without an error: the
-- same seed makes the same calls, and `say` hears of each before it is made. `chosen(methods)` gives a function that
-- takes a list of bytes, which choose the calls. `methods` are the names of what all objects have.
local nj = require "nightjar"

local methods, say

-- ---- Chance ---------------------------------------------------------------------------------------------------------

local state = 88172645463325252
local bytes, place = {}, 0

local function random(n)
  if place < #bytes then
    place = place + 1
    return bytes[place] % n + 1
  end
  state = state ~ (state << 13)
  state = state ~ (state >> 7)
  state = state ~ (state << 17)
  return (state >> 1) % n + 1
end

local function pick(list) return list[random(#list)] end

-- ---- What can be called ---------------------------------------------------------------------------------------------

local functions = {}

local function add(prefix, table)
  for name, value in pairs(table) do
    if type(name) == "string" and (type(value) == "function" or type(value) == "table") then
      functions[#functions + 1] = { name = prefix .. name, f = value }
    end
  end
end

for prefix, library in pairs { ["nj."] = nj, ["nj.nn."] = nj.nn, ["nj.losses."] = nj.losses, ["nj.noise."] = nj.noise,
  ["nj.schedules."] = nj.schedules, ["nj.optim."] = nj.optim, ["nj.metrics."] = nj.metrics, ["nj.layers."] = nj.layers,
  ["nj.clips."] = nj.clips, ["nj.averages."] = nj.averages, ["nj.models."] = nj.models, ["math."] = math,
  ["string."] = string, ["table."] = table, ["utf8."] = utf8, ["coroutine."] = coroutine, ["os."] = os } do
  add(prefix, library)
end
add("", { select = select, ipairs = ipairs, pairs = pairs, next = next, type = type, tostring = tostring,
  tonumber = tonumber, assert = assert, error = error, rawequal = rawequal, rawlen = rawlen, rawget = rawget,
  getmetatable = getmetatable, pcall = pcall, xpcall = xpcall, setmetatable = setmetatable,
  collectgarbage = collectgarbage, require = require, print = print })
add("nj.data.", { load = nj.data.load, names = nj.data.names, from_tensors = nj.data.from_tensors })
table.sort(functions, function(a, b) return a.name < b.name end)

-- What takes as long as the number says that it is given; the limits on work have tests of their own.
local patient = { ["table.move"] = true, ["string.rep"] = true, ["table.concat"] = true, ["table.insert"] = true,
  ["table.remove"] = true, ["table.unpack"] = true, ["table.sort"] = true, rep = true }

-- ---- Arguments ------------------------------------------------------------------------------------------------------

local pool = {}
local weak = setmetatable({}, { __mode = "kv" })
local dtypes = { "float32", "float64", "int32", "uint8", "bool" }
local huge = { 1e308, -1e308, 2 ^ 31, 2 ^ 53, 2 ^ 63, -2 ^ 63, math.maxinteger, math.mininteger, 1 << 31, 1 << 40,
  -(1 << 31), 1 / 0, -1 / 0, 0 / 0, 65536, 1 << 20, 1e-320, -0.0, 0x7fffffff, 4294967296 }
local texts = {
  "", "float32", "float64", "int32", "uint8", "bool", "mean", "sum", "none", "ij,jk->ik", "i,i", "...i->i",
  "a", "%s", "%p%p", "%d", ".-", "(()", "[^%w]", "%f[%a]", "%b()", "x.npz", "x.safetensors", "../x.npz", "/etc/passwd",
  "\0", "\xff\xfe", "nightjar", "nightjar.test", "collect", "count", "digits", "k", "cce", "zeros", "1e400", "0x1p-3",
  ("ab"):rep(200), "=HYPERLINK()", "\27[2J" }

local value

local function shape()
  local extents = {}
  for i = 1, random(4) - 1 do extents[i] = pick { 0, 1, 2, 3, 4, 7 } end
  return extents
end

local function tensor()
  local ok, made = pcall(function()
    local t = nj.rand(shape()) * pick { 1, 4, 0, 1e30 }
    return t:to(pick(dtypes))
  end)
  return ok and made or nj.ones(2)
end

local function list(make, most)
  local entries = {}
  for i = 1, random(most or 5) - 1 do entries[i] = make() end
  return entries
end

local option_names = {
  "keep", "dtype", "dimension", "dimensions", "correction", "p", "value", "seed", "replace", "rate", "classes",
  "samples", "labels", "inputs", "name", "forward", "backward", "params", "state", "example", "needs", "hidden",
  "alpha", "base", "drops", "factor", "limit", "momentum", "model", "loss", "optimizer", "data", "epochs", "stride",
  "padding", "groups", "bias", "features", "metadata", "default", "min", "max", "update", "apply", "build",
  "children", "parameters", "samples", "normalize", "run", "settings", "grid", "learning_rate", "batch",
  "definition", "layer_number",
}

local function options()
  local t = {}
  for _ = 1, random(4) do t[pick(option_names)] = value() end
  return t
end

local function yields(...)
  if coroutine.isyieldable() then coroutine.yield(...) end
  return ...
end

local functions_of_scripts = {
  function(...) return ... end,
  function() end,
  function() error("asked for") end,
  function() error({}) end,
  function() error() end,
  function(x) return x:sum() end,
  function(x) return (x * x):mean() end,
  function(_, x) return x end,
  function(x, y) return x + y end,
  yields,
  function(...) yields(...) error("after") end,
  function(...) collectgarbage() return ... end,
  function(x) if nj.is_tensor(x) then x:release() end return x end,
  function() for i = 1, #pool do pool[i] = nil end collectgarbage() end,
  function() return value() end,
  function() return nj.ones(2), nj.ones(3) end,
  function(...) return select("#", ...) end,
  function(a, b) return tostring(a) < tostring(b) end,
  function(x) return nj.grad(function(y) return (y * y):sum() end, x) end,
  function(...) for _ = 1, 600 do local _ = nj.ones(2) + 1 end return ... end,
}

-- `__len` is left out: table.remove and others work for as long as it says, which is what limits are for.
local metamethods = { "__index", "__newindex", "__call", "__pairs", "__tostring", "__close", "__eq", "__lt",
  "__le", "__concat", "__unm", "__add", "__name", "__metatable", "__mode" }

local kinds = {
  function() return nil end,
  function() return random(2) == 1 end,
  function() return random(12) - 4 end,
  function() return random(12) - 4 end,
  function() return random(1000) / 100 - 3 end,
  function() return pick(huge) end,
  function() return pick(texts) end,
  tensor, tensor, tensor,
  function() local t = tensor() t:release() return t end,
  function() local t = tensor() + 1 t:release() return t end,
  function() return list(function() return random(6) - 2 end) end,
  function() return list(tensor) end,
  function() return list(value) end,
  function() return list(function() return list(function() return random(9) / 2 end) end) end,
  options, options,
  function() local t = options() t[1] = t t.self = t return t end,
  function() local t = { tensor() } for _ = 1, 40 do t = { t } end return t end,
  function() local t = { 1 } for _ = 1, 12 do t = { t, t } end return t end,
  function() local t = { tensor(), a = tensor() } return setmetatable(t, { __mode = pick { "k", "v", "kv" } }) end,
  -- Full of holes, and shorter than it might be: Lua goes through all of its length, which is what limits are for.
  function() local t = {} for i = 0, 14 do t[1 << i] = 1 t[(1 << i) + 1] = 1 end return t end,
  function()
    local meta = {}
    for _ = 1, random(3) do meta[pick(metamethods)] = random(3) == 1 and value() or pick(functions_of_scripts) end
    local ok, made = pcall(setmetatable, options(), meta)
    return ok and made or {}
  end,
  function() return pick(functions_of_scripts) end,
  function() return pick(functions_of_scripts) end,
  function() return pick(functions).f end,
  function() return coroutine.create(pick(functions_of_scripts)) end,
  function() return coroutine.wrap(pick(functions_of_scripts)) end,
  function() return nj.random_stream(random(9)) end,
  function() return pool[random(200)] end,
  function() return pool[random(200)] end,
  function() return pool[random(200)] end,
  function() return pool[random(200)] end,
  function() return weak[random(50)] end,
}

local depth = 0

function value()
  if depth > 3 then return random(5) end
  depth = depth + 1
  local ok, made = pcall(pick(kinds))
  depth = depth - 1
  return ok and made or nil
end

local function small() return random(3) == 1 and value() or random(5) end

-- ---- Calls ----------------------------------------------------------------------------------------------------------

local function shown(v)
  local kind = type(v)
  if kind == "number" then return string.format("%.17g", v) end
  if kind == "string" then return string.format("%q", #v < 40 and v or v:sub(1, 40)):gsub("\n", "n") end
  if kind == "boolean" or kind == "nil" then return tostring(v) end
  return nj.is_tensor(v) and "tensor" or kind
end

local function arguments(make)
  local given = { n = random(5) - 1 }
  for i = 1, given.n do given[i] = make() end
  return given
end

local operators = {
  ["a+b"] = function(a, b) return a + b end, ["a-b"] = function(a, b) return a - b end,
  ["a*b"] = function(a, b) return a * b end, ["a/b"] = function(a, b) return a / b end,
  ["a^b"] = function(a, b) return a ^ b end, ["a%b"] = function(a, b) return a % b end,
  ["a//b"] = function(a, b) return a // b end, ["a..b"] = function(a, b) return a .. b end,
  ["a&b"] = function(a, b) return a & b end, ["a|b"] = function(a, b) return a | b end,
  ["a~b"] = function(a, b) return a ~ b end, ["~a"] = function(a) return ~a end, ["-a"] = function(a) return -a end,
  ["#a"] = function(a) return #a end, ["a<b"] = function(a, b) return a < b end,
  ["a<=b"] = function(a, b) return a <= b end, ["a==b"] = function(a, b) return a == b end,
  ["a[b]"] = function(a, b) return a[b] end, ["a[b]=c"] = function(a, b, c) a[b] = c end,
  ["a(b)"] = function(a, b, c) return a(b, c) end,
  ["close"] = function(a) local _ <close> = a end, -- luacheck: ignore
  ["for in"] = function(a) for k, v in pairs(a) do return k, v end end, -- luacheck: ignore
}

local operator_names = {}
for name in pairs(operators) do operator_names[#operator_names + 1] = name end
table.sort(operator_names)

-- A function, what it is called, and its arguments.
local function choose()
  local chance = random(10)
  if chance <= 5 then
    local entry = pick(functions)
    local given = arguments(patient[entry.name] and small or value)
    return entry.f, entry.name, given
  elseif chance <= 8 then
    local name = pick(methods)
    local object = random(3) == 1 and tensor() or value()
    if object == nil then object = tensor() end
    local given = arguments(patient[name] and small or value)
    table.insert(given, 1, object)
    given.n = given.n + 1
    return function(self, ...) return self[name](self, ...) end, ":" .. name, given
  end
  local name = pick(operator_names)
  return operators[name], name, { value(), value(), value(), n = 3 }
end

-- Ways to make a call: alone, in a coroutine, in a gradient, in the forward of a loss.
local ways = {
  function(f, ...) return pcall(f, ...) end,
  function(f, ...) return coroutine.resume(coroutine.create(f), ...) end,
  function(f, ...)
    local given = table.pack(...)
    return pcall(nj.grad, function(x)
      f(table.unpack(given, 1, given.n))
      return x:sum()
    end, tensor())
  end,
  function(f, ...)
    local given = table.pack(...)
    local loss = nj.loss { name = "fuzz", forward = function(_, logits)
      f(table.unpack(given, 1, given.n))
      return logits:sum(-1)
    end } {}
    return pcall(loss, nj.ones(1, 2), nj.tensor({ 1 }, { dtype = "int32" }))
  end,
  function(f, ...)
    local given = table.pack(...)
    return xpcall(function() table.sort({ 3, 1, 2 }, function(a, b)
      f(table.unpack(given, 1, given.n))
      return a < b
    end) end, function(message) return tostring(message) end)
  end,
}

local function keep(ok, ...)
  for i = 1, math.min(select("#", ...), 3) do
    local result = select(i, ...)
    pool[random(200)] = result
    if type(result) ~= "string" and type(result) ~= "number" then weak[random(50)] = result end
  end
  return ok
end

local function call()
  local f, name, given = choose()
  local made = random(8) == 1 and random(#ways) or 1
  if say then
    local text = {}
    for i = 1, given.n do text[i] = shown(given[i]) end
    say(string.format("way %d %s(%s)", made, name, table.concat(text, ", ")))
  end
  return keep(pcall(ways[made], f, table.unpack(given, 1, given.n)))
end

local module = {}

function module.seeded(seed, listener, names)
  state = seed * 2654435761 + 88172645463325252
  methods, say = names, listener
  return call, random
end

-- At most so many calls an input; what the bytes do not choose follows from their number.
function module.chosen(names)
  methods = names
  return function(given)
    for i in pairs(pool) do pool[i] = nil end
    bytes, place, state = given, 0, #given + 88172645463325252
    local made = 0
    while place < #bytes and made < 24 do
      made = made + 1
      call()
    end
  end
end

return module
