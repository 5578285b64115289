-- Lua packages that a plugin declares (packages = { "pl", "inspect" } in plugin.lua), as its scripts `require` them.
--
-- Each plugin has instances of its own, in globals of their own, which the packages may assign. There they find
-- restricted stand-ins for what reaches outside: text goes where print goes, files do not open, the environment is
-- empty. The packages of a plugin that runs without the sandbox get the real libraries, and may be written in C.
local part = ...
local params = part "params"

local packages = {}

-- The globals of each plugin's packages and what these returned, by the plugin's folder and whether its sandbox is
-- lifted.
local worlds = {}

local plain = { "select", "ipairs", "pairs", "next", "type", "tostring", "tonumber", "assert", "error", "rawequal",
  "rawlen", "rawget", "getmetatable", "pcall", "xpcall", "setmetatable", "collectgarbage", "_VERSION", "print" }
local libraries = { "math", "string", "table", "utf8", "coroutine", "os" }

-- A copy, so that what packages add to a library stays among them.
local function copy(library)
  local fields = {}
  for name, value in pairs(library) do
    fields[name] = value
  end
  return fields
end

-- What does something outside of Lua: there, so that a package can be loaded which only mentions it.
local function forbidden(world, name)
  return native.expose(function()
    native.fail(name .. " is not there for the packages of plugin '" .. world.plugin .. "': --trust lifts this")
  end)
end

local function stream(write)
  local file = {}
  function file.write(_, ...)
    for i = 1, select("#", ...) do
      write(tostring((select(i, ...))))
    end
    return file
  end
  function file.flush()
    return file
  end
  function file.setvbuf()
    return true
  end
  file.close = file.flush
  return file
end

local function no_file(path)
  return nil, tostring(path) .. ": packages of plugins open no files (--trust lifts this)", 13
end

local function io_of(world)
  local out = stream(native.write)
  local input = { close = function() return true end, lines = function() return function() end end }
  function input.read()
    return nil
  end
  return {
    stdout = out, stderr = out, stdin = input, open = no_file, type = function() return nil end,
    write = function(...) return out:write(...) end, read = input.read, output = function() return out end,
    input = function() return input end, popen = forbidden(world, "io.popen"), lines = forbidden(world, "io.lines"),
    tmpfile = forbidden(world, "io.tmpfile"), close = function() return true end,
  }
end

-- Where a function was written, and nothing by which it could be reached.
local function getinfo(f)
  local info = type(f) == "function" and debug.getinfo(f, "S")
  return info and { short_src = info.short_src, source = info.source, linedefined = info.linedefined, what = info.what,
    currentline = -1, namewhat = "" }
    or { short_src = "?", source = "=?", linedefined = -1, what = "Lua", currentline = -1, namewhat = "" }
end

-- A set that does not run metamethods, on tables of packages and scripts: those of the library do not change.
local function rawset_of(world)
  return native.expose(function(target, key, value)
    if type(target) ~= "table" then
      native.fail("rawset expects a table first, got " .. params.a_kind(target))
    end
    local meta = debug.getmetatable(target)
    if meta and meta.__metatable ~= nil then
      native.fail("rawset: this table is not one of the packages of plugin '" .. world.plugin .. "'")
    elseif key == nil or key ~= key then
      native.fail("rawset: a key is no nil and no NaN")
    end
    return rawset(target, key, value)
  end)
end

-- Compiles text alone. What it is called names no file, whatever the package calls it.
local function load_of(world, globals)
  local name = "=(a text that a package of plugin '" .. world.plugin .. "' loads)"
  return function(chunk, _, mode, environment, ...)
    if type(chunk) == "function" then
      local pieces = {}
      repeat
        local piece = chunk()
        pieces[#pieces + 1] = piece
      until piece == nil or piece == ""
      chunk = table.concat(pieces)
    end
    if type(chunk) ~= "string" then
      return nil, "load expects a text, got " .. params.a_kind(chunk)
    elseif mode ~= nil and not tostring(mode):find("t", 1, true) then
      return nil, "only text is loaded"
    end
    if environment == nil and select("#", ...) == 0 then
      environment = globals
    end
    return load(chunk, name, "t", environment)
  end
end

-- By which packages look for the environment of a function: that of their own functions is shown, and nothing else.
local function getupvalue_of(globals)
  return function(f, index)
    if type(f) ~= "function" then
      return "_ENV", globals
    end
    local name, value = debug.getupvalue(f, index)
    if name == nil then
      return nil
    end
    local is_own = name == "_ENV" and rawequal(value, globals)
    return is_own and name or "(hidden)", is_own and globals or nil
  end
end

local function restricted(world)
  local globals = {}
  for _, name in ipairs(plain) do
    globals[name] = base[name]
  end
  for _, name in ipairs(libraries) do
    globals[name] = copy(base[name])
  end
  local os = globals.os
  os.getenv = function() return nil end
  for _, name in ipairs { "execute", "exit", "remove", "rename", "setlocale", "tmpname" } do
    os[name] = forbidden(world, "os." .. name)
  end
  globals.io = io_of(world)
  globals.debug = {
    getinfo = getinfo, getupvalue = getupvalue_of(globals),
    gethook = function() return nil end, sethook = function() end,
    traceback = function(message) return message == nil and "" or message end,
    getmetatable = base.getmetatable, setmetatable = function(value) return value end,
  }
  globals.rawset = rawset_of(world)
  globals.load = load_of(world, globals)
  globals.loadfile, globals.dofile = forbidden(world, "loadfile"), forbidden(world, "dofile")
  return globals
end

-- All that Lua has. What packages assign is still their own.
local function whole()
  local globals = copy(_G)
  for name, value in pairs(globals) do
    if type(value) == "table" then
      globals[name] = copy(value)
    end
  end
  globals.print = base.print
  return globals
end

local function world_of(owner)
  local key = (owner.trusted and "trusted " or "restricted ") .. owner.folder
  local world = worlds[key]
  if world then
    return world
  end
  world = { plugin = owner.plugin, owner = owner, loaded = {}, loading = {} }
  local globals = owner.trusted and whole() or restricted(world)
  globals._G = globals
  for _, name in ipairs { "math", "string", "table", "utf8", "coroutine", "os", "io", "debug", "_G" } do
    world.loaded[name] = globals[name]
  end
  globals.package = {
    loaded = world.loaded, preload = {}, path = "", cpath = "", config = "/\n;\n?\n!\n-\n", searchers = {},
    searchpath = function(name) return nil, "no file for '" .. tostring(name) .. "'" end,
    loadlib = owner.trusted and package.loadlib or forbidden(world, "package.loadlib"),
  }
  globals.require = native.expose(function(name)
    return packages.require(owner, name)
  end)
  world.loaded.package = globals.package
  world.globals = globals
  worlds[key] = world
  return world
end

-- What makes a module written in C, where the plugin may have one.
local function compiled(owner, name)
  if not owner.trusted then
    return nil
  end
  local path = package.searchpath(name, (package.cpath:gsub("%./%?%.so", "")))
  return path and assert(package.loadlib(path, "luaopen_" .. name:gsub("^.*%-", ""):gsub("%.", "_"))), path
end

-- A module that is being loaded, until it is, or fails.
local Loading = { __close = function(self) self.world.loading[self.name] = nil end }

--- The package of a plugin, loaded once. `owner` is what native.packages_of gives.
function packages.require(owner, name)
  if type(name) ~= "string" then
    native.fail("require expects the name of a package, got " .. params.a_kind(name))
  end
  local world = world_of(owner)
  if world.loaded[name] ~= nil then
    return world.loaded[name]
  elseif world.loading[name] then
    native.fail("package '" .. name .. "' of plugin '" .. owner.plugin .. "' requires itself")
  end
  local preload = world.globals.package.preload[name]
  local chunk, path = preload, name
  if chunk == nil then
    chunk, path = native.package_file(owner.folder, name)
    if chunk then
      debug.setupvalue(chunk, 1, world.globals)
    else
      chunk, path = compiled(owner, name)
    end
  end
  if chunk == nil then
    native.fail("there is no Lua package '" .. name .. "' for plugin '" .. owner.plugin .. "': it is looked for in "
      .. table.concat(native.package_folders(owner.folder), ", ")
      .. (owner.trusted and "" or "; one that is written in C needs --trust"))
  end
  world.loading[name] = true
  local value
  do
    local _ <close> = setmetatable({ world = world, name = name }, Loading)
    value = chunk(name, path)
  end
  if world.loaded[name] == nil then
    world.loaded[name] = value == nil and true or value
  end
  return world.loaded[name]
end

return packages
