-- What has an order has one of masks too, products that run stay exact, and soft labels are looked at where they pick.
local nj = require "nightjar"
local test = require "nightjar.test"

local mask = nj.tensor { { -1, 2, 3 }, { 4, -5, -6 } }:gt(0)
local whole = mask:int()

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message
end

test("masks are put in order as 0 and 1, and stay masks", function(t)
  for _, dimension in ipairs { 1, 2, -1 } do
    for _, descending in ipairs { false, true } do
      local values, order = mask:sort(dimension, { descending = descending })
      local numbers, places = whole:sort(dimension, { descending = descending })
      t.equal(values:dtype(), "bool")
      t.equal(values:int():totable(), numbers:totable())
      t.equal(order:totable(), places:totable())
      t.equal(mask:argsort(dimension, { descending = descending }):totable(), places:totable())
    end
    local values, order = mask:topk(2, dimension)
    local numbers, places = whole:topk(2, dimension)
    t.equal(values:dtype(), "bool")
    t.equal({ values:int():totable(), order:totable() }, { numbers:totable(), places:totable() })
  end
end)

test("medians and quantiles of masks are float32, as their means", function(t)
  local numbers = mask:float()
  t.equal(mask:median():dtype(), "float32")
  t.equal(mask:median():item(), 0.5)
  t.equal(mask:median(2):totable(), { 1, 0 })
  t.equal(mask:quantile({ 0.25, 0.9 }, 2):totable(), numbers:quantile({ 0.25, 0.9 }, 2):totable())
end)

test("running products of masks are int32, as their sums", function(t)
  t.equal(mask:cumprod(2):dtype(), "int32")
  t.equal(mask:cumprod(2):totable(), { { 0, 0, 0 }, { 1, 0, 0 } })
  t.equal(mask:cumprod(1):totable(), { { 0, 1, 1 }, { 0, 0, 0 } })
end)

-- By hand, in Lua's 64 bits: the products, or the first that int32 does not hold and where it stands.
local function products(list)
  local product, all = 1, {}
  for i, value in ipairs(list) do
    product = product * value
    if product > 2147483647 or product < -2147483648 then
      return nil, product, i
    end
    all[i] = product
  end
  return all
end

test("running products of whole numbers are exact, or name the first that leaves the range", function(t)
  local lists = {
    { 0, 65536, 65536, 65536 }, { 65536, 32768, 0, 7 }, { -1, 65536, 32768 }, { -65536, 32768, 1, 1 },
    { 46341, 46341 }, { 2, 3, -5, 7, 11, 13, 17, 19 }, { 65536, 65536, 0 }, { 3, 0, 2147483647, 2147483647, 2 },
    { -2147483648 }, { 1, -2147483648, -1 }, { 0, 0, 0 }, { 7 }, {},
  }
  for _, list in ipairs(lists) do
    local expected, product, place = products(list)
    local text = table.concat(list, " ")
    if expected then
      t.equal(int(list):cumprod():totable(), expected, text)
    else
      local message = message_of(function() return int(list):cumprod():totable() end)
      t.ok(message:find("'cumprod' gives " .. product .. " at position " .. place .. ": int32 holds", 1, true),
        text .. ": " .. message)
    end
  end
  t.equal(int { { 0, 65536 }, { 65536, 2 }, { 65536, 3 } }:cumprod(1):totable(),
    { { 0, 65536 }, { 0, 131072 }, { 0, 393216 } })
end)

test("soft labels that are no probabilities are refused where they pick", function(t)
  local values = nj.tensor { { 1, 2 }, { 3, 4 } }
  local cases = {
    { { { 0.5, 0.5 }, { 0.5, 0.6 } }, "soft labels at position 2 sum to 1.1, not to 1" },
    { { { -0.5, 1.5 }, { 0, 1 } }, "soft label -0.5 at position (1, 1) is no probability" },
    { { { 1, 0 }, { 0 / 0, 1 } }, "soft label nan at position (2, 1) is no probability" },
    { { { math.huge, 0 }, { 0, 1 } }, "soft label inf at position (1, 1) is no probability" },
  }
  for _, case in ipairs(cases) do
    for _, dtype in ipairs { "float32", "float64" } do
      local soft = nj.tensor(case[1], { dtype = dtype })
      local message = message_of(function() return values:pick(soft):totable() end)
      t.ok(message:find("'pick': " .. case[2], 1, true), message)
    end
  end
  -- What is computed is not looked at, and does not come out as a number that looks right.
  local broken = nj.tensor { { 0, 1 }, { 1, 0 } } * nj.tensor { { 0 / 0, 1 }, { 1, 1 } }
  t.equal(values:pick(broken):isnan():totable(), { true, false })
end)

test("soft labels pick in the type of what they pick from", function(t)
  for _, rows in ipairs { "float32", "float64" } do
    for _, labels in ipairs { "float32", "float64" } do
      local picked = nj.tensor({ { 1, 2 }, { -math.huge, 4 }, { 5, 6 } }, { dtype = rows })
        :pick(nj.tensor({ { 0.25, 0.75 }, { 0, 1 }, { 0, 0 } }, { dtype = labels }))
      t.equal(picked:dtype(), rows)
      t.equal(picked:totable(), { 1.75, 4, 0 })
    end
  end
end)

test("losses weighted by class train on soft labels, and the weights are those of the labels", function(t)
  local inputs = nj.randn({ 6, 2 }, { seed = 3 })
  local soft = nj.tensor { { 1, 0 }, { 0, 1 }, { 1, 0 }, { 0, 1 }, { 1, 0 }, { 0, 1 } }
  local hard = int { 1, 2, 1, 2, 1, 2 }
  local function trained(labels, weights)
    local model = nj.nn.linear(2, 2)
    nj.trainer { model = model, loss = nj.weighted(nj.losses.cce {}, weights), optimizer = nj.optim.sgd {},
      learning_rate = 0.5, batch_size = 2, accumulate = 2, seed = 4,
    }:fit(nj.data.from_tensors { inputs = inputs, labels = labels, classes = 2 }, { epochs = 2 })
    return model:state().weight:totable()
  end
  for _, normalize in ipairs { false, true } do
    local weights = { classes = { 0, 3 }, normalize = normalize }
    local expected = trained(hard, weights)
    for i, row in ipairs(trained(soft, weights)) do
      t.near(row[1], expected[i][1], 1e-6)
      t.near(row[2], expected[i][2], 1e-6)
    end
  end
end)

test("-1 keeps an extent in expand, and nothing else", function(t)
  t.equal(nj.ones(2, 1):expand(-1, 3):shape(), { 2, 3 })
  t.equal(nj.ones(2, 1):expand(4, -1, 1):shape(), { 4, 2, 1 })
  t.equal(nj.ones(2, 1):expand({ 4, -1, -1 }):shape(), { 4, 2, 1 })
  local message = message_of(function() return nj.ones(2, 1):expand(-1, 2, 3) end)
  local expected = "'expand': -1 keeps an extent, and (2, 1) has none that becomes dimension 1 of 3"
  t.ok(message:find(expected, 1, true), message)
  t.ok(message_of(function() return nj.ones(2, 1):expand(-2, 3) end):find("cannot be negative", 1, true))
end)

test("logaddexp and xlogy take numbers", function(t)
  t.equal(nj.tensor({ 0, 1 }):xlogy(1):totable(), { 0, 0 })
  t.near(nj.tensor({ 2 }):xlogy(3):item(), 2 * math.log(3), 1e-6)
  t.near(nj.tensor({ 2 }):logaddexp(1):item(), math.log(math.exp(2) + math.exp(1)), 1e-6)
  t.equal(nj.tensor({ 0, 0, 0 }):xlogy(nj.tensor { -1, math.huge, 0 }):totable(), { 0, 0, 0 })
  t.equal(nj.tensor({ 0 }):xlogy(nj.tensor { 0 / 0 }):isnan():totable(), { true })
end)
