-- Scripts that change while a run is going: what was defined in a file is replaced where it stands, so that every
-- object made of it, also one inside a combination or another script, goes on with the new text.
local part = ...
local definitions = part "definitions"
local optimizers = part "optimizers"
local params = part "params"

local watch = {}

-- What takes back the last replacement, in order.
local undo = {}

-- The parts of a combined loss, those of a group's rule, the schedules of a training, or the object itself.
local function parts_of(object)
  local parts = {}
  if rawget(object, "pieces") then
    return object.pieces
  elseif rawget(object, "optimizer") and not rawget(object, "definition") then
    for _, field in ipairs { "optimizer", "clip", "average" } do
      parts[#parts + 1] = rawget(object, field) or nil
    end
    local inner = optimizers.wrapped(object.optimizer)
    while inner do
      parts[#parts + 1], inner = inner, optimizers.wrapped(inner)
    end
    return parts
  end
  for i, term in ipairs(rawget(object, "definition").terms or { { loss = object } }) do
    parts[i] = term.loss
  end
  return parts
end

--- The files in which trainer parts are defined: { file, word, name } each, in order, every file once.
function watch.sources(...)
  local sources, seen = {}, {}
  for _, object in ipairs { ... } do
    for _, piece in ipairs(parts_of(object)) do
      local definition = rawget(piece, "definition")
      local origin = definition and definitions.origins[definitions.behind(definition) or definition]
      if origin and not seen[origin.file] then
        seen[origin.file] = true
        sources[#sources + 1] = { file = origin.file, word = origin.kind.word, name = definition.name }
      end
    end
  end
  return sources
end

-- Gives a table other contents and remembers those that it had.
local function replace(target, contents)
  local before = {}
  for key, value in next, target do
    before[key] = value
  end
  local function fill(values)
    for key in next, target do
      rawset(target, key, nil)
    end
    for key, value in next, values do
      rawset(target, key, value)
    end
  end
  undo[#undo + 1] = function()
    fill(before)
  end
  fill(contents)
end

-- A new object of the definition in place of an old one, made from the parameters that the old one was made from.
local function renewed(object, kind, definition, given)
  local fresh = definitions.create(kind, definition, given)
  local contents = {}
  for key, value in next, fresh do
    contents[key] = value
  end
  -- What it remembers stays; the trainer sees to the rest.
  local remembered = rawget(object, "remembered")
  if remembered and contents.remembered then
    contents.remembered = remembered
  end
  return contents
end

--- Runs the new text of a file and replaces what the old one defined. On an error everything stays as it was.
-- `shown` is what messages call the file.
function watch.swap(file, chunk, shown)
  local olds, kind = {}, nil
  for definition, origin in next, definitions.origins do
    if origin.file == file then
      olds[#olds + 1], kind = definition, origin.kind
    end
  end
  local new, problem = definitions.read(kind, chunk(), shown)
  if new == nil then
    error(problem, 0)
  end
  local work = {}
  for _, old in ipairs(olds) do
    if new.name ~= old.name then
      error(string.format("%s defines %s '%s' now: while a run goes on it must define '%s'", shown, kind.word,
        new.name, old.name), 0)
    end
    for _, field in ipairs(kind.fixed or {}) do
      if new[field] ~= old[field] then
        error(string.format("%s: '%s' of %s '%s' is %s now and was %s: it cannot change while a run goes on", shown,
          field, kind.word, new.name, params.show(new[field]), params.show(old[field])), 0)
      end
    end
    for object, given in next, definitions.made do
      if rawget(object, "definition") == definitions.view(old) then
        local contents = renewed(object, kind, new, given.parameters)
        contents.definition = definitions.view(old)
        work[#work + 1] = { object, contents }
      end
    end
  end
  undo = {}
  for _, old in ipairs(olds) do
    replace(old, new)
  end
  for _, item in ipairs(work) do
    replace(item[1], item[2])
  end
end

--- Takes the last replacement back.
function watch.undo()
  for i = #undo, 1, -1 do
    undo[i]()
  end
  undo = {}
end

return watch
