-- Parts of data sets, and data sets put together: data:subset, data:only, data:split, nj.data.concat.
local part = ...
local collection = part "declare"
local declare = collection "Data"
local params = part "params"

local parts = {}

declare.call("data:subset", {
  class = "nightjar.Dataset",
  doc = "The samples at positions counted from 1, in that order; repeats are allowed. Given and true labels, label "
    .. "sets and noise go with them.",
  parameters = { { "positions", "nightjar.Tensor|integer[]" } },
  returns = "nightjar.Dataset",
  example = [[
local data = nj.data.load("digits").train
data:subset({ 3, 1 }):count(), data:subset(data:labels():eq(4):nonzero()):labels():max() --> 2, 4]],
})

declare.call("data:only", {
  class = "nightjar.Dataset",
  doc = "The samples of some classes, in the order in which they stand.",
  parameters = { { "classes", "(string|integer)[]", "names, or numbers from 1" } },
  options = {
    { "by", "string", "\"given\" or \"true\": the labels by which a sample is of a class", default_text = "\"given\"" },
    { "renumber", "boolean", "whether the classes are counted anew, in the order in which they are named; samples "
      .. "whose other label is none of them are then left out too", default_text = "false" },
  },
  returns = "nightjar.Dataset",
  example = [[
local pair = nj.data.load("digits").train:only({ "3", "8" }, { renumber = true })
pair:classes(), table.concat(pair:class_names(), " ") --> 2, "3 8"]],
})

declare.call("data:split", {
  class = "nightjar.Dataset",
  doc = "The samples in two parts, drawn at random, each in the order in which they stood: the rest, and the share "
    .. "that is held out. Classes keep their shares as nearly as whole numbers allow. Whether a part to validate with "
    .. "has clean or noisy labels is said by 'labels'.",
  parameters = {},
  options = {
    { "share", "number", "of the samples that the second part gets, rounded to a whole number of them",
      default_text = "0.1" },
    { "count", "integer", "so many samples instead of a share", default_text = "nil" },
    { "stratified", "boolean", "whether each class gives its share", default_text = "true" },
    { "by", "string", "\"given\" or \"true\": the labels that say of which class a sample is",
      default_text = "\"given\"" },
    { "labels", "string", "\"given\" (noisy where those are) or \"true\" (clean): what the samples of the second "
      .. "part have", default_text = "\"given\"" },
    { "seed", "integer", "which samples they are", default_text = "the run's" },
  },
  returns = "nightjar.Dataset, nightjar.Dataset",
  example = [[
local noisy = nj.data.load("digits").train:with_labels(nj.noise.uniform { rate = 0.4, count = "exact" }, { seed = 1 })
local train, clean = noisy:split { count = 100, labels = "true", seed = 1 }
train:count(), clean:count(), clean:noise_rate() --> 1337, 100, 0]],
})

declare.call("nj.data.concat", {
  doc = "The samples of some data sets, one after another. They have the same classes, shapes, label sets and "
    .. "normalisation.",
  parameters = { { "parts", "nightjar.Dataset[]" } },
  options = { { "name", "string", "what messages call it", default_text = "the names with +" } },
  returns = "nightjar.Dataset",
  example = [[
local digits = nj.data.load("digits")
nj.data.concat({ digits.train, digits.test }):count() --> 1797]],
})

local which = { type = "string", choices = { "given", "true" } }

-- A list without gaps, of a table that is no tensor.
local function check_list(owner, value, of)
  if type(value) ~= "table" or nj.is_tensor(value) or #value == 0 then
    native.fail(owner .. " takes a list of " .. of .. ", got " .. (type(value) == "table" and not nj.is_tensor(value)
      and "an empty one" or params.a_kind(value)))
  end
end

-- Positions or classes as numbers from 1.
local function class_number(set, value, index)
  local names = set:class_names()
  if math.type(value) ~= nil and math.tointeger(value) and value >= 1 and value <= #names then
    return math.tointeger(value)
  end
  for number, name in ipairs(names) do
    if name == value then
      return number
    end
  end
  native.fail(string.format("entry %d of 'only' is %s, which is no class of the data set: they are numbers from 1 to "
    .. "%d, or names%s", index, params.show(value), #names, params.suggestion(tostring(value), names)))
end

--- Adds them to the functions of data sets and to nj.data. `room` has wrap(native set, record), known and records.
function parts.add(functions, data, room)
  local wrap, known, records = room.wrap, room.known, room.records

  local function native_of(set, name, example)
    return known[set] or native.fail("'" .. name .. "' is called with a colon: data:" .. name .. example)
  end

  function functions.subset(set, positions)
    local own = native_of(set, "subset", "({ 1, 2 })")
    if not nj.is_tensor(positions) then
      check_list("subset", positions, "positions from 1, or an int32 tensor")
      for i, position in ipairs(positions) do
        if type(position) ~= "number" or not math.tointeger(position) then
          native.fail(string.format("entry %d of 'subset' must be a whole number, got %s", i, params.show(position)))
        end
      end
      positions = nj.tensor(positions, { dtype = "int32" })
    end
    return wrap(native.data_subset(own, positions), records[set])
  end

  function functions.only(set, classes, options)
    local own = native_of(set, "only", "({ \"cat\", \"dog\" })")
    check_list("only", classes, "classes, by name or by number from 1")
    local given = params.options("only", options, {
      { "by", "string", "", range = which, default = "given" }, { "renumber", "boolean", "", default = false },
    })
    local numbers, seen = {}, {}
    for i, class in ipairs(classes) do
      numbers[i] = class_number(own, class, i)
      if seen[numbers[i]] then
        native.fail("'only' names class " .. params.show(class) .. " twice")
      end
      seen[numbers[i]] = true
    end
    return wrap(native.data_only(own, numbers, given.by, given.renumber), records[set])
  end

  function functions.split(set, options)
    local own = native_of(set, "split", " { share = 0.1 }")
    local given = params.options("split", options, {
      { "share", "number", "", range = { type = "number", above = 0, below = 1 }, default = 0.1 },
      { "count", "integer", "", range = { type = "integer", min = 1 } },
      { "stratified", "boolean", "", default = true },
      { "by", "string", "", range = which, default = "given" },
      { "labels", "string", "", range = which, default = "given" },
      { "seed", "integer", "", range = { type = "integer" }, default = native.run_seed() },
    })
    if options ~= nil and options.share ~= nil and options.count ~= nil then
      native.fail("split takes 'share' or 'count', not both")
    end
    local count = given.count or math.floor(given.share * own:count() + 0.5)
    local rest, held = native.data_split(own, count, given.stratified, given.by, given.labels, given.seed)
    return wrap(rest, records[set]), wrap(held, given.labels == "given" and records[set] or nil)
  end

  function data.concat(list, options)
    check_list("nj.data.concat", list, "data sets")
    local given = params.options("nj.data.concat", options, { { "name", "string", "" } })
    local sets, names, record = {}, {}, records[list[1]]
    for i, set in ipairs(list) do
      sets[i] = known[set] or native.fail(string.format("entry %d of nj.data.concat must be a data set, got %s", i,
        params.a_kind(set)))
      names[i] = sets[i]:summary():match("^data set '(.-)': %d") or "?"
      record = records[set] == record and record or nil
    end
    return wrap(native.data_joined(sets, given.name or table.concat(names, "+"):sub(1, 200)), record)
  end
end

return parts
