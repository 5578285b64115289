-- A session in which one input follows another: what `nightjar repl` and the Jupyter kernel run things in. No terminal
-- is here: inputs come as texts, and values go out to be shown.
--
-- Names. A `local` at the outermost level of an input makes a name of the session, and so does an assignment to a name
-- that is declared nowhere, which scripts refuse. Functions of the session see a name as it is when they run. `const`
-- is forgotten between inputs; `close` ends with its input. `_` is the first value that was shown last.
local part = ...
local compile = part "interactive/chunk"
local names = part "interactive/names"
local params = part "params"
local results = part "results"
local shown = part "shown"

local session = {}

local environment = {}
-- Names that are declared, also those whose value is nil.
local known = {}
-- Names whose values are made when they are first asked for.
local waiting = {}

local meta = { __metatable = false }

function meta.__index(_, name)
  if waiting[name] then
    local value = waiting[name]()
    waiting[name], known[name] = nil, true
    rawset(environment, name, value)
    return value
  elseif known[name] then
    return nil
  end
  local value = rawget(base, name)
  if value == nil then
    local candidates = {}
    for _, source in ipairs { environment, waiting, base } do
      for other in next, source do
        candidates[#candidates + 1] = type(other) == "string" and other or nil
      end
    end
    table.sort(candidates)
    native.fail("there is no variable '" .. tostring(name) .. "'"
      .. params.suggestion(tostring(name), candidates, "global"))
  end
  return value
end

function meta.__newindex(t, name, value)
  waiting[name], known[name] = nil, true
  rawset(t, name, value)
end

setmetatable(environment, meta)
rawset(environment, "nj", public_nj)

--- The state of a text ("empty", "complete", "incomplete", "wrong") and Lua's message.
function session.read(text, name)
  local state, message = compile(text, name)
  return state, type(message) == "string" and message or nil
end

-- One value to be shown: a tensor as it is, a picture with what stands for it, or a text.
local function displayed(value, wants_pictures)
  if nj.is_tensor(value) then
    local is_there = pcall(value.rank, value)
    return is_there and { tensor = value } or { text = tostring(value) }
  elseif type(value) == "string" then
    return { text = value:find("\n", 1, true) and value or string.format("%q", value) }
  elseif wants_pictures and results.kind(value) == "figure" then
    return { text = tostring(value), svg = value:svg() }
  end
  return { text = shown.text(value) }
end

--- Runs a text that is complete, and gives what is to be shown of its values.
function session.run(text, name, wants_pictures)
  local state, chunk = compile(text, name)
  if state ~= "complete" then
    return {}
  end
  debug.setupvalue(chunk, 1, environment)
  -- Through C, so that a traceback calls it the main chunk.
  local values = table.pack(native.expose(chunk)())
  if values.n > 0 then
    environment._ = values[1]
  end
  local list = {}
  for i = 1, math.min(values.n, 20) do
    list[i] = displayed(values[i], wants_pictures)
  end
  if values.n > 20 then
    list[21] = { text = "... " .. values.n - 20 .. " more values" }
  end
  return list
end

function session.complete(text)
  return names.complete(text, environment, waiting)
end

--- What a name stands for now, in words, and the function or kind of object whose description says more.
function session.describe(path)
  local value = names.value(path, environment)
  if value == nil then
    return waiting[path] and "made when it is first asked for" or nil
  end
  -- Of a function, the reference says more.
  return type(value) ~= "function" and shown.text(value) or nil, nj.is_tensor(value) and "nightjar.Tensor" or nil
end

--- A run on disk: names for what it was made of, each read when it is first asked for.
function session.open(folder)
  local run = nj.load_run(folder)
  rawset(environment, "run", run)
  for name, make in pairs {
    model = function() return run:model() end,
    loss = function() return run:loss() end,
    noise = function() return run:noise() end,
    data = function() return run:data() end,
    ledger = function() return run:ledger() end,
    curves = function() return run:curves() end,
    config = function() return run:config() end,
  } do
    waiting[name] = make
  end
  return tostring(run)
end

return session
