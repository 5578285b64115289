-- A finished run: its ledger, and where its model can be made again, what that predicts now. The model has seen these
-- labels, so that probabilities are in sample: they say nothing of labels that were learnt by heart.
local nj = require "nightjar"
local assess = require "../assess.lua"
local evidence = require "../evidence.lua"

return nj.auditor {
  name = "ledger",
  doc = "Whose labels are wrong by what a finished run, or a table of arrays as its ledger, has of each sample.",
  params = {
    model = { default = true, doc = "whether the run's model is asked as well, in sample" },
  },
  call = function(self, run)
    local owner = "nj.audit.ledger"
    if type(run) ~= "table" or nj.is_tensor(run) then
      error(owner .. " takes a run of nj.load_run, or a table of arrays (epochs, samples) and labels")
    elseif getmetatable(run) == nil then
      local labels = run.labels or error(owner .. " needs 'labels', one a sample")
      local history = {}
      for name, array in pairs(run) do
        history[name] = nj.is_tensor(array) and array:rank() == 2 and array:double() or nil
      end
      local classes = math.max(labels:max():item(),
        history.prediction and math.tointeger(history.prediction:max():item()) or 1)
      return assess(evidence.of(owner, { labels = labels, classes = classes, history = history,
        true_labels = run.true_labels, source = labels:numel() .. " samples, a ledger" }))
    end
    local ledger = run:ledger()
    if ledger == nil then
      error(owner .. ": " .. tostring(run) .. " has no ledger: give nj.trainer ledger = true")
    end
    local truth, labels = run:labels()
    local history = {}
    for name, array in pairs(ledger) do
      history[name] = array:double()
    end
    local found = { labels = labels, true_labels = truth, history = history, in_sample = true }
    -- A script's own data or model cannot be had again; the ledger can.
    local has_data, data = pcall(run.data, run)
    found.classes = has_data and data.classes or math.max(labels:max():item(), truth:max():item())
    found.class_names = has_data and data.class_names or nil
    found.inputs = has_data and data.train:inputs() or nil
    local has_model, model = pcall(run.model, run)
    if self.model and has_data and has_model then
      found.probabilities = model:predict(data.train, { as = "probabilities" })
    end
    found.source = string.format("%d samples, the ledger of %s%s", labels:numel(), run.name,
      found.probabilities and ", its model in sample" or "")
    return assess(evidence.of(owner, found))
  end,
}
