-- What makes layers, data sets and draws, tried with values that make no sense: each is refused at the line of the
-- script, or taken and works.
local nj = require "nightjar"
local test = require "nightjar.test"

local nan, inf = 0 / 0, math.huge
local odd = { 0, -1, 1, 2, 2.5, 0.5, nan, inf, -inf, 2 ^ 31, 2 ^ 53, 1e19, 1e300, -1e300, 1e-300, math.maxinteger,
  math.mininteger, "3", true, {}, { 1 }, { 1, nil, 3 }, nj.ones(2), print }

local function show(value)
  return type(value) == "table" and not nj.is_tensor(value) and "a table" or tostring(value)
end

local function finite(t)
  return t:isfinite():all():item()
end

-- What a layer makes of ones is finite, in training and as it is afterwards.
local function works(layer, ...)
  layer:initialize(1)
  return finite(layer:forward(nj.ones(...)))
end

local cases = {
  { "nn.linear", function(v) return works(nj.nn.linear(v, 2), 3, v) end },
  { "nn.linear", function(v) return works(nj.nn.linear(2, v), 3, 2) end },
  { "nn.dropout", function(v) return works(nj.nn.dropout(v), 3, 2) end },
  { "nn.leaky_relu", function(v) return works(nj.nn.leaky_relu(v), 3, 2) end },
  { "nn.elu", function(v) return works(nj.nn.elu(v), 3, 2) end },
  { "nn.conv2d", function(v) return works(nj.nn.conv2d(v, 2, 3), 1, 5, 5, v) end },
  { "nn.conv2d", function(v) return works(nj.nn.conv2d(2, v, 3), 1, 5, 5, 2) end },
  { "nn.conv2d", function(v) return works(nj.nn.conv2d(2, 2, v), 1, 5, 5, 2) end },
  { "nn.conv2d", function(v) return works(nj.nn.conv2d(2, 2, 3, { stride = v }), 1, 5, 5, 2) end },
  { "nn.conv2d", function(v) return works(nj.nn.conv2d(2, 2, 3, { padding = v }), 1, 5, 5, 2) end },
  { "nn.conv2d", function(v) return works(nj.nn.conv2d(2, 2, 3, { groups = v }), 1, 5, 5, 2) end },
  { "nn.batch_norm", function(v) return works(nj.nn.batch_norm(v), 3, v) end },
  { "nn.batch_norm", function(v) return works(nj.nn.batch_norm(2, { eps = v }), 3, 2) end },
  { "nn.batch_norm", function(v) return works(nj.nn.batch_norm(2, { momentum = v }), 3, 2) end },
  { "nn.layer_norm", function(v) return works(nj.nn.layer_norm(2, { eps = v }), 3, 2) end },
  { "nn.layer_norm", function(v) return works(nj.nn.layer_norm(v), 3, v) end },
  { "nn.group_norm", function(v) return works(nj.nn.group_norm(v, 4), 1, 3, 3, 4) end },
  { "nn.group_norm", function(v) return works(nj.nn.group_norm(2, v), 1, 3, 3, v) end },
  { "nn.max_pool2d", function(v) return works(nj.nn.max_pool2d(v), 1, 4, 4, 1) end },
  { "nn.max_pool2d", function(v) return works(nj.nn.max_pool2d(2, { stride = v }), 1, 4, 4, 1) end },
  { "nn.avg_pool2d", function(v) return works(nj.nn.avg_pool2d(2, { padding = v }), 1, 4, 4, 1) end },
  { "bernoulli", function(v) return finite(nj.bernoulli(v, 2)) end },
  { "bernoulli", function(v) return finite(nj.bernoulli(nj.tensor { v })) end },
  { "randint", function(v) return finite(nj.randint(1, v, 3)) end },
  { "stream:uniform", function(v) return finite(nj.random_stream(1):uniform(v ~= 2 ^ 31 and v or -1)) end },
  { "stream:integers", function(v) return finite(nj.random_stream(1):integers(2, 1, v)) end },
  { "stream:bernoulli", function(v) return finite(nj.random_stream(1):bernoulli(3, v)) end },
  { "stream:choice", function(v) return finite(nj.random_stream(1):choice(v, 3, { replace = false })) end },
  { "data:first", function(v)
    local labels = nj.tensor({ 1, 2 }, { dtype = "int32" })
    return nj.data.from_tensors { inputs = nj.ones(2, 2), labels = labels, classes = 2 }:first(v):count() <= 2
  end },
  { "noise:apply", function(v)
    return finite(nj.noise.uniform { rate = 0.5 }:apply(nj.tensor { 1, 2 }, { classes = v, seed = 1 }))
  end },
  { "noise:apply", function(v)
    return finite(nj.noise.uniform { rate = 0.5 }:apply(nj.tensor { 1, 2 }, { classes = 2, seed = v }))
  end },
  { "weighted", function(v)
    return finite(nj.weighted(nj.losses.cce {}, { classes = { v, 1 } }) (nj.zeros(1, 2), nj.tensor { 1 }))
  end },
  { "gradcheck", function(v)
    return nj.gradcheck(function(x) return x:square():sum() end, nj.ones(2), { epsilon = v, raise = false }) ~= nil
  end },
  { "gradcheck", function(v)
    return nj.gradcheck(function(x) return x:square():sum() end, nj.ones(2), { entries = v }) ~= nil
  end },
}

for number, case in ipairs(cases) do
  local name, make = case[1], case[2]
  test(name .. " refuses what makes no sense, or works (" .. number .. ")", function(t)
    for _, value in ipairs(odd) do
      local fine, result = pcall(make, value)
      if fine then
        t.ok(result, show(value) .. " is taken and gives what is no finite number")
      else
        local message = tostring(result)
        t.ok(message:find("^lua/tests/constructors.lua:%d+: "), show(value) .. ": " .. message)
        t.ok(not message:find("attempt to", 1, true), show(value) .. ": " .. message)
      end
    end
  end)
end
