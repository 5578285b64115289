-- What other tools call something, and what is written here instead: the one place that messages about unknown names
-- ask before they look for the nearest name.
--
-- Each kind has its names in one of the files of elsewhere/, as rows, and as families where they are many:
--
--   { "kind, another kind", "name another_name", "reason", "code" }
--   { "kind, another kind", "^a_pattern", "reason", "code" }
--
-- The message is "reason: write code" without the name that the code gives to its value, and the code works: a test
-- runs each with a tensor x, labels y, a model, a loss, an optimizer, a schedule, a trainer and a data set, data; what
-- is "given" goes to nj.trainer. Kinds are the words of messages: "tensor", "nj.nn", "data set"; "parameter of
-- optimizer" is what an optimizer is made with; "any" are all that scripts hold. A code of nil means that the reason
-- says it all. Of families the first that fits answers.
local part = ...

local elsewhere = { rows = {}, families = {} }

for _, name in ipairs { "tensor", "nj", "layers", "data", "training", "arguments", "globals", "any" } do
  local file = part("elsewhere/" .. name)
  table.move(file.rows, 1, #file.rows, #elsewhere.rows + 1, elsewhere.rows)
  table.move(file.families, 1, #file.families, #elsewhere.families + 1, elsewhere.families)
end

-- By kind and name, what messages say.
local known = {}

local function words(reason, code)
  local shown = code and code:gsub("^local given = { (.*) }$", "%1"):gsub("^local [%w_]+ = ", "")
  return shown == nil and reason or (reason ~= "" and reason .. ": " or "") .. "write " .. shown
end

for _, row in ipairs(elsewhere.rows) do
  for kind in row[1]:gmatch("[^,%s][^,]*") do
    known[kind] = known[kind] or {}
    for name in row[2]:gmatch("%S+") do
      known[kind][name] = known[kind][name] or words(row[3], row[4])
    end
  end
end

local by_kind = {}

for _, row in ipairs(elsewhere.families) do
  for kind in row[1]:gmatch("[^,%s][^,]*") do
    by_kind[kind] = by_kind[kind] or {}
    table.insert(by_kind[kind], { row[2], words(row[3], row[4]) })
  end
end

-- Which other kinds a name may have been meant for, the likelier first.
local related = {
  nj = { "tensor", "nj.nn", "nj.losses", "nj.optim", "nj.schedules", "nj.data", "nj.callbacks", "nj.augmentations" },
  ["nj.nn"] = { "tensor", "nj.losses", "nj" },
  ["nj.losses"] = { "nj.nn" },
  ["nj.optim"] = { "nj.schedules" },
  ["nj.schedules"] = { "nj.optim" },
  ["nj.data"] = { "nj", "nj.augmentations" },
  tensor = { "nj", "nj.nn" },
  trainer = { "layer" },
  loss = { "layer" },
}

local function listed(kind, name)
  local found = known[kind] and known[kind][name]
  for _, family in ipairs(not found and by_kind[kind] or {}) do
    if name:find(family[1]) then
      return family[2]
    end
  end
  return found
end

-- Whether somebody looks for a name in another place: what answers there must not look on.
local looks = false

local function has(object, name)
  looks = true
  local fine, value = pcall(function() return object[name] end)
  looks = false
  return fine and value ~= nil
end

-- What the library has under this name in another place.
local modules = { "nn", "optim", "schedules", "losses", "noise", "metrics", "callbacks", "augmentations", "clips",
    "averages",
  "models", "layers", "data" }

local function in_another_place(kind, name)
  for _, place in ipairs(modules) do
    local own = "nj." .. place
    if own ~= kind and rawget(nj, place) ~= nil and has(nj[place], name) then
      local field = name:find("^[%a_][%w_]*$") and "." .. name or "[\"" .. name .. "\"]"
      return "it is in " .. own .. ": write " .. own .. field
    end
  end
  if kind ~= "nj" and rawget(nj, name) ~= nil then
    return "it is in nj: write nj." .. name
  end
end

-- Kinds that are no objects: what a function, a component or an experiment is given by name, and variables.
local of_no_object = {
  global = true, option = true, dtype = true, ["without arguments"] = true, ["nj.trainer"] = true,
  ["trainer:fit"] = true,
}

local function names_no_object(kind)
  return of_no_object[kind] or kind:find("^parameter of ") ~= nil or kind:find("^field of ") ~= nil
end

--- What is written here instead of a name that an object of this kind does not have, or nil; second, whether that is
--- said of this kind, and not guessed from what other places of the library have.
function elsewhere.advice(kind, name)
  local found = listed(kind, name)
  if found or looks or type(name) ~= "string" then
    return found, found ~= nil
  end
  local plain = name:match("^(%a.-)_+$")
  if plain and related[kind] and has(nj.zeros(1), plain) then
    return "a tensor does not change, so there is no name with _: write x:" .. plain .. "(...)"
  end
  local is_module = kind == "nj" or kind:find("^nj%.") ~= nil
  if kind == "nj.nn" and has(nj.zeros(1), name) then
    return "functions are methods of tensors: write x:" .. name .. "(...)"
  end
  found = not names_no_object(kind) and listed("any", name)
    or (is_module or kind == "tensor") and in_another_place(kind, name) or nil
  for _, other in ipairs(not found and related[kind] or {}) do
    found = found or listed(other, name) or plain and listed(other, plain)
  end
  return found or plain and listed(kind, plain) or nil
end

return elsewhere
