-- Scores that were worked out before: by `subsampling`, by Feldman and Zhang (tr_mem and tr_labels of their .npz
-- files), or consistency scores of Jiang et al. (scores and labels). They are about the training set in its own order,
-- which the labels show.
local nj = require "nightjar"
local identity = require "../identity.lua"

-- What files call the same numbers.
local names = {
  memorization = { "memorization", "tr_mem" }, consistency = { "consistency", "scores" },
  labels = { "labels", "tr_labels" },
}

return nj.estimator {
  name = "published",
  doc = "Memorization or consistency scores from an .npz file, put beside the training set that they are about.",
  params = { data = { type = "any", optional = true, doc = "the training set; its labels and hash are compared" } },
  call = function(self, source)
    local owner = "estimator 'published'"
    local arrays = type(source) == "string" and nj.load(source) or source
    local what = type(source) == "string" and source or "the table"
    if type(arrays) ~= "table" or nj.is_tensor(arrays) then
      error(owner .. " takes the path of an .npz file, or a table of its arrays")
    end
    local result = {}
    for name, words in pairs(names) do
      for _, word in ipairs(words) do
        if result[name] == nil and nj.is_tensor(arrays[word]) then
          result[name] = arrays[word]
        end
      end
    end
    local scores = result.memorization or result.consistency
    if scores == nil then
      error(owner .. ": " .. what .. " has neither 'memorization' or 'tr_mem' nor 'consistency' or 'scores'")
    end
    for _, name in ipairs { "memorization_error", "n_in", "n_out", "influence", "influence_of", "influence_error",
      "true_labels", "data_sha256", "models" } do
      result[name] = arrays[name]
    end
    local set = rawget(self, "data")
    if set then
      if scores:numel() ~= #set then
        error(string.format("%s: %s has %d scores, the data set %d samples", owner, what, scores:numel(), #set))
      elseif result.data_sha256 then
        local own = identity.of(set)
        if not own:eq(result.data_sha256):all():item() then
          error(string.format("%s: %s is about the data set %s, this one is %s", owner, what,
            identity.hex(result.data_sha256), identity.hex(own)))
        end
      elseif result.labels then
        local differ = result.labels:int():ne(set:labels():int() - 1)
        if differ:any():item() then
          error(string.format("%s: %s is about other labels, or another order: %d of %d differ, the first at sample %d",
            owner, what, differ:int():sum():item(), #set, differ:int():argmax():item() - 1))
        end
      end
    end
    return result
  end,
}
