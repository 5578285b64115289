local nj = require "nightjar"
local maps = require "class_map.lua"

-- The pairs of a parameter, in an order of their own.
local function pairs_of(map)
  local list = {}
  for from, to in pairs(map) do
    list[#list + 1] = { from, to }
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

-- Class-dependent noise with pairs of one's own, as Patrini et al. 2017 have it for data sets that are known.
return nj.noise {
  name = "asymmetric",
  doc = "Label noise by pairs of classes of one's own: map = { truck = \"automobile\" } by their names.",
  params = {
    map = { type = "table", doc = "the class that a class becomes, by their names" },
    rate = maps.params.rate, count = maps.params.count,
  },
  example = { map = { ["1"] = "2", ["2"] = "1", ["3"] = "1" } },
  check = function(self, classes, names)
    local count = 0
    for from, to in pairs(self.map) do
      count = count + 1
      if type(from) ~= "string" or type(to) ~= "string" then
        return string.format("'map' has names of classes on both sides, as in { truck = \"automobile\" }, got %s = %s",
          tostring(from), tostring(to))
      elseif from == to then
        return string.format("'map' sends class '%s' to itself", from)
      end
    end
    if count == 0 then
      return "'map' is empty: it needs at least one pair, as in { truck = \"automobile\" }"
    elseif classes and names == nil then
      return "the names of the classes are not known: give them as in { names = { \"cat\", \"dog\" } }"
    end
    if classes then
      return select(2, maps.targets(pairs_of(self.map), names, names))
    end
  end,
  matrix = function(self, classes, names)
    return maps.matrix(maps.targets(pairs_of(self.map), names, names), self.rate, classes)
  end,
  apply = function(self, labels, ctx)
    return maps.apply(self, labels, ctx, maps.targets(pairs_of(self.map), ctx.names, ctx.names))
  end,
}
