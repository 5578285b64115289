-- Memorization and influence against loops in NumPy (data/golden.py), and the road from models to scores.
local nj = require "nightjar"
local test = require "nightjar.test"
local counts = require "../counts.lua"
local golden = require "data/golden.lua"
local identity = require "../identity.lua"

local function double(values)
  return nj.tensor(values, { dtype = "float64" })
end

-- Numbers within a tolerance, where false stands for nan.
local function near(t, values, expected)
  for i, value in ipairs(values) do
    if type(value) == "table" then
      near(t, value, expected[i])
    elseif expected[i] == false then
      t.ok(value ~= value, "nan at " .. i)
    else
      t.near(value, expected[i], 1e-12)
    end
  end
  t.equal(#values, #expected)
end

local function digits(count)
  local data = nj.data.load("digits").train:first(count)
  return data:with_labels(nj.noise.uniform { rate = 0.2, count = "exact" }, { seed = 1 })
end

-- What is kept of so many models that were trained for a moment.
local function witnesses(train, test_set, number, share)
  local parts, list = nj.estimators.subsampling { share = share or 0.5 }, {}
  for i = 1, number do
    local members = parts:members(#train, i)
    local model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10 }
    local set = nj.data.from_tensors { inputs = train:inputs():index(1, members):copy(), classes = 10,
      labels = train:labels():index(1, members):copy() }
    nj.trainer { model = model, loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 },
      learning_rate = 0.1, batch_size = 16, seed = i, ledger = false }:fit(set, { epochs = 8 })
    list[i] = parts:witness(model, train, members, test_set)
  end
  return list
end

test("memorization, its standard error and consistency are those of loops", function(t)
  local result = counts.memorization(double(golden.members), double(golden.right), 5)
  near(t, result.memorization:totable(), golden.memorization)
  near(t, result.memorization_error:totable(), golden.error)
  near(t, result.consistency:totable(), golden.consistency)
  t.equal(result.n_in + result.n_out, { 14, 14, 14, 14, 14, 14, 14, 14, 14 })
end)

test("the largest influences are those of loops, in blocks of any size", function(t)
  for _, block in ipairs { 1, 2, 5, 100 } do
    local result = counts.influence(double(golden.members), double(golden.right_test), 5, 3, block)
    near(t, result.influence:totable(), golden.best)
    -- Equal influences may stand in any order: each is that of the sample that is named.
    local values, errors = result.influence:totable(), result.influence_error:totable()
    for j, row in ipairs(result.influence_of:totable()) do
      for place, i in ipairs(row) do
        t.near(values[j][place], golden.influence[j][i + 1], 1e-12)
        t.near(errors[j][place], golden.influence_error[j][i + 1], 1e-12)
      end
    end
  end
end)

test("a data set's hash depends on inputs and given labels, and is NumPy's", function(t)
  local data = nj.data.load("digits").train
  t.equal(identity.hex(identity.of(data)), "87473cddd658cce5b66c272bb9fc034d6127ca0d57cae31df81714a43f2040ab")
  t.ok(identity.hex(identity.of(data:first(20))) ~= identity.hex(identity.of(data:first(21))))
  t.ok(identity.hex(identity.of(digits(20))) ~= identity.hex(identity.of(data:first(20))))
end)

test("a part has its share of the samples, the same for its number", function(t)
  local parts = nj.estimators.subsampling { share = 0.7, seed = 3 }
  local first = parts:members(50, 1)
  t.equal(first:numel(), 35)
  t.equal(parts:members(50, 1), first)
  t.ok(not parts:members(50, 2):eq(first):all():item(), "another number")
  t.ok(first:min():item() >= 1 and first:max():item() <= 50 and first:unique():numel() == 35)
  t.error_with(function() nj.estimators.subsampling { share = 0.01 }:members(10, 1) end,
    "estimator 'subsampling': a share of 0.01 of 10 samples leaves none on one side")
end)

test("wrong labels are memorized where they are trained on", function(t)
  local train = digits(120)
  local list = witnesses(train, nj.data.load("digits").test:first(20), 16)
  local result = nj.estimators.subsampling {} (list)
  local wrong = result.labels:ne(result.true_labels)
  t.equal(wrong, train:labels():ne(train:true_labels()))
  local known = result.memorization:isfinite()
  local function mean(mask)
    return result.memorization:masked_select(mask:logical_and(known)):mean():item()
  end
  t.ok(mean(wrong) > mean(wrong:logical_not()) + 0.05, mean(wrong) .. " " .. mean(wrong:logical_not()))
  t.equal(result.influence:shape(), { 20, 10 })
  t.equal(result.models, { 16 })
  local scores = nj.estimators.published { data = train } (result)
  t.equal(scores.n_in, result.n_in)
end)

test("models of other data, or files of another kind, are refused", function(t)
  local one = witnesses(digits(40), nil, 1)[1]
  t.equal(one.right_test, nil)
  local estimate = nj.estimators.subsampling {}
  t.error_with(function() estimate {} end,
    "estimator 'subsampling' takes a list of what witness() gave, or of paths of .npz files")
  t.error_with(function() estimate { one, { members = one.members } } end,
    "estimator 'subsampling': a source has no 'right': it is not what witness() gives")
  t.error_with(function() estimate { one, witnesses(digits(41), nil, 1)[1] } end,
    "estimator 'subsampling': a source is about another data set than a source, or other labels of it")
  local more = {}
  for name, array in pairs(one) do
    more[name] = array
  end
  more.right_test = one.right
  t.error_with(function() estimate { one, more } end,
    "estimator 'subsampling': a source and a source must both have 'right_test' or neither")
  local few = estimate { one }
  t.ok(few.memorization:isnan():all():item(), "of one model nothing is said")
end)

test("scores of others are read by the names that they have, and compared with the data", function(t)
  local train = nj.data.load("digits").train:first(4)
  local read = nj.estimators.published { data = train }
  local labels = train:labels() - 1
  local scores = read { tr_mem = double { 0, 0.5, 1, 0.25 }, tr_labels = labels }
  t.equal(scores.memorization, { 0, 0.5, 1, 0.25 })
  t.equal(read { scores = double { 1, 1, 0, 1 }, labels = labels }.consistency, { 1, 1, 0, 1 })
  t.error_with(function() read { mem = labels } end, "estimator 'published': the table has neither 'memorization' or "
    .. "'tr_mem' nor 'consistency' or 'scores'")
  t.error_with(function() read { tr_mem = double { 1 } } end,
    "estimator 'published': the table has 1 scores, the data set 4 samples")
  local other = labels:scatter_add(1, { 3 }, nj.ones({ 1 }, { dtype = "int32" }))
  t.error_with(function() read { tr_mem = double { 1, 1, 1, 1 }, tr_labels = other } end, "estimator 'published': the "
    .. "table is about other labels, or another order: 1 of 4 differ, the first at sample 2")
  local hash = nj.zeros({ 32 }, { dtype = "uint8" })
  t.error_with(function() read { memorization = double { 1, 1, 1, 1 }, data_sha256 = hash } end,
    "estimator 'published': the table is about the data set " .. ("0"):rep(64) .. ", this one is "
    .. identity.hex(identity.of(train)))
  t.error_with(function() read(3) end, "estimator 'published' takes the path of an .npz file, or a table of its arrays")
end)

test("the command asks for files", function(t)
  t.error_with(function() nj.commands.influence {}:run {} end,
    "usage: nightjar influence [--out FILE.npz] MODEL.npz...")
  t.error_with(function() nj.commands.influence { out = "a.csv" }:run { "a.npz" } end,
    "--out names an .npz file, got 'a.csv'")
end)
