-- Builds the table that `require "nightjar"` gives: operations come from the binding table, opinions from these files.
-- Library files see `native` (what only the library may call), `nj` (the table itself) and `base` (globals of scripts).

local parts = {}

local function part(name)
  if parts[name] == nil then
    parts[name] = native.load_library(name)(part) or true
  end
  return parts[name]
end

part "globals"
part "files"
part "gradients"
part "custom"
part "gradcheck"
part "memory"
part "losses"
part "weighting"
part "noise"
part "schedules"
part "callbacks"
part "reporters"
part "optimizers"
part "clips"
part "averages"
part "models"
part "torch"
part "layers"
part "metrics"
part "augmentations"
part "nn"
part "data"
part "trainer"
part "config"
part "results"
part "runs"
part "experiment"
part "commands"
part "host"
part "natives"

-- Scripts call the Lua functions of `nj` through C, which keeps their line in sight.
for name, value in pairs(nj) do
  if type(value) == "function" then
    nj[name] = native.expose(part "declare".checked("nj." .. name, value))
  end
end

base.print, base.require = native.expose(base.print), native.expose(base.require)

local answers = {}

function answers.names(what)
  local source = what == "nj" and nj or what == "global" and base or base[what]
  local names = {}
  for name in pairs(source or {}) do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

-- What is written here instead of a name that other tools have, or nil.
function answers.elsewhere(kind, name)
  return part "elsewhere".advice(kind, name)
end

function answers.tests()
  return part "test".registered()
end

function answers.run_test(index)
  return part "test".run(index)
end

-- Settings that the script asked for, nil where it did not.
function answers.settings()
  return part "config".last
end

-- What a script returned: an experiment as a table, or nil and what else it defines.
function answers.experiment(value)
  return part "experiment".describe(value), part "definitions".kind(value)
end

function answers.run_cell(value, number)
  return part "experiment".run(value, number)
end

-- What is declared in Lua, for the editor definitions and the reference page.
function answers.declarations()
  part "test"
  return part "declare".declared
end

-- What plugins define of a kind, with its parameters; `field` is where nj has the registry.
function answers.definitions(field)
  local list = {}
  for name, definition in pairs(nj[field]) do
    local entry = { name = name, doc = definition.doc, parameters = {} }
    for i, parameter in ipairs(definition.specs.names) do
      local spec = definition.specs[parameter]
      entry.parameters[i] = {
        name = parameter, doc = spec.doc, type = spec.type or type(spec.default), choices = spec.choices,
        default = spec.default ~= nil and part "params".show(spec.default) or nil,
        optional = spec.default ~= nil or spec.optional,
      }
    end
    list[#list + 1] = entry
  end
  return list
end

-- What the host knows of kinds: those of plugins as well where they are asked for.
function answers.kinds(with_plugins)
  if with_plugins then
    part "kinds".read_plugins()
  end
  return part "kinds".facts()
end

-- What a text returns that only declares something: plugin.lua, config.lua. There is neither nj nor print.
function answers.declaration(chunk)
  return part "declaration"(chunk)
end

-- A field that nj lacks: it may be of a kind that a plugin declares.
function answers.late_field(name)
  part "kinds".read_plugins()
  return rawget(nj, name)
end

-- A command of a plugin, with the words behind its name.
function answers.run_command(name, words)
  return part "commands".run(name, words)
end

-- The program that runs scripts gives them functions and types of its own.
function answers.host_function(name, number)
  part "host".add_function(name, number)
end

function answers.host_type(name, methods)
  part "host".add_type(name, methods)
end

function answers.host_dropped()
  return part "host".dropped()
end

-- nightjar check: a definition to check; then one check after the other.
function answers.begin_check(definition, options)
  return part "check".begin(definition, options)
end

function answers.run_check(index)
  return part "check".run(index)
end

-- nightjar explain: the object with the parameters of its example, and over them those of the command line.
function answers.made(definition, settings)
  return part "check".made(definition, settings)
end

-- nightjar explain --latex: what is certain of a loss so made.
function answers.theory(definition, classes, settings)
  return part "check".theory(definition, classes, settings)
end

-- What is found about an operation of a native library with some examples.
function answers.check_native(...)
  return part "check/native"(...)
end

-- The native side of a data set, nil for anything else.
function answers.native_data(value)
  return part "definitions".native_data(value)
end

-- What is typed: see interactive.lua.
function answers.session(what, ...)
  return part "interactive"[what](...)
end

-- What a finished run does with data: see finished.lua.
function answers.finished(what, ...)
  return part "finished"[what](...)
end

-- For reloading scripts while training goes on: see watch.lua.
function answers.watch_sources(...)
  return part "watch".sources(...)
end

function answers.watch_swap(...)
  part "watch".swap(...)
end

function answers.watch_undo()
  part "watch".undo()
end

-- What the trainer must know of its parts.
function answers.trainer_facts(loss, optimizer)
  return part "trainer".facts(loss, optimizer)
end

-- The functions by which a trainer calls a loss.
function answers.loss_functions()
  return part "losses".host
end

-- The rule of an optimizer alone, as a trainer makes one for each group.
function answers.rule(optimizer)
  return part "groups".rule(optimizer)
end

-- What the host calls.
return function(what, ...)
  return answers[what](...)
end
