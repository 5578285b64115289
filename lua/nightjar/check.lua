-- nightjar check: what a definition promises, put to the test on the public road. The host asks for one check after
-- the other; each answers with a verdict ("ok", "note" or "FAIL"), a line of text, further lines and numbers.
local part = ...
local definitions = part "definitions"
local params = part "params"
local config = part "config"

local kinds = part "kinds"

local function checked(kind)
  return kind.check
end

-- The parameters that the definition gives as its example, and over them those of the command line, each of the type
-- that its declaration says.
local function parameters(definition, settings)
  local given = {}
  for name, value in pairs(definition.example or {}) do
    given[name] = value
  end
  for _, setting in ipairs(settings) do
    local name, text = setting[1], setting[2]
    given[name] = config.parse_parameter(name, text, definitions.parameter(definition, name) or {})
  end
  return given
end

local function shown_parameters(definition, object)
  local shown = {}
  for _, name in ipairs(definitions.parameter_names(definition)) do
    local value = rawget(object, name)
    -- What is common to all is shown where it was given.
    if definition.specs[name] ~= nil or value ~= nil then
      shown[#shown + 1] = { name, value == nil and "nil" or nj.is_tensor(value) and "a tensor" or params.show(value) }
    end
  end
  return shown
end

local check = {}
local running

--- An object with the parameters of the example, and over them { name, text } for each of `settings`.
function check.made(definition, settings)
  return definition(parameters(definition, settings))
end

--- Makes the object to be checked. Returns what it is and the names of the checks, in order.
function check.begin(definition, options)
  local word = definitions.kind(definition)
  local kind = kinds.of(word)
  if kind == nil then
    native.fail("the file returned nothing to check: it must return "
      .. kinds.phrase(checked, "or", function(known) return "nj." .. known.maker .. " { ... }" end))
  elseif not kind.check then
    native.fail("nightjar check knows " .. kinds.phrase(checked, "and") .. "; this is " .. params.with_article(word))
  end
  local object = check.made(definition, options.settings)
  running = (type(kind.check) == "string" and part(kind.check) or kind.check).begin(object, definition, options)
  local names = {}
  for i, entry in ipairs(running) do
    names[i] = entry.name
  end
  return {
    kind = word, name = definition.name, doc = definition.doc or "", place = definition.place,
    parameters = shown_parameters(definition, object), checks = names,
  }
end

--- What is certain of a loss; see check/theory.lua.
function check.theory(definition, classes, settings)
  local word = definitions.kind(definition)
  if word ~= "loss" then
    native.fail("formulas are those of losses; this is " .. (word and params.with_article(word) or "none"))
  end
  local loss = check.made(definition, settings)
  return part("check/theory").of(part("check/subject")(loss, definition), classes)
end

--- Runs one check. An error of the script is the host's to tell.
function check.run(index)
  local result = running[index].run()
  result.verdict = result.verdict or "ok"
  return result
end

return check
