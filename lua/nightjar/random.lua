-- Streams of random numbers for scripts: a stream is a key and how far it has been read.

local Stream = {}
Stream.__index = Stream

local function draw(self, count, kind, ...)
  local tensor = native["stream_" .. kind](self.key, self.position, count or 1, ...)
  self.position = self.position + (count or 1)
  if count == nil then
    return tensor:item()
  end
  return tensor
end

--- Uniform numbers in [0, 1): n of them as a float64 tensor, or one Lua number.
function Stream:uniform(n)
  return draw(self, n, "uniform")
end

--- Numbers with mean 0 and standard deviation 1: n of them as a float64 tensor, or one Lua number.
function Stream:normal(n)
  return draw(self, n, "normal")
end

--- Whole numbers from low to high, both included: n of them as an int32 tensor, or one Lua integer for n = nil.
function Stream:integers(n, low, high)
  return draw(self, n, "integers", low, high)
end

--- The numbers 1 to n in random order, as an int32 tensor. Each call gives another order.
function Stream:permutation(n)
  self.permutations = self.permutations + 1
  return native.stream_permutation(native.stream_key(self.key, "permutation", self.permutations), n)
end

--- Ones with probability p, zeros otherwise: n of them as a float64 tensor, or one Lua number.
function Stream:bernoulli(n, p)
  if type(p) ~= "number" or not (p >= 0 and p <= 1) then
    native.fail("bernoulli expects a probability from 0 to 1, got " .. tostring(p))
  end
  if n == nil then
    return self:uniform() < p and 1.0 or 0.0
  end
  return self:uniform(n):lt(p):double()
end

--- n of the positions 1 to count, as an int32 tensor; `{ replace = false }`: none of them twice.
function Stream:choice(n, count, options)
  local replace = true
  for name, value in pairs(options or {}) do
    if name ~= "replace" or type(value) ~= "boolean" then
      native.fail("choice has the option { replace = true or false }, got '" .. tostring(name) .. "'")
    end
    replace = value
  end
  self.permutations = self.permutations + 1
  return native.stream_choice(native.stream_key(self.key, "choice", self.permutations), count, n, replace)
end

--- A stream of its own for a part of what this one is for.
function Stream:derive(name)
  return setmetatable({ key = native.stream_key(self.key, name), position = 0, permutations = 0 }, Stream)
end

local random = {}

function random.stream(seed, purpose)
  return setmetatable({ key = native.stream_key(seed, purpose), position = 0, permutations = 0 }, Stream)
end

--- A stream of random numbers that depends on the seed and the name alone.
function nj.random_stream(seed, name)
  if math.type(seed) ~= "integer" then
    native.fail("nj.random_stream expects an integer seed, got " .. tostring(seed))
  end
  return random.stream(seed, name or "script")
end

return random
