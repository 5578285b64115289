-- nj.experiment: a function to run over a grid of values, with settings that are the same in every cell.
-- A script returns it; the host reads the grid and runs the cells, in this process or in others.
local part = ...
local config = part "config"
local declare = part "declare" "Experiments"
local params = part "params"

local fields, required = declare.fields("nightjar.ExperimentFields", "What nj.experiment takes.", {
  { "name", "string", "the folder below the runs directory" },
  { "doc", "string", "one line", optional = true },
  { "settings", "table", "the same in every cell, with their defaults", optional = true,
    annotation = "table<string, any>" },
  { "grid", "table", "axes { name, { values } }, the first changing slowest", optional = true },
  { "run", "function", "run(cfg) trains one cell; cfg has the settings and the cell's values",
    annotation = "fun(cfg: table<string, any>)" },
})

-- What the host may know, by the object that a script holds.
local contents = setmetatable({}, { __mode = "k" })

local grid_form = "\n  write grid = { { \"loss\", { \"cce\", \"rll\" } }, { \"seed\", { 1, 2, 3 } } }"

local function read_axis(axis, position, settings, seen)
  local name, values = nil, nil
  if type(axis) == "table" then
    name, values = axis[1], axis[2]
  end
  if type(name) ~= "string" or type(values) ~= "table" then
    native.fail("axis " .. position .. " of the grid must be { name, { values } }" .. grid_form)
  elseif seen[name] then
    native.fail("the grid has the axis '" .. name .. "' twice")
  elseif settings[name] ~= nil then
    native.fail("'" .. name .. "' is a setting and an axis of the grid: leave it in one of them")
  elseif #values == 0 then
    native.fail("the axis '" .. name .. "' of the grid has no values")
  end
  local kind = type(values[1])
  local copy = {}
  for i, value in ipairs(values) do
    if type(value) ~= kind or (kind ~= "string" and kind ~= "number" and kind ~= "boolean") then
      native.fail("the values of the axis '" .. name .. "' must be all numbers, all strings or all true or false; "
        .. "value "
        .. i .. " is a " .. type(value))
    end
    copy[i] = value
  end
  seen[name] = true
  return { name = name, values = copy }
end

local function read_grid(grid, settings)
  local axes, seen = {}, {}
  for key in pairs(grid) do
    if math.type(key) ~= "integer" then
      native.fail("the grid is a list of axes, the first changing slowest, got the field '" .. tostring(key) .. "'"
        .. grid_form)
    end
  end
  for position, axis in ipairs(grid) do
    axes[position] = read_axis(axis, position, settings, seen)
  end
  return axes
end

-- --set name=value: a new value of a setting, or the values that an axis is restricted to.
local function apply(name, text, settings, axes)
  if settings[name] ~= nil then
    settings[name] = config.parse(name, text, settings[name])
    return
  end
  local names = {}
  for _, axis in ipairs(axes) do
    if axis.name == name then
      local values = config.parse(name, text, { axis.values[1] })
      if #values == 0 then
        native.fail("--set " .. name .. "=" .. text .. ": give the axis '" .. name .. "' at least one value")
      end
      axis.values = values
      return
    end
    names[#names + 1] = axis.name
  end
  for known in pairs(settings) do
    names[#names + 1] = known
  end
  table.sort(names)
  config.unknown(name, text, names)
end

declare.class("nightjar.Experiment", { doc = "What a script returns to be run over its grid." })

declare.call("nj.experiment", {
  doc = "An experiment: run(cfg) once for each cell of the grid. The script returns it; nightjar run does the rest.",
  parameters = { { "fields", "nightjar.ExperimentFields" } },
  returns = "nightjar.Experiment",
  example = [[
local rates = nj.experiment {
  name = "rates",
  settings = { epochs = 10 },
  grid = { { "rate", { 0, 0.4 } }, { "seed", { 1, 2, 3 } } },
  run = function(cfg) print(cfg.rate, cfg.seed, cfg.epochs) end,
}
rates.name --> "rates"]],
})

function nj.experiment(given)
  params.check_fields("nj.experiment", "an experiment", given, fields, required)
  local settings = {}
  for name, default in pairs(given.settings or {}) do
    config.check("nj.experiment", name, default)
    settings[name] = default
  end
  local axes = read_grid(given.grid or {}, settings)
  for _, setting in ipairs(native.settings()) do
    apply(setting[1], setting[2], settings, axes)
  end
  local content = { name = given.name, doc = given.doc or "", settings = settings, axes = axes, run = given.run }
  local public = setmetatable({}, {
    __index = function(_, field)
      if field == "name" or field == "doc" then
        return content[field]
      end
      native.fail("an experiment is run by the host: a script reads its 'name' and 'doc' only, not '"
        .. tostring(field) .. "'")
    end,
    __newindex = function()
      native.fail("experiment '" .. content.name .. "' is defined already: its definition does not change")
    end,
    __tostring = function()
      return "experiment '" .. content.name .. "'"
    end,
    __metatable = false,
  })
  contents[public] = content
  return public
end

local experiment = {}

--- What the host reads of an experiment; nil for anything else.
function experiment.describe(value)
  local content = type(value) == "table" and contents[value]
  if not content then
    return nil
  end
  return { name = content.name, doc = content.doc, settings = content.settings, axes = content.axes }
end

-- The host hands numbers back through text: 2.0 may come as 2, and is the axis's own value again here.
local function own_value(axis, value)
  for _, candidate in ipairs(axis.values) do
    if candidate == value then
      return candidate
    end
  end
  native.fail("the axis '" .. axis.name .. "' has no value " .. params.show(value))
end

--- Runs one cell, given as values by name.
function experiment.run(value, cell)
  local content = contents[value]
  local values = {}
  for name, setting in pairs(content.settings) do
    values[name] = setting
  end
  for _, axis in ipairs(content.axes) do
    values[axis.name] = own_value(axis, cell[axis.name])
  end
  content.run(config.seal(values))
end

return experiment
