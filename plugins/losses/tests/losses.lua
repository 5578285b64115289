-- Values made independently in float64, gradients against finite differences, and logits that are out of all bounds.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data.golden"

local logits = nj.tensor(golden.logits, { dtype = "float64" })
local labels = nj.tensor(golden.labels, { dtype = "int32" })

local cases = table.move(golden.cases, 1, #golden.cases, 1, {})
-- Without golden values.
cases[#cases + 1] = { "logit_mse", { k = 3, m = 2 } }
cases[#cases + 1] = { "bitempered", { t1 = 0.2, t2 = 4 } }
cases[#cases + 1] = { "ls", { r = -0.4 } }
cases[#cases + 1] = { "apl", { active = "ngce", passive = "mae", alpha = 2, beta = 0.5 } }
cases[#cases + 1] = { "nlnl", {} }

local evaluation = { training = false }

local function title(case)
  local texts = {}
  for name, value in pairs(case[2]) do
    texts[#texts + 1] = name .. " = " .. tostring(value)
  end
  table.sort(texts)
  return case[1] .. " { " .. table.concat(texts, ", ") .. " }"
end

for _, case in ipairs(cases) do
  local loss = nj.losses[case[1]](case[2])

  if case[3] then
    test(title(case) .. " has the golden values", function(t)
      t.near(loss(logits, labels), case[3], 1e-9)
    end)
  end

  if not case[2].detach then
    test(title(case) .. " has the gradient that differences show", function(t)
      -- Softer logits: at 10 and -10 differences lose their digits.
      local start = logits * 0.3 + 0.01 * nj.arange(16, { dtype = "float64" }):reshape(4, 4)
      local good, report = nj.gradcheck(function(z)
        return loss(z, labels, evaluation)
      end, start, { tolerance = 1e-8, raise = false })
      t.ok(good, ("off by %g at (%s)"):format(report.error, table.concat(report.position, ", ")))
      t.equal(report.checked, 16)
    end)
  end

  if not case[2].detach then
    test(title(case) .. " has the second derivatives that differences show", function(t)
      local start = nj.randn({ 4, 4 }, { seed = 3, dtype = "float64" })
      local good, report = nj.gradcheck(function(z)
        return loss(z, labels, evaluation)
      end, start, { order = 2, tolerance = 1e-8, raise = false })
      t.ok(good, ("off by %g at (%s)"):format(report.error, table.concat(report.position, ", ")))
    end)
  end

  for _, dtype in ipairs { "float32", "float64" } do
    test(title(case) .. " is finite at logits of 1e4 in " .. dtype, function(t)
      local extreme = nj.tensor({
        { 1e4, -1e4, 0, 0 }, { -1e4, 1e4, 1e4, 0 }, { 1e4, 1e4, 1e4, 1e4 }, { -1e4, -1e4, -1e4, -1e4 },
        { 1e4, 0, 0, 0 }, { -1e4, 0, 0, 0 },
      }, { dtype = dtype })
      for class = 1, 4 do
        local given = nj.full({ 6 }, class, { dtype = "int32" })
        local value, gradient = nj.value_and_grad(function(z) return loss(z, given):mean() end, extreme)
        t.ok(value:isfinite():item(), "the value for label " .. class .. " is " .. tostring(value))
        t.ok(gradient:isfinite():all():item(), "the gradient for label " .. class .. " is " .. tostring(gradient))
      end
    end)
  end
end

test("focal and nfl with detach hold the factor fixed in the gradient", function(t)
  local start = logits * 0.3
  local plain = nj.losses.focal { gamma = 2 }
  local detached = nj.losses.focal { gamma = 2, detach = true }
  local p = start:softmax():pick(labels)
  local _, gradient = nj.value_and_grad(function(z) return detached(z, labels):sum() end, start)
  -- With the factor fixed, the gradient is that of cross-entropy times the factor.
  local _, ce = nj.value_and_grad(function(z) return nj.losses.cce {}(z, labels):sum() end, start)
  t.near(gradient, (ce * ((1 - p) ^ 2):unsqueeze(-1)):totable(), 1e-12)
  local _, other = nj.value_and_grad(function(z) return plain(z, labels):sum() end, start)
  t.ok((gradient - other):abs():max():item() > 0.05)
  local fixed = nj.losses.nfl { detach = true }
  local _, a = nj.value_and_grad(function(z) return fixed(z, labels):sum() end, start)
  local _, b = nj.value_and_grad(function(z) return nj.losses.nfl {}(z, labels):sum() end, start)
  t.ok((a - b):abs():max():item() > 1e-3)
end)
