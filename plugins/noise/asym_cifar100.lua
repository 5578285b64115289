local nj = require "nightjar"
local maps = require "class_map.lua"

-- Krizhevsky 2009, table of CIFAR-100: twenty superclasses of five classes.
local superclasses = {
  { "beaver", "dolphin", "otter", "seal", "whale" },
  { "aquarium_fish", "flatfish", "ray", "shark", "trout" },
  { "orchid", "poppy", "rose", "sunflower", "tulip" },
  { "bottle", "bowl", "can", "cup", "plate" },
  { "apple", "mushroom", "orange", "pear", "sweet_pepper" },
  { "clock", "keyboard", "lamp", "telephone", "television" },
  { "bed", "chair", "couch", "table", "wardrobe" },
  { "bee", "beetle", "butterfly", "caterpillar", "cockroach" },
  { "bear", "leopard", "lion", "tiger", "wolf" },
  { "bridge", "castle", "house", "road", "skyscraper" },
  { "cloud", "forest", "mountain", "plain", "sea" },
  { "camel", "cattle", "chimpanzee", "elephant", "kangaroo" },
  { "fox", "porcupine", "possum", "raccoon", "skunk" },
  { "crab", "lobster", "snail", "spider", "worm" },
  { "baby", "boy", "girl", "man", "woman" },
  { "crocodile", "dinosaur", "lizard", "snake", "turtle" },
  { "hamster", "mouse", "rabbit", "shrew", "squirrel" },
  { "maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree" },
  { "bicycle", "bus", "motorcycle", "pickup_truck", "train" },
  { "lawn_mower", "rocket", "streetcar", "tank", "tractor" },
}

-- The published labels are in the order of the names.
local order, pairs_by_name = {}, {}
for _, members in ipairs(superclasses) do
  for i, name in ipairs(members) do
    order[#order + 1] = name
    pairs_by_name[#pairs_by_name + 1] = { name, members[i % #members + 1] }
  end
end
table.sort(order)

-- The blocks of five labels in a row that the code of Patrini et al. and of Ma et al. takes for superclasses.
local blocks = {}
for i, name in ipairs(order) do
  local first = (i - 1) // 5 * 5
  blocks[i] = { name, order[first + (i - first) % 5 + 1] }
end

local function pairs_of(self)
  return self.contiguous_compat and blocks or pairs_by_name
end

local published = maps.define { name = "asym_cifar100", pairs = pairs_by_name, order = order }

-- Patrini et al. 2017, section 5: within each superclass, a class goes to the next, the last to the first.
return nj.noise {
  name = "asym_cifar100",
  doc = "Asymmetric noise of Patrini et al. 2017 for CIFAR-100: within its superclass, a label becomes the next class.",
  classes = 100,
  params = {
    rate = maps.params.rate, count = maps.params.count,
    contiguous_compat = {
      default = false,
      doc = "blocks of five labels in a row, as published code has it, which are no superclasses: to compare with it",
    },
  },
  check = published.check,
  caution = function(self, classes, names)
    return self.contiguous_compat and "the blocks of contiguous_compat are no superclasses: labels of CIFAR-100 are "
      .. "in the order of their names" or published.caution(self, classes, names)
  end,
  matrix = function(self, classes, names)
    return maps.matrix(maps.targets(pairs_of(self), order, names), self.rate, classes)
  end,
  apply = function(self, labels, ctx)
    return maps.apply(self, labels, ctx, maps.targets(pairs_of(self), order, ctx.names))
  end,
}
