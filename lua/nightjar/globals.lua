-- Globals of scripts that need the host: print and require.
local part = ...
local declare = part "declare" "Globals"
local params = part "params"
local shown = part "shown"

declare.call("print", {
  doc = "Writes values, tensors in full or summarised, tables with what is in them, with tabs between and a newline "
    .. "after them.",
  parameters = { { "...", "any" } },
})

function base.print(...)
  local texts = table.pack(...)
  for i = 1, texts.n do
    texts[i] = shown.text(texts[i])
  end
  native.write(table.concat(texts, "\t") .. "\n")
end

local modules = { nightjar = public_nj }

declare.call("require", {
  doc = "The library (\"nightjar\", \"nightjar.test\"), what another script of the folders that scripts may read "
    .. "returns (relative paths start at the script that asks), or a Lua package that the script's plugin declares.",
  parameters = {
    { "name", "string", "\"nightjar\", or a path such as \"helpers\", \"../helpers\" or \"lib/helpers.lua\"" },
  },
  returns = "any",
})

function base.require(name)
  if type(name) ~= "string" then
    native.fail("require expects a name such as \"nightjar\", got " .. params.a_kind(name))
  end
  if modules[name] ~= nil then
    return modules[name]
  end
  if name == "nightjar.test" then
    return part "test".module
  end
  local here = native.where_am_i():match("^(.*):%d+$")
  -- A package that the script's plugin declares.
  local owner = name:match("^[%w_-]+") and not name:find("/", 1, true) and native.packages_of(here)
  if owner and owner.declared[name:match("^[%w_-]+")] then
    return part "packages".require(owner, name)
  end
  -- A dot stands for a folder, as in Lua; not in what is written as a path: "../helpers".
  local path = name:match("%.lua$") and name or (name:find("/", 1, true) and name or name:gsub("%.", "/")) .. ".lua"
  local chunk, full = native.load_file(path, here)
  if modules[full] == nil then
    local value = chunk(name)
    modules[full] = value == nil and true or value
  end
  return modules[full]
end

return true
