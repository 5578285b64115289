-- nj.table, nj.figure: what has been run, in the grammar that the command line and reports share.
local part = ...
local collection = part "declare"
local declare = collection "Results"
local components = part "components"
local params = part "params"

local results = {}

-- What objects hold, by object.
local contents = setmetatable({}, { __mode = "k" })

local function list_of_names(owner, field, value)
  if value == nil then
    return nil
  elseif type(value) == "string" then
    return { value }
  elseif type(value) ~= "table" then
    native.fail("'" .. field .. "' of " .. owner .. " is a name or a list of names, got a " .. type(value))
  end
  for i, name in ipairs(value) do
    if type(name) ~= "string" then
      native.fail("'" .. field .. "' of " .. owner .. " is a list of names, entry " .. i .. " is a " .. type(name))
    end
  end
  return value
end

local which = {
  { "runs", "any", "experiments or runs by their names, or one of them (default all)", optional = true,
    annotation = "string|string[]" },
  { "where", "string", "a condition: \"loss = 'rll' and rate > 0.2\"", optional = true },
  { "dir", "string", "the runs directory (default that of this program)", optional = true },
}

-- The fields that say which runs are meant, in front of others.
local function with_which(list)
  local all = {}
  for _, source in ipairs { which, list } do
    for _, field in ipairs(source) do
      all[#all + 1] = field
    end
  end
  return all
end

local function query_of(owner, given)
  return { runs = list_of_names(owner, "runs", given.runs), where = given.where, dir = given.dir }
end

-- The value of an axis as runs have it: { "rll", alpha = 0.1 } is a component.
local function axis_value(what, value)
  value = components.from(value, what)
  local name, parameters = components.read(value)
  if name then
    return { name = name, parameters = parameters }
  elseif ({ table = true, string = true, number = true, boolean = true })[type(value)] then
    return value
  end
  native.fail(what .. " is a number, a string, true or false, a list, or a component such as "
    .. "{ \"rll\", alpha = 0.45 }, got " .. params.a_kind(value))
end

-- An axis and its value, as in { loss = "cce" }.
local function baseline_of(owner, given)
  if given == nil then
    return nil
  end
  local name, value = next(given)
  if name == nil or next(given, name) ~= nil then
    native.fail("'against' of " .. owner .. " names one axis and its value, as in { loss = \"cce\" }")
  end
  local what = "'against' of " .. owner .. ": the value of '" .. tostring(name) .. "'"
  return { axis = name, value = axis_value(what, value) }
end

-- Makes objects of a class whose methods are in `methods`; nothing in them changes.
local function class(word, methods, show, optional)
  local meta = { __metatable = false }
  local names = {}
  for name, method in pairs(methods) do
    names[#names + 1] = name
    methods[name] = native.expose(collection.checked(word .. ":" .. name, method))
  end
  table.sort(names)
  function meta.__index(self, name)
    if methods[name] then
      return methods[name]
    end
    local fields = contents[self].public
    if fields and fields[name] ~= nil then
      return fields[name]
    end
    local known = { table.unpack(names) }
    for field in pairs(fields or {}) do
      known[#known + 1] = field
    end
    -- A fact that this run lacks is nil; a name that no run has is a mistake.
    for _, field in ipairs(optional or {}) do
      if field == name then
        return nil
      end
    end
    native.fail("a " .. word .. " has no '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), known))
  end
  function meta.__newindex(_, name)
    native.fail("a " .. word .. " does not change: '" .. tostring(name) .. "' cannot be set")
  end
  meta.__tostring = show
  return function(content)
    local object = setmetatable({}, meta)
    contents[object] = content
    return object
  end
end

-- What an object holds; a message where a method was called with a dot.
local function content_of(object, word, method)
  local content = type(object) == "table" and contents[object]
  if not content then
    native.fail("'" .. method .. "' is called with a colon: " .. word .. ":" .. method .. "()")
  end
  return content
end

-- Tables --------------------------------------------------------------------------------------------------------

local table_fields = declare.fields("nightjar.TableFields", "What nj.table takes.", with_which {
  { "rows", "any", "axes in rows; axes that vary and are named nowhere stand behind them", optional = true,
    annotation = "string|string[]" },
  { "columns", "any", "axes in columns; {} for metrics in columns", optional = true, annotation = "string|string[]" },
  { "metrics", "any", "metrics (default the headline metrics): \"j2\"; at other epochs than the last \"best(j2)\", "
    .. "\"j1@best(test_accuracy)\", \"j1@10\"; by class or sample \"recall[3]\", \"recall[*]\", "
    .. "\"entropy[q90]\"; of a matrix \"confusion[3,5]\", \"confusion[*,*]\"", optional = true,
    annotation = "string|string[]" },
  { "over", "any", "axes that statistics are taken over (default the replicates)", optional = true,
    annotation = "string|string[]" },
  { "stats", "any", "of \"mean\", \"sd\", \"ci\" (95 % t-interval), \"n\", \"median\", \"min\", \"max\" "
    .. "(default mean, sd)", optional = true, annotation = "string|string[]" },
  { "at", "any", "\"final\", \"best\", \"best:METRIC\", or the number of an epoch (default final)", optional = true,
    annotation = "string|integer" },
  { "against", "table", "adds paired differences to a value of an axis: { loss = \"cce\" }", optional = true,
    annotation = "table<string, any>" },
})

local function table_spec(given)
  local owner = "nj.table"
  params.check_fields(owner, owner, given, table_fields, {})
  local spec = { at = given.at ~= nil and tostring(given.at) or nil, against = baseline_of(owner, given.against) }
  for _, field in ipairs { "rows", "columns", "metrics", "over", "stats" } do
    spec[field] = list_of_names(owner, field, given[field])
  end
  -- A mistake in it is found where it stands, not when the report is made.
  native.results_check("table", spec)
  return spec
end

declare.class("nightjar.ResultTable", {
  doc = "A table of results: which axes, metrics and runs. print shows it; an experiment's report can hold it.",
})

local function table_text(object, method, format)
  local content = content_of(object, "table", method)
  return native.results_table(content.query, content.spec, format)
end

local table_methods = {}

for _, format in ipairs {
  { "text", "The table as text with lines." }, { "csv", "The table as comma-separated values in full precision." },
  { "markdown", "The table as Markdown." }, { "latex", "The table as LaTeX, with the rules of booktabs." },
} do
  declare.call("table:" .. format[1],
    { class = "nightjar.ResultTable", doc = format[2], parameters = {}, returns = "string" })
  table_methods[format[1]] = function(self)
    return table_text(self, format[1], format[1])
  end
end

declare.call("table:rows", {
  class = "nightjar.ResultTable",
  doc = "The numbers: for each setting { cell, runs, metrics }; metrics.j2 has mean, sd, low, high, n and values.",
  parameters = {}, returns = "table[]",
})

function table_methods.rows(self)
  return table_text(self, "rows", "rows")
end

local make_table = class("table", table_methods, function(self)
  return table_text(self, "text", "text")
end)

declare.call("nj.table", {
  doc = "A table of results. Statistics are taken over replicates: no number is a mean of runs that differ otherwise.",
  parameters = { { "fields", "nightjar.TableFields" } },
  returns = "nightjar.ResultTable",
  example = [[
local table = nj.table { rows = "loss", columns = "rate", stats = { "mean", "ci", "n" } }
type(table.latex) --> "function"]],
})

function nj.table(given)
  local spec = table_spec(given)
  return make_table { kind = "table", spec = spec, query = query_of("nj.table", given) }
end

-- Figures -------------------------------------------------------------------------------------------------------

local figure_fields = declare.fields("nightjar.FigureFields", "What nj.figure takes.", with_which {
  { "y", "any", "the metrics that go up, up to four; over an axis also those that nj.table takes, such as "
    .. "\"best(j2)\"", annotation = "string|string[]" },
  { "x", "string", "what goes along: an axis, or \"run_epoch\", the epochs of training (default; also \"epoch\" where "
    .. "no axis is called so)", optional = true },
  { "by", "any", "the axes that colours stand for; {} for one colour", optional = true,
    annotation = "string|string[]" },
  { "facet", "any", "the axes that panels stand for", optional = true, annotation = "string|string[]" },
  { "over", "any", "axes that means are taken over (default the replicates)", optional = true,
    annotation = "string|string[]" },
  { "band", "string", "what bands reach over: \"range\", \"sd\", \"ci\" or \"none\" (default \"range\")",
    optional = true },
  { "overlay", "table", "what no run made: { { label = \"published\", points = { { 0.4, 57.2 } }, "
    .. "cell = { loss = \"cce\" } }, { label = \"chance\", level = 10 } }", optional = true, annotation = "table[]" },
  { "title", "string", "a heading", optional = true },
})

local function overlay_of(owner, given)
  if given == nil then
    return nil
  end
  local list = {}
  for i, entry in ipairs(given) do
    local what = "overlay " .. i .. " of " .. owner
    if type(entry) ~= "table" then
      native.fail(what .. " is a table such as { label = \"chance\", level = 10 }, got a " .. type(entry))
    end
    params.check_names(what, entry, { "label", "points", "level", "cell" }, "field")
    if entry.points == nil and type(entry.level) ~= "number" then
      native.fail(what .. " needs 'points', as in { { 0.4, 57.2 } }, or a number 'level'")
    end
    local points, cell = {}, {}
    for j, point in ipairs(entry.points or {}) do
      if type(point) ~= "table" or #point ~= 2 or type(point[2]) ~= "number" then
        native.fail(what .. ": point " .. j .. " is a pair of a place along x and a number")
      end
      points[j] = { point[1], point[2] }
    end
    for axis, value in pairs(entry.cell or {}) do
      cell[#cell + 1] = { axis = axis, value = axis_value(what .. ": the value of '" .. tostring(axis) .. "'", value) }
    end
    list[i] = { label = entry.label or "overlay " .. i, points = points, level = entry.level, cell = cell }
  end
  return list
end

--- A figure's fields as the host reads them; `owner` begins messages.
function results.figure_spec(owner, given)
  if type(given) ~= "table" then
    native.fail(owner .. " is a table such as { y = { \"j2\" }, by = \"rate\" }, got " .. params.a_kind(given))
  end
  params.check_fields(owner, owner, given, figure_fields, { "y" })
  local spec = { x = given.x, band = given.band, title = given.title, overlay = overlay_of(owner, given.overlay) }
  for _, field in ipairs { "y", "by", "facet", "over" } do
    spec[field] = list_of_names(owner, field, given[field])
  end
  if #spec.y == 0 then
    native.fail(owner .. " needs 'y', the metrics that it shows, as in y = { \"j1\", \"j2\" }")
  end
  native.results_check("figure", spec)
  return spec
end

declare.class("nightjar.Figure", {
  doc = "A figure: what goes along, what goes up, colours, panels. An experiment's report can hold it.",
})

local figure_methods = {}

declare.call("figure:save", {
  class = "nightjar.Figure", doc = "Writes the figure for a paper, by the end of the name as SVG or PDF.",
  parameters = { { "path", "string" } }, returns = "nil",
})

function figure_methods.save(self, path)
  local content = content_of(self, "figure", "save")
  native.results_figure(content.query, content.spec, path)
end

declare.call("figure:svg", {
  class = "nightjar.Figure", doc = "The figure as SVG.", parameters = {}, returns = "string",
})

function figure_methods.svg(self)
  local content = content_of(self, "figure", "svg")
  return native.results_figure(content.query, content.spec)
end

local make_figure = class("figure", figure_methods, function(self)
  local spec = contents[self].spec
  return "figure of " .. table.concat(spec.y, ", ") .. " over " .. (spec.x or "epoch")
end)

declare.call("nj.figure", {
  doc = "A figure of runs. Means are taken over replicates; axes that vary and are named nowhere have panels.",
  parameters = { { "fields", "nightjar.FigureFields" } },
  returns = "nightjar.Figure",
  example = [[
local figure = nj.figure { y = "j2", x = "rate", by = "loss", band = "ci" }
tostring(figure) --> "figure of j2 over rate"]],
})

function nj.figure(given)
  local spec = results.figure_spec("nj.figure", given)
  return make_figure { kind = "figure", spec = spec, query = query_of("nj.figure", given) }
end

--- What a report holds, as the host reads it: texts, figures and tables in order.
function results.report(owner, given)
  if given == nil then
    return nil
  end
  local items = {}
  for i, item in ipairs(given) do
    local content = type(item) == "table" and contents[item]
    if type(item) == "string" then
      items[i] = { text = item }
    elseif content and (content.kind == "figure" or content.kind == "table") then
      if content.query.runs or content.query.where or content.query.dir then
        native.fail(owner .. ": entry " .. i .. " says which runs it shows: a report is about the experiment's own")
      end
      items[i] = { [content.kind] = content.spec }
    else
      native.fail(owner .. " holds texts, nj.figure { ... } and nj.table { ... }, entry " .. i .. " is "
        .. params.with_article(type(item)))
    end
  end
  return items
end

--- "table", "figure" or "run" for what this library made of results, nil for anything else.
function results.kind(value)
  local content = type(value) == "table" and contents[value]
  return content and content.kind or nil
end

results.with_which, results.query_of, results.list_of_names = with_which, query_of, list_of_names
results.class, results.content_of = class, content_of

return results
