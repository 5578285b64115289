local nj = require "nightjar"
local files = require "label_files.lua"

local owner = "noise model 'human'"

-- Wei et al., "Learning with noisy labels revisited", ICLR 2022 (CIFAR-10N, CIFAR-100N), in the order of CIFAR's own
-- files; Peterson et al. 2019 (CIFAR-10H) has rows of counts, from which each sample's label is drawn.
return nj.noise {
  name = "human",
  doc = "Labels that people gave, from a file such as those of CIFAR-10N; nothing is drawn.",
  params = { labels = files.labels, truth = files.truth, key = files.key, truth_key = files.truth_key },
  example = { labels = nj.arange(20000, { dtype = "int32" }) % 3 + 1 },
  check = files.fault,
  caution = function(self)
    if self.truth == nil then
      return "there are no clean labels to compare: that the file's labels are in the order of the data is taken on "
        .. "trust; give them as 'truth'"
    end
  end,
  apply = function(self, labels, ctx)
    local given = files.labels_of(self, owner, labels, ctx.count)
    if given:rank() == 1 then
      return given
    elseif given:size(2) ~= ctx.classes then
      error(string.format("%s: rows of %d numbers for %d classes", owner, given:size(2), ctx.classes))
    end
    local draws = ctx.random:derive("label"):uniform(ctx.count):unsqueeze(-1)
    local below = files.probabilities(given):cumsum(-1):narrow(2, 1, ctx.classes - 1):le(draws)
    return below:int():sum(-1) + 1
  end,
}
