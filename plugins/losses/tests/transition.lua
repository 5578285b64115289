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

-- What the making of a loss, or its first batch, says, without the line of this file.
local function message(name, given)
  local fine, text = pcall(function() return nj.losses[name](given)(logits, labels) end)
  return not fine and text:match("^plugins/losses/tests/transition.lua:%d+: (.*)$") or text
end

test("what does not make a matrix is said at the script's line", function(t)
  local needs = "loss 'forward': it needs either 'matrix' or 'rate', for example nj.losses.forward { rate = 0.4 }"
  t.equal(message("forward", {}), needs)
  t.equal(message("forward", { rate = 0.4, matrix = skew }), needs)
  local cases = {
    { { { 1, 0 }, { 0, 1 } }, "the matrix must have 3 rows, got 2" },
    { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0.5, 0 } }, "row 3 sums to 0.5, not to 1" },
    { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1, 0 } }, "row 3 must have 3 entries, got 4" },
    { { { 1, 0, 0 }, { 0, "1", 0 }, { 0, 0, 1 } }, "entry [2][2] is \"1\": a probability is a number from 0 to 1" },
    { { { 1, 0, 0 }, { 0, 0 / 0, 0 }, { 0, 0, 1 } }, "entry [2][2] is nan: a probability is a number from 0 to 1" },
    { { { 1, 0, 0 }, { 0, 1.5, -0.5 }, { 0, 0, 1 } }, "entry [2][2] is 1.5: a probability is a number from 0 to 1" },
    { { { 1, 0, 0 }, { 0, {}, 1 }, { 0, 0, 1 } }, "entry [2][2] is a table: a probability is a number from 0 to 1" },
    { { { 1, 0, 0 }, "row", { 0, 0, 1 } }, "row 2 must be a list of 3 probabilities, got \"row\"" },
    { {}, "the matrix needs a row for each of at least 2 classes, got 0" },
    { "uniform",
      "the matrix must be a table of rows, a tensor or a noise model that knows its matrix, got \"uniform\"" },
    { nj.ones(2, 3), "the matrix must have shape (2, 2), got (2, 3)" },
    { nj.ones(3), "the matrix must have shape (3, 3), got (3)" },
    { nj.ones(1, 2) / 2, "the matrix must have shape (2, 2), got (1, 2)" },
    { nj.full({ 3, 3 }, 0.5), "row 1 sums to 1.5, not to 1" },
  }
  for _, name in ipairs { "forward", "backward" } do
    for _, case in ipairs(cases) do
      t.equal(message(name, { matrix = case[1] }), "loss '" .. name .. "': " .. case[2])
    end
    t.equal(message(name, { matrix = { { 1, 0, 0 }, { 0, nil, 1 }, { 0, 0, 1 } } }),
      "parameter 'matrix' of loss '" .. name .. "' has a hole: entry [2][2] is nil")
    t.equal(message(name, { matrix = { { 1, 0, 0 }, nil, { 0, 0, 1 } } }),
      "parameter 'matrix' of loss '" .. name .. "' has a hole: entry [2] is nil")
  end
end)

test("a matrix without an inverse is refused where it is inverted", function(t)
  local singular = "loss 'backward': the matrix has no inverse: its rows depend on each other (the loss 'forward' "
    .. "needs none)"
  local row = { 1 / 3, 1 / 3, 1 / 3 }
  t.equal(message("backward", { matrix = { row, row, row } }), singular)
  t.equal(message("backward", { matrix = nj.full({ 3, 3 }, 1 / 3) }), singular)
  t.equal(message("backward", { rate = 2 / 3 }), singular)
  -- Rounding hides that the third row is the mean of the others, and so does float32.
  local nearly = { { 0.7, 0.2, 0.1 }, { 0.1, 0.2, 0.7 }, { 0.4, 0.2, 0.4 } }
  t.equal(message("backward", { matrix = nearly }), singular)
  t.equal(message("backward", { matrix = nj.tensor(nearly) }), singular)
  for _, count in ipairs { 2, 10, 100 } do
    local fine, text = pcall(function()
      return nj.losses.backward { rate = (count - 1) / count }(nj.zeros(1, count), nj.tensor { 1 })
    end)
    t.ok(not fine and text:find(singular, 1, true), "K = " .. count)
  end
  t.ok(nj.losses.forward { matrix = { row, row, row } }(logits, labels):isfinite():all():item())
end)

test("rows that float32 rounds are rows, as a tensor and as a table", function(t)
  for _, count in ipairs { 3, 10, 1000 } do
    local rows = nj.randn({ count, count }, { seed = 3, name = "rows" }) + 3 * nj.eye(count)
    local given = rows:softmax()
    local z, y = nj.zeros(1, count), nj.tensor { 1 }
    local expected = nj.losses.forward { matrix = given } (z, y):item()
    t.near(nj.losses.forward { matrix = given:totable() } (z, y), { expected }, 1e-6)
    t.ok(nj.losses.backward { matrix = given } (z, y):isfinite():item())
    t.near(nj.noise.class_conditional { transition = given }:matrix(count)[1], given:totable()[1], 1e-7)
  end
end)
