-- Label noise that sends each of some classes to one other class: how the pairs are found among a data set's classes,
-- and what becomes of labels.
local nj = require "nightjar"
local rates = require "rates.lua"

local maps = {}

--- Whether names say nothing of what the classes are: none, or their numbers.
local function is_nameless(names)
  if names == nil then
    return true
  end
  local from_0, from_1 = true, true
  for i, name in ipairs(names) do
    from_0, from_1 = from_0 and name == tostring(i - 1), from_1 and name == tostring(i)
  end
  return from_0 or from_1
end

local function positions_of(names)
  local positions = {}
  for i, name in ipairs(names) do
    positions[name] = i
  end
  return positions
end

--- The target of each class that has one, by positions, or nil and what is wrong. `pairs_by_name` has { from, to }
--- each; `order` has the published names of all classes in the order of the published labels, for data without names.
function maps.targets(pairs_by_name, order, names)
  local has_names = not is_nameless(names)
  local positions, targets = positions_of(has_names and names or order), {}
  for _, pair in ipairs(pairs_by_name) do
    for _, name in ipairs(pair) do
      if positions[name] == nil then
        return nil, string.format("the data has no class '%s'; its classes are %s", name, table.concat(names, ", "))
      end
    end
    targets[positions[pair[1]]] = positions[pair[2]]
  end
  return targets
end

--- A row a class: 1 - rate for itself and the rate for its target; classes without a target stay.
function maps.matrix(targets, rate, classes)
  local rows = {}
  for i = 1, classes do
    rows[i] = {}
    for j = 1, classes do
      rows[i][j] = 0
    end
    rows[i][i] = 1
    if targets[i] and targets[i] ~= i then
      rows[i][i], rows[i][targets[i]] = 1 - rate, rate
    end
  end
  return rows
end

--- Labels with the chosen ones sent to the targets of their classes. Targets are looked up by the true labels, never by
--- those that were changed already: where two classes go to each other, nothing flips twice.
function maps.apply(self, labels, ctx, targets)
  local truth = labels:totable()
  local given = table.move(truth, 1, #truth, 1, {})
  local function has_target(class)
    return targets[class] ~= nil
  end
  for _, i in ipairs(rates.chosen(self, truth, ctx, has_target)) do
    given[i] = targets[truth[i]]
  end
  return given
end

--- The parameters of such a model.
maps.params = {
  rate = rates.rate(0.4, "share of the samples of a class with a target that get it; theory needs less than 0.5"),
  count = rates.count,
}

--- Defines a model of published pairs. `given` has name, doc, pairs and order.
function maps.define(given)
  return nj.noise {
    name = given.name, doc = given.doc, params = maps.params, classes = #given.order,
    check = function(_, classes, names)
      if classes then
        return select(2, maps.targets(given.pairs, given.order, names))
      end
    end,
    caution = function(_, _, names)
      if is_nameless(names) and not tonumber(given.order[1]) then
        return string.format("the data has no names of classes: they are taken to be in the published order, %s, ..., "
          .. "%s", given.order[1], given.order[#given.order])
      end
    end,
    matrix = function(self, classes, names)
      return maps.matrix(maps.targets(given.pairs, given.order, names), self.rate, classes)
    end,
    apply = function(self, labels, ctx)
      return maps.apply(self, labels, ctx, maps.targets(given.pairs, given.order, ctx.names))
    end,
  }
end

return maps
