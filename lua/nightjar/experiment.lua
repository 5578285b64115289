-- nj.experiment: a function to run in each cell of a grid, with settings that are the same in every cell.
-- A script returns it; the host reads the cells and runs them, in this process or in others.
local part = ...
local config = part "config"
local cells = part "cells"
local components = part "components"
local declare = part "declare" "Experiments"
local definitions = part "definitions"
local params = part "params"
local plain = part "plain"
local results = part "results"

local fields, required = declare.fields("nightjar.ExperimentFields", "What nj.experiment takes.", {
  { "name", "string", "the folder below the runs directory" },
  { "doc", "string", "one line", optional = true },
  { "settings", "table", "the same in every cell, with their defaults", optional = true,
    annotation = "table<string, any>" },
  { "grid", "table", "axes { name, { values } }, the first changing slowest; { { name, name }, { { value, value } } } "
    .. "ties values together; a value can be a list, or a component with parameters { \"rll\", alpha = 0.45 }",
    optional = true },
  { "where", "function", "where(cell) is false for cells to leave out", optional = true,
    annotation = "fun(cell: table<string, any>): boolean" },
  { "replicates", "table", "the axes that repeat a setting; statistics are taken over them (default { \"seed\" })",
    optional = true, annotation = "string[]" },
  { "kinds", "table", "what the values of axes and settings are, where the name does not say it: { target = \"loss\" }",
    optional = true, annotation = "table<string, string>" },
  { "baseline", "table", "what differences are taken to: { loss = \"cce\" } (default the first axis's first value)",
    optional = true, annotation = "table<string, any>" },
  { "show", "table", "the metrics that table and report show (default those that are declared so), also at other "
    .. "epochs as nj.table takes them: { \"j2\", \"best(j2)\", \"j2@10\" }; the summary has a column for each",
    optional = true,
    annotation = "string[]" },
  { "recorded", "table", "how numbers that run returns, or hands to nj.record and trainer:log, are shown: { gap = { "
    .. "title = \"gap\", unit = \"%\", direction = \"lower\" } }", optional = true,
    annotation = "table<string, nightjar.RecordedFields>" },
  { "figures", "table", "what the report draws in place of its usual figures: { { y = { \"j2\" }, by = \"rate\", "
    .. "facet = { \"loss\" } } }, each with the fields of nj.figure",
    optional = true },
  { "report", "table", "what the report holds in place of its usual parts: texts, nj.figure { ... }, nj.table { ... }",
    optional = true },
  { "quick", "table", "settings with other values, and axes with fewer ones, by name, for a look that takes seconds: "
    .. "{ epochs = 2, loss = { \"cce\" } }; --set quick=true takes them, and what is set besides goes on top",
    optional = true, annotation = "table<string, any>" },
  { "state", "table", "what callbacks remember from epoch to epoch: numbers, texts, booleans, tensors and tables of "
    .. "them; run gets a copy for its cell as a second argument, and checkpoints keep what it holds", optional = true,
    annotation = "table<string, any>" },
  { "run", "function", "run(cfg, state) does one cell; cfg has the settings and the cell's values. Numbers that it "
    .. "returns by name are recorded as metrics",
    annotation = "fun(cfg: table<string, any>, state: table<string, any>): table<string, number>?" },
})

-- What the host may know, by the object that a script holds.
local contents = setmetatable({}, { __mode = "k" })

-- Dotted names whose first part is nobody's name are groups: cfg.noise.kind beside cfg["noise.kind"].
local function split_name(name)
  return name:match("^([^.]+)%.(.+)$")
end

-- Components are checked before anything runs.
local function check_component(content, name, value)
  local kind = content.kinds[name]
  local registry = components.registry(kind or name)
  if registry then
    components.check(registry, value, "'" .. name .. "'")
  end
end

-- Whether a dotted axis is a parameter of what another axis or setting names.
local function component_of(content, name, cell)
  local base, parameter = split_name(name)
  if base == nil then
    return nil
  end
  local value = cell[base]
  if value == nil then
    value = content.settings[base]
  end
  if type(value) == "string" or components.read(value) then
    return base, parameter
  end
end

-- Everything that is set in a cell, with parameters put into their components and groups made.
local function resolved(content, cell)
  local values, groups = {}, {}
  for name, setting in pairs(content.settings) do
    values[name] = setting
  end
  for _, axis in ipairs(content.axes) do
    values[axis.name] = cell[axis.name]
  end
  for _, axis in ipairs(content.axes) do
    local base, parameter = component_of(content, axis.name, cell)
    if base then
      values[base] = components.with(values[base], parameter, cell[axis.name])
    else
      local group, field = split_name(axis.name)
      if group and values[group] == nil then
        groups[group] = groups[group] or {}
        groups[group][field] = cell[axis.name]
      end
    end
  end
  for name, setting in pairs(content.settings) do
    local group, field = split_name(name)
    if group and values[group] == nil then
      groups[group] = groups[group] or {}
      groups[group][field] = setting
    end
  end
  for name, value in pairs(values) do
    check_component(content, name, value)
  end
  for name, group in pairs(groups) do
    if values[name] == nil then
      values[name] = config.seal(group)
    end
  end
  return values
end

local function check_names(what, list, known)
  local names = {}
  for i, name in ipairs(list) do
    if type(name) ~= "string" then
      native.fail(what .. " of nj.experiment is a list of names, entry " .. i .. " is a " .. type(name))
    end
    if known then
      local found = false
      for _, candidate in ipairs(known) do
        found = found or candidate == name
      end
      if not found then
        native.fail(what .. " of nj.experiment: there is no axis '" .. name .. "'" .. params.suggestion(name, known)
          .. "\n  axes are " .. table.concat(known, ", "))
      end
    end
    names[i] = name
  end
  return names
end

local function read_kinds(given)
  local kinds = {}
  for name, kind in pairs(given or {}) do
    if components.registry(kind) == nil then
      native.fail("kinds of nj.experiment: '" .. tostring(name) .. "' cannot be a " .. params.show(kind)
        .. "\n  kinds are " .. table.concat(part "kinds".axes(), ", "))
    end
    kinds[name] = kind
  end
  return kinds
end

local function read_baseline(given, axes, names)
  if given == nil then
    return nil
  end
  local name, value = next(given)
  if name == nil or next(given, name) ~= nil then
    native.fail("baseline of nj.experiment names one axis and its value, as in { loss = \"cce\" }")
  end
  check_names("baseline", { name }, names)
  value = components.from(value, "baseline of nj.experiment")
  for _, axis in ipairs(axes) do
    if axis.name == name then
      for _, known in ipairs(axis.values) do
        if cells.key_of(known) == cells.key_of(value) then
          return { axis = name, value = known }
        end
      end
    end
  end
  -- The command line may have left it out.
  return nil
end

local function read_figures(given)
  local figures = {}
  for i, figure in ipairs(given or {}) do
    figures[i] = results.figure_spec("figure " .. i .. " of nj.experiment", figure)
  end
  return given and figures or nil
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

-- What the command line sets, without the wish for the quick form, and whether there is one.
local function asked(given)
  if given.quick == nil then
    return native.settings(), false
  elseif given.settings and given.settings.quick ~= nil then
    native.fail("nj.experiment has a quick form, which --set quick=true asks for: a setting cannot be called 'quick'")
  end
  local list, is_quick = {}, false
  for _, setting in ipairs(native.settings()) do
    if setting[1] == "quick" then
      is_quick = config.parse("quick", setting[2], false)
    else
      list[#list + 1] = setting
    end
  end
  return list, is_quick
end

-- Settings and grid in the quick form.
local function quick_form(given)
  local settings, grid, left = {}, {}, {}
  for name, value in pairs(given.quick) do
    left[name] = value
  end
  for name, value in pairs(given.settings or {}) do
    settings[name] = value
    if left[name] ~= nil then
      settings[name], left[name] = left[name], nil
    end
  end
  for i, axis in ipairs(given.grid or {}) do
    grid[i] = axis
    local name = type(axis) == "table" and axis[1]
    if type(name) == "string" and left[name] ~= nil then
      grid[i], left[name] = { name, left[name] }, nil
    end
  end
  -- Of two that are unknown it is always the same that is told.
  local name
  for setting in pairs(left) do
    name = (name == nil or tostring(setting) < tostring(name)) and setting or name
  end
  if name ~= nil then
    local known = {}
    for setting in pairs(settings) do
      known[#known + 1] = setting
    end
    for _, axis in ipairs(grid) do
      known[#known + 1] = type(axis) == "table" and type(axis[1]) == "string" and axis[1] or nil
    end
    table.sort(known)
    native.fail("quick of nj.experiment: there is no setting or axis '" .. tostring(name) .. "'"
      .. params.suggestion(tostring(name), known))
  end
  return settings, grid
end

function nj.experiment(given)
  params.check_fields("nj.experiment", "an experiment", given, fields, required)
  -- A cell depends on the components that it uses, not on those of the others.
  local _ <close> = definitions.look()
  local wishes, is_quick = asked(given)
  local defaults, grid = given.settings, given.grid
  if given.quick then
    -- The quick form is looked at also where nobody asks for it.
    local quick_settings, quick_grid = quick_form(given)
    if is_quick then
      defaults, grid = quick_settings, quick_grid
    end
  end
  local settings = {}
  for name, default in pairs(defaults or {}) do
    config.check("nj.experiment", name, default)
    settings[name] = components.from(default, "the setting '" .. name .. "'")
  end
  local axes = cells.read(grid or {}, settings)
  cells.apply_all(wishes, settings, axes, "experiment")
  local flat, names = cells.flat(axes), {}
  for i, axis in ipairs(flat) do
    names[i] = axis.name
  end
  local replicates = {}
  for _, name in ipairs(given.replicates and check_names("replicates", given.replicates, names) or { "seed" }) do
    replicates[name] = true
  end
  local content = {
    name = given.name, doc = given.doc or "", settings = settings, axes = flat, run = given.run,
    kinds = read_kinds(given.kinds), cells = cells.all(axes, given.where),
    baseline = read_baseline(given.baseline, flat, names), figures = read_figures(given.figures),
    report = results.report("report of nj.experiment", given.report),
    show = given.show and check_names("show", given.show) or nil, state = given.state or {},
    recorded = part "metrics".recorded_facts("'recorded' of nj.experiment", given.recorded or {}),
  }
  plain.write("'state' of nj.experiment", content.state, {})
  for _, axis in ipairs(flat) do
    axis.replicate = replicates[axis.name] or false
  end
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
  local shown = part "shown"
  shown.summaries[public] = function() return shown.experiment(content) end
  return public
end

local experiment = {}

--- What the host reads of an experiment; nil for anything else. Cells are lists of positions among the axes' values.
function experiment.describe(value)
  local content = type(value) == "table" and contents[value]
  if not content then
    return nil
  end
  local axes, places, list, settings = {}, {}, {}, {}
  for i, axis in ipairs(content.axes) do
    axes[i] = { name = axis.name, replicate = axis.replicate, values = {} }
    places[i] = {}
    for j, axis_value in ipairs(axis.values) do
      axes[i].values[j] = components.record(axis_value)
      places[i][cells.key_of(axis_value)] = j
    end
  end
  -- A mistake in a component is found before the first cell runs.
  local _ <close> = definitions.look()
  for number, cell in ipairs(content.cells) do
    resolved(content, cell)
    list[number] = {}
    for i, axis in ipairs(content.axes) do
      list[number][i] = places[i][cells.key_of(cell[axis.name])]
    end
  end
  for name, setting in pairs(content.settings) do
    settings[name] = components.record(setting)
  end
  local baseline = content.baseline
  return { name = content.name, doc = content.doc, settings = settings, axes = axes, cells = list,
    baseline = baseline and { axis = baseline.axis, value = components.record(baseline.value) } or nil,
    show = content.show, recorded = content.recorded, figures = content.figures, report = content.report }
end

-- The state of the cell that runs, which checkpoints keep; nil outside of one.
local current

local function copied(value)
  if type(value) ~= "table" or nj.is_tensor(value) then
    return value
  end
  local copy = {}
  for key, entry in pairs(value) do
    copy[key] = copied(entry)
  end
  return copy
end

--- What the cell remembers, for checkpoints; nil where there is no cell, or where it remembers nothing.
function experiment.state()
  return current and next(current) ~= nil and current or nil
end

--- Puts back what a checkpoint kept, into the table that the script holds.
function experiment.restore(state)
  for key in pairs(current or {}) do
    current[key] = nil
  end
  for key, value in pairs(current and state or {}) do
    current[key] = value
  end
end

--- Runs one cell, given by its number from 1. Returns what the script returns.
function experiment.run(value, number)
  local content = contents[value]
  current = copied(content.state)
  return content.run(config.seal(resolved(content, content.cells[number])), current)
end

return experiment
