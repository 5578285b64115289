-- nj.config: settings of a script with their defaults; the command line overrides them with --set name=value.
-- nj.experiment shares what is here: checks of defaults, texts from the command line, the read-only table.
local part = ...
local declare = part "declare" "Experiments"
local params = part "params"
local walk = part "walk"

local config = {}

-- What a text must be to become a value of the sample's type; `fail` is given that, where it is not.
local function read(text, sample, fail)
  local kind = type(sample)
  if kind == "number" then
    local number = tonumber(text)
    if number == nil then
      fail("is a number", "numbers")
    elseif math.abs(number) == math.huge then
      fail("is a finite number", "finite numbers")
    end
    -- A whole number stays one, as far as there are integers.
    return math.type(sample) == "integer" and math.tointeger(number) or number
  elseif kind == "boolean" then
    if text ~= "true" and text ~= "false" then
      fail("is true or false", "true and false")
    end
    return text == "true"
  elseif kind == "table" then
    local list = {}
    text = text:match("^%s*{(.*)}%s*$") or text
    for item in (text .. ","):gmatch("%s*([^,]*)%s*,") do
      if item ~= "" then
        list[#list + 1] = sample[1] == nil and (tonumber(item) or item) or read(item, sample[1], function(_, plural)
          fail("is a list of " .. plural .. ", got '" .. item .. "'", "lists")
        end)
      end
    end
    return list
  end
  return text
end

--- A text from the command line, as the type that the sample has, which is the default or another value.
-- `written` is how messages show it, by default as a setting; `known` what they say of values that are there, by
-- default that the sample is the default.
function config.parse(name, text, sample, written, known)
  return read(text, sample, function(wanted)
    native.fail((written or "--set " .. name .. "=" .. text) .. ": '" .. name .. "' " .. wanted
      .. (known or " (default " .. params.show(sample) .. ")"))
  end)
end

-- What a type looks like, for parameters without a default.
local empty = { number = 0, integer = 0, string = "", boolean = false, table = {} }

--- A text from the command line for a parameter, as the type that its declaration says.
function config.parse_parameter(name, text, spec, written)
  local default = spec.default
  local known = default == nil and "" or nil
  if default == nil then
    default = empty[spec.type]
  end
  return default == nil and (tonumber(text) or text) or config.parse(name, text, default, written, known)
end

--- Refuses a default that no setting can have; `maker` is for messages: "nj.config".
function config.check(maker, name, default)
  if type(name) ~= "string" then
    native.fail(maker .. " expects named settings, for example { rate = 0.4 }")
  end
  local function check(value, trail)
    local kind = nj.is_tensor(value) and "tensor" or type(value)
    if kind == "table" then
      walk.enter(trail, value)
      for _, entry in pairs(value) do
        check(entry, trail)
      end
      walk.leave(trail, value)
    elseif kind ~= "number" and kind ~= "boolean" and kind ~= "string" then
      native.fail("setting '" .. name .. "' has a default that " .. (value == default and "is" or "holds") .. " a "
        .. kind .. ": settings are numbers, strings, true or false, and lists")
    end
  end
  check(default, walk.trail("setting '" .. name .. "' of " .. maker))
end

--- Says that the command line sets what is not there; `what` has no such setting: "experiment".
function config.unknown(name, text, names, what)
  local listed = #names > 0 and "\n  settings are " .. table.concat(names, ", ") or "\n  it has no settings"
  native.fail(string.format("--set %s=%s: this %s has no setting '%s'%s%s", name, text, what, name,
    params.suggestion(name, names), listed))
end

local Config = {}

function Config.__index(self, name)
  native.fail("there is no setting '" .. tostring(name) .. "'" .. params.suggestion(tostring(name), Config.names[self])
    .. "\n  settings are " .. table.concat(Config.names[self], ", "))
end

function Config.__newindex(_, name)
  native.fail("settings do not change while an experiment runs: '" .. tostring(name) .. "' cannot be set")
end

function Config.__tostring(self)
  local parts = {}
  for i, name in ipairs(Config.names[self]) do
    local value = self[name]
    -- An object says itself what it is.
    local is_plain = type(value) ~= "table" or getmetatable(value) == nil
    parts[i] = name .. " = " .. (is_plain and params.show(value) or tostring(value))
  end
  return #parts > 0 and "settings { " .. table.concat(parts, ", ") .. " }" or "settings {}"
end

Config.names = setmetatable({}, { __mode = "k" })

--- Settings as scripts get them: reading a name that is not there is an error, and so is changing one.
function config.seal(values)
  local names = {}
  for name in pairs(values) do
    names[#names + 1] = name
  end
  table.sort(names)
  Config.names[values] = names
  return setmetatable(values, Config)
end

declare.call("nj.config", {
  doc = "Settings of a script: defaults, overridden from the command line with --set name=value. Types are those of "
    .. "the defaults; lists are split at commas. A component may have parameters, rll{alpha=0.45} or loss.alpha=0.45, "
    .. "which nj.losses[cfg.loss] and the other registries take.",
  parameters = { { "defaults", "table<string, any>" } },
  returns = "table<string, any>",
  example = "nj.config { rate = 0.4, hidden = { 512, 512 } }.rate --> 0.4",
})

function nj.config(defaults)
  if type(defaults) ~= "table" then
    native.fail("nj.config expects a table of settings with their defaults, got " .. params.a_kind(defaults))
  end
  local cells, components = part "cells", part "components"
  local values, axes = {}, {}
  for name, default in pairs(defaults) do
    config.check("nj.config", name, default)
    values[name] = components.from(default, "setting '" .. name .. "' of nj.config")
  end
  cells.apply_all(native.settings(), values, axes, "script")
  if #axes > 0 then
    native.fail("a script has one value of each setting, and --set gives '" .. axes[1].names[1] .. "' "
      .. #axes[1].rows .. ": nj.experiment has axes, which try several")
  end
  local record = {}
  for name, value in pairs(values) do
    local registry = components.registry(name)
    if registry then
      components.check(registry, value, "'" .. name .. "'")
    end
    record[name] = components.record(value)
  end
  config.last = record
  return config.seal(values)
end

return config
