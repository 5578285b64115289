-- Parts of data sets, and data sets put together.
local nj = require "nightjar"
local test = require "nightjar.test"

local function int(values) return nj.tensor(values, { dtype = "int32" }) end

local function list(tensor) return table.concat(tensor:int():totable(), " ") end

-- Six samples in three classes; sample i is the number i.
local function six()
  return nj.data.from_tensors { name = "six", inputs = nj.arange(1, 7):float():reshape(6, 1), classes = 3,
    labels = int { 1, 2, 3, 1, 2, 3 }, class_names = { "ant", "bee", "cat" } }
end

local function are_close(a, b) return a:isclose(b):all():item() end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^lua/tests/data_parts.lua:%d+: (.*)$") or message
end

test("a subset has its samples in the order of the positions", function(t)
  local noisy = six():with_labels(int { 2, 2, 3, 1, 2, 1 })
  for _, positions in ipairs { { 6, 1, 1 }, int { 6, 1, 1 } } do
    local part = noisy:subset(positions)
    t.equal(list(part:inputs():reshape(3)), "6 1 1")
    t.equal(list(part:labels()), "1 2 2")
    t.equal(list(part:true_labels()), "3 1 1")
  end
  t.equal(message_of(function() noisy:subset { 7 } end),
    "position 7, entry 1 of 'subset', is not in the data set: it has 1 to 6")
  t.equal(message_of(function() noisy:subset { 1.5 } end), "entry 1 of 'subset' must be a whole number, got 1.5")
  t.equal(message_of(function() noisy:subset {} end),
    "subset takes a list of positions from 1, or an int32 tensor, got an empty one")
  t.equal(message_of(function() noisy:subset(3) end),
    "subset takes a list of positions from 1, or an int32 tensor, got a number")
end)

test("classes are chosen by name or number, by given or true labels", function(t)
  local noisy = six():with_labels(int { 2, 2, 3, 1, 2, 1 })
  t.equal(list(noisy:only({ "bee" }):inputs():reshape(3)), "1 2 5")
  t.equal(list(noisy:only({ 2 }, { by = "true" }):inputs():reshape(2)), "2 5")
  local pair = noisy:only({ "cat", "ant" }, { renumber = true })
  t.equal(table.concat(pair:class_names(), " "), "cat ant")
  t.equal(list(pair:labels()), "1 2 2")
  t.equal(list(pair:true_labels()), "1 2 1")
  t.equal(message_of(function() noisy:only { "bea" } end), "entry 1 of 'only' is \"bea\", which is no class of the "
    .. "data set: they are numbers from 1 to 3, or names: did you mean 'bee'?")
  t.equal(message_of(function() noisy:only { "bee", 2 } end), "'only' names class 2 twice")
end)

test("a split is stratified, repeatable, and keeps every sample once", function(t)
  local data = nj.data.load("digits").train
  local rest, held = data:split { share = 0.2, seed = 3 }
  local _, again = data:split { share = 0.2, seed = 3 }
  local _, other = data:split { share = 0.2, seed = 4 }
  t.equal(held:count(), 287)
  t.equal(rest:count() + held:count(), data:count())
  t.equal(are_close(held:inputs(), again:inputs()), true)
  t.equal(are_close(held:inputs(), other:inputs()), false)
  local of_all = data:labels():one_hot(10, { dtype = "float32" }):mean(1)
  local of_held = held:labels():one_hot(10, { dtype = "float32" }):mean(1)
  t.equal((of_all - of_held):abs():max():item() < 1 / 287, true)
  local whole = nj.data.concat { rest, held }
  t.equal((whole:inputs():sum() - data:inputs():sum()):abs():item() < 1e-2, true)
end)

test("the second part has given or true labels, as it is asked for", function(t)
  local data = nj.data.load("digits").train:first(400)
  local noisy = data:with_labels(nj.noise.uniform { rate = 0.5, count = "exact" }, { seed = 1 })
  local _, given = noisy:split { count = 100, seed = 2 }
  local rest, clean = noisy:split { count = 100, labels = "true", seed = 2 }
  t.equal(given:noise_rate() > 0.3, true)
  t.equal(clean:noise_rate(), 0)
  t.equal(list(clean:labels()), list(given:true_labels()))
  t.equal(rest:noise_rate() > 0.3, true)
  t.equal(message_of(function() noisy:split { share = 0.1, count = 3 } end), "split takes 'share' or 'count', not both")
  t.equal(message_of(function() noisy:split { count = 400 } end),
    "400 samples cannot be split with 400 of them in the second part: a part is empty")
  t.equal(message_of(function() noisy:split { labels = "clean" } end):find("\"given\"", 1, true) ~= nil, true)
end)

test("a split without strata works for labels of any kind", function(t)
  local soft = nj.data.from_tensors { inputs = nj.arange(10):float():reshape(10, 1), labels = nj.ones(10, 2) / 2 }
  local rest, held = soft:split { count = 4, stratified = false, seed = 1 }
  t.equal(rest:count() .. " " .. held:count(), "6 4")
  t.equal(message_of(function() soft:split { count = 4 } end), "a stratified split needs one class a sample, this data "
    .. "set has soft labels of 2 classes: write stratified = false")
end)

test("data sets are joined where they fit", function(t)
  local data = six()
  local joined = nj.data.concat { data:first(2), data:subset { 6 } }
  t.equal(list(joined:inputs():reshape(3)), "1 2 6")
  t.equal(tostring(joined):match("'.-'"), "'six+six'")
  t.equal(tostring(nj.data.concat({ data, data }, { name = "twice" })):match("'.-'"), "'twice'")
  local other = nj.data.from_tensors { name = "b", inputs = nj.ones(2, 2), labels = int { 1, 2 }, classes = 3,
    class_names = { "ant", "bee", "cat" } }
  t.equal(message_of(function() nj.data.concat { data, other } end),
    "data sets 'six' and 'b' cannot be joined: their shapes of a sample differ, (1) and (2)")
  t.equal(message_of(function() nj.data.concat { data, 3 } end),
    "entry 2 of nj.data.concat must be a data set, got a number")
end)
