-- Probabilities that were worked out elsewhere, such as with scikit-learn, or what nightjar audit --out wrote.
local nj = require "nightjar"
local assess = require "../assess.lua"
local evidence = require "../evidence.lua"

local columns = { "prediction", "loss", "p_given", "margin", "el2n" }

return nj.auditor {
  name = "arrays",
  doc = "Whose labels are wrong by arrays: probabilities (samples, classes), labels from 0, and true_labels, inputs "
    .. "and a history (epochs, samples) where there are some; a table, or the path of an .npz file.",
  params = {
    class_names = { type = "any", optional = true, doc = "one text a class" },
    in_sample = { default = false, doc = "whether the model had seen these labels" },
  },
  call = function(self, given)
    local owner = "nj.audit.arrays"
    local path = type(given) == "string" and given
    local arrays = path and nj.load(path) or given
    if type(arrays) ~= "table" or nj.is_tensor(arrays) then
      error(owner .. " takes a table of arrays with labels and probabilities, or an .npz file of them")
    elseif arrays.labels == nil then
      error(owner .. " needs 'labels', one a sample, from 0")
    end
    local history, has_history = {}, false
    for _, name in ipairs(columns) do
      history[name] = arrays["history_" .. name]
      has_history = has_history or history[name] ~= nil
    end
    local labels = arrays.labels:int() + 1
    local truth = arrays.true_labels
    return assess(evidence.of(owner, {
      labels = labels, probabilities = arrays.probabilities, true_labels = truth and truth:int() + 1,
      classes = arrays.probabilities and arrays.probabilities:size(2) or labels:max():item(),
      history = has_history and history or nil, inputs = arrays.inputs, in_sample = self.in_sample,
      class_names = rawget(self, "class_names"),
      source = labels:numel() .. " samples, " .. (path or "arrays"),
    }))
  end,
}
