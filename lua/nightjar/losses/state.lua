-- What losses remember from batch to batch: found along their parts, made from a training set, kept over calls.
local part = ...
local params = part "params"
local native, nj, rawget = native, nj, rawget

local state = {}

--- Everything that a loss and its parts remember, in order of the paths: { path, loss, field, start, values }, where
-- `values` is the table in which the loss finds its state.
function state.slots(loss)
  local slots, seen = {}, {}
  local function collect(one, prefix)
    -- A loss that is a part twice remembers once.
    if seen[one] then
      return
    end
    seen[one] = true
    for field, start in pairs(rawget(one, "definition").state or {}) do
      slots[#slots + 1] = {
        path = prefix .. field, loss = one, field = field, start = start, values = rawget(one, "remembered"),
      }
    end
    for i, inner in ipairs(rawget(one, "definition").parts or {}) do
      collect(inner, string.format("%s%d.%s.", prefix, i, rawget(inner, "definition").name))
    end
  end
  collect(loss, "")
  table.sort(slots, function(a, b) return a.path < b.path end)
  return slots
end

local fills = { zeros = 0, ones = 1 }

-- One extent of a state: a number, or "samples" or "classes" of the training set.
local function extent_of(extent, setting, owner, field)
  if extent == "samples" or extent == "classes" then
    extent = setting[extent]
  end
  if math.type(extent) ~= "integer" or extent < 0 then
    native.fail(string.format("state '%s' of %s has the extent %s: extents are whole numbers, \"samples\" or "
      .. "\"classes\"", field, owner, params.show(extent)))
  end
  return extent
end

local function first_value(slot, setting)
  local definition, start = rawget(slot.loss, "definition"), slot.start
  local owner, field = definition.owner, slot.field
  local value
  if type(start) == "function" then
    value = start(slot.loss, setting)
  else
    local shape, options = {}, { dtype = setting.dtype }
    if type(start) == "table" and not nj.is_tensor(start) then
      for i, extent in ipairs(start) do
        shape[i] = extent_of(extent, setting, owner, field)
      end
      options.dtype, start = start.dtype or setting.dtype, start.start or "zeros"
    end
    if nj.is_tensor(start) then
      return start
    end
    local number = fills[start] or start
    if type(number) ~= "number" then
      native.fail(string.format("state '%s' of %s starts as \"zeros\", \"ones\" or a number, a table such as "
        .. "{ \"samples\", \"classes\", start = 0 }, or a function, got %s", field, owner, params.show(start)))
    end
    value = nj.full(shape, number, options)
  end
  if not nj.is_tensor(value) then
    native.fail(string.format("state '%s' of %s must start as a tensor, its function returned %s", field, owner,
      value == nil and "nothing: did it forget 'return'?" or "a " .. type(value)))
  end
  return value
end

--- The first values by path. `setting` has samples, classes and dtype.
function state.start(self, setting)
  local values = {}
  for _, slot in ipairs(state.slots(self)) do
    values[slot.path] = first_value(slot, setting)
  end
  return values
end

--- Takes over values by path.
function state.adopt(self, values)
  for _, slot in ipairs(state.slots(self)) do
    slot.values[slot.field] = values[slot.path]
  end
end

--- What `body` returns with the state put in place, and the state after it. The loss itself is left as it was.
function state.within(self, before, body, ...)
  local slots, own, after = state.slots(self), {}, {}
  for i, slot in ipairs(slots) do
    own[i] = slot.values[slot.field]
    slot.values[slot.field] = before[slot.path]
  end
  local restore <close> = setmetatable({}, { -- luacheck: ignore
    __close = function()
      for i, slot in ipairs(slots) do
        slot.values[slot.field] = own[i]
      end
    end,
  })
  local values = body(self, ...)
  for _, slot in ipairs(slots) do
    after[slot.path] = slot.values[slot.field]
  end
  return values, after
end

return state
