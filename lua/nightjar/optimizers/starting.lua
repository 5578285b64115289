-- What optimizers remember of each parameter before the first update: numbers, the weights, or what a function makes of
-- them.
local part = ...
local definitions = part "definitions"
local params = part "params"

local starting = {}

local starts = {
  zeros = nj.zeros_like, ones = nj.ones_like,
  weights = function(w)
    return w:copy()
  end,
}

--- What is remembered under a name before the first update of a parameter: of its shape and dtype.
function starting.first(self, name, w)
  local definition, start = rawget(self, "definition"), self:slots()[name]
  if type(start) == "number" then
    return nj.full(w:shape(), start, { dtype = w:dtype() })
  elseif starts[start] then
    return starts[start](w)
  elseif type(start) ~= "function" then
    native.fail(string.format("state '%s' of %s starts as \"zeros\", \"ones\", \"weights\", a number or a function, "
      .. "got %s", name, definition.owner, params.show(start)))
  end
  local value = start(self, w)
  if not nj.is_tensor(value) or not native.same_shape(value, w) or value:dtype() ~= w:dtype() then
    error(string.format("%s: state '%s' of %s must start as a tensor like the parameter, %s of shape (%s), got %s",
      definitions.place_of(start), name, definition.owner, w:dtype(), table.concat(w:shape(), ", "),
      nj.is_tensor(value) and value:dtype() .. " of shape (" .. table.concat(value:shape(), ", ") .. ")"
        or definitions.describe(value)), 0)
  end
  return value
end

-- How everything that is remembered starts, also by the optimizer inside this one.
function starting.slots(self, inner)
  local definition = rawget(self, "definition")
  local declared = definition.state or {}
  if type(declared) == "function" then
    declared = declared(self)
  end
  if type(declared) ~= "table" then
    native.fail(string.format("'state' of %s must be a table such as { velocity = \"zeros\" } or a function that "
      .. "returns one, got %s", definition.owner, params.with_article(type(declared))))
  end
  local slots = {}
  for name, start in pairs(declared) do
    if type(name) ~= "string" then
      native.fail(definition.owner .. " names its state by strings, as in state = { velocity = \"zeros\" }, got "
        .. params.show(name))
    end
    slots[name] = start
  end
  for name, start in pairs(inner and inner.object:slots() or {}) do
    slots[inner.prefix .. name] = type(start) == "function" and function(_, w)
      return start(inner.object, w)
    end or start
  end
  return slots
end

return starting
