-- Feldman and Zhang, "What neural networks memorize and why", NeurIPS 2020: models of random parts of the training set.
-- What is kept of each model is which samples it had and which it gets right, so that models are trained in any order,
-- in any number of processes, and more can be added.
local nj = require "nightjar"
local counts = require "../counts.lua"
local identity = require "../identity.lua"

-- Labels in as few bytes as they need.
local function small(labels, classes)
  return classes <= 256 and (labels - 1):to("uint8") or (labels - 1):int()
end

local function read(owner, source)
  local kept = type(source) == "string" and nj.load(source) or source
  local what = type(source) == "string" and source or "a source"
  for _, name in ipairs { "members", "right", "labels", "data_sha256" } do
    if type(kept) ~= "table" or nj.is_tensor(kept) or not nj.is_tensor(kept[name]) then
      error(owner .. ": " .. what .. " has no '" .. name .. "': it is not what witness() gives")
    end
  end
  return kept, what
end

return nj.estimator {
  name = "subsampling",
  doc = "Memorization and influence of samples by models of random parts of the training set (Feldman and Zhang 2020).",
  params = {
    share = { default = 0.7, above = 0, below = 1, doc = "of the samples that each model is trained on" },
    seed = { default = 1, type = "integer", doc = "of the parts" },
    least = { default = 5, type = "integer", min = 1, doc = "models with and without a sample; of fewer nothing is "
      .. "said" },
    keep = { default = 10, type = "integer", min = 1, doc = "train samples of the largest influence, for each test "
      .. "sample" },
    block = { default = 256, type = "integer", min = 1, doc = "test samples that are worked out together" },
  },
  members = function(self, count, number)
    local size = math.floor(self.share * count + 0.5)
    if size < 1 or size >= count then
      error(string.format("estimator 'subsampling': a share of %g of %d samples leaves none on one side", self.share,
        count))
    end
    local order = nj.random_stream(self.seed, "part " .. number .. " of subsampling"):permutation(count)
    return (order:narrow(1, 1, size):sort()):int():copy()
  end,
  witness = function(_, model, train, members, test)
    local count = #train
    local function right(set)
      return model:predict(set, { as = "classes" }):int():eq(set:labels():int()):to("uint8")
    end
    local mask = nj.zeros({ count }, { dtype = "int32" }):scatter_add(1, members, nj.ones({ members:numel() }):int())
    return {
      members = mask:to("uint8"), right = right(train), right_test = test and right(test) or nil,
      labels = small(train:labels():int(), train:classes()),
      true_labels = small(train:true_labels():int(), train:classes()), data_sha256 = identity.of(train),
    }
  end,
  call = function(self, sources)
    local owner = "estimator 'subsampling'"
    if type(sources) ~= "table" or nj.is_tensor(sources) or #sources == 0 then
      error(owner .. " takes a list of what witness() gave, or of paths of .npz files")
    end
    local masks, first, first_name = { members = {}, right = {}, right_test = {} }, nil, nil
    for _, source in ipairs(sources) do
      local kept, name = read(owner, source)
      if first == nil then
        first, first_name = kept, name
      elseif not kept.data_sha256:eq(first.data_sha256):all():item() then
        error(owner .. ": " .. name .. " is about another data set than " .. first_name .. ", or other labels of it")
      elseif (kept.right_test == nil) ~= (first.right_test == nil) then
        error(owner .. ": " .. name .. " and " .. first_name .. " must both have 'right_test' or neither")
      end
      for field, list in pairs(masks) do
        list[#list + 1] = kept[field] and kept[field]:float() or nil
      end
    end
    local members = nj.stack(masks.members, 1):copy()
    local result = counts.memorization(members, nj.stack(masks.right, 1):copy(), self.least)
    if first.right_test then
      local influence = counts.influence(members, nj.stack(masks.right_test, 1):copy(), self.least, self.keep,
        self.block)
      for name, array in pairs(influence) do
        result[name] = array
      end
    end
    result.models = nj.tensor({ #sources }, { dtype = "int32" })
    result.labels, result.true_labels = first.labels:int(), first.true_labels and first.true_labels:int()
    result.data_sha256 = first.data_sha256
    return result
  end,
}
