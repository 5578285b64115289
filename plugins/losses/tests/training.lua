-- Whole trainings on labels of every kind: against PyTorch's, and on labels left out against the rest alone.
local nj = require "nightjar"
local test = require "nightjar.test"
local golden = require "data.training_golden"

local function tensor(values, dtype)
  return nj.tensor(values, { dtype = dtype })
end

local inputs, pictures = tensor(golden.inputs), tensor(golden.pictures)
local classes = #golden.bias

local function set(x, labels, fields)
  local given = { inputs = x, labels = labels, classes = classes }
  for name, value in pairs(fields or {}) do
    given[name] = value
  end
  return nj.data.from_tensors(given)
end

local none = { ignore = 0 }
local kinds = {
  classes = { set(inputs, tensor(golden.labels, "int32")), "cce" },
  left_out = { set(inputs, tensor(golden.some, "int32"), none), "cce" },
  soft = { set(inputs, tensor(golden.soft, "float64")), "cce" },
  soft_left_out = { set(inputs, tensor(golden.soft_some, "float64"), none), "cce" },
  dense = { set(pictures, tensor(golden.dense, "int32"), none), "cce" },
  dense_soft = { set(pictures, tensor(golden.dense_soft, "float64")), "cce" },
  several = { set(inputs, tensor(golden.several, "int32"), { kind = "binary", ignore = 9 }), "bce" },
  one = { set(inputs, tensor(golden.one, "int32"), { kind = "binary" }), "bce", columns = 1 },
}

-- A linear model with the weights that PyTorch starts from: of single pixels for pictures.
local function model_for(case)
  local columns = case.columns or classes
  local weight = tensor(golden.weight, "float64"):narrow(2, 1, columns)
  local layer
  if case[1]:inputs():rank() == 2 then
    layer = nj.nn.linear(weight:size(1), columns, { dtype = "float64" })
  else
    layer = nj.nn.conv2d(weight:size(1), columns, 1, { dtype = "float64" })
    weight = weight:reshape(1, 1, weight:size(1), columns)
  end
  layer:initialize(1)
  layer:load { weight = weight, bias = tensor(golden.bias, "float64"):narrow(1, 1, columns) }
  return layer
end

local function fit(case, fields, loss)
  local given = { model = model_for(case), loss = loss or nj.losses[case[2]] {}, optimizer = nj.optim.sgd {},
    learning_rate = golden.rate, batch_size = 64 }
  for name, value in pairs(fields or {}) do
    given[name] = value
  end
  local records, ending = nj.trainer(given):fit(case[1], { epochs = golden.epochs, test = case[1] })
  return records, given.model, ending
end

local ways = {
  ["in one batch"] = {},
  ["in parts"] = { batch_size = 3, accumulate = 4, evaluation_batch_size = 4 },
  ["one sample at a time"] = { batch_size = 1, accumulate = 10, evaluation_batch_size = 1 },
}

for name, expected in pairs(golden.runs) do
  for way, fields in pairs(ways) do
    for _, eager in ipairs { false, true } do
      local title = ("training on labels that are %s %s%s is PyTorch's"):format(name, way, eager and ", eager" or "")
      test(title, function(t)
        nj.eager(eager)
        local restore <close> = setmetatable({}, { __close = function() nj.eager(false) end }) -- luacheck: ignore
        local records, model = fit(kinds[name], fields)
        for i, value in ipairs(expected.losses) do
          t.near(records[i].train_loss_running, value, 1e-12)
        end
        t.near(records[#records].loss, expected.after, 1e-12)
        local state = model:state()
        t.near(state.weight:reshape(#golden.inputs[1], #expected.bias), expected.weight, 1e-12)
        t.near(state.bias, expected.bias, 1e-12)
      end)
    end
  end
end

-- ---- What is left out is as if it were not there --------------------------------------------------------------------

local some = tensor(golden.some, "int32")
local at = some:ne(0):nonzero()
local rest = set(inputs:index(1, at):copy(), some:index(1, at):copy())
-- Given to a data set that has true labels for all.
local hidden = set(inputs, tensor(golden.labels, "int32")):with_labels(some, none)

local measured = { "train_loss_running", "j1_running", "loss", "j1", "test_accuracy" }

for name, definition in pairs(nj.losses) do
  local needs = definition.needs or {}
  if definition.labels ~= "binary" and not needs.draws and not needs.views and not needs.outputs
    and name ~= "nlnl" then
    test("trained on labels of which some are left out, " .. name .. " is what it is on the rest", function(t)
      local parts = definition.reduction ~= "batch" and name ~= "cores2"
      for way, fields in pairs(parts and ways or { ["in one batch"] = {} }) do
        local a, one = fit({ kinds.left_out[1] }, fields, definition(definition.example))
        local b, two = fit({ rest }, { batch_size = 64 }, definition(definition.example))
        local c, three = fit({ hidden }, fields, definition(definition.example))
        for epoch = 1, #b do
          for _, column in ipairs(measured) do
            t.near(a[epoch][column], b[epoch][column], 1e-9, way .. ", " .. column)
          end
          t.near(c[epoch].loss, b[epoch].loss, 1e-9, way)
        end
        t.near(one:state().weight, two:state().weight:totable(), 1e-9, way)
        t.near(three:state().weight, two:state().weight:totable(), 1e-9, way)
      end
    end)
  end
end

test("a class that the loss leaves out is left out of training and of metrics", function(t)
  local all, without = tensor(golden.labels, "int32"), 2
  local others = all:ne(without):nonzero()
  local a = fit({ set(inputs, all) }, {}, nj.losses.gce { ignore = without })
  local b = fit({ set(inputs:index(1, others):copy(), all:index(1, others):copy()) }, {}, nj.losses.gce {})
  for epoch = 1, #b do
    for _, column in ipairs(measured) do
      t.near(a[epoch][column], b[epoch][column], 1e-9, column)
    end
  end
end)

test("weights are brought to a mean of 1 over the labels that are not left out", function(t)
  local by_class = { classes = { 1, 3, 7 }, normalize = true }
  local by_sample = { samples = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, normalize = true }
  local own = {}
  for i, position in ipairs(at:totable()) do
    own[i] = position
  end
  for _, fields in pairs(ways) do
    local a = fit({ kinds.left_out[1] }, fields, nj.weighted(nj.losses.cce {}, by_class))
    local b = fit({ rest }, {}, nj.weighted(nj.losses.cce {}, by_class))
    t.near(a[#a].loss, b[#b].loss, 1e-9)
    a = fit({ kinds.left_out[1] }, fields, nj.weighted(nj.losses.cce {}, by_sample))
    b = fit({ rest }, {}, nj.weighted(nj.losses.cce {}, { samples = own, normalize = true }))
    t.near(a[#a].loss, b[#b].loss, 1e-9)
    for _, kind in ipairs { "soft_left_out", "dense", "several" } do
      local weigh = kind == "several" and by_sample or by_class
      local case = kinds[kind]
      a = fit(case, fields, nj.weighted(nj.losses[case[2]] {}, weigh))
      b = fit(case, {}, nj.weighted(nj.losses[case[2]] {}, weigh))
      t.near(a[#a].loss, b[#b].loss, 1e-9, kind)
    end
  end
end)

test("a step whose labels are all left out changes nothing, momentum and running statistics included", function(t)
  local labels = tensor { 1, 0, 2, 0, 3, 0 }:int()
  local data = set(nj.randn({ 6, 5 }, { seed = 3 }), labels, none)
  local model = nj.nn.sequential { nj.nn.linear(5, 4), nj.nn.batch_norm(4), nj.nn.linear(4, classes) }
  local steps, before = {}, nil
  nj.trainer {
    model = model, loss = nj.losses.cce {}, optimizer = nj.optim.adam {}, learning_rate = 0.1, batch_size = 2,
    on_step = function(step)
      local now = model:state()
      local moved = 0
      for path, value in pairs(before or {}) do
        moved = moved + (now[path] - value):abs():sum():item()
      end
      steps[#steps + 1] = { loss = step.loss, moved = moved, known = before ~= nil }
      before = now
    end,
  }:fit(data:first(6), { epochs = 12 })
  local still = 0
  for _, step in ipairs(steps) do
    if step.known and step.loss == 0 then
      t.equal(step.moved, 0)
      still = still + 1
    elseif step.known then
      t.ok(step.moved > 0)
    end
  end
  t.ok(still > 0)
end)

test("a data set whose labels are all left out is refused", function(t)
  t.error_with(function() fit { set(inputs, nj.zeros({ 10 }, { dtype = "int32" }), none), "cce" } end,
    "data set 'tensors' has no label to train on: all 10 are left out")
end)
