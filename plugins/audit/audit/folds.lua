-- Out-of-fold predictions: every sample is judged by a model that has not seen its label. A further training on all
-- samples gives the history that AUM, EL2N and forgetting need.
local nj = require "nightjar"
local assess = require "../assess.lua"
local evidence = require "../evidence.lua"
local training = require "../training.lua"

local params = {
  history = { default = true, doc = "whether a training on all samples is watched as well" },
  files = { type = "any", optional = true, doc = "what each sample's file is called, a list of texts" },
  wrong = { type = "any", optional = true, doc = "a mask of the labels that are known to be wrong, to see how well "
    .. "they are found; by default those that are not the true ones" },
}
for name, spec in pairs(training.params) do
  params[name] = spec
end

-- The fold of each sample, from 1: within each given class in turn, in a random order that the seed decides.
local function folds_of(labels, count, seed)
  local order = nj.random_stream(seed, "folds of an audit"):permutation(labels:numel()):totable()
  local given, next_of, folds, turn = labels:totable(), {}, {}, 0
  for _, i in ipairs(order) do
    local class = given[i]
    if next_of[class] == nil then
      -- Classes begin at different folds, so that these come out equally large.
      next_of[class], turn = turn, turn + 1
    end
    folds[i] = next_of[class] % count + 1
    next_of[class] = next_of[class] + 1
  end
  return folds
end

return nj.auditor {
  name = "folds",
  doc = "Whose labels are wrong in a data set, by predictions of models that have not seen them.",
  params = params,
  call = function(self, set)
    local owner = "nj.audit.folds"
    local labels, count = evidence.labels_of(owner, set), #set
    if count < self.folds then
      error(string.format("%s: %d samples cannot be cut into %d folds", owner, count, self.folds))
    end
    local seen = training.seen(owner, self, set)
    local folds, parts, held = folds_of(labels, self.folds, self.seed), {}, {}
    for fold = 1, self.folds do
      parts[fold], held[fold] = {}, {}
    end
    for i, fold in ipairs(folds) do
      for other = 1, self.folds do
        table.insert(other == fold and held[other] or parts[other], i)
      end
    end
    local rows, places = {}, {}
    for fold = 1, self.folds do
      if #held[fold] > 0 then
        local model = training.fit(owner, self, set, seen, nj.tensor(parts[fold], { dtype = "int32" }),
          self.seed + fold)
        local inputs = seen:index(1, nj.tensor(held[fold], { dtype = "int32" })):copy()
        rows[#rows + 1] = model:predict(inputs):double():softmax(-1):copy()
        table.move(held[fold], 1, #held[fold], #places + 1, places)
      end
    end
    local back = nj.tensor(places, { dtype = "int32" }):argsort():int()
    local history
    if self.history then
      history = {}
      training.fit(owner, self, set, seen, nil, self.seed, function(model)
        evidence.add_epoch(history, model:predict(seen), labels)
      end)
      history = evidence.stacked(history)
    end
    return assess(evidence.of(owner, {
      labels = labels, classes = set:classes(), class_names = set:class_names(), true_labels = set:true_labels(),
      files = rawget(self, "files"), wrong = rawget(self, "wrong"),
      probabilities = nj.cat(rows, 1):index(1, back), in_sample = false, history = history, inputs = set:inputs(),
      source = string.format("%d samples, out-of-fold predictions of %d folds (epochs: %d)", count, self.folds,
        self.epochs),
    }))
  end,
}
