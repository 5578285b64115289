-- nj.clip and nj.clips: what is done to gradients before the optimizer gets them.
--
-- `apply` works on one gradient and is recorded once a shape. What depends on all gradients together goes through one
-- number: `measure` makes a number of each gradient, `factor` makes of their sum what `apply` gets.
local part = ...
local declare = part "declare" "Optimizers"
local definitions = part "definitions"
local params = part "params"

local Clip = { methods = {} }

local known_fields, required = declare.fields("nightjar.ClipFields", "What nj.clip takes.", {
  { "name", "string", "what messages and files call the clip" },
  { "doc", "string", "one line", optional = true },
  definitions.params_field,
  { "measure", "function", "measure(self, gradient) makes a number of one gradient; they are added up",
    optional = true, annotation = "fun(self: table, gradient: nightjar.Tensor): nightjar.Tensor" },
  { "factor", "function", "factor(self, total) makes of the sum what apply gets", optional = true,
    annotation = "fun(self: table, total: nightjar.Tensor): nightjar.Tensor" },
  { "apply", "function", "apply(self, gradient, factor) returns the gradient that the optimizer gets",
    annotation = "fun(self: table, gradient: nightjar.Tensor, factor?: nightjar.Tensor): nightjar.Tensor" },
  definitions.check_field,
})

declare.class("nightjar.Clip", { doc = "A way of clipping gradients with its parameters." })

local kind = {
  word = "clip", maker = "clip", registry = "clips", class = "nightjar.Clip", doc = "Ways of clipping",
  fields = known_fields, required = required, scaffold = "clip",
}

function kind.make(definition, values)
  return definitions.check(definition, definitions.object(Clip, definition, values))
end

function Clip.__index(self, field)
  return Clip.methods[field] or definitions.unknown_field(self, field)
end

function Clip.__newindex(self, field)
  native.fail(rawget(self, "definition").owner .. " does not change: '" .. tostring(field) .. "' cannot be set")
end

function Clip.__tostring(self)
  return rawget(self, "definition").owner
end

local function tensor_from(self, name, ...)
  local definition = rawget(self, "definition")
  local value = definition[name](self, ...)
  if not nj.is_tensor(value) then
    error(string.format("%s: %s of %s must return a tensor, it returned %s", definitions.place_of(definition[name]),
      name, definition.owner, value == nil and "nothing: did it forget 'return'?" or "a " .. type(value)), 0)
  end
  return value
end

--- The number of one gradient that is added up over all.
function Clip.methods.part(self, g)
  return tensor_from(self, "measure", g)
end

--- What `apply` gets, from the sum of all parts.
function Clip.methods.total(self, sum)
  return rawget(self, "definition").factor and tensor_from(self, "factor", sum) or sum
end

--- A gradient as the optimizer gets it.
function Clip.methods.clipped(self, g, factor)
  return tensor_from(self, "apply", g, factor)
end

kind.methods = definitions.expose(Clip.methods)

declare.call("nj.clip", {
  doc = "Defines a way of clipping gradients before the optimizer gets them.",
  parameters = { { "fields", "nightjar.ClipFields" } },
  returns = "fun(parameters?: table): nightjar.Clip",
})

part "kinds".declare(kind, declare)

local clips = {}

-- From the field of a trainer: an object, or { norm = 1 } for nj.clips.norm { limit = 1 }.
function clips.from(value)
  if value == nil or (type(value) == "table" and getmetatable(value) == Clip) then
    return value
  end
  local name, limit, got
  if type(value) ~= "table" then
    got = params.show(value)
  elseif definitions.kind(value) or nj.is_tensor(value) or rawget(value, "definition") then
    got = definitions.describe(value)
  else
    name, limit = next(value)
    got = type(name) ~= "string" and (name == nil and "an empty table" or "a list")
      or next(value, name) ~= nil and "a table of several fields: it takes one clip"
  end
  if got then
    native.fail("'clip' of nj.trainer is { norm = 1 }, { value = 0.5 } or an object such as nj.clips.norm { limit = 1 }"
      .. ", got " .. got)
  end
  return nj.clips[name] { limit = limit }
end

function clips.measures(clip)
  return clip ~= nil and rawget(clip, "definition").measure ~= nil
end

return clips
