-- Streams of random numbers for scripts: a stream is a key and how far it has been read.

local part = ...
local declare = part "declare" "Random numbers"
local params = part "params"

local Stream = {}

function Stream.__index(_, name)
  if Stream[name] == nil then
    local names = {}
    for known in pairs(Stream) do
      names[#names + 1] = not known:find("^__") and known or nil
    end
    native.fail("a stream of random numbers has no '" .. tostring(name) .. "'"
      .. params.suggestion(tostring(name), names, "random stream"))
  end
  return Stream[name]
end

function Stream.__tostring(self)
  local parts = { self.source }
  if self.position > 0 then
    parts[#parts + 1] = self.position .. (self.position == 1 and " number" or " numbers") .. " drawn"
  end
  if self.permutations > 0 then
    parts[#parts + 1] = self.permutations .. (self.permutations == 1 and " permutation" or " permutations")
  end
  return "random stream (" .. table.concat(parts, ", ") .. ")"
end

-- `source` says what the numbers depend on.
local function open_stream(key, source)
  return setmetatable({ key = key, source = source, position = 0, permutations = 0 }, Stream)
end

local function draw(self, count, kind, ...)
  local tensor = native["stream_" .. kind](self.key, self.position, count or 1, ...)
  self.position = self.position + (count or 1)
  if count == nil then
    return tensor:item()
  end
  return tensor
end

declare.class("nightjar.RandomStream", { doc = "Random numbers that depend on a seed and a name alone." })

declare.call("stream:uniform", {
  class = "nightjar.RandomStream",
  doc = "Uniform numbers in [0, 1): n of them as a float64 tensor, or one Lua number.",
  parameters = { { "n", "integer", "how many", optional = true } },
  returns = "nightjar.Tensor|number",
  example = "nj.random_stream(1, \"mine\"):uniform(3):shape() --> {3}",
})

function Stream:uniform(n)
  return draw(self, n, "uniform")
end

declare.call("stream:normal", {
  class = "nightjar.RandomStream",
  doc = "Numbers with mean 0 and standard deviation 1: n of them as a float64 tensor, or one Lua number.",
  parameters = { { "n", "integer", "how many", optional = true } },
  returns = "nightjar.Tensor|number",
})

function Stream:normal(n)
  return draw(self, n, "normal")
end

declare.call("stream:integers", {
  class = "nightjar.RandomStream",
  doc = "Whole numbers from low to high, both included: n of them as an int32 tensor, or one Lua integer for n = nil.",
  parameters = { { "n", "integer?", "how many" }, { "low", "integer" }, { "high", "integer" } },
  returns = "nightjar.Tensor|integer",
  example = "nj.random_stream(1, \"mine\"):integers(nil, 5, 5) --> 5",
})

function Stream:integers(n, low, high)
  return draw(self, n, "integers", low, high)
end

declare.call("stream:permutation", {
  class = "nightjar.RandomStream",
  doc = "The numbers 1 to n in random order, as an int32 tensor. Each call gives another order.",
  parameters = { { "n", "integer" } },
  returns = "tensor",
  example = "nj.random_stream(1, \"mine\"):permutation(4):sum() --> 10",
})

function Stream:permutation(n)
  self.permutations = self.permutations + 1
  return native.stream_permutation(native.stream_key(self.key, "permutation", self.permutations), n)
end

declare.call("stream:bernoulli", {
  class = "nightjar.RandomStream",
  doc = "Ones with probability p, zeros otherwise: n of them as a float64 tensor, or one Lua number.",
  parameters = { { "n", "integer?", "how many" }, { "p", "number", "from 0 to 1" } },
  returns = "nightjar.Tensor|number",
})

function Stream:bernoulli(n, p)
  if type(p) ~= "number" or not (p >= 0 and p <= 1) then
    native.fail("bernoulli expects a probability from 0 to 1, got " .. params.show(p))
  end
  if n == nil then
    return self:uniform() < p and 1.0 or 0.0
  end
  return self:uniform(n):lt(p):double()
end

declare.call("stream:choice", {
  class = "nightjar.RandomStream",
  doc = "n of the positions 1 to count, as an int32 tensor.",
  parameters = { { "n", "integer", "how many" }, { "count", "integer" } },
  options = { { "replace", "boolean", "false: none of them twice", default = true } },
  returns = "tensor",
})

function Stream:choice(n, count, options)
  local replace = true
  for name, value in pairs(options or {}) do
    if name ~= "replace" or type(value) ~= "boolean" then
      native.fail("choice has the option { replace = true or false }, got " .. (name ~= "replace"
        and "'" .. tostring(name) .. "'" or "replace = " .. params.show(value)))
    end
    replace = value
  end
  self.permutations = self.permutations + 1
  return native.stream_choice(native.stream_key(self.key, "choice", self.permutations), count, n, replace)
end

declare.call("stream:derive", {
  class = "nightjar.RandomStream",
  doc = "A stream of its own for a part of what this one is for.",
  parameters = { { "name", "string" } },
  returns = "nightjar.RandomStream",
})

function Stream:derive(name)
  return open_stream(native.stream_key(self.key, name), self.source .. " / " .. name)
end

local random = {}

function random.stream(seed, purpose)
  return open_stream(native.stream_key(seed, purpose), "seed " .. params.show(seed) .. ", " .. purpose)
end

declare.call("nj.random_stream", {
  doc = "A stream of random numbers that depends on the seed and the name alone.",
  parameters = { { "seed", "integer" }, { "name", "string", "what the numbers are for", optional = true } },
  returns = "nightjar.RandomStream",
})

function nj.random_stream(seed, name)
  return random.stream(seed, name or "script")
end

return random
