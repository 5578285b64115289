-- What the formulas promise: sums over labels, bounds, limits, and no class that is special.
local nj = require "nightjar"
local test = require "nightjar.test"

local rows, classes = 64, 5
local logits = nj.randn({ rows, classes }, { seed = 3, name = "logits", dtype = "float64" }) * 3
local labels = ((nj.rand({ rows }, { seed = 3, name = "labels" }) * classes):floor() + 1):int()

local function sum_over_labels(loss)
  local total = 0
  for class = 1, classes do
    total = total + loss(logits, nj.full({ rows }, class, { dtype = "int32" }))
  end
  return total
end

local function spread(t)
  return t:max():item() - t:min():item()
end

local function distance(a, b)
  return (a - b):abs():max():item()
end

local all = {
  "cce", "mse", "nmse", "mae", "rll", "unhinged", "nmae", "gce", "tgce", "rce", "sce", "focal", "nce", "nfl", "ngce",
  "apl", "agce", "aul", "ael", "taylor", "phuber_ce", "phuber_gce", "boot_soft", "boot_hard", "ls", "js", "bitempered",
  "logit_mse",
}

local symmetric = {
  { "nmse", {}, 1 }, { "mae", {}, 2 * (classes - 1) }, { "unhinged", {}, classes - 1 }, { "nmae", {}, 1 },
  { "rll", { alpha = 0.01 }, classes * math.log(1.01 / 0.01) },
  { "rll", { alpha = 0.45 }, classes * math.log(1.45 / 0.45) },
  { "rce", {}, -math.log(1e-4) * (classes - 1) }, { "rce", { log_zero = -4 }, 4 * (classes - 1) },
  { "nce", {}, 1 }, { "nfl", {}, 1 }, { "nfl", { gamma = 2 }, 1 }, { "ngce", {}, 1 }, { "ngce", { q = 0.2 }, 1 },
  { "apl", { passive = "unhinged", alpha = 2, beta = 3 }, 2 + 3 * (classes - 1) },
  { "taylor", { terms = 1 }, classes - 1 },
}
for _, case in ipairs(symmetric) do
  test(case[1] .. " sums to the same constant over labels at every prediction", function(t)
    local expected = nj.full({ rows }, case[3], { dtype = "float64" })
    t.near(sum_over_labels(nj.losses[case[1]](case[2])), expected:totable(), 1e-9)
  end)
end

test("the other losses are not symmetric", function(t)
  for _, name in ipairs { "cce", "mse", "gce", "tgce", "sce", "focal", "agce", "aul", "ael", "taylor", "phuber_ce",
    "phuber_gce", "boot_soft", "boot_hard", "ls", "js", "bitempered", "logit_mse" } do
    t.ok(spread(sum_over_labels(nj.losses[name] {})) > 1e-2, name .. " has a constant sum over labels")
  end
end)

test("the sum over labels of gce lies between its bounds", function(t)
  local q = 0.7
  local sums = sum_over_labels(nj.losses.gce { q = q })
  t.ok(sums:min():item() >= (classes - classes ^ (1 - q)) / q - 1e-12)
  t.ok(sums:max():item() <= (classes - 1) / q + 1e-12)
end)

test("bounded losses stay in their ranges", function(t)
  local ranges = {
    { "mse", {}, 0, 2 },
    { "nmse", {}, 0, classes / (classes * classes - 2 * classes + 2) },
    { "mae", {}, 0, 2 }, { "unhinged", {}, 0, 1 },
    { "nmae", {}, 0, 1 / (classes - 1) },
    { "rll", { alpha = 0.1 }, 0, math.log(1.1 * (0.1 + 1 / (classes - 1)) / 0.01) },
    { "gce", {}, 0, 1 / 0.7 }, { "tgce", {}, 0, (1 - 0.5 ^ 0.7) / 0.7 }, { "rce", {}, 0, -math.log(1e-4) },
    { "nce", {}, 0, 1 }, { "nfl", {}, 0, 1 }, { "ngce", {}, 0, 1 }, { "ael", {}, math.exp(-1 / 2.5), 1 },
    { "taylor", {}, 0, 1.5 }, { "bitempered", { t1 = 0.5 }, 0, 1 / 0.5 + 0.5 }, { "cce", {}, 0, math.huge },
    { "focal", {}, 0, math.huge }, { "phuber_ce", {}, 0, 1 + math.log(2) }, { "js", {}, 0, math.huge },
  }
  for _, case in ipairs(ranges) do
    local values = nj.losses[case[1]](case[2])(logits * 4, labels)
    t.ok(values:min():item() >= case[3] - 1e-12 and values:max():item() <= case[4] + 1e-12,
      case[1] .. " goes from " .. values:min():item() .. " to " .. values:max():item())
  end
end)

test("a perfect prediction costs nothing", function(t)
  local sure = nj.tensor({ { 60, 0, 0, 0 } }, { dtype = "float64" })
  local one = nj.tensor({ 1 }, { dtype = "int32" })
  for _, name in ipairs { "cce", "mse", "nmse", "mae", "rll", "unhinged", "nmae", "gce", "tgce", "rce", "sce", "focal",
    "nce", "nfl", "ngce", "apl", "agce", "aul", "taylor", "phuber_ce", "phuber_gce", "boot_soft", "boot_hard", "js" } do
    t.near(nj.losses[name] {}(sure, one), { 0 }, 1e-12)
  end
  t.near(nj.losses.ael { a = 2 }(sure, one), { math.exp(-0.5) }, 1e-12)
  t.near(nj.losses.logit_mse { m = 60, k = 2 }(sure, one), { 0 }, 1e-12)
end)

test("losses become others at the ends of their parameters", function(t)
  local function value(name, given)
    return nj.losses[name](given)(logits, labels)
  end
  local ce, unhinged = value("cce", {}), value("unhinged", {})
  local limits = {
    { value("gce", { q = 1 }), unhinged, 1e-12 }, { value("gce", { q = 1e-6 }), ce, 1e-4 },
    { value("taylor", { terms = 1 }), unhinged, 1e-12 }, { value("focal", { gamma = 0 }), ce, 1e-12 },
    { value("nfl", { gamma = 0 }), value("nce", {}), 1e-12 }, { value("bitempered", { t1 = 1, t2 = 1 }), ce, 1e-12 },
    { value("bitempered", { t1 = 1 - 1e-7, t2 = 1 + 1e-7 }), ce, 1e-4 },
    -- As slowly as 1 / log(1 - w).
    { value("js", { w = 1 - 1e-6 }), unhinged, 1 / math.log(1e6) }, { value("ls", { r = 0 }), ce, 1e-12 },
    { value("boot_soft", { beta = 1 }), ce, 1e-12 }, { value("boot_hard", { beta = 1 }), ce, 1e-12 },
    { value("agce", { a = 3, q = 1 }), unhinged, 1e-12 }, { value("aul", { a = 3, q = 1 }), unhinged, 1e-12 },
    { value("sce", { alpha = 1, beta = 0 }), ce, 1e-12 }, { value("phuber_ce", { tau = 1 }), unhinged, 1e-12 },
    { value("phuber_ce", { tau = 1e8 }), ce, 1e-12 }, { value("tgce", { k = 1e-12 }), value("gce", {}), 1e-6 },
    { value("nmae", {}), value("mae", {}) / (2 * (classes - 1)), 1e-12 },
    { value("apl", { active = "nfl", passive = "mae", alpha = 0.5, beta = 2 }),
      0.5 * value("nfl", {}) + 2 * value("mae", {}), 1e-12 },
  }
  for i, case in ipairs(limits) do
    t.ok(distance(case[1], case[2]) <= case[3], "limit " .. i .. " is off by " .. distance(case[1], case[2]))
  end
  -- These need a label that is not improbable: js differs where p_y is not far above w.
  local soft = logits * 0.1
  t.ok(distance(nj.losses.js { w = 1e-6 }(soft, labels), nj.losses.cce {}(soft, labels)) < 1e-4)
  -- The series of -log p at p_y above one half, where it converges fast.
  local near = logits * 0.1 + 3 * nj.one_hot(labels, classes, { dtype = "float64" })
  t.ok(distance(nj.losses.taylor { terms = 100 }(near, labels), nj.losses.cce {}(near, labels)) < 1e-9)
end)

test("the tempered softmax sums to one, also for many classes and high temperatures", function(t)
  -- At t1 = 1 the loss is sum of p - 1 - log p_y: the sum over labels of exp(-loss) is 1 where p sums to 1.
  for _, temperature in ipairs { 1.0001, 1.2, 1.6, 2, 4 } do
    local wide = nj.randn({ 8, 300 }, { seed = 5, dtype = "float64" }) * 20
    local loss, total = nj.losses.bitempered { t1 = 1, t2 = temperature }, 0
    for class = 1, 300 do
      total = total + (-loss(wide, nj.full({ 8 }, class, { dtype = "int32" }))):exp()
    end
    t.near(total, { 1, 1, 1, 1, 1, 1, 1, 1 }, 1e-9)
  end
end)

test("no class is special: classes in another order give the same values", function(t)
  local order = { 3, 5, 1, 4, 2 }
  local columns, place = {}, {}
  for i, class in ipairs(order) do
    columns[i] = logits:narrow(2, class, 1)
    place[class] = i
  end
  local moved, renamed = nj.cat(columns, 2), {}
  for i, label in ipairs(labels:totable()) do
    renamed[i] = place[label]
  end
  for _, name in ipairs(all) do
    local loss = nj.losses[name] {}
    t.ok(distance(loss(moved, nj.tensor(renamed, { dtype = "int32" })), loss(logits, labels)) < 1e-12, name)
  end
end)

test("logit_mse is the weighted square written out", function(t)
  local z = nj.tensor({ { 1, -2, 3 } }, { dtype = "float64" })
  t.near(nj.losses.logit_mse { k = 5, m = 4 }(z, nj.tensor({ 3 }, { dtype = "int32" })), { 5 * 1 + 1 + 4 }, 1e-12)
end)

test("nlnl draws every class but the label, and its mean is what an evaluation pass gets", function(t)
  local draws = 4000
  local z = nj.tensor({ { 1, -1, 0.5, 0 } }, { dtype = "float64" })
  local many, label = z:expand(draws, 4), nj.full({ draws }, 3, { dtype = "int32" })
  local loss, p = nj.losses.nlnl {}, z:softmax():totable()[1]
  local seen, total = {}, 0
  for _, value in ipairs(loss(many, label, { training = true }):totable()) do
    for class = 1, 4 do
      if math.abs(value + math.log(1 - p[class])) < 1e-12 then
        seen[class] = (seen[class] or 0) + 1
      end
    end
    total = total + value
  end
  t.equal(seen[3], nil)
  for _, class in ipairs { 1, 2, 4 } do
    t.ok(math.abs(seen[class] - draws / 3) < 6 * math.sqrt(draws * 2 / 9), "class " .. class .. " came " .. seen[class])
  end
  local mean = loss(z, nj.tensor({ 3 }, { dtype = "int32" }), { training = false }):item()
  t.near(mean, -(math.log(1 - p[1]) + math.log(1 - p[2]) + math.log(1 - p[4])) / 3, 1e-12)
  t.near(total / draws, mean, 0.02)
end)
