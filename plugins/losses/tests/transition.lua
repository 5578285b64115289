-- forward and backward: the matrix in every form it can be given, and the identities of the paper.
local nj = require "nightjar"
local test = require "nightjar.test"

local logits = nj.randn({ 16, 3 }, { seed = 9, name = "logits", dtype = "float64" }) * 2
local labels = ((nj.rand({ 16 }, { seed = 9, name = "labels" }) * 3):floor() + 1):int()
local skew = { { 0.7, 0.2, 0.1 }, { 0.05, 0.9, 0.05 }, { 0.3, 0.3, 0.4 } }
local identity = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }

local function distance(a, b)
  return (a - b):abs():max():item()
end

test("with the identity both are cross-entropy, also where probabilities vanish", function(t)
  for _, name in ipairs { "forward", "backward" } do
    local loss = nj.losses[name] { matrix = identity }
    for _, scale in ipairs { 1, 1000 } do
      t.ok(distance(loss(logits * scale, labels), nj.losses.cce {}(logits * scale, labels)) < 1e-9, name)
    end
  end
end)

test("forward is -log of the prediction times the matrix", function(t)
  local mixed = logits:softmax():matmul(nj.tensor(skew, { dtype = "float64" }))
  t.ok(distance(nj.losses.forward { matrix = skew }(logits, labels), -mixed:pick(labels):log()) < 1e-12)
end)

test("backward averages to the cross-entropy of the true label", function(t)
  local loss = nj.losses.backward { matrix = skew }
  for truth = 1, 3 do
    local mean = 0
    for given = 1, 3 do
      mean = mean + skew[truth][given] * loss(logits, nj.full({ 16 }, given, { dtype = "int32" }))
    end
    t.ok(distance(mean, nj.losses.cce {}(logits, nj.full({ 16 }, truth, { dtype = "int32" }))) < 1e-9)
  end
end)

test("a table, a tensor, a model of noise and a rate say the same", function(t)
  local noise = nj.noise.uniform { rate = 0.3 }
  local rows = noise:matrix(3)
  for _, name in ipairs { "forward", "backward" } do
    local expected = nj.losses[name] { matrix = rows }(logits, labels)
    local tensor = nj.tensor(rows, { dtype = "float64" })
    for _, given in ipairs { { matrix = tensor }, { matrix = noise }, { rate = 0.3 } } do
      t.ok(distance(nj.losses[name](given)(logits, labels), expected) < 1e-12, name)
    end
  end
end)

test("one object serves several dtypes and numbers of classes", function(t)
  local loss = nj.losses.forward { rate = 0.2 }
  t.near(loss(logits:float(), labels), loss(logits, labels):totable(), 1e-5)
  local wide = nj.zeros({ 16, 7 }, { dtype = "float64" })
  t.near(loss(wide, labels), nj.full({ 16 }, math.log(7), { dtype = "float64" }):totable(), 1e-12)
end)

test("what does not make a matrix is said", function(t)
  local function message(name, given)
    return select(2, pcall(function() return nj.losses[name](given)(logits, labels) end))
  end
  local needs = "loss 'forward' needs either 'matrix' or 'rate', for example nj.losses.forward { rate = 0.4 }"
  t.equal(message("forward", {}), needs)
  t.equal(message("forward", { rate = 0.4, matrix = skew }), needs)
  local row = { 1 / 3, 1 / 3, 1 / 3 }
  t.equal(message("backward", { matrix = { row, row, row } }),
    "loss 'backward': the matrix has no inverse (its columns depend on each other); use 'forward'")
  t.error_with(function() return nj.losses.forward { matrix = { { 1, 0 }, { 0, 1 } } }(logits, labels) end,
    "loss 'forward' needs a matrix with 3 rows, got 2")
  t.error_with(function()
    return nj.losses.forward { matrix = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0.5, 0 } } }(logits, labels)
  end, "loss 'forward': row 3 sums to 0.5, not to 1")
end)
