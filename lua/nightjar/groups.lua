-- The groups of a trainer's parameters, and for each the one rule that clips, updates and averages.
local part = ...
local optimizers = part "optimizers"
local starting = part "optimizers/starting"
local params = part "params"
local advance = optimizers.advance
local select, unpack = select, table.unpack

local groups = {}

-- ---- One rule made of three -----------------------------------------------------------------------------------------

-- What is recorded once a shape: gradient clipped, weights updated, average moved on, all in one pass.
local Rule = {}
Rule.__index = Rule

-- What the host calls: the new weights, and what is remembered after it. What is remembered before comes last; both are
-- in the order of `slots`. Whether the weights have their shape still is looked at by the host, which calls `check`
-- where they have not.
function Rule.record(self, w, g, rate, step, factor, ...)
  if self.clip then
    g = self.clip:clipped(g, factor)
  end
  local names, values = self.names, {}
  for i = 1, #names do
    values[names[i]] = (select(i, ...))
  end
  local average = self.average and values.average
  if average then
    values.average = nil
  end
  local new = advance(self.optimizer, w, g, values, rate, step)
  if average then
    optimizers.check_result(self.optimizer, w, new)
    values.average = self.average:next(average, new, step)
  end
  if #names == 1 then
    return new, values[names[1]]
  end
  local after = {}
  for i = 1, #names do
    after[i] = values[names[i]]
  end
  return new, unpack(after, 1, #names)
end

--- The first value of what is remembered, where a function makes it.
function Rule.start(self, name, w)
  return starting.first(self.optimizer, name, w)
end

-- For an optimizer that wants the gradient at other weights: what is summed over all parameters, and those weights.
function Rule.part(self, w, g)
  return self.optimizer:part(w, g)
end

function Rule.moved(self, w, g, total)
  return self.optimizer:moved(w, g, total)
end

-- The average of what is no parameter.
function Rule.averaged(self, average, value, step)
  return self.average:next(average, value, step)
end

function Rule.check(self, w, result)
  optimizers.check_result(self.optimizer, w, result)
end

--- What is remembered of each parameter: { name, start } each, by name.
function Rule.slots(self)
  local slots = {}
  for name, start in pairs(self.optimizer:slots()) do
    if self.average and name == "average" then
      native.fail(tostring(self.optimizer) .. " has a state 'average' of its own: rename it to have weights averaged")
    end
    -- The host knows numbers and words; what is a function is asked for by name: see `start`.
    slots[#slots + 1] = { name, type(start) == "function" and "computed" or start }
  end
  if self.average then
    slots[#slots + 1] = { "average", "weights" }
  end
  table.sort(slots, function(a, b) return a[1] < b[1] end)
  return slots
end

function groups.rule(optimizer, clip, average)
  local rule = setmetatable({
    optimizer = optimizer, clip = clip or false, average = average or false, names = {},
  }, Rule)
  for i, slot in ipairs(rule:slots()) do
    rule.names[i] = slot[1]
  end
  return rule
end

-- ---- Which parameter belongs where ----------------------------------------------------------------------------------

local function matcher(match, owner)
  if type(match) == "function" then
    return match
  elseif type(match) == "string" then
    local fine, message = pcall(string.find, "", match)
    if not fine then
      native.fail(string.format("'match' of %s is no Lua pattern: %s", owner, message))
    end
    return function(path)
      return path:find(match) ~= nil
    end
  elseif type(match) == "table" and #match > 0 then
    local tests = {}
    for i, one in ipairs(match) do
      tests[i] = matcher(one, owner)
    end
    return function(path)
      for _, test in ipairs(tests) do
        if test(path) then
          return true
        end
      end
      return false
    end
  end
  native.fail(string.format("%s needs 'match': a Lua pattern on paths such as \"bias$\", a list of them, or a "
    .. "function(path)", owner))
end

local scale_range, freeze_range = { type = "number", min = 0 }, { type = "boolean" }

-- One group: its test, its optimizer, how its rate is scaled; what else it holds are settings of the optimizer.
local function read(entry, index, base)
  local owner = "group " .. index .. " of nj.trainer"
  if type(entry) ~= "table" then
    native.fail(owner .. " must be a table such as { match = \"bias$\", weight_decay = 0 }, got "
      .. params.a_kind(entry))
  end
  local group = { owner = owner, paths = {}, matches = matcher(entry.match, owner), scale = 1, optimizer = base }
  local changes = {}
  for name, value in pairs(entry) do
    if name == "learning_rate_scale" then
      group.scale = params.checked("'learning_rate_scale' of " .. owner, scale_range, value)
    elseif name == "freeze" then
      group.frozen = params.checked("'freeze' of " .. owner, freeze_range, value)
    elseif name == "optimizer" then
      if not optimizers.is_optimizer(value) then
        native.fail("'optimizer' of " .. owner .. " must be an optimizer, for example nj.optim.sgd {}")
      end
      group.optimizer = value
    elseif name ~= "match" then
      changes[name] = value
    end
  end
  if next(changes) ~= nil then
    group.optimizer = optimizers.changed(group.optimizer, changes, { "match", "freeze", "learning_rate_scale",
      "optimizer" }, owner)
  end
  return group
end

--- The groups of a model's parameters: those given, first match first, and one for all that are left.
function groups.of(paths, entries, optimizer)
  local list = {}
  for i, entry in ipairs(entries or {}) do
    list[i] = read(entry, i, optimizer)
  end
  local rest = { owner = "the rest", paths = {}, scale = 1, optimizer = optimizer }
  for _, path in ipairs(paths) do
    local home = rest
    for _, group in ipairs(list) do
      if group.matches(path) then
        home = group
        break
      end
    end
    home.paths[#home.paths + 1] = path
  end
  for _, group in ipairs(list) do
    if #group.paths == 0 then
      native.fail(group.owner .. " matches no parameter that is left\n  parameters are " .. table.concat(paths, ", "))
    end
  end
  list[#list + 1] = rest
  return list
end

return groups
