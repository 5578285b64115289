local nj = require "nightjar"

-- Zhang and Sabuncu, NeurIPS 2018, algorithm 1: gce over the samples that are kept. Every `every` epochs, from epoch
-- `start` on, the samples are chosen anew: those with p_y above k. The authors go through the training set at the
-- beginning of such an epoch; here a sample is chosen when its batch comes.
return nj.loss {
  name = "tgce_pruned",
  doc = "gce minus its value at k over chosen samples: those whose p_y was above k when last looked at.",
  params = {
    q = { default = 0.7, min = 1e-6, max = 1, doc = "as in gce" },
    k = {
      default = 0.5, min = 1e-12, below = 1,
      doc = "the probability of the label below which a sample is left out",
    },
    start = { default = 40, type = "integer", min = 1, doc = "the first epoch in which samples are chosen" },
    every = { default = 10, type = "integer", min = 1, doc = "epochs from one choice to the next" },
  },
  state = { keep = { "samples", start = "ones" } },
  soft = "it chooses samples by the probability of their one label",
  detaches = "the choice of samples",
  example = { start = 1 },
  forward = function(self, logits, labels, batch)
    local log_p = logits:log_softmax():pick(labels)
    local keep = self.keep:index(1, batch.indices)
    if batch.training and batch.epoch >= self.start and (batch.epoch - self.start) % self.every == 0 then
      local chosen = log_p:detach():gt(math.log(self.k)):to(keep:dtype())
      self.keep = self.keep:scatter_add(1, batch.indices, chosen - keep)
      keep = chosen
    end
    return keep * (self.k ^ self.q - 1 - (self.q * log_p):expm1()) / self.q
  end,
}
