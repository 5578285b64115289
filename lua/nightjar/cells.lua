-- The cells of an experiment: axes with their values, tied values, conditions, and what --set makes of them.
local part = ...
local config = part "config"
local components = part "components"
local params = part "params"
local ranges = part "ranges"

local cells = {}

local most_cells = 100000

local axis_form = "\n  write grid = { { \"loss\", { \"cce\", \"rll\" } }, { \"seed\", { 1, 2, 3 } } }"

-- The text by which values are told apart; numbers by value, 2.0 like 2.
local function key_of(value)
  if components.read(value) then
    return "c:" .. components.text(value)
  elseif type(value) == "table" then
    local keys = {}
    for i, item in ipairs(value) do
      keys[i] = key_of(item)
    end
    return "{" .. table.concat(keys, ",") .. "}"
  elseif type(value) == "number" then
    return string.format("n:%.17g", value)
  end
  return type(value) .. ":" .. tostring(value)
end

cells.key_of = key_of

local function kind_of(value)
  if components.read(value) then
    return "component"
  end
  return type(value) == "table" and "list" or type(value)
end

local scalar = { string = true, number = true, boolean = true }

-- A value of an axis as cells have it; `first` is the kind of the values before it, nil for the first one.
-- Returns it and its kind.
local function read_value(name, value, i, first)
  value = components.from(value, "the axis '" .. name .. "'")
  local kind = kind_of(value)
  if kind == "list" then
    for _, item in ipairs(value) do
      if not scalar[type(item)] then
        native.fail("the axis '" .. name .. "': a list holds numbers, strings, true or false; value " .. i
          .. " holds a " .. type(item))
      end
    end
  elseif kind ~= "component" and not scalar[kind] then
    native.fail("the values of the axis '" .. name .. "' are numbers, strings, true or false, lists, or components "
      .. "with parameters such as { \"rll\", alpha = 0.45 }; value " .. i .. " is a " .. kind)
  end
  -- A name alone is a component without parameters.
  local class = kind == "component" and "string" or kind
  if first and class ~= first then
    native.fail("the values of the axis '" .. name .. "' must be all of one kind: value 1 is a " .. first
      .. ", value " .. i .. " a " .. class)
  end
  return value, class
end

local function read_values(name, given, what)
  if type(given) ~= "table" or components.read(given) or nj.is_tensor(given) then
    native.fail(what .. " must be { name, { values } }" .. axis_form)
  end
  local values, seen, first = {}, {}, nil
  for i, value in ipairs(given) do
    value, first = read_value(name, value, i, first)
    local key = key_of(value)
    if seen[key] then
      native.fail("the axis '" .. name .. "' has the value " .. params.show(components.read(value)
        and components.text(value) or value) .. " twice")
    end
    seen[key] = true
    values[i] = value
  end
  local missing = ranges.hole(given)
  if missing then
    native.fail("the axis '" .. name .. "' has a hole: value " .. missing .. " is nil")
  elseif #values == 0 then
    native.fail("the axis '" .. name .. "' of the grid has no values")
  end
  return values
end

local function check_name(name, position, settings, seen)
  if type(name) ~= "string" or name == "" then
    native.fail("axis " .. position .. " of the grid must be { name, { values } }" .. axis_form)
  elseif seen[name] then
    native.fail("the grid has the axis '" .. name .. "' twice")
  elseif settings[name] ~= nil then
    native.fail("'" .. name .. "' is a setting and an axis of the grid: leave it in one of them")
  end
  seen[name] = true
end

-- { { "data", "model" }, { { "digits", "mlp" }, ... } }: axes whose values go together.
local function read_tied(names, given, position, settings, seen)
  if type(given) ~= "table" or #given == 0 then
    native.fail("axis " .. position .. " of the grid ties " .. table.concat(names, " and ")
      .. ": it needs a list of values for each, as in { { \"data\", \"model\" }, { { \"digits\", \"mlp\" } } }")
  end
  local columns, kinds = {}, {}
  for i, name in ipairs(names) do
    check_name(name, position, settings, seen)
    columns[i] = {}
  end
  for row, values in ipairs(given) do
    if type(values) ~= "table" or #values ~= #names then
      native.fail(string.format("axis %d of the grid ties %s: entry %d must have %d values, got %s", position,
        table.concat(names, " and "), row, #names, type(values) == "table" and tostring(#values)
        or "a " .. type(values)))
    end
    for i = 1, #names do
      columns[i][row], kinds[i] = read_value(names[i], values[i], row, kinds[i])
    end
  end
  local axis = { names = names, rows = {}, tied = true }
  for row = 1, #given do
    axis.rows[row] = {}
    for i = 1, #names do
      axis.rows[row][i] = columns[i][row]
    end
  end
  return axis
end

--- Reads a grid into axes: { names = { ... }, rows = { { value, ... }, ... } } each.
function cells.read(grid, settings)
  local axes, seen = {}, {}
  for key in pairs(grid) do
    if math.type(key) ~= "integer" then
      native.fail("the grid is a list of axes, the first changing slowest, got the field '" .. tostring(key) .. "'"
        .. axis_form)
    end
  end
  for position, axis in ipairs(grid) do
    if type(axis) ~= "table" then
      native.fail("axis " .. position .. " of the grid must be { name, { values } }" .. axis_form)
    elseif type(axis[1]) == "table" then
      axes[position] = read_tied(axis[1], axis[2], position, settings, seen)
    else
      check_name(axis[1], position, settings, seen)
      local rows = {}
      for i, value in ipairs(read_values(axis[1], axis[2], "axis " .. position .. " of the grid")) do
        rows[i] = { value }
      end
      axes[position] = { names = { axis[1] }, rows = rows }
    end
  end
  return axes
end

local function find(axes, name)
  for _, axis in ipairs(axes) do
    for i, known in ipairs(axis.names) do
      if known == name then
        return axis, i
      end
    end
  end
end

-- The values of an axis, as messages show them.
local function values_text(axis, position)
  local listed, seen = {}, {}
  for _, row in ipairs(axis.rows) do
    local value = row[position]
    if not seen[key_of(value)] then
      seen[key_of(value)] = true
      listed[#listed + 1] = params.show(components.read(value) and components.text(value) or value)
    end
  end
  return table.concat(listed, ", ")
end

-- A value from the command line, as those of the axis or the setting are. Where it is none, `written` is what was, and
-- `known` what is said of those.
local function parse_one(name, text, sample, fail, written, known)
  if type(sample) == "string" or components.read(sample) then
    return components.parse(text, fail)
  elseif type(sample) == "table" then
    local inner = text:match("^%s*{(.*)}%s*$")
    return config.parse(name, inner or text, sample, written, known)
  end
  return (config.parse(name, text, sample, written, known))
end

local function parse_values(name, text, sample, known)
  local written = "--set " .. name .. "=" .. text
  local function fail(message)
    native.fail(written .. ": " .. message)
  end
  local values, seen = {}, {}
  -- A list without braces is one value where the axis holds lists.
  local is_list = type(sample) == "table" and not components.read(sample)
  local items = is_list and not text:find("{", 1, true) and { text } or components.split(text, ",", fail)
  for _, item in ipairs(items) do
    if item:match("%S") then
      local value = parse_one(name, item, sample, fail, written, known)
      if not seen[key_of(value)] then
        seen[key_of(value)] = true
        values[#values + 1] = value
      end
    end
  end
  if #values == 0 then
    fail("give '" .. name .. "' at least one value")
  end
  return values
end

-- --set loss.alpha=0.1,0.45: a parameter of what the axis or the setting `loss` names.
local function set_parameter(base, parameter, text, settings, axes, what)
  local function fail(message)
    native.fail(what .. ": " .. message)
  end
  local values = {}
  for i, item in ipairs(components.split(text, ",", fail)) do
    values[i] = components.parse("x{v=" .. item .. "}", fail).v
  end
  -- 256,256 is one list where the parameter is one.
  local function of(value)
    local registry = components.registry(base)
    local definition = registry and nj[registry][components.read(value) or value]
    local spec = definition and definition.specs[parameter]
    if spec and type(spec.default) == "table" or spec and spec.type == "table" then
      return { type(values[1]) == "table" and values[1] or values }
    end
    return values
  end
  if #values == 0 then
    fail("give it at least one value")
  end
  local axis, position = find(axes, base)
  if axis then
    local rows = {}
    for _, row in ipairs(axis.rows) do
      for _, value in ipairs(of(row[position])) do
        local copy = { table.unpack(row) }
        copy[position] = components.with(row[position], parameter, value)
        rows[#rows + 1] = copy
      end
    end
    axis.rows = rows
  else
    local list = of(settings[base])
    if #list == 1 then
      settings[base] = components.with(settings[base], parameter, list[1])
    else
      local rows = {}
      for i, value in ipairs(list) do
        rows[i] = { components.with(settings[base], parameter, value) }
      end
      settings[base] = nil
      axes[#axes + 1] = { names = { base }, rows = rows }
    end
  end
end

local function known_names(settings, axes)
  local names = {}
  for _, axis in ipairs(axes) do
    for _, name in ipairs(axis.names) do
      names[#names + 1] = name
    end
  end
  for name in pairs(settings) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- --set name=value: a new value of a setting, the values that an axis is restricted to (new ones as well), or a
--- parameter of a component. `what` has the settings, for messages: "experiment".
local function apply(name, text, settings, axes, what)
  local axis, position = find(axes, name)
  if settings[name] ~= nil then
    local setting = settings[name]
    if type(setting) == "string" or components.read(setting) then
      -- Any text is one value of a setting; only name{...} is a component, and braces that do not match where one
      -- belongs are a mistake.
      local is_component = text:match("^[^{}]+%b{}$") or text:find("[{}]") and components.registry(name)
      settings[name] = is_component and parse_values(name, text, setting)[1] or text
    else
      settings[name] = config.parse(name, text, setting)
    end
  elseif axis and axis.tied then
    local wanted, rows = {}, {}
    local known = " (the grid has " .. values_text(axis, position) .. ")"
    for _, value in ipairs(parse_values(name, text, axis.rows[1][position], known)) do
      wanted[key_of(value)] = true
    end
    for _, row in ipairs(axis.rows) do
      if wanted[key_of(row[position])] then
        rows[#rows + 1] = row
      end
    end
    if #rows == 0 then
      native.fail("--set " .. name .. "=" .. text .. ": '" .. name .. "' is tied to "
        .. table.concat(axis.names, " and ")
        .. " and has no such value\n  its values are " .. values_text(axis, position))
    end
    axis.rows = rows
  elseif axis then
    local rows = {}
    local known = " (the grid has " .. values_text(axis, 1) .. ")"
    for i, value in ipairs(parse_values(name, text, axis.rows[1][1], known)) do
      rows[i] = { value }
    end
    axis.rows = rows
  else
    local base, parameter = name:match("^(.+)%.([%w_]+)$")
    if base and (type(settings[base]) == "string" or components.read(settings[base]) or find(axes, base)) then
      set_parameter(base, parameter, text, settings, axes, "--set " .. name .. "=" .. text)
    else
      config.unknown(name, text, known_names(settings, axes), what)
    end
  end
end

--- All that the command line sets. What a setting or an axis is comes before parameters of it, in whichever order they
--- were written.
function cells.apply_all(wishes, settings, axes, what)
  local parameters = {}
  for _, wish in ipairs(wishes) do
    if settings[wish[1]] ~= nil or find(axes, wish[1]) then
      apply(wish[1], wish[2], settings, axes, what)
    else
      parameters[#parameters + 1] = wish
    end
  end
  for _, wish in ipairs(parameters) do
    apply(wish[1], wish[2], settings, axes, what)
  end
end

--- Axes one by one, in order: { name, values }.
function cells.flat(axes)
  local list = {}
  for _, axis in ipairs(axes) do
    for i, name in ipairs(axis.names) do
      local values, seen = {}, {}
      for _, row in ipairs(axis.rows) do
        local key = key_of(row[i])
        if not seen[key] then
          seen[key] = true
          values[#values + 1] = row[i]
        end
      end
      list[#list + 1] = { name = name, values = values }
    end
  end
  return list
end

--- All combinations, the last axis changing fastest, without those that `condition` leaves out: a list of { name =
--- value } in the order of the axes.
function cells.all(axes, condition)
  local count = 1
  for _, axis in ipairs(axes) do
    count = count * #axis.rows
    if count > most_cells then
      native.fail("the grid has more than " .. most_cells .. " cells")
    end
  end
  local list, at = {}, {}
  for i = 1, #axes do
    at[i] = 1
  end
  for _ = 1, count do
    local cell = {}
    for i, axis in ipairs(axes) do
      for j, name in ipairs(axis.names) do
        cell[name] = axis.rows[at[i]][j]
      end
    end
    if condition == nil or condition(cell) then
      list[#list + 1] = cell
    end
    for i = #axes, 1, -1 do
      at[i] = at[i] + 1
      if at[i] <= #axes[i].rows then
        break
      end
      at[i] = 1
    end
  end
  if #list == 0 then
    native.fail("the experiment has no cells: its 'where' leaves all " .. count .. " out")
  end
  return list
end

return cells
