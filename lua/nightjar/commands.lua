-- nj.command and nj.commands: words for the command line that plugins bring. nightjar tally --classes 10 a.npy runs the
-- command `tally` with its parameter and what else was written.
local part = ...
local declare = part "declare" "Plugins"
local definitions = part "definitions"
local params = part "params"
local config = part "config"

local Command = {}

local known_fields, required = declare.fields("nightjar.CommandFields", "What nj.command takes.", {
  { "name", "string", "what is typed: nightjar <name>" },
  { "doc", "string", "one line", optional = true },
  { "usage", "string", "what is written behind the name beside parameters, such as \"FILE...\"", optional = true },
  definitions.params_field,
  { "run", "function", "run(self, arguments) does the work; what it returns is printed, and false means that it failed",
    annotation = "fun(self: table, arguments: string[]): any" },
  definitions.check_field,
})

declare.class("nightjar.Command", { doc = "A word for the command line, with its parameters." })

function Command.__index(self, field)
  local definition = rawget(self, "definition")
  if field == "run" then
    return definition.run
  end
  return definitions.unknown_field(self, field)
end

function Command.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Command.__tostring(self)
  return rawget(self, "definition").owner
end

declare.call("nj.command", {
  doc = "Defines a command: a plugin that provides it under commands gives the command line a word. Parameters are "
    .. "written as --name value.",
  parameters = { { "fields", "nightjar.CommandFields" } },
  returns = "fun(parameters?: table<string, any>): nightjar.Command",
  example = [[
local greet = nj.command {
  name = "greet",
  params = { times = { default = 1, type = "integer", min = 1 } },
  run = function(self, arguments) return ("hello " .. arguments[1] .. " "):rep(self.times) end,
}
greet { times = 2 }:run { "you" } --> "hello you hello you "]],
})

part "kinds".declare({
  word = "command", maker = "command", registry = "commands", class = "nightjar.Command", doc = "Commands",
  fields = known_fields, required = required, scaffold = "command",
  make = function(definition, values)
    return definitions.check(definition, definitions.object(Command, definition, values))
  end,
}, declare)

local commands = {}

local function help(definition)
  local lines = { "usage: nightjar " .. definition.name
    .. (#definition.specs.names > 0 and " [--parameter value]" or "")
    .. (definition.usage and " " .. definition.usage or "") }
  if definition.doc then
    table.insert(lines, 1, definition.doc)
  end
  for _, name in ipairs(definition.specs.names) do
    local spec = definition.specs[name]
    lines[#lines + 1] = "  --" .. name .. (spec.default ~= nil and " " .. params.show(spec.default) or "")
      .. (spec.doc and ": " .. spec.doc or "")
  end
  lines[#lines + 1] = "  --data-dir DIR: where data sets lie (by default NIGHTJAR_DATA, then /usr/share/datasets)"
  return table.concat(lines, "\n")
end

--- Runs a command with the words behind its name. Returns what it printed in the end, or nil, and whether it failed.
function commands.run(name, words)
  local make = nj.commands[name]
  local definition, given, arguments = make, {}, {}
  local position = 1
  while position <= #words do
    local word = words[position]
    if word == "--help" or word == "-h" then
      return help(definition), false
    elseif word == "--" then
      table.move(words, position + 1, #words, #arguments + 1, arguments)
      break
    end
    local parameter, value = word:match("^%-%-([%w_]+)=(.*)$")
    parameter = parameter or word:match("^%-%-([%w_]+)$")
    if parameter == nil then
      arguments[#arguments + 1] = word
    else
      local spec = definitions.parameter(definition, parameter)
      if spec == nil then
        native.fail("command '" .. name .. "' has no parameter '" .. parameter .. "'"
          .. params.suggestion(parameter, definition.specs.names) .. "\n  " .. help(definition):gsub("\n", "\n  "))
      end
      if value == nil then
        position = position + 1
        value = words[position]
        if value == nil then
          native.fail("command '" .. name .. "': --" .. parameter .. " needs a value")
        end
      end
      given[parameter] = config.parse_parameter(parameter, value, spec, "--" .. parameter .. " " .. value)
    end
    position = position + 1
  end
  local object = make(given)
  local answer = object:run(arguments)
  if answer == nil or type(answer) == "boolean" then
    return nil, answer == false
  end
  return part "shown".text(answer), false
end

return commands
